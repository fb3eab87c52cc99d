"""Who of a campaign's people gets its mail now: asked for a few at a time, just before sending.

Whether somebody may be told at all is for `people.reachable` alone to say; here is what a campaign
adds: its audience, experiments that hold people out, how often, at what hour, and what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min

from halves.audiences.queries import still_in
from halves.campaigns.hours import next_open
from halves.campaigns.models import OUT, Campaign, Message, Step
from halves.experiments.queries import held_out_now
from halves.people.models import Person
from halves.posting.book import book

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Verdict:
    """Why somebody is left out, or until when they wait; neither: they get it now."""

    why: str = ""
    until: datetime | None = None


def verdicts(
    campaign: Campaign, step: Step, pks: Sequence[int], *, most_a_week: int, at: datetime
) -> dict[int, Verdict]:
    """Those of some people who do not get a step's mail now; who is not in it gets it."""
    found: dict[int, Verdict] = {}
    ids = dict(Person.objects.filter(pk__in=list(pks)).values_list("pk", "ledger_id"))
    held_out = held_out_now((campaign.channel, campaign.name), list(ids.values()), at=at)
    within = still_in(campaign.audience, list(pks), at=at)
    told = _told_as_another(step, pks)
    done = _did_it(campaign, ids) if step.place and campaign.exit_on else set()
    hours, often = _hours(campaign, pks, at), _too_often(pks, most_a_week, at)
    for pk in pks:
        if pk not in within:
            found[pk] = Verdict("not_in_audience")
        elif ids.get(pk) in held_out:
            found[pk] = Verdict("held_out")
        elif pk in told:
            found[pk] = Verdict("told_before")
        elif pk in done:
            found[pk] = Verdict("exit")
        else:
            until = max(hours.get(pk, at), often.get(pk, at))
            if until > at:
                found[pk] = Verdict(until=until)
    return found


def _told_as_another(step: Step, pks: Sequence[int]) -> set[int]:
    """Those who have it already, as someone who was merged into them since."""
    rows = Message.objects.filter(step=step, person__merged_into__in=list(pks), state__in=OUT)
    return set(rows.values_list("person__merged_into_id", flat=True))


def _did_it(campaign: Campaign, ids: dict[int, str]) -> set[int]:
    """Those of whom the ledger has what ends the sequence, since the campaign began."""
    ledger = book()
    rows = ledger.table("outcomes")
    rows = rows.filter(
        rows.person_id.isin(list(ids.values()))
        & rows.kind.isin(list(campaign.exit_on))
        & (rows.at >= campaign.launched_at)
    )
    done = {row["person_id"] for row in ledger.query(rows.select("person_id")).to_pylist()}
    return {pk for pk, ledger_id in ids.items() if ledger_id in done}


def _hours(campaign: Campaign, pks: Sequence[int], at: datetime) -> dict[int, datetime]:
    if campaign.opens is None:
        return {}
    usual = settings.PLACE.settings().time_zone or "UTC"
    zones = Person.objects.filter(pk__in=list(pks)).values_list("pk", "time_zone")
    return {pk: next_open(campaign, at, zone=zone, usual=usual) for pk, zone in zones}


def _too_often(pks: Sequence[int], most: int, at: datetime) -> dict[int, datetime]:
    """Those who had as many mails as they may this week, of whatever campaign, and until when."""
    rows = Message.objects.filter(
        person__in=list(pks), sending_at__gt=at - WEEK, state__in=OUT
    ).order_by()
    counted = rows.values("person").annotate(n=Count("pk"), first=Min("sending_at"))
    return {one["person"]: one["first"] + WEEK for one in counted if one["n"] >= most}
