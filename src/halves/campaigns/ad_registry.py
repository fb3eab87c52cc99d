"""What lists at ad platforms give to rooms below: who may, their work, their part of a person."""

from datetime import datetime
from typing import Any

from halves.access.rules import EVERYONE, MARKETERS, Verb, rule
from halves.campaigns import ad_files, ad_lists
from halves.campaigns.ad_models import AdFile, AdListed
from halves.jobs.running import job_kind
from halves.keeping.restoring import after_restore
from halves.people.everything import Part, part
from halves.people.models import Person

_RESTORED = (
    "Lists at ad platforms may hold more than is known here: make a new file of each, and let "
    "“everyone on it” replace what the platform has."
)


def register() -> None:
    """Say who may see and take lists, and what a worker does for them."""
    rights = {
        Verb.SEE: EVERYONE,
        Verb.ADD: MARKETERS,
        Verb.CHANGE: MARKETERS,
        Verb.REMOVE: MARKETERS,
        Verb.EXPORT: MARKETERS,
    }
    rule("ad_list", rights)
    job_kind(ad_lists.LOOK, ad_lists.find)
    job_kind(ad_lists.MAKE, ad_files.make)
    after_restore(_restored)
    part("lists at ad platforms", Part(_nothing_more, _leave_behind))


def _restored(at: datetime) -> str:
    return _RESTORED if AdFile.objects.exists() else ""


def _nothing_more(people: list[Person]) -> list[dict[str, Any]]:
    """What a platform was given of them is among operations."""
    return []


def _leave_behind(people: list[Person]) -> int:
    """The line stays without its person, until the platform was told to take it off."""
    return AdListed.objects.filter(person__in=people).update(person=None)
