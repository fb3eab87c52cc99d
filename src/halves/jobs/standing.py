"""Standing work: what a worker looks after all the time, each on a thread of its own."""

import logging
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import close_old_connections
from django.db.utils import OperationalError

_log = logging.getLogger("halves.jobs")
_STANDING: dict[str, tuple[float, Callable[[datetime], object]]] = {}


def standing(name: str, work: Callable[[datetime], object], *, every_s: float) -> None:
    """Say what to look after.

    Args:
        name: of the thread.
        work: gets the moment; it must be safe in two workers at once, and to say again.
        every_s: how long to wait between the end of one look and the next.
    """
    _STANDING[name] = (every_s, work)


def look_after_all() -> None:
    """Start the threads; they end with the process."""
    for name, (every_s, work) in _STANDING.items():
        arguments = (work, every_s)
        threading.Thread(target=_look_after, args=arguments, daemon=True, name=name).start()


def _look_after(work: Callable[[datetime], object], every_s: float) -> None:
    over = threading.Event()
    while True:
        try:
            work(datetime.now(UTC))
        except OperationalError:  # the database is busy; next time will do
            pass
        except Exception:
            _log.error("standing work failed\n%s", traceback.format_exc())
        close_old_connections()
        over.wait(every_s)
