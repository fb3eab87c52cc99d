"""The three bars, spend by verdict, and the interval of one unit: drawn without any style."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from halves.measure.answer import VERDICTS, Answer, UnitAnswer, Verdict
from halves.report import words
from halves.report.charts import NARROW, Chart
from halves.report.drawing import Drawing, Point, Scale

_BAR, _GAP = 30.0, 7.0  # a bar's height; pixels between hatches
_WIDTH, _HEIGHT = 132.0, 14.0
Box = tuple[Point, Point]


def verdict_bars(answer: Answer) -> Chart | None:
    """Spend that works (solid), is wasted (hatched), and that nobody can tell of (outlined)."""
    if not answer.spend:
        return None
    finding = words.headline(answer)
    return Chart.of(lambda width: _bars(answer, width, finding), finding)


def interval_bar(answer: Answer, unit: UnitAnswer) -> Markup:
    """What a unit brought in, 90%, beside the line from which it pays; one scale for a table."""
    if not words.is_told(unit) or unit.incremental is None:
        return Markup("")
    x = _scale(answer)
    picture = Drawing(_WIDTH, _HEIGHT)
    found = unit.incremental
    picture.line((x(0), 0), (x(0), _HEIGHT), "grid")
    picture.boxes([((x(found.low), 4), (x(found.high), 10))], f"reach {unit.path}")
    picture.boxes([((x(found.mean) - 1.5, 2), (x(found.mean) + 1.5, 12))], f"full {unit.path}")
    if unit.spend:
        par = x(unit.spend / answer.margin)
        picture.line((par, 0), (par, _HEIGHT), "par")
    return picture.svg(
        title=f"What {unit.unit} brought in", finding=words.incremental(unit, answer.currency)
    )


def _scale(answer: Answer) -> Scale:
    amounts = [0.0, *(unit.spend / answer.margin for unit in answer.units)]
    for unit in answer.units:
        if words.is_told(unit) and unit.incremental:
            amounts += [unit.incremental.low, unit.incremental.high]
    return Scale(min(amounts), max(amounts), 2.0, _WIDTH - 2)


def _bars(answer: Answer, width: float, finding: str) -> Markup:
    is_wide = width > NARROW
    left, right = (170.0, width - 190.0) if is_wide else (0.0, width)
    step = 64.0 if is_wide else 86.0
    picture = Drawing(width, step * len(VERDICTS))
    x = Scale(0.0, answer.spend, left, right)
    part, spent = words.shares(answer), answer.spend_by_verdict
    for place, verdict in enumerate(VERDICTS):
        top = step * place + (4.0 if is_wide else 24.0)
        said = words.sentence(words.VERDICT_WORDS[verdict]).rstrip(".")
        figure = f"{part[verdict]}%  {words.exact(spent[verdict], answer.currency)}"
        head = top + 20 if is_wide else top - 8
        picture.text((0, head), said, "strong")
        picture.text((width, head), figure, "ink", anchor="end")
        picture.boxes([((left, top), (right, top + _BAR))], "track")
        units = [one for one in answer.units if one.verdict == verdict and one.spend > 0]
        _parts(picture, verdict, units, x, top)
        names = words.listed([one.unit for one in units]) if units else ""
        picture.name((left, top + _BAR + 16), names, "mut", room=right - left)
    return picture.svg(title="Spend by verdict", finding=finding)


def _parts(
    picture: Drawing, verdict: Verdict, units: Sequence[UnitAnswer], x: Scale, top: float
) -> None:
    at = 0.0
    draw: dict[Verdict, Callable[[Drawing, Box, str], None]] = {
        "working": _solid,
        "wasted": _hatched,
        "unknown": _outlined,
    }
    for unit in units:
        start, end = x(at), x(at + unit.spend)
        at += unit.spend
        box = ((start + 1, top + 1), (max(end - 1, start + 3), top + _BAR - 1))
        draw[verdict](picture, box, unit.path)


def _solid(picture: Drawing, box: Box, look: str) -> None:
    picture.boxes([box], f"full {look}")


def _outlined(picture: Drawing, box: Box, look: str) -> None:
    picture.boxes([box], f"edge {look}")


def _hatched(picture: Drawing, box: Box, look: str) -> None:
    """Slanting lines, cut at the box by arithmetic: a pattern would need an id for every page."""
    (left, top), (right, foot) = box
    tall = foot - top
    at = left - tall + _GAP
    while at < right:
        low, high = max(at, left), min(at + tall, right)
        if high > low:
            picture.line((low, foot - (low - at)), (high, foot - (high - at)), f"hatch {look}")
        at += _GAP
    picture.boxes([box], f"edge {look}")
