"""What a broken promise costs, each part with its interval, beside nothing."""

from collections.abc import Sequence

from markupsafe import Markup

from halves.measure.interval import Interval
from halves.report import words
from halves.report.charts import NARROW, Chart
from halves.report.drawing import Drawing, Scale, room_for

_ROW, _TOP, _FOOT = 34.0, 10.0, 26.0
_SAID = 176.0  # pixels for the figure at the end of a row
_MOST_NAME = 220.0


def costs_chart(
    rows: Sequence[tuple[str, Interval]], *, currency: str | None, title: str, finding: str
) -> Chart:
    """A row for each part: a dot and its interval, and a line where it costs nothing.

    Args:
        rows: what each is, and what it costs; the first is the sum.
        currency: of the amounts.
        title: what is drawn.
        finding: what it shows.
    """

    def draw(width: float) -> Markup:
        return _drawn(rows, currency, width, title, finding)

    return Chart.of(draw, finding)


def _drawn(
    rows: Sequence[tuple[str, Interval]],
    currency: str | None,
    width: float,
    title: str,
    finding: str,
) -> Markup:
    is_wide = width > NARROW
    left = room_for([name for name, _ in rows], most=_MOST_NAME) if is_wide else 8.0
    right = width - (_SAID if is_wide else 8.0)
    row = _ROW if is_wide else _ROW + 14
    foot = _TOP + row * len(rows)
    x = Scale(
        min(0.0, *(one.low for _, one in rows)),
        max(0.0, *(one.high for _, one in rows)) or 1.0,
        left + 6,
        right - 6,
    )
    picture = Drawing(width, foot + _FOOT)
    picture.line((left, foot), (right, foot), "grid")
    if is_wide:
        picture.line((x(0.0), _TOP - 6), (x(0.0), foot), "par")
    for place, (name, one) in enumerate(rows):
        base = _TOP + row * (place + 1) - 14
        look = "strong" if place == 0 else ""
        said = words.spread(one, currency)
        if is_wide:
            picture.name((0, base + 4), name, look, room=left - 8)
            picture.text((right + 10, base + 4), said, look)
        else:  # the names lie where the line would
            picture.line((x(0.0), base - 9), (x(0.0), base + 9), "par")
            picture.name((0, base - 14), name, look, room=width - len(said) * 7.2 - 16)
            picture.text((width, base - 14), said, look, anchor="end")
        tall = 5.0 if place == 0 else 3.5
        picture.boxes([((x(one.low), base - tall), (x(one.high), base + tall))], "reach both")
        picture.dots([(x(one.mean), base)], "both", size=9.0)
    for tick in x.ticks(6 if is_wide else 4):
        picture.text((x(tick), foot + 18), words.on_axis(tick, currency), "mut", anchor="middle")
    return picture.svg(title=title, finding=finding)
