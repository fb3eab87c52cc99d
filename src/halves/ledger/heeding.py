"""Look up now and then while rows are read, so that whoever waits can end it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

LookUp = Callable[[], None]  # asked now and then; whatever it raises ends the work
Found = TypeVar("Found")
_LOOK_S = 0.5
_AGAIN_S = 0.05


def heeded(work: Callable[[], Found], *, look_up: LookUp | None, stop: Callable[[], None]) -> Found:
    """Do the work in a thread of its own, and ask `look_up` here meanwhile.

    Args:
        work: what to do; once `stop` is called it must end soon, by whatever error.
        look_up: asked twice a second in the caller's thread; whatever it raises stops the work
            and comes out of here. None to do the work right here.
        stop: ends the work from outside.
    """
    if look_up is None:
        return work()
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


def looking_up(rows: Iterable[Found], look_up: LookUp | None) -> Iterator[Found]:
    """The same rows; `look_up` is asked before each."""
    for one in rows:
        if look_up is not None:
            look_up()
        yield one
