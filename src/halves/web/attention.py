"""Where what needs a hand is seen to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from halves.scoreboard.attention import About, Call


@dataclass(frozen=True)
class Pointed:
    """Something that needs a hand, where, and the words of the way there."""

    words: str
    url: str
    act: str


def pointed(calls: Iterable[Call]) -> list[Pointed]:
    """Each with the page where it is seen to."""
    acts = {
        About.PERSON: ("person", _("Open the person")),
        About.TASKS: ("tasks", _("Open tasks")),
        About.DEAL: ("deal", _("Open the deal")),
        About.IMPORT: ("import", _("Open the import")),
        About.EXPERIMENT: ("experiment", _("Read it")),
        About.ANSWER: ("which_half", _("Open the answer")),
    }
    found = []
    for one in calls:
        page, act = acts[one.about]
        url = reverse(page, args=[] if one.key is None else [one.key])
        found.append(Pointed(one.words, url, act))
    return found
