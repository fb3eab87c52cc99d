"""Reads: which experiments there are, who is held out, what an experiment said last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from halves.experiments.baseline import left_alone
from halves.experiments.models import Experiment, Member, State
from halves.measure.assignment import assign


@dataclass(frozen=True)
class Sizes:
    """How many are in each arm."""

    treated: int
    held_out: int

    @property
    def all(self) -> int:
        """Both."""
        return self.treated + self.held_out


def sizes(experiment: Experiment) -> Sizes:
    """How many are in the arms that the ledger has."""
    posted = experiment.batches.exclude(posted_at=None)
    found = posted.aggregate(treated=Sum("treated"), held_out=Sum("held_out"))
    return Sizes(found["treated"] or 0, found["held_out"] or 0)


def arm_of(experiment: Experiment, unit_id: str) -> str:
    """The arm of a person, account or region, also of one who came after the arms were drawn."""
    if experiment.is_by_region:
        return "held_out" if unit_id in experiment.held_out_regions else "treated"
    return assign(
        experiment.name,
        unit_id,
        key=experiment.salt.encode(),
        held_out_share=experiment.share,
    )


def withholding(names: Iterable[str], *, at: datetime) -> list[Experiment]:
    """Experiments that withhold any of these channels or campaigns at a moment."""
    wanted = set(names)
    running = Experiment.objects.filter(state=State.RUNNING, starts__lte=at, ends__gt=at)
    return [one for one in running.order_by("pk") if wanted & set(one.withheld)]


def held_out_now(names: Iterable[str], unit_ids: Sequence[str], *, at: datetime) -> set[str]:
    """Those of many units who must not be reached over any of these channels or campaigns now."""
    alone = left_alone(unit_ids, at=at)
    running = withholding(names, at=at)
    if not running:
        return alone
    members = Member.objects.filter(
        unit_id__in=list(unit_ids), is_held_out=True, experiment__in=running
    )
    return alone | set(members.values_list("unit_id", flat=True))
