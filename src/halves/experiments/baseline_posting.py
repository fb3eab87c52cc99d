"""The ledger hears who is left alone by everything, so that it is evidence like any experiment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from halves.experiments.baseline import drawn
from halves.experiments.models import Baseline
from halves.people.models import Person
from halves.posting import outbox
from halves.posting.book import book

_AT_ONCE = 1_000
_SETTLED = timedelta(hours=1)  # who was written down so long ago is there for every reader
_CALL = "call"


def post_baselines(at: datetime) -> int:
    """Tell the ledger of people's arms, each once, and of the design where it changed.

    Returns:
        How many people's arms were told.
    """
    told = 0
    for one in Baseline.objects.filter(Q(is_on=True) | Q(ended_at__isnull=False)).order_by("pk"):
        _tell_design(one, at)
        while some := _tell_arms(one, at):
            told += some
    return told


def _tell_arms(one: Baseline, at: datetime) -> int:
    people = Person.objects.filter(pk__gt=one.told_up_to, created_at__lte=at - _SETTLED)
    if one.ended_at is not None:
        people = people.filter(created_at__lt=one.ended_at)
    columns = ("pk", "ledger_id", "created_at", "merged_into")
    some = list(people.order_by("pk").values_list(*columns)[:_AT_ONCE])
    if not some:
        return 0
    last = some[-1][0]
    # Who was merged is known by another's id, which has an arm of its own.
    rows = _arms(one, [(unit, made) for _pk, unit, made, into in some if into is None])
    with transaction.atomic():
        # One conditional UPDATE, so that of two workers only one tells.
        mine = Baseline.objects.filter(pk=one.pk, told_up_to=one.told_up_to)
        if not mine.update(told_up_to=last):
            return 0
        outbox.put("assignments", rows, at=at)
    one.told_up_to = last
    return len(some)


def _arms(one: Baseline, units: Sequence[tuple[str, datetime]]) -> list[dict[str, Any]]:
    alone = drawn(one, [unit for unit, _made in units])
    return [
        {
            "experiment": one.name,
            "unit_kind": "person",
            "unit_id": unit,
            "arm": "held_out" if unit in alone else "treated",
            "propensity": one.share if unit in alone else 1 - one.share,
            "at": max(one.since, made),
        }
        for unit, made in units
    ]


def _tell_design(one: Baseline, at: datetime) -> None:
    """Say what they are left alone by, and until when: the quarter's end, as long as it goes on."""
    ends = one.ended_at or _quarter_ends(at)
    withheld = _reaches(one.since, at) if one.is_on else one.told.get("withheld", [])
    said = {"withheld": withheld, "ends": ends.isoformat()}
    # An experiment withholds something: there is none before anybody was reached.
    if not withheld or said == one.told or ends <= one.since:
        return
    row = {"experiment": one.name, "unit_kind": "person", "starts": one.since, **said, "ends": ends}
    with transaction.atomic():
        if Baseline.objects.filter(pk=one.pk, told=one.told).update(told=said):
            outbox.put("experiments", [row], at=at)
    one.told = said


def _reaches(since: datetime, at: datetime) -> list[str]:
    """The channels that our senders and the call queue went over since."""
    if not settings.PLACE.ledger.exists():
        return []
    touches = book().table("touches", aliased=False)
    called = (touches.source == "conversations") & (touches.channel == _CALL)
    rows = touches.filter(touches["at"] >= since, touches["at"] < at)
    rows = rows.filter((touches.source == "campaigns") | called)
    return sorted(book().query(rows.select("channel").distinct()).column("channel").to_pylist())


def _quarter_ends(at: datetime) -> datetime:
    place = at.year * 12 + (at.month - 1) // 3 * 3 + 3
    return datetime(place // 12, place % 12 + 1, 1, tzinfo=UTC)
