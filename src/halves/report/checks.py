"""How far to trust the mix model: its fit by week, what is left over, and its sampler."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from halves.measure.answer import Answer
from halves.measure.mix_result import Checks, Fit
from halves.measure.prior import Floats
from halves.report import words
from halves.report.charts import Chart
from halves.report.drawing import Drawing, Scale

_TITLES = {
    "revenue": "Revenue by week",
    "doors": "Doors opened by week",
    "closing": "Revenue by week, given the doors",
}
_FIT_TOP, _FIT_HEIGHT, _LEFT_HEIGHT, _BETWEEN = 8.0, 170.0, 96.0, 46.0
_STILL = 0.25  # a correlation of residuals from which weeks are not taken one by one


@dataclass(frozen=True)
class Check:
    """One model: its picture, and what is said of it.

    Args:
        title: what it explains.
        chart: what happened beside what it says, and what is left over.
        model: how far its chains agree, and what they say.
    """

    title: str
    chart: Chart
    model: Checks

    @property
    def weeks(self) -> list[tuple[date, float, float]]:
        """Each week, what happened, and what the model says."""
        fit = self.model.fit
        return [
            (week, float(seen), float(fitted))
            for week, seen, fitted in zip(fit.weeks, fit.outcome, fit.fitted, strict=True)
        ]


def checks(answer: Answer) -> list[Check]:
    """Of every model that was fitted."""
    return [
        Check(_TITLES.get(name, name), _chart(answer, name, model), model)
        for name, model in answer.checks.items()
    ]


def _chart(answer: Answer, name: str, model: Checks) -> Chart:
    finding = _finding(model)
    currency = None if name == "doors" else answer.currency

    def draw(width: float) -> Markup:
        return _Weeks(model.fit, currency, width).drawn(_TITLES.get(name, name), finding)

    return Chart.of(draw, finding)


def _finding(model: Checks) -> str:
    fit = model.fit
    told = words.percent(max(fit.explained, 0.0))
    said = [
        f"The model accounts for {told} of the ups and downs over {len(fit.weeks)} weeks, and "
        f"{words.percent(fit.within)} of the weeks lie in the band that should hold 90%."
    ]
    if fit.carried > _STILL:
        said.append("What is left over follows the week before, which the model allows for.")
    return " ".join(said)


class _Weeks:
    """Two pictures over the same weeks: the fit, and what is left over."""

    def __init__(self, fit: Fit, currency: str | None, width: float) -> None:
        self.fit, self.currency, self.width = fit, currency, width
        days = [week.toordinal() for week in fit.weeks]
        self.x = Scale(days[0], days[-1], 58, width - 8)
        self.days = days

    def drawn(self, title: str, finding: str) -> Markup:
        """Both."""
        foot = _FIT_TOP + _FIT_HEIGHT
        end = foot + _BETWEEN + _LEFT_HEIGHT
        picture = Drawing(self.width, end + 24)
        fit, reach = self.fit, self.fit.reach
        low = min(float((fit.fitted - reach).min()), float(fit.outcome.min()))
        high = max(float((fit.fitted + reach).max()), float(fit.outcome.max()))
        # From zero where that costs little; never past what is drawn.
        y = Scale(min(low, 0.0) if low < 0.5 * high else low, high, foot, _FIT_TOP)
        self._grid(picture, y)
        self._years(picture, foot, end)
        picture.area(
            self._over(y, fit.fitted - reach), self._over(y, fit.fitted + reach), "band both"
        )
        picture.path(self._over(y, fit.fitted), "mean both thin")
        picture.path(self._over(y, fit.outcome), "seen")
        self._left_over(picture, foot + _BETWEEN, end)
        return picture.svg(title=title, finding=finding)

    def _left_over(self, picture: Drawing, top: float, end: float) -> None:
        left, reach = self.fit.residuals, self.fit.reach
        most = max(float(abs(left).max()), reach)
        y = Scale(-most, most, end, top)
        picture.text((self.x.start, top - 10), "left over", "strong")
        band = [(self.x.start, y(reach)), (self.x.end, y(reach))]
        picture.area([(x, y(-reach)) for x, _ in band], band, "zone")
        for at in (-reach, 0.0, reach):
            picture.line((self.x.start, y(at)), (self.x.end, y(at)), "grid")
            if not at and abs(y(reach) - y(0)) < 15:
                continue
            said = words.estimate(at, self.currency) if at else "0"
            picture.text((self.x.start - 6, y(at) + 4), said, "mut", anchor="end")
        picture.dots(self._over(y, left), "ink-dot", size=3.5)

    def _grid(self, picture: Drawing, y: Scale) -> None:
        for tick in y.ticks(4):
            picture.line((self.x.start, y(tick)), (self.x.end, y(tick)), "grid")
            said = words.on_axis(tick, self.currency)
            picture.text((self.x.start - 6, y(tick) + 4), said, "mut", anchor="end")

    def _years(self, picture: Drawing, foot: float, end: float) -> None:
        """Where years begin; where there are under two, quarters."""
        starts = _starts(self.fit.weeks)
        last = -100.0
        for start, said in starts:
            at = self.x(start.toordinal())
            picture.line((at, _FIT_TOP), (at, foot), "grid")
            picture.line((at, end - _LEFT_HEIGHT), (at, end), "grid")
            if at - last >= 64 and at < self.width - 30:
                picture.text((at, end + 18), said, "mut", anchor="middle")
                last = at

    def _over(self, y: Scale, values: Floats) -> list[tuple[float, float]]:
        return [(self.x(day), y(float(one))) for day, one in zip(self.days, values, strict=True)]


def _starts(weeks: Sequence[date]) -> list[tuple[date, str]]:
    first, last = weeks[0], weeks[-1]
    months = [1] if (last - first).days > 730 else [1, 4, 7, 10]
    days = [date(year, m, 1) for year in range(first.year, last.year + 1) for m in months]
    return [
        (day, str(day.year) if months == [1] else f"{day:%b %Y}")
        for day in days
        if first <= day <= last
    ]
