"""What can happen to a campaign: written, looked at, launched, paused, resumed, cancelled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.campaigns import looking, sending_settings, ways
from halves.campaigns.errors import (
    CampaignRefused,
    FieldWrong,
    NotADraft,
    NotChecked,
    NotUnderWay,
)
from halves.campaigns.models import (
    PLANNED,
    UNDER_WAY,
    Campaign,
    State,
    Step,
)
from halves.stories.actions import freeze
from halves.stories.errors import StoryError

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


def launch(campaign: Campaign, *, by: User, at: datetime) -> Campaign:
    """Put it on its way: what is told is fixed, and the holdout is registered.

    Raises:
        MailNotSet: says which settings are missing.
        NotChecked: nobody has looked at it as it is now.
        NotADraft: it was launched.
        CampaignRefused: a story cannot be told as it is.
    """
    sending_settings.insist_on(campaign.channel)
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
        now.experiment = looking.held_out(now, found.get("power"), by=by, at=at)
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
    sending_settings.insist_on(campaign.channel)
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
            looking.call_off(now.experiment, by=by, at=at)


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


def _set(campaign: Campaign, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if name not in FIELDS:
            raise FieldWrong(name, _("There is no such field."))
        setattr(campaign, name, value.strip() if isinstance(value, str) else value)


def _check_fields(campaign: Campaign, steps: Sequence[Mapping[str, Any]]) -> None:
    if not slugify(campaign.title):
        raise FieldWrong("title", _("Give it a name, with letters or numbers."))
    if campaign.channel not in ways.names():
        known = ", ".join(ways.names())
        raise FieldWrong("channel", _("It goes over one of these: %s.") % known)
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
