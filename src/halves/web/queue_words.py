"""How the call queue says why somebody is on it, and what its dice show."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.conversations.queue_models import CallQueue, QueueDecision
from halves.measure.interval import Interval
from halves.report.words import estimate, exact, percent, spread


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


def _verdict(said: dict[str, Any]) -> tuple[str, str]:
    """The verdict's name, and one sentence."""
    wasted = said.get("p_wasted")
    if wasted is None:
        return "unknown", _("Nobody can tell yet whether these calls pay.")
    if wasted >= 0.9:
        return "wasted", _("On what the dice show, these calls cost more than they bring.")
    if wasted <= 0.1:
        return "working", _("On what the dice show, these calls bring more than they cost.")
    return "unknown", _("Nobody can tell yet whether these calls pay.")


def _share(chance: float) -> str:
    return _("under 1%") if 0 < chance < 0.01 else percent(chance)
