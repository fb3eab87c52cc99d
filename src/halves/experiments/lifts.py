"""Tests that somebody else ran, such as an ad platform's lift study: onto the ledger, and off."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.experiments.errors import LiftRefused, LiftWithdrawn
from halves.experiments.models import PlatformLift
from halves.jobs import running
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.ledger.errors import BatchNotFound
from halves.ledger.schema import TABLES
from halves.posting.book import book

POST = "lift_post"
_FIELDS = (
    "withheld",
    "starts",
    "ends",
    "region",
    "outcome",
    "lift",
    "se",
    "spend_withheld",
    "source",
)


def record_lift(*, form: str, by: User, at: datetime, **said: Any) -> PlatformLift:
    """Write a study down; a worker puts it on the ledger's `lifts`.

    Args:
        form: names the form that was filled in; sent twice, it is one study.
        by: who does.
        at: now.
        said: what the study says.

    Raises:
        LiftRefused: it cannot be as it says; names the field.
    """
    if not said["se"] > 0:
        raise LiftRefused("se", _("The standard error must be above 0."))
    if said["ends"] <= said["starts"]:
        raise LiftRefused("ends", _("The last day must not lie before the first."))
    if not said["withheld"]:
        raise LiftRefused("withheld", _("Say what was withheld: a channel or a campaign."))
    with transaction.atomic():
        found, is_new = PlatformLift.objects.get_or_create(
            form=form, defaults={"by": by, "at": at, **said}
        )
        if is_new:
            after = audit.fields_of(found, _FIELDS)
            audit.record("lift.add", found, by=by, at=at, after=after)
            running.start(POST, by=by, at=at, arguments={"lift": found.pk})
    return found


def withdraw_lift(lift: PlatformLift, *, by: User, at: datetime) -> None:
    """Take a study back that was written down wrongly.

    Raises:
        LiftWithdrawn: it was taken back before.
    """
    with transaction.atomic():
        if not PlatformLift.objects.filter(pk=lift.pk, withdrawn_at=None).update(withdrawn_at=at):
            raise LiftWithdrawn(_("This study was taken back before."))
        before = audit.fields_of(lift, _FIELDS)
        audit.record("lift.withdraw", lift, by=by, at=at, before=before)
        running.start(POST, by=by, at=at, arguments={"lift": lift.pk})


def post_lift(job: Job, tell: Telling) -> dict[str, Any]:
    """Make the ledger say of a study what the database says."""
    lift = PlatformLift.objects.get(pk=job.arguments["lift"])
    tell(_("writing to the ledger"))
    if lift.withdrawn_at is None:
        book().append("lifts", _row(lift), batch=lift.name)
        now = datetime.now(UTC)
        PlatformLift.objects.filter(pk=lift.pk, posted_at=None).update(posted_at=now)
        lift.refresh_from_db()
    if lift.withdrawn_at is not None:  # perhaps while it was being written
        with suppress(BatchNotFound):
            book().undo(lift.name)
    return {"words": ""}


def _row(lift: PlatformLift) -> pa.Table:
    said = {field: getattr(lift, field) for field in _FIELDS} | {"lift_id": lift.name}
    return pa.Table.from_pylist(
        [said | {"region": lift.region or None}], schema=TABLES["lifts"].arrow
    )
