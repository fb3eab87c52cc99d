"""The two paths: what came in with both, with either alone, and with neither."""

from markupsafe import Markup

from halves.measure.answer import Answer
from halves.measure.interval import Interval
from halves.measure.synergy import Synergy
from halves.report import words
from halves.report.charts import NARROW, Chart
from halves.report.drawing import Drawing, Scale

_STEP, _LEFT = 40.0, 190.0


def rows(found: Synergy) -> list[tuple[str, str, Interval]]:
    """What was on, its look, and the revenue that came or would have come."""
    return [
        ("both", "both", found.both),
        ("marketing alone", "many", found.many_alone),
        ("sales alone", "one", found.one_alone),
        ("neither", "was", found.neither),
    ]


def paths_chart(answer: Answer) -> Chart | None:
    """Revenue with both paths, with either and with neither; None where paths cannot be told."""
    found = answer.paths
    if found is None:
        return None
    finding = (
        f"What needed both: {words.spread(found.needed_both, answer.currency)}. {_ground(found)}"
    )
    return Chart.of(lambda width: _drawn(answer, found, width, finding), finding)


_HALF = 0.5  # of what was uncertain beforehand


def _ground(found: Synergy) -> str:
    if found.is_tested:
        pairs = f"{len(found.crossings)} pair{'s' if len(found.crossings) > 1 else ''} of tests"
        if found.learned < _HALF:
            return f"It is still a guess: where {pairs} crossed, too few people were in both."
        return f"It was seen where {pairs} crossed."
    return "Nobody was held out of both at random, so this is little more than a guess."


def _drawn(answer: Answer, found: Synergy, width: float, finding: str) -> Markup:
    is_wide = width > NARROW
    step = _STEP + (0.0 if is_wide else 14.0)
    told = rows(found)
    ends = [end for _, _, one in told for end in (one.low, one.high)]
    x = Scale(min(0.0, *ends), max(1.0, *ends), _LEFT if is_wide else 4.0, width - 20)
    picture = Drawing(width, step * len(told) + 24)
    foot = picture.height - 24
    for tick in x.ticks(6 if is_wide else 3):
        picture.line((x(tick), 0), (x(tick), foot), "grid")
        said = words.on_axis(tick, answer.currency)
        picture.text((x(tick), foot + 18), said, "mut", anchor="middle" if tick else "start")
    for place, (name, look, one) in enumerate(told):
        middle = step * (place + 1) - _STEP / 2
        picture.text((0, middle + 4 if is_wide else middle - 18), name, "strong")
        picture.boxes([((x(0), middle - 10), (x(one.mean), middle + 10))], f"reach {look}")
        picture.line((x(one.low), middle), (x(one.high), middle), "whisker")
        picture.boxes(
            [((x(end) - 1, middle - 5), (x(end) + 1, middle + 5)) for end in (one.low, one.high)],
            "full ink-dot",
        )
    return picture.svg(title="Revenue with both paths, either alone, and neither", finding=finding)
