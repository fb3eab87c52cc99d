"""What a definition means, as plainly as it can be written: one person at a time, no query."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any


@dataclass
class Somebody:
    """All that is known of a person."""

    fields: dict[str, Any]
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def belongs(said: dict[str, Any], who: Somebody, at: datetime) -> bool:
    """Say whether a definition holds of somebody."""
    if "and" in said:
        return all(belongs(one, who, at) for one in said["and"])
    if "or" in said:
        return any(belongs(one, who, at) for one in said["or"])
    if "not" in said:
        return not belongs(said["not"], who, at)
    if "field" in said:
        return holds(said, who.fields.get(said["field"]), at)
    count, amount = 0, 0
    for row in who.records.get(said["records"], []):
        is_meant = all(holds(one, row.get(one["field"]), at) for one in said.get("where", []))
        if "within_days" in said:
            is_meant = is_meant and at - timedelta(days=said["within_days"]) <= row["at"] <= at
        count += is_meant
        if is_meant and row.get("currency") == said.get("currency"):
            amount += row.get("value") or 0
    match said["op"]:
        case "any":
            return count > 0
        case "none":
            return count == 0
        case "at_least":
            return count >= said["count"]
        case "sum_at_least":
            return amount >= Decimal(str(said["amount"]))
        case "sum_at_most":
            return amount <= Decimal(str(said["amount"]))
    return count <= said["count"]


def holds(said: dict[str, Any], has: Any, at: datetime) -> bool:
    """Say whether a question is answered by a value."""
    op, wanted = said["op"], said.get("value")
    if op == "is_empty":
        return has is None or has in ("", [])
    if op == "is_filled":
        return not (has is None or has in ("", []))
    if op == "is_not":
        return (has or "") != wanted
    if op == "has_not":
        return wanted not in (has or [])
    if has is None:
        return False
    if op in ("has", "has_any"):
        return any(one in has for one in ([wanted] if op == "has" else wanted))
    if op in ("within_days", "older_than_days", "in_next_days"):
        now: Any = at if isinstance(has, datetime) else at.date()
        far = timedelta(days=wanted)
        if op == "within_days":
            return now - far <= has <= now
        return has < now - far if op == "older_than_days" else now < has <= now + far
    if op in ("since", "before"):
        day = has.date() if isinstance(has, datetime) else has
        return (day >= date.fromisoformat(wanted)) == (op == "since")
    if op == "contains":
        return wanted.lower() in has.lower()
    if op == "begins":
        return has.lower().startswith(wanted.lower())
    if op == "one_of":
        return has in wanted
    if isinstance(has, Decimal):
        wanted = Decimal(str(wanted))
    if op == "at_least":
        return has >= wanted
    return has <= wanted if op == "at_most" else has == wanted
