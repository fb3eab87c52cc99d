"""Doors that marketing opened arrive as leads, with what opened them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from halves.deals.models import Deal, DealState
from halves.deals.quote_models import Handover
from halves.deals.selling import open_deal
from halves.people.models import Person
from halves.stories.models import Version


@dataclass(frozen=True)
class Door:
    """What opened a door.

    Args:
        key: what it is told by, such as `sending:17`: it is handed over once.
        told: the story as they met it.
        page: the name of the page that they came to, if they did.
        campaign: the name of the campaign that led them there, if one did.
        words: what they wrote.
        read: what they are known to have read: `at` (ISO 8601), `channel`, `words`.
    """

    key: str
    told: Version | None = None
    page: str = ""
    campaign: str = ""
    words: str = ""
    read: tuple[dict[str, str], ...] = ()


def hand_over(person: Person, door: Door, *, at: datetime) -> Deal:
    """A lead for sales, in the first stage of the default pipeline, with what opened the door.

    Who has a deal on its way gets no second one: what opened this door is kept with that deal,
    unless another one was before. The same door handed over again is the same lead.
    """
    with transaction.atomic():
        known = Handover.objects.select_related("deal").filter(key=door.key).first()
        if known is not None:
            return known.deal
        deal = (
            _on_its_way(person)
            or open_deal(
                person,
                by=None,
                at=at,
                source="handover",
                is_door=False,  # the page has told the ledger
                owner=person.owner,
                problem=door.words[:5_000],
            )
        )
        if not Handover.objects.filter(deal=deal).exists():
            Handover.objects.create(deal=deal, opened_at=at, **_kept(door))
    return deal


def _on_its_way(person: Person) -> Deal | None:
    rows = Deal.objects.filter(person=person, state=DealState.OPEN, pipeline__isnull=False)
    return rows.order_by("-opened_at", "-pk").first()


def _kept(door: Door) -> dict[str, Any]:
    promises = door.told.told.get("promises", []) if door.told is not None else []
    return {
        "key": door.key,
        "told": door.told,
        "page": door.page[:120],
        "campaign": door.campaign[:120],
        "promised": [
            {"words": one["words"], "within_days": one["within_days"], "due_on": one["due_on"]}
            for one in promises
        ],
        "read": list(door.read),
    }
