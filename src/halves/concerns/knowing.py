"""Concerns as listening knows them: by what was said of each."""

from collections.abc import Sequence

from halves.concerns.models import Concern, Heard
from halves.listen.knowing import MOST_EXAMPLES, Known, Said


def known_concerns() -> list[Known]:
    """Every concern with some of what was said of it; one that was retired lets the like of it go.

    What a person put there counts first. What was said in private is no example, so that nothing of
    it shows in what is found.
    """
    rows = Concern.objects.filter(merged_into=None).order_by("pk")
    return [
        Known(
            key=one.pk,
            examples=examples_of(one),
            is_nothing=one.retired_at is not None,
            is_aspiration=one.is_aspiration,
        )
        for one in rows
    ]


def examples_of(concern: Concern) -> tuple[Said, ...]:
    """What was said of it, and its name where that is somebody's words and no list of phrases."""
    heard = Heard.objects.filter(concern=concern, conversation__is_private=False)
    said = heard.order_by("-is_placed", "-at").values_list("words", "before")[:MOST_EXAMPLES]
    own = () if concern.is_proposed else (Said(concern.name),)
    return (*own, *(Said(words, before) for words, before in said))


def free_name(name: str, *, taken: Sequence[str] = ()) -> str:
    """The name, or the same with a number where there is one of it."""
    wanted, number = name[:190], 1
    while wanted in taken or Concern.objects.filter(name=wanted).exists():
        number += 1
        wanted = f"{name[:190]} ({number})"
    return wanted
