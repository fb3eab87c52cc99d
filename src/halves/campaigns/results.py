"""What a campaign changed: those told against those left alone, by variant, and what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.campaigns import queries
from halves.campaigns.by_variant import by_variant
from halves.campaigns.errors import NotLaunched
from halves.campaigns.models import PLANNED, Campaign
from halves.campaigns.result_models import Result
from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import LIVE, Job
from halves.jobs.running import Telling
from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.errors import MeasureError, NoOutcomes, OutcomesWithoutValue
from halves.measure.trial_result import TrialResult
from halves.measure.trials import trial
from halves.posting.book import book

KIND = "campaign_result"
_DAY = timedelta(days=1)
_COMPARED = (("door_opened", "outcomes"), ("deal_closed", "outcomes"), ("deal_closed", "value"))
_NOBODY_WAITS = 100  # times as many people, or as long: then nobody can say


def ask(campaign: Campaign, *, by: User | None, at: datetime) -> Job:
    """Ask what it changed so far; a worker computes it. One may ask as often as one likes.

    Raises:
        NotLaunched: nothing was sent of it.
    """
    if campaign.state in PLANNED:
        raise NotLaunched(_("It is not launched: it changed nothing yet."))
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        live = jobs_of(campaign).filter(state__in=LIVE).first()
        arguments = {"campaign": campaign.pk}
        return live or running.start(KIND, by=by, at=at, arguments=arguments)


def jobs_of(campaign: Campaign) -> Any:
    """All times that it was asked for, the newest first."""
    return Job.objects.filter(kind=KIND, arguments__campaign=campaign.pk).order_by("-pk")


def newest(campaign: Campaign) -> Result | None:
    """What it showed last."""
    return campaign.results.order_by("-at").first()


def look_after(at: datetime) -> int:
    """Ask once a day for each campaign whose time is not over, and once after that.

    Returns:
        For how many.
    """
    drawn = Campaign.objects.exclude(state__in=PLANNED).exclude(drawn_at=None)
    due = [one for one in drawn.select_related("experiment").order_by("pk") if _is_due(one, at)]
    for campaign in due:
        ask(campaign, by=None, at=at)
    return len(due)


def compute(job: Job, tell: Telling) -> dict[str, Any]:
    """Keep what a campaign showed at the moment that was asked for.

    Raises:
        JobRefused: the ledger cannot be read; has its words.
    """
    campaign = Campaign.objects.select_related("experiment").get(pk=job.arguments["campaign"])
    tell(_("comparing those told with those left alone"))
    ledger = book()
    until = min(job.asked_at, _ends(campaign))
    try:
        found = _found(campaign, ledger, until)
        tell(_("counting by variant"))
        found["variants"] = by_variant(campaign, ledger, until=until)
    except LedgerError as failed:
        raise JobRefused(str(failed)) from failed
    Result.objects.get_or_create(campaign=campaign, at=job.asked_at, defaults={"found": found})
    return {"words": ""}


def _is_due(campaign: Campaign, at: datetime) -> bool:
    last = jobs_of(campaign).values_list("asked_at", flat=True).first()
    return last is None or (last < _ends(campaign) and last < at - _DAY)


def _ends(campaign: Campaign) -> datetime:
    """Until when outcomes are compared."""
    if campaign.experiment is not None:
        return campaign.experiment.closes
    if campaign.launched_at is None:
        raise ValueError(f"campaign {campaign.pk} is not launched")
    return campaign.launched_at + timedelta(days=campaign.days)


def _found(campaign: Campaign, ledger: Ledger, until: datetime) -> dict[str, Any]:
    versions, progress = ledger.versions(), queries.progress(campaign)
    design = campaign.experiment
    why = ""
    if design is None:
        why = _("nobody was left alone, so there is nobody to compare with")
    elif design.started_at is None:
        why = _("who is left alone is not on the ledger yet; wait a moment")
    main = (campaign.outcome, campaign.of)
    wanted = [main, *(one for one in _COMPARED if one != main)]
    compared = [] if why else [_compared(campaign, ledger, *one, until) for one in wanted]
    cost = _cost(campaign, ledger)
    return {
        "why": why,
        "told": queries.people_told(campaign),
        "alone": progress.held_out,
        "compared": compared,  # what the campaign was planned for comes first
        "cost": cost,
        "a_deal": _cost_of_each(cost, compared),
        "clicks": list(progress.clicks),
        "opens": list(progress.opens),
        "until": until.isoformat(),
        "ends": _ends(campaign).isoformat(),
        "ledger_versions": versions,
    }


def _compared(
    campaign: Campaign, ledger: Ledger, outcome: str, of: Any, until: datetime
) -> dict[str, Any]:
    said = {"outcome": outcome, "of": of}
    currency = settings.PLACE.settings().currency if of == "value" else None
    try:
        found = trial(
            ledger,
            campaign.experiment.name,
            outcome=outcome,
            of=of,
            until=until,
            currency=currency,
        )
    except NoOutcomes:
        return said | {"why": _("nobody in it did so yet"), "total": None}
    except OutcomesWithoutValue:
        return said | {"why": _("none of them carries an amount"), "total": None}
    except (MeasureError, ValueError) as refused:
        return said | {"why": str(refused), "total": None}
    total = _times(asdict(found.always_valid), found.n_treated)
    return said | {
        "why": "",
        "total": total,
        "currency": found.currency if of == "value" else None,
        "treated": _arm(found, "treated"),
        "held_out": _arm(found, "held_out"),
        "it_takes": _it_takes(found, total),
        "words": found.words,
        "notes": list(found.notes),
    }


def _arm(found: TrialResult, name: str) -> dict[str, Any]:
    arm = getattr(found, name)
    return {
        "units": arm.units,
        "mean": asdict(arm.mean),
        "doors_opened": arm.doors_opened,
        "deals_closed": arm.deals_closed,
        "reached": arm.reached,
    }


def _times(interval: Mapping[str, float], units: int) -> dict[str, float]:
    return {name: value * units for name, value in interval.items()}


def _it_takes(found: TrialResult, total: Mapping[str, float]) -> dict[str, Any] | None:
    """How many people, or days, until one can tell, if it stays as it is; None if one can.

    An interval narrows with the root of what it is made of: people, or the days in which they act.
    The interval that holds at every look narrows a little slower, so that this is the least.
    """
    if total["low"] > 0 or total["high"] < 0:
        return None
    reach = (total["high"] - total["low"]) / 2
    times = (reach / total["mean"]) ** 2 if total["mean"] else float("inf")
    if times > _NOBODY_WAITS:
        return {"people": None, "days": None}
    passed = (found.until - found.since) / _DAY
    more = (times - 1) * passed
    is_in_time = found.until + more * _DAY <= found.planned_until
    people = round(times * (found.n_treated + found.n_held_out))
    return {"people": people, "days": max(1, round(more)) if is_in_time else None}


def _cost(campaign: Campaign, ledger: Ledger) -> dict[str, Any] | None:
    """What its mails cost, as the ledger has it; None if nobody said what one costs."""
    touches = ledger.table("touches")
    mine = touches.filter(touches.campaign == campaign.name, touches.cost.notnull())
    sums = mine.group_by("currency").agg(amount=mine.cost.sum(), mails=mine.count())
    rows = ledger.query(sums).to_pylist()
    if len(rows) != 1:
        return None
    [row] = rows
    currency = row["currency"] or settings.PLACE.settings().currency
    return {"amount": str(row["amount"]), "mails": row["mails"], "currency": currency}


def _cost_of_each(
    cost: Mapping[str, Any] | None, compared: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """What one more deal cost: between two amounts, or at least one; None if nobody can say."""
    if cost is None:
        return None
    amount = float(cost["amount"])
    for one in compared:
        total = one["total"]
        if (one["outcome"], one["of"]) == ("deal_closed", "outcomes") and total is not None:
            if total["high"] <= 0:
                return None
            most = amount / total["low"] if total["low"] > 0 else None
            return {"low": amount / total["high"], "high": most, "currency": cost["currency"]}
    return None
