"""What an experiment shows: at a look while it runs, and when it is over."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.experiments import detecting
from halves.experiments.designs import digest_of
from halves.experiments.models import Experiment, Look, Measure, State
from halves.experiments.posting import post_end
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.errors import MeasureError
from halves.measure.geo_trial import geo_trial
from halves.measure.trial_result import TrialResult
from halves.measure.trials import trial
from halves.posting.book import book

_SEED = 1


def compute_power(job: Job, tell: Telling) -> dict[str, Any]:
    """Compute what a draft can detect."""
    experiment = Experiment.objects.filter(pk=job.arguments["experiment"]).first()
    if experiment is None or experiment.state != State.DRAFT or detecting.is_known(experiment):
        return {"words": ""}
    tell(_("computing what it can detect"))
    found = detecting.power_of(experiment, book(), currency=_currency(), at=datetime.now(UTC))
    with transaction.atomic():
        now = Experiment.objects.select_for_update().filter(pk=experiment.pk).first()
        # Changed meanwhile: another job computes the design as it is now.
        if now and now.state == State.DRAFT and digest_of(now) == found["of_design"]:
            Experiment.objects.filter(pk=now.pk).update(power=found)
    return {"words": ""}


def take_look(job: Job, tell: Telling) -> dict[str, Any]:
    """Keep what a running experiment shows at the moment that was asked for.

    Raises:
        JobRefused: nothing can be told yet; the words say why.
    """
    experiment = Experiment.objects.get(pk=job.arguments["experiment"])
    tell(_("comparing those held out with the others"))
    until = min(job.asked_at, experiment.closes)
    found = _told(experiment, until=until)
    Look.objects.get_or_create(experiment=experiment, at=job.asked_at, defaults={"found": found})
    return {"words": ""}


def read_result(job: Job, tell: Telling) -> dict[str, Any]:
    """Read the result of an experiment that is over, once.

    Raises:
        JobRefused: nothing can be told; the words say why.
    """
    experiment = Experiment.objects.get(pk=job.arguments["experiment"])
    if experiment.state != State.READ:
        tell(_("comparing those held out with the others"))
        found = _told(experiment, until=experiment.closes)
        _keep(experiment, found, job)
    if experiment.is_stopped_early:
        # Also after a crash: the ledger takes it once.
        post_end(experiment)
    return {"words": ""}


def _keep(experiment: Experiment, found: Mapping[str, Any], job: Job) -> None:
    at = datetime.now(UTC)
    with transaction.atomic():
        open_ = Experiment.objects.filter(pk=experiment.pk).exclude(state=State.READ)
        # One conditional UPDATE, so that of two workers one result stands.
        if open_.update(state=State.READ, read_at=at, result=found):
            after = {"words": found["words"], "ledger_versions": found["ledger_versions"]}
            audit.record("experiment.read", experiment, by=job.by, at=at, after=after)


def _told(experiment: Experiment, *, until: datetime) -> dict[str, Any]:
    ledger = book()
    try:
        if experiment.is_by_region:
            return _of_regions(experiment, ledger, until)
        return _of_units(experiment, ledger, until)
    except (LedgerError, MeasureError, ValueError) as refused:
        raise JobRefused(_sentence(str(refused))) from refused


def _of_units(experiment: Experiment, ledger: Ledger, until: datetime) -> dict[str, Any]:
    versions = ledger.versions()
    found = trial(
        ledger,
        experiment.name,
        outcome=experiment.outcome,
        of=experiment.of,
        until=until,
        currency=_currency() if experiment.of == Measure.VALUE else None,
    )
    # Whoever may stop when they like the number needs the interval that allows for it.
    is_fixed = until >= experiment.ends
    return {
        "holds": "one look" if is_fixed else "every look",
        "total": asdict(found.total) if is_fixed else _times(found),
        "effect": asdict(found.effect),
        "always_valid": asdict(found.always_valid),
        "ratio": asdict(found.ratio) if found.ratio else None,
        "n_treated": found.n_treated,
        "n_held_out": found.n_held_out,
        "treated": _arm(found, "treated"),
        "held_out": _arm(found, "held_out"),
        "outcome": found.outcome,
        "of": found.of,
        "currency": found.currency if found.of == Measure.VALUE else None,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "planned_until": found.planned_until.isoformat(),
        "words": found.words,
        "notes": list(found.notes),
        "ledger_versions": versions,
    }


def _times(found: TrialResult) -> dict[str, float]:
    return {name: value * found.n_treated for name, value in asdict(found.always_valid).items()}


def _arm(found: TrialResult, name: str) -> dict[str, Any]:
    arm = getattr(found, name)
    return {
        "units": arm.units,
        "mean": asdict(arm.mean),
        "doors_opened": arm.doors_opened,
        "deals_closed": arm.deals_closed,
        "reached": arm.reached,
    }


def _of_regions(experiment: Experiment, ledger: Ledger, until: datetime) -> dict[str, Any]:
    versions = ledger.versions()
    found = geo_trial(
        ledger,
        experiment.name,
        rng=np.random.default_rng(_SEED),
        outcome=experiment.outcome,
        of=experiment.of,
        until=until,
        currency=_currency() if experiment.of == Measure.VALUE else None,
    )
    return {
        "holds": "one look",
        "total": asdict(found.total),
        "ratio": asdict(found.lift),
        "p_value": found.p_value,
        "n_treated": found.n_treated,
        "n_held_out": found.n_held_out,
        "outcome": found.outcome,
        "of": found.of,
        "currency": found.currency if found.of == Measure.VALUE else None,
        "since": experiment.starts.isoformat(),
        "until": until.isoformat(),
        "planned_until": experiment.ends.isoformat(),
        "words": found.words,
        "notes": [],
        "ledger_versions": versions,
    }


def _currency() -> str | None:
    currency: str | None = settings.PLACE.settings().currency
    return currency


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith(".") else ".")
