"""What an experiment can detect, and what it found, as pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from halves.measure.interval import Interval
from halves.report.charts import NARROW, Chart
from halves.report.drawing import Drawing, Scale

_HEIGHT, _FOOT, _TOP, _LEFT = 236.0, 186.0, 14.0, 44.0
_POINTS = 80
_BAR = 74.0


@dataclass(frozen=True)
class Seen:
    """An effect as it stood at one moment."""

    at: datetime
    effect: Interval


def power_curve(
    chance: Callable[[float], float],
    *,
    found: float,
    most: float,
    said: Callable[[float], str],
    title: str,
    finding: str,
    axis: str,
    label: str,
) -> Chart:
    """The chance that an effect is seen, by its size; the size found 8 times in 10 is marked.

    Args:
        chance: effect → chance, 0 to 1.
        found: the effect found 8 times in 10.
        most: the largest effect drawn.
        said: an effect in words.
        title, finding: what is drawn, and what it shows.
        axis: what lies along the foot.
        label: what stands beside the mark.
    """

    def draw(width: float) -> Markup:
        picture = Drawing(width, _HEIGHT)
        x, y = Scale(0.0, most, _LEFT, width - 18), Scale(0.0, 1.0, _FOOT, _TOP)
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            picture.line((x.start, y(tick)), (x.end, y(tick)), "grid")
            picture.text((x.start - 6, y(tick) + 4), f"{tick:.0%}", "mut", anchor="end")
        for tick in x.ticks(3 if width <= NARROW else 6):
            picture.text((x(tick), _FOOT + 18), said(tick), "mut", anchor="middle")
        effects = [most * place / _POINTS for place in range(_POINTS + 1)]
        curve = [(x(one), y(chance(one))) for one in effects]
        picture.area([(at, y(0.0)) for at, _height in curve], curve, "band both")
        picture.path(curve, "mean both")
        picture.line((x(found), y(0.0)), (x(found), y(0.8)), "par-dash")
        picture.dots([(x(found), y(0.8))], "both", size=9)
        beside = label if width > NARROW else said(found)
        picture.text((x(found) + 10, y(0.8) + 20), beside, "strong")
        picture.text((x.start, _HEIGHT - 8), axis, "mut")
        return picture.svg(title=title, finding=finding)

    return Chart.of(draw, finding)


def effect_bar(
    effect: Interval, *, said: Callable[[float], str], title: str, finding: str
) -> Chart:
    """An effect with its interval, beside no effect."""
    reach = max(abs(effect.low), abs(effect.high), 1e-9)

    def draw(width: float) -> Markup:
        picture = Drawing(width, _BAR)
        x = Scale(min(effect.low, -0.12 * reach), max(effect.high, 0.12 * reach), 24, width - 24)
        for tick in x.ticks(3 if width <= NARROW else 6):
            picture.line((x(tick), 0), (x(tick), 44), "grid" if tick else "par")
            picture.text((x(tick), 64), said(tick), "mut", anchor="middle")
        picture.boxes([((x(effect.low), 14), (x(effect.high), 30))], "reach both")
        picture.boxes([((x(effect.mean) - 2, 8), (x(effect.mean) + 2, 36))], "full both")
        return picture.svg(title=title, finding=finding)

    return Chart.of(draw, finding)


def looks_over_time(
    seen: Sequence[Seen],
    *,
    starts: datetime,
    ends: datetime,
    said: Callable[[float], str],
    day: Callable[[datetime], str],
    title: str,
    finding: str,
) -> Chart:
    """Every look so far, each with the interval that holds at all of them.

    Args:
        seen: oldest first, one at least.
        starts, ends: of the experiment.
        said: an effect in words.
        day: a moment in a few letters.
        title, finding: what is drawn, and what it shows.
    """
    low = min(0.0, *(one.effect.low for one in seen), 0.0)
    high = max(0.0, *(one.effect.high for one in seen), 0.0)

    def draw(width: float) -> Markup:
        picture = Drawing(width, _HEIGHT)
        x = Scale(starts.timestamp(), ends.timestamp(), _LEFT + 18, width - 18)
        y = Scale(low, high, _FOOT, _TOP)
        for tick in y.ticks(4):
            picture.line((x.start, y(tick)), (x.end, y(tick)), "grid" if tick else "par")
            picture.text((x.start - 6, y(tick) + 4), said(tick), "mut", anchor="end")
        picture.text((x.start, _FOOT + 22), day(starts), "mut")
        picture.text((x.end, _FOOT + 22), day(ends), "mut", anchor="end")
        for one in seen:
            at = x(min(max(one.at.timestamp(), starts.timestamp()), ends.timestamp()))
            ends_at = (y(one.effect.high), y(one.effect.low))
            picture.boxes([((at - 4, ends_at[0]), (at + 4, ends_at[1]))], "reach both")
            picture.boxes(
                [((at - 8, y(one.effect.mean) - 2), (at + 8, y(one.effect.mean) + 2))], "full both"
            )
        return picture.svg(title=title, finding=finding)

    return Chart.of(draw, finding)
