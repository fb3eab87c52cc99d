"""Whom calls move: what the dice show of each kind of person on the list."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, FloatField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from halves.conversations.queue_models import QueueDecision, Reason
from halves.ledger import Ledger
from halves.measure.call_kinds import Seen, levels_of
from halves.measure.trial_kinds import KindFound, found_by_kind, together
from halves.measure.trial_result import TrialResult

FEW_SALES = 20  # with fewer in an arm, intervals are too narrow and lean to one side

_Guessed = Mapping[str, tuple[float, float, int]]  # reason: guess, cost, decisions


def kinds_learned(
    ledger: Ledger,
    found: Sequence[TrialResult],
    *,
    currency: str | None,
    margin: float,
    calls_each: float,
    at: datetime,
) -> dict[str, Any]:
    """Each kind's level, what a call to it brings, and from how much that is known.

    Args:
        ledger: the house's.
        found: what each season's dice show of everyone.
        currency: that they were read in.
        margin: profit for each 1 of revenue, above 0.
        calls_each: calls that a decision to call brings, over one to leave alone.
        at: now.
    """
    guessed, seen = _guessed(at), _by_kind(ledger, found, currency)
    if not guessed:
        return {}
    levels = levels_of(
        {
            kind: Seen(
                guessed=guess,
                cost=cost * calls_each,
                found=seen[kind].effect if kind in seen else None,
                error=seen[kind].error if kind in seen else None,
            )
            for kind, (guess, cost, _drawn) in guessed.items()
        },
        margin=margin,
    )
    kinds: dict[str, Any] = {}
    for kind, level in levels.own.items():
        guess, cost, drawn = guessed[kind]
        fewest = seen[kind].fewest if kind in seen else 0
        interval = asdict(level.interval)
        kinds[kind] = {
            "level": interval,
            "effect": {end: value * guess for end, value in interval.items()},
            "p_wasted": level.p_wasted if fewest >= FEW_SALES else None,
            "pays": cost * calls_each / margin,
            "guessed": guess,
            "decisions": drawn,
            "fewest": fewest,
        }
    return kinds


def _guessed(at: datetime) -> _Guessed:
    """What calls to each kind were expected to bring and to cost, on average of those drawn."""
    rows = QueueDecision.objects.filter(at__lt=at).values(kind=KT("why__reason"))
    averages = rows.annotate(
        guess=Avg(Cast(KT("why__guess"), FloatField())),
        cost=Avg(Cast(KT("why__cost"), FloatField())),
        drawn=Count("pk"),
    )
    found = {row["kind"]: row for row in averages}
    return {
        str(kind): (float(row["guess"]), float(row["cost"] or 0.0), int(row["drawn"]))
        for kind in Reason
        if (row := found.get(str(kind))) and row["guess"]
    }


def _by_kind(
    ledger: Ledger, found: Sequence[TrialResult], currency: str | None
) -> dict[str, KindFound]:
    seasons: dict[str, list[KindFound]] = {}
    for one in found:
        by_kind = found_by_kind(ledger, one, _reasons(one.experiment), currency=currency)
        for kind, what in by_kind.items():
            seasons.setdefault(kind, []).append(what)
    return {kind: together(some) for kind, some in seasons.items()}


def _reasons(season: str) -> dict[str, str]:
    """Each decision of a season → the kind that it was of; older ones did not keep it."""
    rows = QueueDecision.objects.filter(draw__experiment__name=season, why__has_key="reason")
    return dict(rows.values_list("key", KT("why__reason")).iterator(chunk_size=10_000))
