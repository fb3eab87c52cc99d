"""Response curves: what each unit earns at less and at more than today's spend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from halves.measure.answer import Answer, UnitAnswer
from halves.measure.interval import Interval
from halves.measure.mix_result import summed
from halves.report import words
from halves.report.charts import MOST_ROWS
from halves.report.drawing import Drawing, Scale

TOLD = (0.5, 1.0, 1.5, 2.0)  # multiples of today's spend in the table
_DRAWN = np.linspace(0.0, 2.0, 21)
_WIDTH, _HEIGHT = 300.0, 196.0


@dataclass(frozen=True)
class Curve:
    """One unit's response: the picture, and figures for the table.

    Args:
        unit: the unit.
        svg: what it earns by what is spent on it.
        earns: at `TOLD` multiples of today's spend, money.
        marginal: what one more unit of money earns.
        is_seen: whether data told the shape; otherwise only its height is evidence.
    """

    unit: UnitAnswer
    svg: Markup
    earns: Sequence[Interval]
    marginal: Interval
    is_seen: bool


def curves(answer: Answer) -> list[Curve]:
    """Of every unit that something is known of, the dearest first, up to `MOST_ROWS`."""
    if answer.joint is None:
        return []
    places = {unit: place for place, unit in enumerate(answer.joint.units)}
    told = [unit for unit in answer.units if words.is_told(unit) and unit.unit in places]
    told = sorted(told, key=lambda unit: -unit.spend)[:MOST_ROWS]
    at = _earned(answer, np.union1d(_DRAWN, TOLD))
    return [
        _curve(answer, unit, {x: band[places[unit.unit]] for x, band in at.items()})
        for unit in told
    ]


def finding(answer: Answer, drawn: Sequence[Curve]) -> str:
    """Where the next unit of money pays for sure, and where it does not."""
    less = [one.unit.unit for one in drawn if one.marginal.high < 1]
    more = [one.unit.unit for one in drawn if one.marginal.low > 1]
    said = [
        f"one more {words.one(answer.currency)} on {words.listed(names)} earns {what} than it costs"
        for names, what in ((more, "more"), (less, "less"))
        if names
    ]
    if not said:
        return "Whether spending a little more would pay is not sure for any unit."
    return words.sentence("; ".join(said))


def _earned(answer: Answer, multiples: NDArray[np.float64]) -> dict[float, list[Interval]]:
    """At each multiple, what each unit of the joint draws earns."""
    assert answer.joint is not None
    joint = answer.joint
    found = {}
    for multiple in multiples:
        draws = joint.earned_at(np.full(len(joint.units), multiple))
        found[float(multiple)] = [summed(draws[:, place]) for place in range(len(joint.units))]
    return found


def _curve(answer: Answer, unit: UnitAnswer, band: dict[float, Interval]) -> Curve:
    assert answer.joint is not None
    place = answer.joint.units.index(unit.unit)
    marginal = summed(answer.joint.marginal_return[:, place])
    return Curve(
        unit=unit,
        svg=_drawn(answer, unit, band, marginal),
        earns=[band[multiple] for multiple in TOLD],
        marginal=marginal,
        is_seen=unit.basis == "mix model",
    )


def _drawn(
    answer: Answer, unit: UnitAnswer, band: dict[float, Interval], marginal: Interval
) -> Markup:
    spend = unit.spend
    ends = [one for interval in band.values() for one in (interval.low, interval.high)]
    x = Scale(0, 2 * spend, 46, _WIDTH - 10)
    y = Scale(min(0.0, *ends), max(*ends, 1.2 * spend), _HEIGHT - 34, 18)
    picture = Drawing(_WIDTH, _HEIGHT)
    for tick in y.ticks(3):
        picture.line((x.start, y(tick)), (x.end, y(tick)), "grid")
        said = words.on_axis(tick, answer.currency)
        picture.text((x.start - 6, y(tick) + 4), said, "mut", anchor="end")
    at = sorted(band)
    low, mean, high = (
        [(x(multiple * spend), y(getattr(band[multiple], end))) for multiple in at]
        for end in ("low", "mean", "high")
    )
    picture.area(low, high, f"band {unit.path}")
    _break_even(picture, x, y)
    bent = "" if unit.basis == "mix model" else " guessed"
    picture.path(mean, f"mean {unit.path}{bent}")
    today = x(spend)
    picture.line((today, y.end), (today, y.start), "today")
    picture.dots([(today, y(band[1.0].mean))], unit.path, size=10)
    foot = _HEIGHT - 18
    picture.text((x.start, foot), "0", "mut", anchor="middle")
    picture.text((today, foot), "today", "strong", anchor="middle")
    picture.text((today, foot + 14), words.exact(spend, answer.currency), "mut", anchor="middle")
    picture.text((x.end + 8, foot), "twice", "mut", anchor="end")
    return picture.svg(
        title=f"What {unit.unit} earns by what is spent on it",
        finding=(
            f"At today's {words.exact(spend, answer.currency)} it earns "
            f"{words.spread(band[1.0], answer.currency)}; one more "
            f"{words.one(answer.currency)} earns {words.spread(marginal, answer.currency)}."
        ),
    )


def _break_even(picture: Drawing, x: Scale, y: Scale) -> None:
    """Where what is earned is what is spent, as far as the picture goes."""
    reach = min(x.high, y.high)
    picture.path([(x(0), y(0)), (x(reach), y(reach))], "par-dash")
