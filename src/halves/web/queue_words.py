"""How the call queue says why somebody is on it, and what its dice show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.conversations.queue_models import CallQueue, QueueDecision, Reason
from halves.measure.interval import Interval
from halves.report.charts import Chart
from halves.report.kinds import Brought, kinds_chart
from halves.report.words import estimate, exact, listed, on_axis, percent, spread

_SURE = 0.9  # from which chance on a verdict is drawn


@dataclass(frozen=True)
class KindRow:
    """What calls bring to one kind of person, in words."""

    name: str
    decisions: str
    effect: str
    pays: str
    verdict: str  # working, wasted or unknown
    words: str


@dataclass(frozen=True)
class Kinds:
    """Whom calls move."""

    finding: str
    chart: Chart | None
    rows: Sequence[KindRow]


def why(one: QueueDecision, currency: str) -> str:
    """One sentence: what a call is expected to bring, and from what."""
    said, parts = one.why, []
    worth = exact(said["value"], currency)
    if one.deal is not None:
        words = _("an open deal of %(worth)s, %(chance)s likely to close by itself")
    elif said["days"] is not None and said["chance"] > 0:
        words = _("a sale of about %(worth)s, %(chance)s likely by itself")
    else:
        words = _("nothing is open: a sale of about %(worth)s, %(chance)s likely by itself")
    parts.append(words % {"worth": worth, "chance": _share(said["chance"])})
    if said["is_at_risk"]:
        parts.append(_("a promise to them is broken, or about to be"))
    if said["days"] is not None:
        days = round(said["days"])
        parts.append(
            ngettext("came by %(days)s day ago", "came by %(days)s days ago", days) % {"days": days}
            if days
            else _("came by today")
        )
    return "; ".join(parts)


def expected(one: QueueDecision, currency: str) -> str:
    """What the call is expected to gain, what it costs taken off."""
    return estimate(float(one.gain), currency)


def doubt(one: QueueDecision, currency: str) -> str:
    """Why somebody is called whose call is not expected to pay; empty where it is."""
    if one.is_expected_to_pay:
        return ""
    cost = one.why.get("cost")
    words = _("Not expected to pay for the call.")
    if cost is not None:
        said = {
            "cost": estimate(cost, currency),
            "earns": estimate(float(one.gain) + cost, currency),
        }
        words = (
            _("Not expected to pay: the call costs %(cost)s, and is expected to earn %(earns)s.")
            % said
        )
    filled = _(
        "The list takes the best there are until the day is full; among them the dice drew, so "
        "that halves learns what such calls really bring."
    )
    return f"{words} {filled}"


def learned(queue: CallQueue) -> dict[str, Any] | None:
    """What the dice show, in words; None before they were read."""
    if queue.learned is None:
        return None
    said = queue.learned
    if "effect" not in said:
        return {"is_known": False, "reasons": said.get("reasons", [])[:3]}
    always = Interval(**said["always_valid"])
    currency = said["currency"]
    found: dict[str, Any] = {
        "is_known": True,
        "effect": spread(always, currency),
        "interval": always,
        "decisions": f"{said['treated'] + said['held_out']:,}",
        "treated": f"{said['treated']:,}",
        "held_out": f"{said['held_out']:,}",
        "more": f"{said['more']:,}",
        "within": estimate(said["within"], currency),
        "called_anyway": said["called_anyway"],
        "verdict": _verdict(said),
        "fewest": said.get("fewest", 0) if said.get("is_rough") else None,
        "cost": exact(said.get("cost", 0.0), currency),
    }
    return found


def kinds(queue: CallQueue) -> Kinds | None:
    """Whom calls move, kind by kind; None before decisions kept what kind they were of."""
    said = queue.learned or {}
    found, currency = said.get("kinds"), said.get("currency")
    if not found:
        return None
    rows = {kind: _kind(kind, found[kind], currency) for kind in Reason if kind in found}
    finding = _whom(rows)
    chart = kinds_chart(
        [
            Brought(
                row.name,
                None if found[kind]["p_wasted"] is None else Interval(**found[kind]["effect"]),
                found[kind]["pays"],
            )
            for kind, row in rows.items()
        ],
        said=lambda amount: on_axis(amount, currency),
        unknown=_("not known yet"),
        title=_("What a decision to call brings, by kind of person"),
        finding=finding,
    )
    return Kinds(finding, chart, list(rows.values()))


def _kind(kind: Reason, said: Mapping[str, Any], currency: str | None) -> KindRow:
    p_wasted = said["p_wasted"]
    words = {
        "working": _("bring more than they cost"),
        "wasted": _("cost more than they bring"),
        "unknown": _("not known yet"),
    }
    verdict = "unknown" if p_wasted is None else _side(p_wasted)
    told = words[verdict]
    if p_wasted is None:
        sales = said["fewest"]
        told = ngettext(
            "not known yet: one of the two groups has %(n)d sale",
            "not known yet: one of the two groups has %(n)d sales",
            sales,
        ) % {"n": sales}
    return KindRow(
        name=str(kind.label),
        decisions=f"{said['decisions']:,}",
        effect=spread(Interval(**said["effect"]), currency),
        pays=estimate(said["pays"], currency),
        verdict=verdict,
        words=told,
    )


def _whom(rows: Mapping[Reason, KindRow]) -> str:
    """Whom calls move, in one or two sentences."""
    of = {
        verdict: [row.name for row in rows.values() if row.verdict == verdict]
        for verdict in ("working", "wasted")
    }
    said = []
    if of["working"]:
        words = _("Calls bring more than they cost where the reason is %(kinds)s.")
        said.append(words % {"kinds": listed(of["working"])})
    if of["wasted"]:
        words = _("They cost more than they bring where it is %(kinds)s.")
        if not of["working"]:
            words = _("Calls cost more than they bring where the reason is %(kinds)s.")
        said.append(words % {"kinds": listed(of["wasted"])})
    if not said:
        return _("Nobody can tell yet whom calls move and whom they do not.")
    if len(of["working"]) + len(of["wasted"]) < len(rows):
        said.append(_("Of the others nobody can tell yet."))
    return " ".join(said)


def _side(p_wasted: float) -> str:
    if p_wasted >= _SURE:
        return "wasted"
    return "working" if p_wasted <= 1 - _SURE else "unknown"


def _verdict(said: dict[str, Any]) -> tuple[str, str]:
    """The verdict's name, and one sentence."""
    wasted = said.get("p_wasted")
    words = {
        "wasted": _("On what the dice show, these calls cost more than they bring."),
        "working": _("On what the dice show, these calls bring more than they cost."),
        "unknown": _("Nobody can tell yet whether these calls pay."),
    }
    verdict = "unknown" if wasted is None else _side(wasted)
    return verdict, words[verdict]


def _share(chance: float) -> str:
    return _("under 1%") if 0 < chance < 0.01 else percent(chance)
