"""Draft, register, start, stop, read: what can happen to an experiment, each once."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.experiments import designs, detecting
from halves.experiments.errors import (
    AlreadyRead,
    AlreadyRegistered,
    DesignRefused,
    ExperimentOver,
    NameTaken,
    NoEarlyLook,
    NotOver,
    NotRegistered,
    NotRunning,
    PowerUnknown,
    RegionsNotChosen,
)
from halves.experiments.models import ArmsBatch, Experiment, Source, State, Unit
from halves.jobs import running
from halves.jobs.models import LIVE, Job
from halves.posting.book import book

POWER, DESIGN, ARMS, LOOK, READ, CALL_OFF = (
    "experiment_power",
    "experiment_design",
    "experiment_arms",
    "experiment_look",
    "experiment_read",
    "experiment_call_off",
)
_LEAST = 4  # units; an interval needs two in each arm


def draft(*, by: User, at: datetime, source: Source = Source.HAND, **said: Any) -> Experiment:
    """Write a design down; what it can detect is computed by a worker.

    Args:
        by: who does.
        at: now.
        source: where it came from.
        said: fields, of `designs.FIELDS`.

    Raises:
        NameTaken: another experiment is called so.
        DesignRefused: it cannot be run as it is; names the field.
    """
    experiment = Experiment(by=by, made_at=at, source=source, salt=token_hex(32))
    _set(experiment, said)
    experiment.name = slugify(experiment.title)[:100]
    _check(experiment)
    _check_name(experiment)
    try:
        with transaction.atomic():
            experiment.save()
            after = audit.fields_of(experiment, designs.FIELDS)
            audit.record("experiment.add", experiment, by=by, at=at, after=after)
            _ask(POWER, experiment, by=by, at=at)
    except IntegrityError:
        raise NameTaken(_("Another experiment is called so: give it another name.")) from None
    return experiment


def change_draft(experiment: Experiment, *, by: User, at: datetime, **said: Any) -> Experiment:
    """Change a design that is not registered yet.

    Raises:
        AlreadyRegistered: it is.
        DesignRefused: as in `draft`.
    """
    with transaction.atomic():
        now = _locked_draft(experiment)
        before = audit.fields_of(now, designs.FIELDS)
        _set(now, said)
        _check(now)
        if set(said) & {"unit_kind", "starts", "ends", "outcome", "of"}:
            # Regions are chosen for one length and outcome; another needs others.
            now.held_out_regions = said.get("held_out_regions", [])
        now.save()
        after = audit.fields_of(now, designs.FIELDS)
        audit.record("experiment.change", now, by=by, at=at, before=before, after=after)
        _ask(POWER, now, by=by, at=at)
    return now


def choose_regions(experiment: Experiment, place: int, *, by: User, at: datetime) -> Experiment:
    """Hold out the regions of one of the designs that were computed.

    Raises:
        AlreadyRegistered: the design is frozen.
        DesignRefused: there is no such design.
    """
    with transaction.atomic():
        now = _locked_draft(experiment)
        offered = (now.power or {}).get("designs", [])
        if not 0 <= place < len(offered):
            raise DesignRefused("regions", _("Choose one of the designs that are shown."))
        before = audit.fields_of(now, ("held_out_regions", "share"))
        now.held_out_regions = list(offered[place]["treated"])
        now.share = len(now.held_out_regions) / len(now.power["regions"])
        now.power = now.power | {"chosen": place, "of_design": designs.digest_of(now)}
        now.save()
        after = audit.fields_of(now, ("held_out_regions", "share"))
        audit.record("experiment.change", now, by=by, at=at, before=before, after=after)
    return now


def withdraw(experiment: Experiment, *, by: User, at: datetime) -> None:
    """Throw a draft away.

    Raises:
        AlreadyRegistered: what is registered stays, so that no result can be hidden.
    """
    with transaction.atomic():
        now = _locked_draft(experiment)
        before = audit.fields_of(now, designs.FIELDS)
        audit.record("experiment.withdraw", now, by=by, at=at, before=before)
        now.delete()


def register(experiment: Experiment, *, by: User, at: datetime) -> Experiment:
    """Freeze the design, and write it on the ledger, before anything is known of its result.

    Raises:
        AlreadyRegistered: somebody was first.
        PowerUnknown: what it can detect is not computed yet.
        RegionsNotChosen: it is by regions, and nobody said which.
        ExperimentOver: its last day has passed.
        DesignRefused: there are too few to compare.
    """
    with transaction.atomic():
        now = _locked_draft(experiment)
        _check_ready(now, at)
        # One conditional UPDATE, so that two people clicking at once cannot both win.
        won = Experiment.objects.filter(pk=now.pk, state=State.DRAFT).update(
            state=State.REGISTERED, registered_at=at, digest=designs.digest_of(now)
        )
        if not won:
            raise AlreadyRegistered(_("Somebody registered it a moment ago."))
        now.refresh_from_db()
        after = {"digest": now.digest, **designs.as_data(now)}
        audit.record("experiment.register", now, by=by, at=at, after=after)
        _ask(DESIGN, now, by=by, at=at)
    return now


def start(experiment: Experiment, *, by: User | None, at: datetime) -> Job | None:
    """Draw the arms of everyone it is about, and of those who came since; a worker posts them.

    Returns:
        The job; the one under way, if there is one.

    Raises:
        NotRegistered: the design is a draft.
        ExperimentOver: its time has passed, or it was stopped.
        DesignChanged: the design is not the one that was registered.
    """
    with transaction.atomic():
        now = Experiment.objects.select_for_update().get(pk=experiment.pk)
        if now.state == State.DRAFT:
            raise NotRegistered(_("Register the design first: nobody is held out before."))
        if now.state not in (State.REGISTERED, State.RUNNING) or now.ends <= at:
            raise ExperimentOver(_("It is over: nobody else is drawn for it."))
        if now.source == Source.QUEUE:
            raise ExperimentOver(_("The call queue draws for it, person by person."))
        designs.check(now)
        under_way = jobs_of(now).filter(kind=ARMS, state__in=LIVE).first()
        if under_way is not None:
            return under_way
        batch = now.batches.filter(posted_at=None).first()
        if batch is None:
            number = now.batches.count() + 1
            batch = ArmsBatch.objects.create(experiment=now, number=number, at=at)
        audit.record("experiment.start", now, by=by, at=at, after={"batch": batch.number})
        return _ask(ARMS, now, by=by, at=at, batch=batch.pk)


def stop(experiment: Experiment, *, by: User, at: datetime) -> Experiment:
    """End it before its time: from now on nobody is held out.

    One that nobody was drawn for is called off, and taken off the ledger.

    Raises:
        NotRunning: it is a draft, over, or stopped already.
    """
    if experiment.source == Source.QUEUE:
        raise NotRunning(_("It stops when the call queue is turned off."))
    with transaction.atomic():
        # One conditional UPDATE, so that it is stopped at one moment only.
        live = Experiment.objects.filter(
            pk=experiment.pk, state__in=(State.REGISTERED, State.RUNNING), ends__gt=at
        )
        if not live.update(state=State.STOPPED, stopped_at=at):
            raise NotRunning(_("Only what is registered or running, and not over, can be stopped."))
        now = Experiment.objects.get(pk=experiment.pk)
        audit.record("experiment.stop", now, by=by, at=at, after={"stopped_at": at})
        if now.started_at is None:
            _ask(CALL_OFF, now, by=by, at=at)
    return now


def look(experiment: Experiment, *, by: User, at: datetime) -> Job:
    """Ask what it shows so far; one may look as often as one likes.

    Raises:
        NotRunning: nobody is held out.
        NoEarlyLook: it is by regions.
    """
    if experiment.started_at is None or experiment.state == State.READ:
        raise NotRunning(_("There is nothing to look at: nobody is held out."))
    if experiment.is_by_region:
        raise NoEarlyLook(
            _("A test by regions is read once, at its end: no interval holds at every look.")
        )
    designs.check(experiment)
    return _ask_once(LOOK, experiment, by=by, at=at)


def read(experiment: Experiment, *, by: User, at: datetime) -> Job:
    """Read the result, which then stands.

    Raises:
        AlreadyRead: it was read.
        NotRunning: nobody was ever held out.
        NotOver: it still runs.
    """
    if experiment.state == State.READ:
        raise AlreadyRead(_("The result was read, and stands."))
    if experiment.started_at is None:
        raise NotRunning(_("Nobody was ever held out, so that there is no result."))
    if not experiment.is_over(at):
        raise NotOver(
            _("It runs until %(day)s. Look as often as you like; the result is read at the end.")
            % {"day": date_format(experiment.ends, "j F Y")}
        )
    designs.check(experiment)
    return _ask_once(READ, experiment, by=by, at=at)


def jobs_of(experiment: Experiment):
    """All work ever asked for it, the newest first."""
    return Job.objects.filter(
        kind__startswith="experiment_", arguments__experiment=experiment.pk
    ).order_by("-pk")


def _ask(kind: str, experiment: Experiment, *, by: User | None, at: datetime, **more: Any) -> Job:
    return running.start(kind, by=by, at=at, arguments={"experiment": experiment.pk, **more})


def _ask_once(kind: str, experiment: Experiment, *, by: User, at: datetime) -> Job:
    with transaction.atomic():
        Experiment.objects.select_for_update().get(pk=experiment.pk)
        same = jobs_of(experiment).filter(kind=kind, state__in=LIVE).first()
        return same or _ask(kind, experiment, by=by, at=at)


def _locked_draft(experiment: Experiment) -> Experiment:
    now = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if now.state != State.DRAFT:
        raise AlreadyRegistered(
            _("It was registered on %(day)s: the design is frozen, so that no result can bend it.")
            % {"day": date_format(now.registered_at, "j F Y, H:i")}
        )
    return now


def _set(experiment: Experiment, said: Mapping[str, Any]) -> None:
    for field, value in said.items():
        if field not in designs.FIELDS:
            raise DesignRefused(field, _("There is no such field."))
        setattr(experiment, field, value.strip() if isinstance(value, str) else value)
    experiment.withheld = [name.strip() for name in experiment.withheld if name.strip()]


def _check(experiment: Experiment) -> None:
    if not slugify(experiment.title):
        raise DesignRefused("title", _("Give it a name, with letters or numbers."))
    if not experiment.withheld:
        raise DesignRefused("withheld", _("Say what is withheld: a channel or a campaign."))
    if not 0 < experiment.share < 1:
        raise DesignRefused("share", _("The share held out must be above 0% and below 100%."))
    if experiment.ends <= experiment.starts:
        raise DesignRefused("ends", _("The last day must not lie before the first."))
    if experiment.is_by_region and (experiment.region or experiment.tag):
        raise DesignRefused("unit_kind", _("A test by regions is about everyone in them."))


def _check_name(experiment: Experiment) -> None:
    if Experiment.objects.filter(name=experiment.name).exists() or _is_on_ledger(experiment.name):
        raise NameTaken(_("Another experiment is called so: give it another name."))


def _is_on_ledger(name: str) -> bool:
    ledger = book()
    rows = ledger.table("experiments")
    return bool(ledger.query(rows.filter(rows.experiment == name)).num_rows)


def _check_ready(experiment: Experiment, at: datetime) -> None:
    if experiment.ends <= at:
        raise ExperimentOver(_("Its last day has passed: give it other days."))
    if experiment.starts < detecting.midnight(at.date()):
        # Whoever may choose days that have passed could choose them by what happened in them.
        raise DesignRefused(
            "starts", _("Its first day has passed: give it one from today on, then register it.")
        )
    if not detecting.is_known(experiment):
        raise PowerUnknown(_("What it can detect is still being computed: wait a moment."))
    if experiment.is_by_region and not experiment.held_out_regions:
        raise RegionsNotChosen(_("Choose the regions that are held out first."))
    power = experiment.power or {}
    arms = (power.get("n_treated", _LEAST), power.get("n_held_out", _LEAST))
    if experiment.unit_kind != Unit.REGION and (sum(arms) < _LEAST or min(arms) < _LEAST // 2):
        raise DesignRefused(
            "share", _("Too few are held out, or left in, to compare: two at least.")
        )
    if _is_on_ledger(experiment.name):
        raise NameTaken(_("Another experiment on the ledger is called so by now."))
