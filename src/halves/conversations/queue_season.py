"""A season of the queue: an experiment of its own, so that calls are measured as campaigns are.

Its design is fixed before anyone is drawn. Dice are rolled in it for a quarter of a year; it ends
one period later, so that what the last calls do is seen.
"""

import hashlib
from datetime import datetime, timedelta
from secrets import token_hex

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.conversations.queue_models import CallQueue
from halves.experiments import designs
from halves.experiments.models import ArmsBatch, Experiment, Measure, Outcome, Source, State, Unit
from halves.posting import outbox

CALL = "call"  # the channel on the ledger that is withheld
_ROLLING = timedelta(days=91)


def season_of(queue: CallQueue, *, by: User | None, at: datetime, secret: str = "") -> Experiment:
    """The season that dice are rolled in now; begun, in the caller's transaction, if none is.

    Args:
        queue: how it is drawn.
        by: who asks; None for halves itself.
        at: now.
        secret: what a new season's dice are rolled with; drawn if empty.
    """
    period = timedelta(days=queue.period_days)
    running = Experiment.objects.filter(
        source=Source.QUEUE, state=State.RUNNING, starts__lte=at, ends__gt=at + period
    )
    found = running.order_by("-pk").first()
    return found or _begun(queue, period, secret or token_hex(32), by=by, at=at)


def seasons(*, before: datetime) -> list[Experiment]:
    """All seasons that began before a moment, the newest first."""
    rows = Experiment.objects.filter(source=Source.QUEUE, starts__lt=before)
    return list(rows.exclude(started_at=None).order_by("-starts", "-pk")[:40])


def post_arms(season: Experiment, *, treated: int, held_out: int, at: datetime) -> None:
    """Count a draw's arms among the season's, in the caller's transaction."""
    number = season.batches.count() + 1
    ArmsBatch.objects.create(
        experiment=season,
        number=number,
        at=at,
        frozen_at=at,
        posted_at=at,
        treated=treated,
        held_out=held_out,
    )


def _begun(
    queue: CallQueue, period: timedelta, secret: str, *, by: User | None, at: datetime
) -> Experiment:
    day = date_format(at, "j F Y")
    # Two seasons may begin on one day; the name tells nothing of the secret.
    mark = hashlib.sha256(secret.encode()).hexdigest()[:6]
    season = Experiment(
        title=_("Calls from the queue, from %(day)s") % {"day": day},
        name=f"call-queue-{at:%Y-%m-%d}-{mark}",
        withheld=[CALL],
        unit_kind=Unit.PERSON,
        share=queue.held_out_share,
        outcome=Outcome.DEAL,
        of=Measure.VALUE,
        starts=at,
        ends=at + _ROLLING + period,
        salt=secret,
        state=State.RUNNING,
        source=Source.QUEUE,
        notes=_("Dice are rolled anew for each person and period, with chances that are logged."),
        by=by,
        made_at=at,
        registered_at=at,
        started_at=at,
    )
    season.digest = designs.digest_of(season)
    with transaction.atomic():
        season.save()
        after = {"digest": season.digest, **designs.as_data(season)}
        audit.record("experiment.register", season, by=by, at=at, after=after)
        row = {
            "experiment": season.name,
            "withheld": season.withheld,
            "unit_kind": str(season.unit_kind),
            "starts": season.starts,
            "ends": season.ends,
        }
        outbox.put("experiments", [row], at=at)
    return season
