"""Where a story is told: rooms above say it, so that nobody changes a story unawares."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from halves.access.models import User
from halves.stories.models import Story


@dataclass(frozen=True)
class Use:
    """One place where a story is told.

    Args:
        words: such as the campaign's name and state.
        page: the name of its page, and the key it takes.
    """

    words: str
    page: str
    key: int


Source = Callable[[list[Story], User], Iterable[tuple[int, Use]]]
_SOURCES: list[Source] = []


def use(source: Source) -> None:
    """Add a room: stories, and who asks → the key of each story with where it is told."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def of(stories: list[Story], user: User) -> dict[int, list[Use]]:
    """All uses of some stories that the user may see."""
    found: dict[int, list[Use]] = {one.pk: [] for one in stories}
    for source in _SOURCES:
        for key, one in source(stories, user):
            found[key].append(one)
    return found
