"""What a worker writes to the ledger for an experiment. Each step is safe to say twice.

An experiment's row and each batch of arms are fixed in the database before the ledger hears of
them, and have names; the ledger takes a name once. A crash anywhere is mended by doing it again.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.access import audit
from halves.experiments import designs
from halves.experiments.audience import CHUNK, units_of
from halves.experiments.errors import ExperimentRefused
from halves.experiments.models import ArmsBatch, Experiment, Member, State
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.ledger.errors import BatchNotFound
from halves.ledger.schema import TABLES
from halves.measure.assignment import assignments
from halves.posting.book import book

_LEAST = 2  # units in each arm


def post_design(job: Job, tell: Telling) -> dict[str, Any]:
    """Write the registered design to the ledger's `experiments`."""
    experiment = Experiment.objects.get(pk=job.arguments["experiment"])
    tell(_("writing the design to the ledger"))
    _post_design(experiment)
    return {"words": ""}


def call_off(job: Job, tell: Telling) -> dict[str, Any]:
    """Take a design that nobody was drawn for off the ledger again."""
    experiment = Experiment.objects.get(pk=job.arguments["experiment"])
    tell(_("taking the design off the ledger"))
    with suppress(BatchNotFound):
        book().undo(_design_batch(experiment))
    return {"words": ""}


def post_arms(job: Job, tell: Telling) -> dict[str, Any]:
    """Draw the arms of a batch, fix its members, write them to the ledger's `assignments`.

    Raises:
        JobRefused: there is nobody to hold out.
    """
    experiment = Experiment.objects.get(pk=job.arguments["experiment"])
    batch = ArmsBatch.objects.filter(pk=job.arguments["batch"]).first()
    if batch is None or batch.posted_at is not None:  # a worker died when all was done
        return {"words": ""}
    try:
        designs.check(experiment)
    except ExperimentRefused as refused:
        raise JobRefused(str(refused)) from refused
    if batch.frozen_at is None:
        _gather(experiment, batch, tell)
        batch.refresh_from_db()
    if not batch.treated + batch.held_out:
        batch.delete()
        return {"words": _("Nobody new: everyone was drawn before.")}
    tell(_("writing the arms to the ledger"))
    _post_design(experiment)
    rows = pa.RecordBatchReader.from_batches(TABLES["assignments"].arrow, _rows(experiment, batch))
    book().append("assignments", rows, batch=batch.name)
    _mark_posted(experiment, batch)
    total = batch.treated + batch.held_out
    words = ngettext(
        "%(n)s was drawn, %(out)s of them held out.",
        "%(n)s were drawn, %(out)s of them held out.",
        total,
    )
    return {"words": words % {"n": f"{total:,}", "out": f"{batch.held_out:,}"}}


def post_end(experiment: Experiment) -> None:
    """Tell the ledger where an experiment ended that was stopped before its time.

    After that nobody was held out, so that what happened later is no evidence.
    """
    rows = _design_row(experiment, ends=experiment.closes)
    book().append("experiments", rows, batch=f"experiment:{experiment.name}:stopped")


def _post_design(experiment: Experiment) -> None:
    rows = _design_row(experiment, ends=experiment.ends)
    book().append("experiments", rows, batch=_design_batch(experiment))


def _design_batch(experiment: Experiment) -> str:
    return f"experiment:{experiment.name}:design"


def _design_row(experiment: Experiment, *, ends: datetime) -> pa.Table:
    row = {
        "experiment": experiment.name,
        "withheld": experiment.withheld,
        "unit_kind": str(experiment.unit_kind),
        "starts": experiment.starts,
        "ends": ends,
    }
    return pa.Table.from_pylist([row], schema=TABLES["experiments"].arrow)


