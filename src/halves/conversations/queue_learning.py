"""What the queue's dice teach: how much calls bring, read from the ledger, once a day."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, FloatField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from halves.conversations.queue_kinds import FEW_SALES, kinds_learned
from halves.conversations.queue_models import CallQueue, QueueDecision
from halves.conversations.queue_season import seasons
from halves.experiments.models import Experiment
from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.call_gain import decisions_until, level_of
from halves.measure.errors import MeasureError, NoOutcomes
from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile
from halves.measure.trial_result import TrialResult
from halves.measure.trials import trial
from halves.measure.worth import worth
from halves.posting.book import book

_WIDE = normal_quantile(0.95)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Seen:
    """What one season, or several together, say of being put on the list rather than left alone."""

    effect: float  # revenue a decision
    error: float
    always: Interval  # holds however often one looks
    treated: int
    held_out: int
    reached_treated: int
    reached_held_out: int
    fewest: int  # sales in the arm that has fewer

    @property
    def is_rough(self) -> bool:
        """Say whether an arm has so few sales that the interval is not to be relied on."""
        return self.fewest < FEW_SALES

    @property
    def calls_each(self) -> float:
        """How many more of those to be called were called than of those left alone."""
        called = self.reached_treated / max(self.treated, 1)
        return called - self.reached_held_out / max(self.held_out, 1)


def learn(*, at: datetime) -> dict[str, Any]:
    """Read what the dice show so far, and keep it with the queue: the next draw goes by it."""
    queue, said, ledger = CallQueue.get(), settings.PLACE.settings(), book()
    learned: dict[str, Any] = {"reasons": []}
    learned["new_customer"] = _new_customer(ledger, said.currency, at)
    found = _found(ledger, seasons(before=at), said.currency, at, learned["reasons"])
    seen = _together(found) if found else None
    guessed, cost = _guessed_and_cost(at)
    if guessed and said.margin:
        learned |= _level(guessed, cost, said.margin, seen)
    if seen is not None and said.margin:
        learned["kinds"] = kinds_learned(
            ledger,
            found,
            currency=said.currency,
            margin=said.margin,
            calls_each=max(seen.calls_each, 0.0),
            at=at,
        )
    if seen is not None:
        learned |= _shown(seen, said.currency)
    CallQueue.objects.filter(pk=queue.pk).update(learned=learned, learned_at=at)
    return learned


def is_due(queue: CallQueue, *, at: datetime) -> bool:
    """Say whether it is a day since the dice were read."""
    return queue.learned_at is None or queue.learned_at <= at - _DAY


def _found(
    ledger: Ledger,
    run: Sequence[Experiment],
    currency: str | None,
    at: datetime,
    reasons: list[str],
) -> list[TrialResult]:
    found = []
    for season in run:
        try:
            until = min(at, season.closes)
            found.append(trial(ledger, season.name, until=until, currency=currency))
        except NoOutcomes:
            reasons.append(_("nobody bought yet of those whom the dice were rolled for"))
        except (LedgerError, MeasureError) as refused:
            reasons.append(str(refused))
    return found


def _together(found: Sequence[TrialResult]) -> _Seen:
    """Seasons weighed by how sure each is."""
    weights = [1 / one.standard_error**2 for one in found]
    whole = sum(weights)

    def mean(numbers: Sequence[float]) -> float:
        return sum(w * n for w, n in zip(weights, numbers, strict=True)) / whole

    effect = mean([one.effect.mean for one in found])
    reach = math.sqrt(
        sum(
            (w * (one.always_valid.high - one.always_valid.mean)) ** 2
            for w, one in zip(weights, found, strict=True)
        )
    )
    return _Seen(
        effect=effect,
        error=whole**-0.5,
        always=Interval(effect, effect - reach / whole, effect + reach / whole),
        treated=sum(one.n_treated for one in found),
        held_out=sum(one.n_held_out for one in found),
        reached_treated=sum(one.treated.reached for one in found),
        reached_held_out=sum(one.held_out.reached for one in found),
        fewest=min(
            sum(one.treated.deals_closed for one in found),
            sum(one.held_out.deals_closed for one in found),
        ),
    )


def _guessed_and_cost(at: datetime) -> tuple[float, float]:
    """What those drawn were expected to bring, and a call to cost, on average."""
    rows = QueueDecision.objects.filter(at__lt=at)
    found = rows.aggregate(
        guess=Avg(Cast(KT("why__guess"), FloatField())),
        cost=Avg(Cast(KT("why__cost"), FloatField())),
    )
    return float(found["guess"] or 0.0), float(found["cost"] or 0.0)


def _level(guessed: float, cost: float, margin: float, seen: _Seen | None) -> dict[str, Any]:
    calls = 1.0 if seen is None else max(seen.calls_each, 0.0)
    level = level_of(
        guessed=guessed,
        cost=cost * calls,
        margin=margin,
        found=None if seen is None else seen.effect,
        error=None if seen is None else seen.error,
    )
    return {
        "level": asdict(level.interval),
        "p_wasted": None if seen is None or seen.is_rough else level.p_wasted,
        "guessed": guessed,
        "cost": cost,
        "margin": margin,
    }


def _shown(seen: _Seen, currency: str | None) -> dict[str, Any]:
    half = seen.always.high - seen.always.mean
    decisions = seen.treated + seen.held_out
    return {
        "effect": {
            "mean": seen.effect,
            "low": seen.effect - _WIDE * seen.error,
            "high": seen.effect + _WIDE * seen.error,
        },
        "always_valid": asdict(seen.always),
        "error": seen.error,
        "currency": currency,
        "treated": seen.treated,
        "held_out": seen.held_out,
        "called": seen.reached_treated,
        "called_anyway": seen.reached_held_out,
        # Half as wide as now; what anybody can picture.
        "fewest": seen.fewest,
        "is_rough": seen.is_rough,
        "within": half / 2,
        "more": decisions_until(seen.error, decisions, within=_WIDE * seen.error / 2),
    }


def _new_customer(ledger: Ledger, currency: str | None, at: datetime) -> float | None:
    """What a new customer spends after the first purchase, where histories tell."""
    try:
        return float(worth(ledger, until=at.date(), currency=currency).new_customer.mean)
    except (LedgerError, MeasureError):
        return None
