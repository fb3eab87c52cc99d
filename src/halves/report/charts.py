"""Charts of what is claimed and of what happened, week by week.

Each chart comes twice, for wide pages and for phones: text keeps its size, and the page shows one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from halves.measure.answer import Answer, UnitAnswer, Week
from halves.report import words
from halves.report.drawing import Drawing, Point, Scale, room_for
from halves.report.known import Known

WIDE, NARROW = 950.0, 330.0
LABELS = 270.0  # pixels for names, at most
MOST_ROWS = 30  # the dearest units; the tables have all
WEEK = timedelta(days=7)
_ROW = 38.0
_LANE = 96.0


@dataclass(frozen=True)
class Chart:
    """A chart in both widths, and the finding it shows in words."""

    wide: Markup
    narrow: Markup
    finding: str

    @classmethod
    def of(cls, draw: Callable[[float], Markup], finding: str) -> "Chart":
        """Draw both widths."""
        return cls(draw(WIDE), draw(NARROW), finding)


def claims_against_effect(answer: Answer, *, known: Known | None = None) -> Chart | None:
    """What each rule would claim for a unit, beside what the evidence says it brought in."""
    if not any(any(unit.claims.values()) for unit in answer.units):
        return None
    finding = _claims_finding(answer)
    return Chart.of(lambda width: _Claims(answer, known, width).drawn(finding), finding)


def weeks(answer: Answer) -> Chart | None:
    """Doors opened and deals closed, week by week."""
    if words.is_in_totals(answer) or not any(
        week.doors_opened or week.deals_closed for week in answer.weeks
    ):
        return None
    doors = sum(week.doors_opened for week in answer.weeks)
    deals = sum(week.deals_closed for week in answer.weeks)
    best = max(answer.weeks, key=lambda week: (week.deals_closed, week.doors_opened))
    finding = (
        f"{doors:,} doors opened and {deals:,} deals closed over {len(answer.weeks)} weeks; "
        f"most deals, {best.deals_closed:,}, in the week of {words.day(best.starts)}."
    )
    return Chart.of(lambda width: _weeks(answer, width, finding), finding)


def _claims_finding(answer: Answer) -> str:
    """Name the unit of which last touch says most beyond its effect."""
    gaps = [
        (unit.claims["last_touch"] - unit.incremental.mean, unit)
        for unit in answer.units
        if words.is_told(unit) and unit.incremental and "last_touch" in unit.claims
    ]
    if not gaps:
        return "What each rule would claim; nothing was tested, so that no effect is known."
    _, unit = max(gaps, key=lambda gap: gap[0])
    return (
        f"Last touch claims {words.estimate(unit.claims['last_touch'], answer.currency)} for "
        f"{unit.unit}; the evidence says {words.incremental(unit, answer.currency)}."
    )


class _Claims:
    """Rows of units, each with its effect, its break-even and what rules would claim."""

    def __init__(self, answer: Answer, known: Known | None, width: float) -> None:
        self.answer, self.known, self.width = answer, known, width
        self.units = sorted(answer.units, key=lambda unit: -unit.spend)[:MOST_ROWS]
        self.is_wide = width > NARROW
        names = [unit.unit for unit in self.units]
        self.left = room_for(names, most=LABELS) if self.is_wide else 12.0
        amounts = [amount for unit in self.units for amount in self._amounts(unit)]
        self.x = Scale(min(0.0, *amounts), max(1.0, *amounts), self.left, width - 16)

    def drawn(self, finding: str) -> Markup:
        """The whole picture."""
        step = _ROW + (0.0 if self.is_wide else 14.0)
        picture = Drawing(self.width, step * len(self.units) + 26)
        foot = picture.height - 26
        for tick in self.x.ticks(6 if self.is_wide else 3):
            picture.line((self.x(tick), 0), (self.x(tick), foot), "grid")
            said = words.on_axis(tick, self.answer.currency)
            picture.text((self.x(tick), foot + 18), said, "mut", anchor="middle")
        for place, unit in enumerate(self.units):
            middle = step * (place + 1) - _ROW / 2
            if self.is_wide:
                picture.name((0, middle + 4), unit.unit, "strong", room=self.left - 16)
            else:
                picture.name((0, middle - 20), unit.unit, "strong", room=self.width - 20)
            self._row(picture, unit, middle)
        title = f"What rules would claim for each {self.answer.by}, and what it brought in"
        return picture.svg(title=title, finding=finding)

    def _row(self, picture: Drawing, unit: UnitAnswer, middle: float) -> None:
        if words.is_told(unit) and unit.incremental:
            low, mean, high = (
                self.x(one)
                for one in (unit.incremental.low, unit.incremental.mean, unit.incremental.high)
            )
            picture.boxes([((low, middle - 7), (high, middle + 7))], f"reach {unit.path}")
            picture.boxes([((mean - 2, middle - 10), (mean + 2, middle + 10))], f"full {unit.path}")
        else:
            said = "nothing speaks of it yet" if self.is_wide else "not known"
            picture.text((self.width, middle + 4), said, "mut", anchor="end")
        if unit.spend:
            par = self.x(unit.spend / self.answer.margin)
            picture.line((par, middle - 15), (par, middle + 15), "par")
        others = [value for rule, value in unit.claims.items() if rule != "last_touch"]
        picture.rings([(self.x(value), middle) for value in others], "ring mut", size=6.5)
        if "last_touch" in unit.claims:
            at = (self.x(unit.claims["last_touch"]), middle)
            picture.rings([at], "ring strong", size=12)
        if self.known and unit.unit in self.known.units:
            truth = self.x(self.known.units[unit.unit].incremental)
            around = [
                (truth, middle - 6),
                (truth + 6, middle),
                (truth, middle + 6),
                (truth - 6, middle),
            ]
            picture.path(around, "full ink-dot", closed=True)

    def _amounts(self, unit: UnitAnswer) -> list[float]:
        amounts = [*unit.claims.values(), unit.spend / self.answer.margin]
        if words.is_told(unit) and unit.incremental:
            amounts += [unit.incremental.low, unit.incremental.high]
        if self.known and unit.unit in self.known.units:
            amounts.append(self.known.units[unit.unit].incremental)
        return amounts


def _weeks(answer: Answer, width: float, finding: str) -> Markup:
    picture = Drawing(width, 2 * _LANE + 40)
    found = answer.weeks
    first = found[0].starts.toordinal()
    x = Scale(first, first + 7 * len(found), 44, width - 4)
    up = Scale(0, max(1, *(week.doors_opened for week in found)), _LANE, 16)
    down = Scale(0, max(1, *(week.deals_closed for week in found)), _LANE + 6, 2 * _LANE)
    for scale in (up, down):
        for tick in scale.ticks(3):
            picture.line((x.start, scale(tick)), (x.end, scale(tick)), "grid")
            if tick:
                picture.text((x.start - 6, scale(tick) + 4), f"{tick:,.0f}", "mut", anchor="end")
    _lane(picture, answer, x, up, "many")
    _lane(picture, answer, x, down, "one")
    picture.text((0, 9), "doors opened", "many-ink")
    picture.text((0, picture.height - 4), "deals closed", "one-ink")
    _months(picture, found, x)
    return picture.svg(title="Doors opened and deals closed by week", finding=finding)


def _lane(picture: Drawing, answer: Answer, x: Scale, y: Scale, look: str) -> None:
    """Bars; weeks that the period cuts off are pale: they are not slow weeks."""
    bars: dict[bool, list[tuple[Point, Point]]] = {True: [], False: []}
    for week in answer.weeks:
        is_whole = week.starts >= answer.since and week.starts + WEEK <= answer.until
        count = week.doors_opened if look == "many" else week.deals_closed
        day = week.starts.toordinal()
        bars[is_whole].append(((x(day) + 0.5, y(0)), (x(day + 7) - 0.5, y(count))))
    picture.boxes(bars[True], f"full {look}")
    picture.boxes(bars[False], f"reach {look}")


def _months(picture: Drawing, found: Sequence[Week], x: Scale) -> None:
    """Where months begin, as many as there is room for; January says the year."""
    last = -100.0
    months = (1,) if len(found) > 160 else (1, 4, 7, 10) if len(found) > 70 else range(1, 13)
    for week in found:
        for day in (week.starts + timedelta(days=days) for days in range(7)):
            at = x(day.toordinal())
            if day.day == 1 and day.month in months and at - last >= 38 and at < x.end - 16:
                said = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
                picture.text((at, 2 * _LANE + 17), said, "mut", anchor="middle")
                last = at
