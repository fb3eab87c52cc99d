"""Holding people out of a campaign: an experiment of its own, drawn as the campaign reaches people.

The design is fixed before anyone is drawn, as with any other; who is in it are those whom the
campaign could have told, held out or not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.experiments import actions, designs, detecting
from halves.experiments.models import ArmsBatch, Experiment, Member, Source, State, Unit
from halves.jobs import running
from halves.ledger import Ledger
from halves.measure.assignment import draws


def design_of(
    *,
    name: str,
    title: str,
    campaign: str,
    share: float,
    outcome: str,
    of: str,
    days: int,
    at: datetime,
) -> Experiment:
    """The design, not kept anywhere yet."""
    return Experiment(
        title=title,
        name=name,
        withheld=[campaign],
        unit_kind=Unit.PERSON,
        share=share,
        outcome=outcome,
        of=of,
        starts=at,
        ends=at + timedelta(days=days),
        salt=token_hex(32),
        source=Source.CAMPAIGN,
        made_at=at,
    )


def power_of(
    design: Experiment, ledger: Ledger, *, units: int, currency: str | None, at: datetime
) -> dict[str, Any]:
    """What holding out that share of so many people can detect; keys as in `detecting.power_of`."""
    return detecting.power_of(design, ledger, currency=currency, at=at, units=units)


def register(
    design: Experiment, *, power: dict[str, Any] | None, by: User | None, at: datetime
) -> Experiment:
    """Freeze the design, in the caller's transaction; a worker writes it to the ledger."""
    design.by, design.state, design.registered_at = by, State.REGISTERED, at
    design.digest, design.power = designs.digest_of(design), power
    design.save()
    after = {"digest": design.digest, **designs.as_data(design)}
    audit.record("experiment.register", design, by=by, at=at, after=after)
    running.start(actions.DESIGN, by=by, at=at, arguments={"experiment": design.pk})
    return design


def batch_of(design: Experiment, *, at: datetime) -> ArmsBatch:
    """The batch that is being drawn; made if there is none."""
    found = design.batches.filter(frozen_at=None).order_by("number").first()
    if found is not None:
        return found
    number = design.batches.count() + 1
    return ArmsBatch.objects.get_or_create(experiment=design, number=number, defaults={"at": at})[0]


def draw(design: Experiment, batch: ArmsBatch, units: Sequence[str]) -> dict[str, bool]:
    """Give units their arms, in the caller's transaction: unit → whether it is held out.

    The arm is a keyed hash: whoever is drawn again, also by another worker, gets the same.
    """
    drawn = draws(design.name, units, key=design.salt.encode()) < design.share
    arms = {unit: bool(out) for unit, out in zip(units, drawn, strict=True)}
    Member.objects.bulk_create(
        [
            Member(experiment=design, batch=batch, unit_id=unit, is_held_out=out)
            for unit, out in arms.items()
        ],
        ignore_conflicts=True,
    )
    return arms


def close(batch: ArmsBatch, *, at: datetime) -> None:
    """No unit comes after; a worker writes the arms to the ledger. Safe to say again."""
    with transaction.atomic():
        sizes = {
            "held_out": batch.members.filter(is_held_out=True).count(),
            "treated": batch.members.filter(is_held_out=False).count(),
        }
        if ArmsBatch.objects.filter(pk=batch.pk, frozen_at=None).update(frozen_at=at, **sizes):
            arguments = {"experiment": batch.experiment_id, "batch": batch.pk}
            running.start(actions.ARMS, by=None, at=at, arguments=arguments)
