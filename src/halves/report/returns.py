"""What each unit earns for 1 spent: as dots, and what the evidence changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from halves.measure.answer import Answer, UnitAnswer
from halves.measure.interval import Interval
from halves.measure.mix_result import summed
from halves.report import words
from halves.report.charts import LABELS, MOST_ROWS, NARROW, Chart
from halves.report.drawing import Drawing, Point, Scale, room_for

DOTS = 20
_BEND = 0.5
_TICKS = (-50, -20, -10, -5, -2, -1, 0, 0.5, 1, 2, 5, 10, 20, 50, 100, 300, 1000, 10_000, 100_000)
_BEFORE = "before any evidence"
_DRAWS = 4000  # of the prior
_TALLEST = 6  # dots in a column, before a second one starts


@dataclass(frozen=True)
class Return:
    """What a unit earns for 1 spent; below 1 it loses money.

    Args:
        unit: the unit.
        earns: the mean and 90% of it.
        twentieths: shape (dot,), its value at the middle of each twentieth of the chances.
    """

    unit: UnitAnswer
    earns: Interval
    twentieths: NDArray[np.float64]


def returns(answer: Answer) -> list[Return]:
    """Of every unit that something is known of, by spend; empty where nothing is."""
    if answer.joint is None:
        return []
    places = {unit: place for place, unit in enumerate(answer.joint.units)}
    drawn = answer.joint.earned / answer.joint.spend
    told = [unit for unit in answer.units if words.is_told(unit) and unit.unit in places]
    return [
        Return(unit, summed(mine), _twentieths(mine))
        for unit in sorted(told, key=lambda unit: -unit.spend)
        for mine in [drawn[:, places[unit.unit]]]
    ]


def returns_chart(answer: Answer) -> Chart | None:
    """Each unit's return in twenty dots against break-even, and the belief that all began with."""
    rows = returns(answer)
    if not rows:
        return None
    before = _twentieths(answer.before.draw(_DRAWS, rng=np.random.default_rng(answer.seed)))
    finding = _returns_finding(rows)

    def draw(width: float) -> Markup:
        return _Dotted(answer, rows[:MOST_ROWS], before, width).drawn(finding)

    return Chart.of(draw, finding)


def change_chart(answer: Answer) -> Chart | None:
    """The chance that each unit loses money, before the evidence and after it."""
    rows = [one.unit for one in returns(answer) if one.unit.p_wasted is not None]
    if not rows:
        return None
    finding = _change_finding(answer, rows)

    def draw(width: float) -> Markup:
        return _changed(answer, rows[:MOST_ROWS], width, finding)

    return Chart.of(draw, finding)


def _twentieths(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.quantile(draws, (np.arange(DOTS) + 0.5) / DOTS))


def _returns_finding(rows: Sequence[Return]) -> str:
    said = []
    for verdict, what in (("working", "more"), ("wasted", "less")):
        names = [row.unit.unit for row in rows if row.unit.verdict == verdict]
        if names:
            said.append(f"{words.listed(names)} earned {what} than {_it(names)} cost")
    if not said:
        return "Of no unit is it at least 90% sure on which side of break-even it lies."
    return f"It is at least 90% sure that {'; and that '.join(said)}."


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "they"


def _change_finding(answer: Answer, rows: Sequence[UnitAnswer]) -> str:
    before = answer.before.chance_of_loss
    most = max(rows, key=lambda unit: abs((unit.p_wasted or 0.0) - before))
    return (
        f"Before any evidence each unit loses money with a chance of {words.percent(before)}. It "
        f"moved most for {most.unit}: to {words.chance(most.p_wasted)}."
    )


@dataclass(frozen=True)
class _Row:
    name: str
    look: str  # `many`, `one` or, of the belief before, `was`
    losing: Sequence[Point]  # pixels from the row's base, upwards
    paying: Sequence[Point]
    chance: str

    @property
    def tall(self) -> float:
        return max(y for _, y in (*self.losing, *self.paying))


