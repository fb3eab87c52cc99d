"""What came of each variant of a step: people were split over them by chance."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from math import isfinite
from typing import Any

from halves.campaigns.models import OUT, Campaign, Message, MessageState, Signal, Step
from halves.ledger import Ledger
from halves.measure.rate import rate
from halves.measure.times_as_often import times_as_often

Row = dict[str, Any]
_KINDS = ("door_opened", "deal_closed")


def by_variant(campaign: Campaign, ledger: Ledger, *, until: datetime) -> list[dict[str, Any]]:
    """For each step that was split: how many got each variant, and what they did since.

    Rates have Wilson's interval for one look; how many times as often as the first variant one
    works holds at every look. Memory grows with the people of one step.
    """
    steps = campaign.steps.filter(is_split=True).select_related("told", "story")
    found = [_of_step(step, ledger, until) for step in steps]
    return [one for one in found if len(one["rows"]) > 1]


def _of_step(step: Step, ledger: Ledger, until: datetime) -> dict[str, Any]:
    # A mail that came back later was out too: leaving it out would choose by what happened.
    out = Message.objects.filter(step=step, sending_at__isnull=False)
    rows = out.filter(state__in=(*OUT, MessageState.FAILED))
    got = {
        person: (variant, at)
        for person, variant, at in rows.values_list(
            "person__ledger_id", "variant", "sending_at"
        ).iterator(chunk_size=2_000)
    }
    people = Counter(variant for variant, _at in got.values())
    did = _did(got, ledger, until)
    clicks = _clicks(step)
    of_each = [
        {
            "variant": variant,
            "people": n,
            "clicks": clicks[variant],
            **{kind: _rate(did[kind, variant], n) for kind in _KINDS},
        }
        for variant, n in sorted(people.items())
    ]
    for one in of_each[1:]:
        for kind in _KINDS:
            one[kind]["times"] = _times(one, of_each[0], kind, of=len(of_each) - 1)
    return {
        "place": step.place,
        "story": step.told.told["name"] if step.told else step.story.name,
        "rows": of_each,
    }


def _did(
    got: dict[str, tuple[str, datetime]], ledger: Ledger, until: datetime
) -> Counter[tuple[str, str]]:
    """(kind, variant) → people who did so since they got it."""
    found: Counter[tuple[str, str]] = Counter()
    if not got:
        return found
    rows = ledger.table("outcomes")
    first = min(at for _variant, at in got.values())
    rows = rows.filter(rows.kind.isin(_KINDS), rows.at >= first, rows.at <= until)
    # Refunds are no deals.
    rows = rows.filter(rows.value.isnull() | (rows.value >= 0))
    last = rows.group_by("person_id", "kind").agg(at=rows.at.max())
    for batch in ledger.stream(last):
        for row in batch.to_pylist():
            variant, at = got.get(row["person_id"], ("", None))
            if at is not None and row["at"] >= at:
                found[row["kind"], variant] += 1
    return found


def _clicks(step: Step) -> Counter[str]:
    """Variant → people who followed a link, machines left aside."""
    signals = Signal.objects.filter(message__step=step, kind="click", machine="")
    rows = signals.values_list("message__variant", "message").distinct()
    return Counter(variant for variant, _message in rows)


def _times(one: Row, first: Row, kind: str, *, of: int) -> dict[str, float | None] | None:
    """How many times as often as of the first; an end that is nowhere is None."""
    some = one[kind]["n"], first[kind]["n"]
    found = times_as_often(some, (one["people"], first["people"]), sureness=1 - 0.1 / of)
    if found is None:
        return None
    return {end: said if isfinite(said) else None for end, said in asdict(found).items()}


def _rate(some: int, of: int) -> dict[str, Any]:
    found = rate(some, of)
    return {"n": some, "rate": asdict(found) if found else None}
