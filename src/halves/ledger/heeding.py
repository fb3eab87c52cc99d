"""Look up now and then during long work, so that whoever waits can end it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

LookUp = Callable[[], None]  # asked now and then; whatever it raises ends the work
Found = TypeVar("Found")
_LOOK_S = 0.25
_AGAIN_S = 0.05
_asked: ContextVar[LookUp | None] = ContextVar("asked", default=None)


@contextmanager
def heeding(ask: LookUp) -> Iterator[None]:
    """Ask now and then whether to go on, as long as this lasts and in this thread.

    Queries of a ledger ask a few times a second while they run, long loops of `measure` each time
    round; whatever `ask` raises ends them, and comes out of here.
    """
    before = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(before)


def look_up() -> None:
    """Ask, if anybody wants to be asked."""
    ask = _asked.get()
    if ask is not None:
        ask()


def heeded(work: Callable[[], Found], *, stop: Callable[[], None]) -> Found:
    """Do the work in a thread of its own if somebody wants to be asked meanwhile, else right here.

    Args:
        work: what to do; once `stop` is called it must end soon, by whatever error.
        stop: ends the work from outside.
    """
    if _asked.get() is None:
        return work()
    look_up()
    with ThreadPoolExecutor(max_workers=1) as aside:
        going = aside.submit(work)
        try:
            while not wait([going], timeout=_LOOK_S).done:
                look_up()
        except BaseException:
            # Once is not enough: an engine that has not begun yet forgets that it was stopped.
            stop()
            while not wait([going], timeout=_AGAIN_S).done:
                stop()
            raise
        return going.result()