class _Dotted:
    """The rows of dots, in one width."""

    top = 44.0

    def __init__(
        self, answer: Answer, found: Sequence[Return], before: NDArray[np.float64], width: float
    ) -> None:
        self.answer, self.width = answer, width
        self.is_wide = width > NARROW
        names = [_BEFORE, *(one.unit.unit for one in found)]
        self.left = room_for(names, most=LABELS) if self.is_wide else 6.0
        self.right = width - (112.0 if self.is_wide else 8.0)
        self.size = 9.0 if self.is_wide else 7.5
        seen = [before, *(one.twentieths for one in found)]
        low = min(-0.5, *(float(one[0]) for one in seen))
        high = max(3.0, *(float(one[-1]) for one in seen))
        self.x = Scale(low, high, self.left + self.size, self.right - self.size, bend=_BEND)
        self.rows = [
            _Row(
                _BEFORE,
                "was",
                *self._piles(before),
                words.percent(answer.before.chance_of_loss),
            ),
            *(
                _Row(
                    one.unit.unit,
                    one.unit.path,
                    *self._piles(one.twentieths),
                    words.chance(one.unit.p_wasted),
                )
                for one in found
            ),
        ]

    def drawn(self, finding: str) -> Markup:
        """The whole picture."""
        room = 28.0 if self.is_wide else 44.0
        picture = Drawing(self.width, self.top + sum(row.tall + room for row in self.rows) + 8)
        self._axis(picture)
        foot = self.top
        for row in self.rows:
            foot += row.tall + room
            self._row(picture, row, foot - 12)
        self._par(picture)
        return picture.svg(title="What each unit earns for 1 spent", finding=finding)

    def _axis(self, picture: Drawing) -> None:
        last, par = -100.0, self.x(1.0)
        for tick in _TICKS:
            at = self.x(tick)
            is_near = tick != 1 and (at - last < 42 or abs(at - par) < 42)
            if is_near or not self.left <= at <= self.right:
                continue
            last = at
            picture.line((at, self.top - 6), (at, picture.height - 4), "grid")
            said = words.on_axis(tick, self.answer.currency)
            picture.text((at, self.top - 12), said, "mut", anchor="middle")
        if self.is_wide:
            picture.text((self.width, self.top - 12), "loses money", "mut", anchor="end")

    def _par(self, picture: Drawing) -> None:
        at = self.x(1.0)
        picture.line((at, self.top - 6), (at, picture.height - 4), "par")
        picture.text((at, 14), "break-even", "strong", anchor="middle")

    def _row(self, picture: Drawing, row: _Row, base: float) -> None:
        picture.line((0, base + 10), (self.width, base + 10), "grid")
        losing, paying = ([(x, base - y) for x, y in side] for side in (row.losing, row.paying))
        picture.dots(losing, f"{row.look} rim", size=self.size - 1)
        picture.dots(losing, "core", size=self.size - 4)
        picture.dots(paying, row.look, size=self.size - 1)
        look = "mut" if row.look == "was" else "strong"
        if self.is_wide:
            picture.name((0, base + 3), row.name, look, room=self.left - 12)
            picture.text((self.width, base + 3), row.chance, "ink", anchor="end")
        else:
            head = base - row.tall - 14
            picture.name((0, head), row.name, look, room=190)
            picture.text((self.width, head), f"loses: {row.chance}", "mut", anchor="end")

    def _piles(self, values: NDArray[np.float64]) -> tuple[list[Point], list[Point]]:
        """Losing dots pile up leftwards from break-even, paying ones rightwards: none crosses."""
        par, gap = self.x(1.0), self.size / 2
        losing = [2 * par - self.x(value) for value in reversed(values) if value < 1]
        paying = [self.x(value) for value in values if value >= 1]
        left = [(2 * par - x, y) for x, y in _piled(losing, self.size, par + gap)]
        return left, _piled(paying, self.size, par + gap)


def _piled(places: Sequence[float], size: float, least: float) -> list[Point]:
    """Columns of dots, each as near to its place as those before it leave room for."""
    points: list[Point] = []
    column, height = least - size, _TALLEST
    for place in places:
        if height >= _TALLEST or place > column + size / 2:
            column, height = max(place, column + size), 0
        points.append((column, height * size))
        height += 1
    return points


def _changed(answer: Answer, rows: Sequence[UnitAnswer], width: float, finding: str) -> Markup:
    is_wide = width > NARROW
    left = room_for([unit.unit for unit in rows], most=LABELS) if is_wide else 8.0
    step = 30.0 if is_wide else 44.0
    x = Scale(0, 1, left + 8, width - 76)
    picture = Drawing(width, 48 + step * len(rows) + 4)
    _zones(picture, x)
    before = x(answer.before.chance_of_loss)
    for place, unit in enumerate(rows):
        middle = 48 + step * place + (step / 2 if is_wide else step - 14)
        now = x(unit.p_wasted or 0.0)
        picture.line((before, middle), (now, middle), f"way {unit.path}")
        picture.dots([(before, middle)], "was rim", size=10)
        picture.dots([(before, middle)], "core", size=6)
        picture.dots([(now, middle)], unit.path, size=12)
        if is_wide:
            picture.name((0, middle + 4), unit.unit, "strong", room=left - 12)
        else:
            picture.name((0, middle - 12), unit.unit, "strong", room=200)
        picture.text((width, middle + 4), words.chance(unit.p_wasted), "ink", anchor="end")
    return picture.svg(title="Chance that each unit loses money, before and now", finding=finding)


def _zones(picture: Drawing, x: Scale) -> None:
    foot = picture.height - 4
    for low, high, word, side in ((0.0, 0.1, "working", "start"), (0.9, 1.0, "wasted", "end")):
        picture.path(
            [(x(low), 40), (x(high), 40), (x(high), foot), (x(low), foot)], "zone", closed=True
        )
        picture.text((x(low if side == "start" else high), 14), word, "mut", anchor=side)
    picture.text((x(0.5), 14), "nobody can tell", "mut", anchor="middle")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        picture.line((x(share), 40), (x(share), foot), "grid")
        picture.text((x(share), 34), f"{share:.0%}", "mut", anchor="middle")
