"""Looking at a campaign before it goes: whom it reaches, who is left out, what it can detect."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.audiences.errors import AudienceRefused
from halves.campaigns.drawing import reached
from halves.campaigns.errors import NotADraft
from halves.campaigns.models import PLANNED, Campaign, State
from halves.experiments import actions as experiments
from halves.experiments import withholding
from halves.experiments.errors import ExperimentRefused
from halves.experiments.models import Experiment
from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import LIVE, Job
from halves.jobs.running import Telling
from halves.posting.book import book
from halves.stories.checking import insist_on_fit
from halves.stories.errors import StoryError
from halves.stories.telling import as_told

CHECK = "campaign_check"


def look(campaign: Campaign, *, by: User, at: datetime) -> Job:
    """Ask whom it goes to, who is left out and why, and what holding people out can detect.

    Raises:
        NotADraft: it was launched.
    """
    with transaction.atomic():
        now = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if not now.is_planned:
            raise NotADraft(_("It was launched: it goes to whom it went."))
        live = jobs_of(now).filter(state__in=LIVE).first()
        return live or running.start(CHECK, by=by, at=at, arguments={"campaign": now.pk})


def find(job: Job, tell: Telling) -> dict[str, Any]:
    """What `look` asked for, done by a worker.

    Raises:
        JobRefused: the audience, or a story, cannot be as it is.
    """
    campaign = Campaign.objects.get(pk=job.arguments["campaign"])
    at, version, left_out, count = job.asked_at, campaign.version, Counter[str](), 0
    try:
        for some in reached(campaign, at=at, left_out=left_out):
            count += len(some)
            tell(_("looking at everyone in the audience"), count)
        for step in campaign.steps.select_related("story"):
            insist_on_fit(as_told(step.story))
    except (AudienceRefused, StoryError) as refused:
        raise JobRefused(str(refused)) from refused
    tell(_("computing what it can detect"), count)
    found = {
        "at": at.isoformat(),
        "version": version,
        "reached": count,
        "left_out": {why: n for why, n in sorted(left_out.items()) if n},
        "power": _power(campaign, count, at),
    }
    fresh = Campaign.objects.filter(pk=campaign.pk, version=version, state__in=PLANNED)
    fresh.update(check_found=found, state=State.CHECKED)
    return {"words": ""}


def jobs_of(campaign: Campaign) -> Any:
    """All work ever asked for it, the newest first."""
    return Job.objects.filter(kind=CHECK, arguments__campaign=campaign.pk).order_by("-pk")


def design_of(campaign: Campaign, at: datetime) -> Experiment:
    """The experiment that its holdout will be, not kept anywhere yet."""
    starts = max(at, campaign.send_from) if campaign.send_from else at
    return withholding.design_of(
        name=f"campaign-{campaign.name}",
        title=_("What %s brings") % f"“{campaign.title}”",
        campaign=campaign.name,
        share=campaign.holdout_share,
        outcome=campaign.outcome,
        of=campaign.of,
        days=campaign.days,
        at=starts,
    )


def held_out(
    campaign: Campaign, power: dict[str, Any] | None, *, by: User, at: datetime
) -> Experiment | None:
    """Register its holdout, in the caller's transaction; none if nobody is held out."""
    if not campaign.holdout_share:
        return None
    return withholding.register(design_of(campaign, at), power=power, by=by, at=at)


def call_off(design: Experiment, *, by: User, at: datetime) -> None:
    """End a holdout of which not everyone was drawn."""
    try:
        experiments.stop(design, by=by, at=at)
    except ExperimentRefused:  # it is over
        return


def _power(campaign: Campaign, count: int, at: datetime) -> dict[str, Any] | None:
    if not campaign.holdout_share or not count:
        return None
    currency = settings.PLACE.settings().currency
    return withholding.power_of(
        design_of(campaign, at), book(), units=count, currency=currency, at=at
    )
