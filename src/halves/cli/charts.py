"""Charts: Vega-Lite specs with our theme, rendered to SVG that follows the page's colours.

Each chart comes twice, for wide pages and for phones: text keeps its size, and the page shows one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from halves.cli import words
from halves.cli.known import Known
from halves.measure.answer import Answer
from halves.measure.errors import MeasureError

Spec = dict[str, Any]

WIDE, NARROW = 950, 330
WEEK = timedelta(days=7)
_VERSION = "6.4"

# Stand-ins in the spec for the page's own colours, so that light, dark and print all follow.
_INK, _MUTED, _LINE, _MANY, _ONE = "#010101", "#020202", "#030303", "#040404", "#050505"
_PAPER = "#060606"
_TOKENS = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _MANY: "var(--many)",
    _ONE: "var(--one)",
    _PAPER: "var(--surface)",
}
_PATHS = {"domain": ["many", "one"], "range": [_MANY, _ONE]}
_MANY_INK, _ONE_INK = "#070707", "#080808"
_TOKENS |= {_MANY_INK: "var(--many-ink)", _ONE_INK: "var(--one-ink)"}
_DARKER = {_MANY: _MANY_INK, _ONE: _ONE_INK}
_ROW = 38
_LETTER = 8


class ChartsMissing(MeasureError):
    """The package that draws charts is not installed."""


@dataclass(frozen=True)
class Chart:
    """A chart in both widths, and the finding it shows in words."""

    wide: Markup
    narrow: Markup
    finding: str


def claims_against_effect(answer: Answer, *, known: Known | None = None) -> Chart | None:
    """What each rule would claim for a unit, beside what the unit truly brought in."""
    if not any(any(unit.claims.values()) for unit in answer.units):
        return None
    return _drawn(lambda width: _claims_spec(answer, known, width), finding=_claims_finding(answer))


def weeks(answer: Answer) -> Chart | None:
    """Doors opened and deals closed, week by week."""
    if words.is_in_totals(answer) or not any(
        week.doors_opened or week.deals_closed for week in answer.weeks
    ):
        return None
    doors = sum(week.doors_opened for week in answer.weeks)
    deals = sum(week.deals_closed for week in answer.weeks)
    best = max(answer.weeks, key=lambda week: (week.deals_closed, week.doors_opened))
    return _drawn(
        lambda width: _weeks_spec(answer, width),
        finding=(
            f"{doors:,} doors opened and {deals:,} deals closed over {len(answer.weeks)} weeks; "
            f"most deals, {best.deals_closed:,}, in the week of {words.day(best.starts)}."
        ),
    )


def _drawn(spec: Any, *, finding: str) -> Chart:
    return Chart(_svg(spec(WIDE), finding), _svg(spec(NARROW), finding), finding)


def _svg(spec: Spec, finding: str) -> Markup:
    try:
        # Optional, and loading it takes seconds: only where a chart is drawn.
        import vl_convert  # noqa: PLC0415
    except ImportError:
        raise ChartsMissing(
            "the report's charts need a package that is not installed: pip install 'halves[charts]'"
        ) from None
    svg = str(vl_convert.vegalite_to_svg({**spec, "config": _CONFIG}, vl_version=_VERSION))
    for stand_in, token in _TOKENS.items():
        svg = svg.replace(stand_in, token)
    head, _, rest = svg.partition(">")
    label = Markup(' role="img" aria-label="{}"').format(finding)
    return Markup(head) + label + Markup(">" + rest)  # noqa: S704 drawn by us from numbers


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


def _claims_spec(answer: Answer, known: Known | None, width: int) -> Spec:
    units = [unit.unit for unit in answer.units]
    y = {"field": "unit", "type": "nominal", "sort": units}
    longest = max(len(unit) for unit in units)
    # Said outright: the reader's font is wider than the one that the labels are measured in.
    room = min(_LETTER * longest + 12, width / 3)
    axis = {
        "title": None,
        "domain": False,
        "ticks": False,
        "labelPadding": 8,
        "labelLimit": room - 8,
        "minExtent": room,
        "maxExtent": room,
    }
    layers = [
        *_effect_layers(answer),
        _points(_claim_rows(answer), shape="circle", size=34, opacity=0.75, stroke=_MUTED),
        _points(_claim_rows(answer, "last_touch"), shape="circle", size=110, stroke=_INK),
        *(
            [_points(_truth_rows(answer, known), shape="diamond", size=90, fill=_INK)]
            if known
            else []
        ),
        *_untested_layers(answer, width),
    ]
    return {
        "width": width,
        "height": {"step": _ROW},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "encoding": {"y": {**y, "axis": axis}},
        "layer": layers,
    }


def _effect_layers(answer: Answer) -> list[Spec]:
    rows = [
        {
            "unit": unit.unit,
            "path": unit.path,
            "low": unit.incremental.low,
            "high": unit.incremental.high,
            "mean": unit.incremental.mean,
        }
        for unit in answer.units
        if words.is_told(unit) and unit.incremental
    ]
    pays = [
        {"unit": unit.unit, "amount": unit.spend / answer.margin}
        for unit in answer.units
        if unit.spend
    ]
    color = {"field": "path", "scale": _PATHS, "legend": None}
    x = _money_axis(answer)
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": 14, "cornerRadius": 3, "opacity": 0.45},
            "encoding": {
                "x": {"field": "low", "type": "quantitative", **x},
                "x2": {"field": "high"},
                "color": color,
            },
        },
        {
            "data": {"values": rows},
            "mark": {"type": "tick", "thickness": 4, "height": 20},
            "encoding": {"x": {"field": "mean", "type": "quantitative"}, "color": color},
        },
        {
            "data": {"values": pays},
            "mark": {"type": "tick", "thickness": 1.5, "height": 30, "color": _INK},
            "encoding": {"x": {"field": "amount", "type": "quantitative"}},
        },
    ]


def _money_axis(answer: Answer) -> Spec:
    symbol = words.SYMBOLS.get(answer.currency or "", "")
    return {
        "title": None,
        "axis": {
            "labelExpr": (
                f"(datum.value < 0 ? '-' : '') + '{symbol}' + format(abs(datum.value), '~s')"
            ),
            "tickCount": 6,
            "domain": False,
            "ticks": False,
            "grid": True,
        },
    }


def _points(rows: Sequence[Mapping[str, object]], **mark: object) -> Spec:
    filled = "fill" in mark
    look = {"type": "point", "filled": filled, "strokeWidth": 1.5, "opacity": 1, **mark}
    if not filled:
        look["fill"] = "transparent"
    return {
        "data": {"values": list(rows)},
        "mark": look,
        "encoding": {"x": {"field": "amount", "type": "quantitative"}},
    }


def _claim_rows(answer: Answer, only: str | None = None) -> list[dict[str, object]]:
    return [
        {"unit": unit.unit, "amount": claimed}
        for unit in answer.units
        for rule, claimed in unit.claims.items()
        if (rule == only if only else rule != "last_touch")
    ]


def _truth_rows(answer: Answer, known: Known) -> list[dict[str, object]]:
    return [
        {"unit": unit.unit, "amount": known.units[unit.unit].incremental}
        for unit in answer.units
        if unit.unit in known.units
    ]


def _untested_layers(answer: Answer, width: int) -> list[Spec]:
    rows = [{"unit": unit.unit} for unit in answer.units if not words.is_told(unit)]
    if not rows:
        return []
    text = "nothing speaks of it yet" if width == WIDE else "not known"
    return [
        {
            "data": {"values": rows},
            "mark": {
                "type": "text",
                "text": text,
                "align": "right",
                "color": _MUTED,
                "fontStyle": "italic",
                "x": "width",
            },
            "encoding": {},
        }
    ]


def _weeks_spec(answer: Answer, width: int) -> Spec:
    rows = [
        {
            "week": week.starts.isoformat(),
            "doors": week.doors_opened,
            "deals": week.deals_closed,
            "whole": week.starts >= answer.since and week.starts + WEEK <= answer.until,
        }
        for week in answer.weeks
    ]
    many = _lane("doors", "doors opened", _MANY, width, is_upper=True)
    one = _lane("deals", "deals closed", _ONE, width, is_upper=False)
    return {"data": {"values": rows}, "vconcat": [many, one], "spacing": 4}


def _lane(field: str, title: str, color: str, width: int, *, is_upper: bool) -> Spec:
    months = {"format": "%b", "tickCount": "month", "ticks": False}
    hidden = {"labels": False, "ticks": False, "domain": True, "domainColor": _LINE}
    return {
        "width": width - 60,
        "height": 96,
        "mark": {"type": "bar", "color": color, "binSpacing": 1},
        "encoding": {
            # Weeks that the period cuts off are pale: they are not slow weeks.
            "opacity": {"condition": {"test": "datum.whole", "value": 1}, "value": 0.35},
            "x": {
                "field": "week",
                "type": "temporal",
                "timeUnit": "yearweek",
                "title": None,
                "axis": {"grid": False, **(hidden if is_upper else {**months, "domain": False})},
            },
            "y": {
                "field": field,
                "type": "quantitative",
                "title": title,
                "scale": {} if is_upper else {"reverse": True},
                "axis": {
                    "tickCount": 3,
                    "domain": False,
                    "ticks": False,
                    "titleColor": _DARKER[color],
                },
            },
        },
    }


_CONFIG: Spec = {
    "background": "transparent",
    "font": "Helvetica, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _MUTED,
        "titleColor": _MUTED,
        "gridColor": _LINE,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "text": {"fontSize": 13},
}
