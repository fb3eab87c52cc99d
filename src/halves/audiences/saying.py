"""Definitions in words, as pages show them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.audiences.definition import All, Have, Is, Listed, Node, Not, OneOf, Resembles
from halves.audiences.models import Audience, Group

OPS: Mapping[str, Any] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "one_of": gettext_lazy("is one of"),
    "contains": gettext_lazy("contains"),
    "begins": gettext_lazy("begins with"),
    "is_filled": gettext_lazy("is filled"),
    "is_empty": gettext_lazy("is empty"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "within_days": gettext_lazy("is in the last … days"),
    "older_than_days": gettext_lazy("is more than … days ago"),
    "in_next_days": gettext_lazy("is in the next … days"),
    "since": gettext_lazy("is on or after"),
    "before": gettext_lazy("is before"),
    "has": gettext_lazy("has"),
    "has_not": gettext_lazy("has not"),
    "has_any": gettext_lazy("has one of"),
}
COUNTS: Mapping[str, Any] = {
    "any": gettext_lazy("at least one"),
    "none": gettext_lazy("none"),
    "at_least": gettext_lazy("at least …"),
    "at_most": gettext_lazy("at most …"),
    "sum_at_least": gettext_lazy("add up to at least …"),
    "sum_at_most": gettext_lazy("add up to at most …"),
}


def heading(node: Node) -> str:
    """What stands over the parts of a node."""
    if isinstance(node, All):
        return _("all of these")
    return _("none of these") if isinstance(node, Not) else _("at least one of these")


def tree(node: Node) -> dict[str, Any]:
    """A definition in words, part by part."""
    if isinstance(node, All | OneOf):
        return {"words": heading(node), "parts": [tree(one) for one in node.parts]}
    if isinstance(node, Not):
        inner = node.part.parts if isinstance(node.part, OneOf) else (node.part,)
        return {"words": heading(node), "parts": [tree(one) for one in inner]}
    return {"words": of(node), "parts": []}


def of(node: Node) -> str:
    """A condition in words."""
    match node:
        case Is():
            return _is(node)
        case Have():
            return _have(node)
        case Listed(audience):
            name = Audience.objects.filter(pk=audience).values_list("name", flat=True).first()
            return _("is on the list %(name)s") % {"name": name}
        case Resembles():
            name = Group.objects.filter(pk=node.group).values_list("name", flat=True).first()
            times = number_format(node.at_least)
            return _("is at least %(times)s times as likely as anyone to be among the best of "
                     "%(name)s") % {"times": times, "name": name}  # fmt: skip
    parts = [of(one) for one in (node.parts if isinstance(node, All | OneOf) else (node.part,))]
    return f"{heading(node)}: {'; '.join(parts)}"


def found(node: Node, said: Any) -> str:
    """What is so of somebody, in words."""
    match node:
        case Have() if node.currency:
            amount = _amount(said or 0.0, node.currency)
            return _("theirs add up to %(amount)s") % {"amount": amount}
        case Have():
            return _("they have %(count)s") % {"count": said or 0}
        case Resembles():
            times = number_format(said or 1, 2)
            return _("they are %(times)s times as likely") % {"times": times}
        case Listed():
            return ""
    return _("theirs: %(value)s") % {"value": plain(said) or _("nothing")}


def plain(said: Any) -> str:
    """A value as people read it."""
    if said is None or said == "":
        return ""
    if isinstance(said, bool):
        return _("yes") if said else _("no")
    if isinstance(said, list | tuple):
        return ", ".join(plain(one) for one in said)
    if isinstance(said, date | datetime):
        return date_format(said, "j F Y")
    return number_format(said) if isinstance(said, int | float) else str(said)


def _is(node: Is) -> str:
    words, value = str(OPS[node.op]), _label(node)
    if "…" in words:
        return f"{node.field.label} {words.replace('…', value)}"
    return f"{node.field.label} {words} {value}".strip()


def _label(node: Is) -> str:
    if node.field.choices is not None and isinstance(node.value, str):
        named = dict(node.field.choices())
        return str(named.get(node.value, node.value))
    return plain(node.value)


def _amount(said: float, currency: str) -> str:
    return f"{number_format(said, 0 if float(said).is_integer() else 2)} {currency}"


def _have(node: Have) -> str:
    count = _amount(node.count, node.currency) if node.currency else number_format(node.count)
    words = str(COUNTS[node.op]).replace("…", count)
    said = f"{node.records.label}: {words}"
    if node.where:
        said += " " + _("of which %(what)s") % {"what": _(" and ").join(_is(w) for w in node.where)}
    if node.within_days is not None:
        said += " " + _("in the last %(days)s days") % {"days": node.within_days}
    return said
