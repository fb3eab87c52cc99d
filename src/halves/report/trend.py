"""A few periods side by side, the last one against its target; and a share as a bar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from halves.measure.interval import Interval
from halves.report.drawing import Drawing, Scale

_WIDTH, _HEIGHT, _FOOT, _TOP = 330.0, 128.0, 106.0, 22.0
_RATE_WIDTH, _RATE_HEIGHT = 132.0, 14.0


@dataclass(frozen=True)
class Step:
    """One period of a trend."""

    name: str  # as short as it goes
    value: float
    is_open: bool = False  # it goes on
    spread: Interval | None = None  # how sure the value is


def trend(
    steps: Sequence[Step],
    *,
    target: float | None,
    said: Callable[[float], str],
    look: str,
    title: str,
    finding: str,
) -> Markup:
    """Bars of all periods; the last says its value, and a line where it is aimed at.

    Args:
        steps: oldest first.
        target: what the last one aims at.
        said: an amount in words.
        look: of the bars: `many`, `one` or `both`.
        title: what is drawn.
        finding: what it shows.
    """
    picture = Drawing(_WIDTH, _HEIGHT)
    most = max([one.value for one in steps] + [target or 0.0, 1e-9])
    y = Scale(0.0, most, _FOOT, _TOP)
    step = _WIDTH / max(len(steps), 1)
    picture.line((0, _FOOT), (_WIDTH, _FOOT), "grid")
    for place, one in enumerate(steps):
        left, right = step * place + 3, step * (place + 1) - 3
        is_last = place == len(steps) - 1
        kind = "edge" if one.is_open else "full" if is_last else "reach"
        if one.value > 0:
            picture.boxes([((left, y(one.value)), (right, _FOOT))], f"{kind} {look}")
        middle = (left + right) / 2
        if place % 2 == (len(steps) - 1) % 2:
            end = "end" if is_last else "middle"
            at = right if is_last else middle
            picture.text((at, _FOOT + 17), one.name, "ink" if is_last else "mut", anchor=end)
        if is_last:
            picture.text((right, y(one.value) - 6), said(one.value), "strong", anchor="end")
    if target:
        start = step * (len(steps) - 1) - 3
        picture.line((start, y(target)), (_WIDTH, y(target)), "par")
        picture.text((start - 4, y(target) + 4), said(target), "mut", anchor="end")
    return picture.svg(title=title, finding=finding)


def spreads(steps: Sequence[Step], *, target: float | None, title: str, finding: str) -> Markup:
    """What may lie below zero: a dot and its interval in each period that has one.

    Args:
        steps: oldest first.
        target: what the last one aims at.
        title: what is drawn.
        finding: what it shows.
    """
    picture = Drawing(_WIDTH, _HEIGHT)
    known = [one.spread for one in steps if one.spread]
    low = min([one.low for one in known] + [target or 0.0, 0.0])
    high = max([one.high for one in known] + [target or 0.0, 1e-9])
    y, step = Scale(low, high, _FOOT - 4, _TOP), _WIDTH / max(len(steps), 1)
    picture.line((0, y(0.0)), (_WIDTH, y(0.0)), "grid")
    for place, one in enumerate(steps):
        left, is_last = step * place, place == len(steps) - 1
        middle, reach = left + step / 2, min(step / 2 - 4, 14.0)
        if one.spread:
            top, foot, at = y(one.spread.high), y(one.spread.low), y(one.spread.mean)
            picture.boxes([((middle - reach, top), (middle + reach, foot))], "reach both")
            picture.boxes([((middle - reach, at - 1.5), (middle + reach, at + 1.5))], "full both")
        if place % 2 == (len(steps) - 1) % 2:
            end = "end" if is_last else "middle"
            at = left + step - 3 if is_last else middle
            picture.text((at, _FOOT + 17), one.name, "ink" if is_last else "mut", anchor=end)
    if target:
        start = step * (len(steps) - 1)
        picture.line((start, y(target)), (_WIDTH, y(target)), "par")
    return picture.svg(title=title, finding=finding)


def rate_bar(rate: Interval, *, most: float, look: str, title: str, finding: str) -> Markup:
    """A share with its interval, 0 to `most`."""
    x = Scale(0.0, most, 2.0, _RATE_WIDTH - 2)
    picture = Drawing(_RATE_WIDTH, _RATE_HEIGHT)
    picture.line((x(0), 0), (x(0), _RATE_HEIGHT), "grid")
    picture.boxes([((x(rate.low), 4), (x(rate.high), 10))], f"reach {look}")
    picture.boxes([((x(rate.mean) - 1.5, 2), (x(rate.mean) + 1.5, 12))], f"full {look}")
    return picture.svg(title=title, finding=finding)
