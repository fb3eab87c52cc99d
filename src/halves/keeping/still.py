"""What stays as it is while a backup is made: else a row could be in both copies, as two."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from halves.posting import outbox

Hold = Callable[[], AbstractContextManager[None]]
_HOLDS: list[Hold] = [outbox.alone]


def hold_still(hold: Hold) -> None:
    """Add what keeps a room from bringing rows to the ledger."""
    _HOLDS.append(hold)


@contextmanager
def held_still() -> Iterator[None]:
    """Nothing goes from the database to the ledger meanwhile; whatever comes in waits there."""
    with ExitStack() as holding:
        for hold in _HOLDS:
            holding.enter_context(hold())
        yield