def _gather(experiment: Experiment, batch: ArmsBatch, tell: Telling) -> None:
    """Draw everyone who is in no arm yet, and fix the batch."""
    done = 0
    for chunk in units_of(experiment, book()):
        tell(_("drawing who is held out"), done)
        done += len(chunk)
        with transaction.atomic():
            if not _is_open(batch):  # another worker fixed it meanwhile
                return
            taken = Member.objects.filter(experiment=experiment, unit_id__in=chunk)
            known = set(taken.values_list("unit_id", flat=True))
            fresh = sorted(set(chunk) - known)
            Member.objects.bulk_create(
                [
                    Member(experiment=experiment, batch=batch, unit_id=unit, is_held_out=out)
                    for unit, out in zip(fresh, _arms(experiment, fresh), strict=True)
                ],
                ignore_conflicts=True,
            )
    with transaction.atomic():
        if not _is_open(batch):
            return
        held_out = batch.members.filter(is_held_out=True).count()
        treated = batch.members.filter(is_held_out=False).count()
        if batch.number == 1 and min(held_out, treated) < _LEAST:
            _refuse_few(held_out, treated)
        ArmsBatch.objects.filter(pk=batch.pk).update(
            frozen_at=datetime.now(UTC), treated=treated, held_out=held_out
        )


def _is_open(batch: ArmsBatch) -> bool:
    # The UPDATE locks the row, so that nobody fixes the batch while members are added.
    return bool(ArmsBatch.objects.filter(pk=batch.pk, frozen_at=None).update(treated=0))


def _refuse_few(held_out: int, treated: int) -> None:
    raise JobRefused(
        _(
            "Of those it is about, %(out)s would be held out and %(in)s would not: it takes two "
            "at least of each. Nobody was assigned. Import or add people first, then start again."
        )
        % {"out": held_out, "in": treated}
    )


def _arms(experiment: Experiment, units: list[str]) -> list[bool]:
    if experiment.is_by_region:
        return [unit in experiment.held_out_regions for unit in units]
    return [arm == "held_out" for arm in _drawn(experiment, units).column("arm").to_pylist()]


def _drawn(
    experiment: Experiment, units: list[str], *, at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
) -> pa.Table:
    return assignments(
        experiment.name,
        units,
        unit_kind=experiment.unit_kind,
        key=experiment.salt.encode(),
        held_out_share=experiment.share,
        at=at,
    )


def _rows(experiment: Experiment, batch: ArmsBatch) -> Iterator[pa.RecordBatch]:
    """The batch's members as rows of the ledger, the same whenever they are asked for."""
    members = batch.members.order_by("pk").values_list("unit_id", "is_held_out")
    units: list[tuple[str, bool]] = []
    for member in members.iterator(chunk_size=CHUNK):
        units.append(member)
        if len(units) == CHUNK:
            yield _record(experiment, batch, units)
            units = []
    if units:
        yield _record(experiment, batch, units)


def _record(
    experiment: Experiment, batch: ArmsBatch, units: list[tuple[str, bool]]
) -> pa.RecordBatch:
    held_out = np.array([out for _unit, out in units])
    n = len(units)
    columns = {
        "experiment": pa.repeat(experiment.name, n),
        "unit_kind": pa.repeat(str(experiment.unit_kind), n),
        "unit_id": pa.array([unit for unit, _out in units], pa.string()),
        "decision_id": pa.nulls(n, pa.string()),
        "arm": pa.array(np.where(held_out, "held_out", "treated").tolist(), pa.string()),
        "propensity": pa.array(np.where(held_out, experiment.share, 1 - experiment.share)),
        "at": pa.repeat(pa.scalar(batch.at, pa.timestamp("us", "UTC")), n),
    }
    return pa.RecordBatch.from_pydict(columns, schema=TABLES["assignments"].arrow)


def _mark_posted(experiment: Experiment, batch: ArmsBatch) -> None:
    at = datetime.now(UTC)
    with transaction.atomic():
        if not ArmsBatch.objects.filter(pk=batch.pk, posted_at=None).update(posted_at=at):
            return
        fresh = Experiment.objects.filter(pk=experiment.pk, started_at=None)
        fresh.filter(state=State.REGISTERED).update(state=State.RUNNING, started_at=batch.at)
        # Stopped while the arms were on their way: they were drawn all the same.
        fresh.filter(state=State.STOPPED).update(started_at=batch.at)
        after = {"batch": batch.name, "treated": batch.treated, "held_out": batch.held_out}
        audit.record("experiment.assign", experiment, by=None, at=at, after=after)
