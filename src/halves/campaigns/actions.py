"""What can happen to a campaign: written, looked at, launched, paused, resumed, cancelled."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.audiences.errors import AudienceRefused
from halves.campaigns import recording
from halves.campaigns.drawing import reached
from halves.campaigns.errors import (
    CampaignRefused,
    FieldWrong,
    MailNotSet,
    NotADraft,
    NotChecked,
    NotUnderWay,
)
from halves.campaigns.models import (
    PLANNED,
    UNDER_WAY,
    Campaign,
    Message,
    MessageState,
    State,
    Step,
)
from halves.experiments import actions as experiments
from halves.experiments import withholding
from halves.experiments.errors import ExperimentRefused
from halves.experiments.models import Experiment
from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import LIVE, Job
from halves.jobs.running import Telling
from halves.mail.errors import MailSettingsRefused
from halves.mail.settings import MailSettings
from halves.posting.book import book
from halves.stories.actions import freeze
from halves.stories.checking import insist_on_fit
from halves.stories.errors import StoryError
from halves.stories.telling import as_told

CHECK = "campaign_check"
FIELDS = (
    "title",
    "channel",
    "audience",
    "topic",
    "send_from",
    "opens",
    "closes",
    "holdout_share",
    "outcome",
    "of",
    "days",
    "exit_on",
    "cost",
    "currency",
)
STEP_FIELDS = ("story", "wait_hours", "is_split")


def draft(*, by: User, at: datetime, steps: Sequence[Mapping[str, Any]], **said: Any) -> Campaign:
    """Write a campaign down; nothing is sent of it.

    Args:
        by, at: who does, and when.
        steps: in their order, fields of `STEP_FIELDS` each.
        said: fields, of `FIELDS`.

    Raises:
        FieldWrong: something cannot be; names the field.
    """
    campaign = Campaign(by=by, made_at=at, changed_at=at)
    _set(campaign, said)
    campaign.name = _free_name(campaign.title)
    _check_fields(campaign, steps)
    with transaction.atomic():
        try:
            with transaction.atomic():
                campaign.save()
        except IntegrityError:
            raise FieldWrong("title", _("Another campaign is called so.")) from None
        _put_steps(campaign, steps)
        after = audit.fields_of(campaign, FIELDS)
        audit.record("campaign.add", campaign, by=by, at=at, after=after)
    return campaign


def change(
    campaign: Campaign,
    *,
    by: User,
    at: datetime,
    version: int,
    steps: Sequence[Mapping[str, Any]],
    **said: Any,
) -> Campaign:
    """Change one that is not launched; what was found of it is to be looked at again.

    Raises:
        NotADraft: it is on its way, or somebody changed it since it was read.
        FieldWrong: as in `draft`.
    """
    with transaction.atomic():
        # One conditional UPDATE, so that of two who change it at once the second is told.
        planned = Campaign.objects.filter(pk=campaign.pk, state__in=PLANNED, version=version)
        if not planned.update(version=F("version") + 1):
            raise NotADraft(
                _("It was launched, or somebody changed it since you opened it: look at it again.")
            )
        now = Campaign.objects.get(pk=campaign.pk)
        before = audit.fields_of(now, FIELDS)
        _set(now, said)
        _check_fields(now, steps)
        now.state, now.check_found, now.changed_at = State.DRAFT, None, at
        now.save()
        now.steps.all().delete()
        _put_steps(now, steps)
        after = audit.fields_of(now, FIELDS)
        audit.record("campaign.change", now, by=by, at=at, before=before, after=after)
    return now


def duplicate(campaign: Campaign, *, by: User, at: datetime) -> Campaign:
    """The same plan as a new draft, which somebody must look at and launch."""
    said = {name: getattr(campaign, name) for name in FIELDS}
    said |= {"title": _("%s (copy)") % campaign.title[:100], "send_from": None}
    steps = [{name: getattr(one, name) for name in STEP_FIELDS} for one in campaign.steps.all()]
    return draft(by=by, at=at, steps=steps, **said)


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


def launch(campaign: Campaign, *, by: User, at: datetime) -> Campaign:
    """Put it on its way: what is told is fixed, and the holdout is registered.

    Raises:
        MailNotSet: says which settings are missing.
        NotChecked: nobody has looked at it as it is now.
        NotADraft: it was launched.
        CampaignRefused: a story cannot be told as it is.
    """
    insist_on_mail()
    with transaction.atomic():
        now = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if not now.is_planned:
            raise NotADraft(_("It was launched already."))
        found = now.check_found or {}
        if now.state != State.CHECKED or found.get("version") != now.version:
            raise NotChecked(_("See first whom it goes to and who is left out, then launch it."))
        if not found["reached"]:
            raise NotChecked(_("Nobody in its audience may be told: nothing would be sent."))
        for step in now.steps.select_related("story"):
            try:
                step.told = freeze(step.story, at=at, by=by)
            except StoryError as refused:
                raise CampaignRefused(str(refused)) from refused
            step.save()
        now.experiment = _held_out(now, found.get("power"), by=by, at=at)
        now.state, now.launched_at, now.changed_at = State.SCHEDULED, at, at
        now.save()
        audit.record("campaign.launch", now, by=by, at=at, after={"reached": found["reached"]})
    return now


def pause(campaign: Campaign, *, by: User | None, at: datetime, why: str = "") -> None:
    """Send nothing of it until somebody resumes it; it holds from the next few mails on.

    Raises:
        NotUnderWay: it is not on its way.
    """
    with transaction.atomic():
        live = Campaign.objects.filter(pk=campaign.pk, state__in=(State.SCHEDULED, State.SENDING))
        said = {"trouble": why[:300], "trouble_at": at if why else None}
        if not live.update(was=F("state"), state=State.PAUSED, **said):
            raise NotUnderWay(_("Only what is scheduled or sending can be paused."))
        audit.record("campaign.pause", campaign, by=by, at=at, after={"why": why})


def resume(campaign: Campaign, *, by: User, at: datetime) -> None:
    """Go on where it was paused: who has the mail gets it no second time.

    Raises:
        NotUnderWay: it is not paused.
        MailNotSet: nothing could be sent.
    """
    insist_on_mail()
    with transaction.atomic():
        paused = Campaign.objects.filter(pk=campaign.pk, state=State.PAUSED)
        if not paused.update(state=F("was"), was="", trouble="", trouble_at=None):
            raise NotUnderWay(_("It is not paused."))
        audit.record("campaign.resume", campaign, by=by, at=at)


def cancel(campaign: Campaign, *, by: User, at: datetime) -> None:
    """Send nothing of it any more, for good.

    Raises:
        NotUnderWay: it is not on its way.
    """
    with transaction.atomic():
        live = Campaign.objects.filter(pk=campaign.pk, state__in=UNDER_WAY)
        if not live.update(state=State.CANCELLED, was="", ended_at=at):
            raise NotUnderWay(_("Only what is on its way can be cancelled."))
        now = Campaign.objects.select_related("experiment").get(pk=campaign.pk)
        audit.record("campaign.cancel", now, by=by, at=at)
        if now.experiment is not None and now.drawn_at is None:
            _call_off(now.experiment, by=by, at=at)


def settle(campaign: Campaign, *, were_sent: bool, by: User, at: datetime) -> int:
    """Say of mails nobody knows of that they were sent, or that they are to be sent again.

    Returns:
        Of how many.
    """
    unknown = Message.objects.filter(campaign=campaign, state=MessageState.UNKNOWN)
    keys = list(unknown.values_list("pk", flat=True))
    with transaction.atomic():
        if were_sent:
            rows = Message.objects.filter(pk__in=keys)
            done = sum(recording.sent_after_all(one, at=at) for one in rows)
        else:
            done = unknown.filter(pk__in=keys).update(
                state=MessageState.QUEUED, claim="", sending_at=None, due_at=at
            )
            Campaign.objects.filter(pk=campaign.pk, state=State.SENT).update(
                state=State.SENDING, ended_at=None
            )
        after = {"were_sent": were_sent, "mails": done}
        audit.record("campaign.settle", campaign, by=by, at=at, after=after)
    return done


def remove(campaign: Campaign, *, by: User, at: datetime) -> None:
    """Throw a draft away.

    Raises:
        NotADraft: what was launched stays.
    """
    with transaction.atomic():
        now = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if not now.is_planned:
            raise NotADraft(_("What was launched stays, so that what it did can be read."))
        before = audit.fields_of(now, FIELDS)
        audit.record("campaign.remove", now, by=by, at=at, before=before)
        now.delete()


def pause_all(*, at: datetime, why: str) -> int:
    """Pause whatever is on its way, as after a restore: a person must say that it goes on."""
    live = list(Campaign.objects.filter(state__in=(State.SCHEDULED, State.SENDING)))
    for campaign in live:
        pause(campaign, by=None, at=at, why=why)
    return len(live)


def jobs_of(campaign: Campaign) -> Any:
    """All work ever asked for it, the newest first."""
    return Job.objects.filter(kind=CHECK, arguments__campaign=campaign.pk).order_by("-pk")


def insist_on_mail() -> MailSettings:
    """The mail settings, if something can be sent with them.

    Raises:
        MailNotSet: says what to do.
    """
    try:
        found = MailSettings.read(settings.PLACE.settings_file)
    except MailSettingsRefused as refused:
        raise MailNotSet(str(refused)) from refused
    if missing := found.missing():
        raise MailNotSet(
            _("Nothing can be sent yet: say %(names)s in halves.toml (Settings, Mail shows how).")
            % {"names": ", ".join(missing)}
        )
    return found


def _power(campaign: Campaign, count: int, at: datetime) -> dict[str, Any] | None:
    if not campaign.holdout_share or not count:
        return None
    currency = settings.PLACE.settings().currency
    return withholding.power_of(
        design_of(campaign, at), book(), units=count, currency=currency, at=at
    )


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


def _held_out(
    campaign: Campaign, power: dict[str, Any] | None, *, by: User, at: datetime
) -> Experiment | None:
    if not campaign.holdout_share:
        return None
    return withholding.register(design_of(campaign, at), power=power, by=by, at=at)


def _call_off(design: Experiment, *, by: User, at: datetime) -> None:
    try:
        experiments.stop(design, by=by, at=at)
    except ExperimentRefused:  # it is over
        return


def _set(campaign: Campaign, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if name not in FIELDS:
            raise FieldWrong(name, _("There is no such field."))
        setattr(campaign, name, value.strip() if isinstance(value, str) else value)


def _check_fields(campaign: Campaign, steps: Sequence[Mapping[str, Any]]) -> None:
    if not slugify(campaign.title):
        raise FieldWrong("title", _("Give it a name, with letters or numbers."))
    if campaign.channel != "email":
        raise FieldWrong("channel", _("Campaigns are sent by e-mail."))
    if not 0 <= campaign.holdout_share < 1:
        raise FieldWrong("holdout_share", _("The share held out must be from 0% to below 100%."))
    hours = (campaign.opens, campaign.closes)
    if (hours[0] is None) != (hours[1] is None):
        raise FieldWrong("closes", _("Give both hours, or neither."))
    if hours[0] is not None and not 0 <= hours[0] < hours[1] <= 24:
        raise FieldWrong("closes", _("The hours must be like 9 to 17, from 0 to 24."))
    if not 1 <= campaign.days <= 730:
        raise FieldWrong("days", _("Compare over 1 to 730 days."))
    if campaign.cost is not None and campaign.cost < 0:
        raise FieldWrong("cost", _("A mail cannot cost less than nothing."))
    if not steps:
        raise FieldWrong("story", _("Choose the story that it tells."))


def _put_steps(campaign: Campaign, steps: Sequence[Mapping[str, Any]]) -> None:
    for place, said in enumerate(steps):
        fields = {name: said[name] for name in STEP_FIELDS if name in said}
        Step.objects.create(campaign=campaign, place=place, **fields)


def _free_name(title: str) -> str:
    base = slugify(title)[:80]
    taken = set(Campaign.objects.filter(name__startswith=base).values_list("name", flat=True))
    names = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(one for one in names if one not in taken)
