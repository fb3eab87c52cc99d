"""What is counted from the ledger, kept until the ledger or whatever else it stands on changes."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """The last count of one thing in this process, so that a page need not count anew.

    >>> kept, counts = Newest[int](), []
    >>> [kept.of(version, lambda: counts.append(1) or len(counts)) for version in (7, 7, 8)]
    [1, 1, 2]
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[Hashable, T] | None = None

    def of(self, stands_on: Hashable, count: Callable[[], T]) -> T:
        """What was counted on this; counted now where it is another than last time."""
        with self._lock:
            if self._kept is None or self._kept[0] != stands_on:
                self._kept = (stands_on, count())
            return self._kept[1]
