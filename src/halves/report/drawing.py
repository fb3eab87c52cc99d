"""Drawing by hand: SVG that follows the page's colours, with no package and no script.

Colours and type come from classes in report.css, so that light, dark, print and forced colours all
follow. Numbers are rounded to a tenth of a pixel: nobody sees more, and files stay small.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

Point = tuple[float, float]
_LETTER = 7.2  # pixels that a letter takes at the charts' type size, on average


@dataclass(frozen=True)
class Scale:
    """From values to pixels, straight or bent.

    Args:
        low: the value at `start`.
        high: the value at `end`.
        start: pixels.
        end: pixels; below `start` where values rise to the top.
        bend: with it values are first taken through asinh(value / bend), which is straight near
            zero, like a logarithm far from it, and takes values below zero.

    >>> Scale(0, 10, 100, 0)(2.5)
    75.0
    """

    low: float
    high: float
    start: float
    end: float
    bend: float | None = None

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        low, high, at = (self._bent(one) for one in (self.low, self.high, value))
        return self.start + (self.end - self.start) * (at - low) / ((high - low) or 1.0)

    def _bent(self, value: float) -> float:
        return math.asinh(value / self.bend) if self.bend else value

    def ticks(self, about: int) -> list[float]:
        """Round values from end to end, about so many; for a straight scale.

        >>> Scale(0, 0.9, 0, 100).ticks(5)
        [0.0, 0.2, 0.4, 0.6, 0.8]
        """
        rough = (self.high - self.low) / max(about, 1)
        size = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
        step = next(size * part for part in (1, 2, 5, 10) if size * part >= 0.7 * rough)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(place * step, 12) for place in range(first, last + 1)]


@dataclass
class Drawing:
    """One picture, built up mark by mark; classes give the marks their look."""

    width: float
    height: float
    _marks: list[Markup] = field(default_factory=list)

    def line(self, start: Point, end: Point, look: str) -> None:
        """A straight line."""
        self.path([start, end], look)

    def path(self, points: Sequence[Point], look: str, *, closed: bool = False) -> None:
        """A line through points, or the area that it goes around."""
        if points:
            way = "M" + "L".join(_pair(point) for point in points) + ("Z" if closed else "")
            self._marks.append(Markup('<path class="{}" d="{}"/>').format(look, way))

    def area(self, lower: Sequence[Point], upper: Sequence[Point], look: str) -> None:
        """What lies between two lines."""
        self.path([*upper, *reversed(lower)], look, closed=True)

    def boxes(self, corners: Iterable[tuple[Point, Point]], look: str) -> None:
        """Upright boxes from corner to corner, all alike."""
        way = "".join(
            f"M{_pair(start)}H{_short(end[0])}V{_short(end[1])}H{_short(start[0])}Z"
            for start, end in corners
        )
        if way:
            self._marks.append(Markup('<path class="{}" d="{}"/>').format(look, way))

    def rings(self, points: Iterable[Point], look: str, *, size: float) -> None:
        """Round rings, all alike."""
        arc = f"a{_short(size / 2)} {_short(size / 2)} 0 1 1"
        way = "".join(
            f"M{_pair((x - size / 2, y))}{arc} {_short(size)} 0{arc} {_short(-size)} 0"
            for x, y in points
        )
        if way:
            self._marks.append(Markup('<path class="{}" d="{}"/>').format(look, way))

    def dots(self, points: Iterable[Point], look: str, *, size: float) -> None:
        """Round dots, all alike: one path, of lines that go nowhere and have round ends."""
        way = "".join(f"M{_pair(point)}h0" for point in points)
        if way:
            self._marks.append(
                Markup('<path class="dot {}" stroke-width="{}" d="{}"/>').format(
                    look, _short(size), way
                )
            )

    def text(self, at: Point, words: str, look: str = "", *, anchor: str = "start") -> None:
        """Words; `anchor` is start, middle or end."""
        place = Markup("") if anchor == "start" else Markup(' text-anchor="{}"').format(anchor)
        style = Markup(' class="{}"').format(look) if look else Markup("")
        self._marks.append(
            Markup('<text x="{}" y="{}"{}{}>{}</text>').format(
                _short(at[0]), _short(at[1]), place, style, words
            )
        )

    def name(self, at: Point, words: str, look: str = "", *, room: float) -> None:
        """A name that may be too long: cut to its room, and whole when pointed at."""
        shown = fitted(words, room)
        if shown == words:
            self.text(at, words, look)
            return
        self._marks.append(
            Markup('<text x="{}" y="{}" class="{}">{}<title>{}</title></text>').format(
                _short(at[0]), _short(at[1]), look, shown, words
            )
        )

    def svg(self, *, title: str, finding: str) -> Markup:
        """The picture, with its name and what it shows for those who cannot see it."""
        return Markup(
            '<svg class="drawn" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" '
            'height="{}" xmlns="http://www.w3.org/2000/svg"><desc>{}</desc>{}</svg>'
        ).format(
            title,
            *(_short(size) for size in (self.width, self.height) * 2),
            finding,
            Markup("").join(self._marks),
        )


def room_for(names: Sequence[str], *, most: float) -> float:
    """Pixels to the left of a chart that its longest name needs."""
    return min(max(len(name) for name in names) * (_LETTER + 0.6) + 16, most)


def fitted(words: str, room: float) -> str:
    """Words cut to so many pixels, with an ellipsis in the middle, where names differ least.

    >>> fitted("a_campaign_with_a_long_name_2026", 120)
    'a_campai…me_2026'
    """
    letters = max(int(room / _LETTER), 3)
    if len(words) <= letters:
        return words
    front = letters // 2
    return f"{words[:front]}…{words[len(words) - (letters - front - 1) :]}"


def _pair(point: Point) -> str:
    return f"{_short(point[0])} {_short(point[1])}"


def _short(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
