"""A process that ends when the one that started it was killed, and could not say so."""

import os
import threading
from collections.abc import Callable

STARTED_BY = "HALVES_STARTED_BY"  # the process that a server or a worker is part of
_LOOK_S = 1.0


def end_without_parent(end: Callable[[], object]) -> None:
    """Watch the process that `STARTED_BY` names, if it does; call `end` once it is gone.

    Who is orphaned gets another parent: no signal tells of it, so it is looked at.
    """
    said = os.environ.get(STARTED_BY)
    if not said:
        return
    over = threading.Event()

    def watch() -> None:
        while os.getppid() == int(said):
            over.wait(_LOOK_S)
        end()

    threading.Thread(target=watch, daemon=True, name="parent").start()
