"""What customers say, by how much less or more came than was promised: drawn without any style."""

from collections.abc import Sequence

from markupsafe import Markup

from halves.measure.keeping import Gap
from halves.report.drawing import Drawing, Scale

_WIDTH, _HEIGHT, _LEFT, _FOOT = 640.0, 200.0, 40.0, 170.0
_FEWEST = 10  # marks, for a dot
_FURTHEST = 21.0  # units short or beyond
_MANY = 100  # marks, for a large dot


def marks_by_gap(gaps: Sequence[Gap], *, title: str, finding: str) -> Markup:
    """A dot for each gap, larger where many said something; the line is the promise.

    Args:
        gaps: by gap, the shortest first.
        title: what is drawn.
        finding: what it shows.

    Returns:
        The picture; empty where fewer than three gaps have ten marks.
    """
    shown = [one for one in gaps if one.count >= _FEWEST and abs(one.gap) <= _FURTHEST]
    if len(shown) < 3:
        return Markup("")
    least, most = shown[0].gap, shown[-1].gap
    means = [one.mean for one in shown]
    x, y = Scale(least, most, _LEFT, _WIDTH - 10), Scale(min(means), max(means), _FOOT - 12, 12)
    picture = Drawing(_WIDTH, _HEIGHT)
    picture.line((_LEFT, _FOOT), (_WIDTH, _FOOT), "grid")
    if least <= 0 <= most:
        picture.line((x(0), 4), (x(0), _FOOT), "par")
    for is_many, size in ((False, 6.0), (True, 10.0)):
        some = [one for one in shown if (one.count >= _MANY) == is_many]
        picture.dots([(x(one.gap), y(one.mean)) for one in some], "both", size=size)
    for mean in (min(means), max(means)):
        picture.text((_LEFT - 6, y(mean) + 4), f"{mean:.1f}", "mut", anchor="end")
    picture.text((x(least), _HEIGHT - 10), f"{least:g}", "mut")
    picture.text((x(most), _HEIGHT - 10), f"{most:+g}", "mut", anchor="end")
    return picture.svg(title=title, finding=finding)
