"""What something brings to each kind of person, as a picture: a row each, beside its cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from halves.measure.interval import Interval
from halves.report.charts import NARROW, Chart
from halves.report.drawing import Drawing, Scale, room_for

_ROW, _FOOT = 36.0, 28.0
_LABELS = 240.0  # pixels for names, at most


@dataclass(frozen=True)
class Brought:
    """One kind of person.

    Args:
        name: as a reader calls it.
        effect: what it brings; None where nobody can tell.
        pays: from which it earns its cost.
    """

    name: str
    effect: Interval | None
    pays: float


def kinds_chart(
    kinds: Sequence[Brought],
    *,
    said: Callable[[float], str],
    unknown: str,
    title: str,
    finding: str,
) -> Chart | None:
    """Each kind's effect with its interval; a mark where it earns its cost.

    Args:
        kinds: from top to bottom.
        said: an amount in a few letters, for the axis.
        unknown: what stands where nobody can tell.
        title, finding: what is drawn, and what it shows.

    Returns:
        None where nobody can tell of any kind.
    """
    ends = [(one.effect.low, one.effect.high, one.pays) for one in kinds if one.effect]
    if not ends:
        return None
    amounts = [0.0, *(amount for three in ends for amount in three)]
    return Chart.of(
        lambda width: _drawn(kinds, amounts, said, unknown, width, title, finding), finding
    )


def _drawn(
    kinds: Sequence[Brought],
    amounts: Sequence[float],
    said: Callable[[float], str],
    unknown: str,
    width: float,
    title: str,
    finding: str,
) -> Markup:
    is_wide = width > NARROW
    step = _ROW if is_wide else _ROW + 16
    left = room_for([one.name for one in kinds], most=_LABELS) if is_wide else 14.0
    picture = Drawing(width, step * len(kinds) + _FOOT)
    x, foot = Scale(min(amounts), max(amounts), left, width - 24), picture.height - _FOOT
    for tick in x.ticks(6 if is_wide else 3):
        picture.line((x(tick), 0), (x(tick), foot), "grid")
        picture.text((x(tick), foot + 18), said(tick), "mut", anchor="middle")
    for place, one in enumerate(kinds):
        middle = step * (place + 1) - _ROW / 2
        if is_wide:
            picture.name((0, middle + 4), one.name, "strong", room=left - 14)
        else:
            picture.name((0, middle - 18), one.name, "strong", room=width - 20)
        _row(picture, one, x, middle, unknown)
    return picture.svg(title=title, finding=finding)


def _row(picture: Drawing, one: Brought, x: Scale, middle: float, unknown: str) -> None:
    if one.effect is None:
        picture.text((x.end, middle + 4), unknown, "mut", anchor="end")
        return
    low, mean, high = (x(end) for end in (one.effect.low, one.effect.mean, one.effect.high))
    picture.boxes([((low, middle - 7), (high, middle + 7))], "reach one")
    picture.boxes([((mean - 2, middle - 10), (mean + 2, middle + 10))], "full one")
    picture.line((x(one.pays), middle - 14), (x(one.pays), middle + 14), "par")
