"""The builder of an audience as a form: a tree of fields, read back, changed by its buttons.

All of it is in the form itself, so that it works without scripts: a node `0.1` has fields named
`0.1.about`, `0.1.op`, `0.1.value`; how many parts it has is in `0.size`. A button says what to do
and to which node: `add:0`, `nest:0`, `where:0.1`, `remove:0.1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from halves.audiences import saying
from halves.audiences.definition import COUNTS, DEEPEST, MOST, OPS, SUMS, Known
from halves.audiences.models import Audience, Group
from halves.people.fields import Field, Records
from halves.web.audience_ask import Ask, number, typed

HOWS = {
    "and": _("all of these"),
    "or": _("at least one of these"),
    "not": _("none of these"),
}
_FIRST = "field:person.region"
Said = Mapping[str, str]


@dataclass
class Node:
    """A node of the tree as it stands in the form."""

    id: str
    how: str = ""  # of a nest; empty for a condition
    about: str = ""
    ask: Ask | None = None  # of a field
    op: str = ""
    count: str = ""  # how many, or how much
    currency: str = ""
    days: str = ""
    chosen: str = ""
    wheres: list[Ask] = field(default_factory=list)
    parts: list["Node"] = field(default_factory=list)
    many: Records | None = None
    place: str = ""
    error: str = ""
    is_unknown: bool = False  # what it is about is gone
    is_next: bool = False  # where whoever builds goes on

    @property
    def kind(self) -> str:
        """`nest`, `field`, `records`, `audience` or `resembles`."""
        return "nest" if self.how else self.about.partition(":")[0]

    @property
    def name(self) -> str:
        """What it is about, in a definition."""
        return self.about.partition(":")[2]

    @property
    def needs_count(self) -> bool:
        """Say whether a number goes with it."""
        return self.op in ("at_least", "at_most")

    @property
    def needs_amount(self) -> bool:
        """Say whether money goes with it."""
        return self.op in SUMS

    @property
    def counts(self) -> list[tuple[str, Any]]:
        """How many records there may be, and how much they may add up to."""
        adds_up = self.many is not None and self.many.amount
        return [(op, saying.COUNTS[op]) for op in COUNTS if adds_up or op not in SUMS]

    @property
    def may_nest(self) -> bool:
        """Say whether there may be a nest within it."""
        # A nest of "none" is two deep, in the worst case each of them.
        return self.id.count(".") < DEEPEST // 2 - 1


class Builder:
    """The tree of one form.

    Args:
        known: what can be asked about.
        own: the key of the audience that is edited, which cannot refer to itself.
        currency: that amounts are mostly in.
    """

    def __init__(self, known: Known, *, own: int | None = None, currency: str = "") -> None:
        self._known, self._size, self._currency = known, 0, currency
        self.root = Node("0", how="and")
        self._own = own

    def fill(self, definition: Any) -> "Builder":
        """Show a definition."""
        if definition:
            shown = self._shown(definition, "0")
            self.root = (
                shown if shown.how else Node("0", how="and", parts=[self._shown(definition, "0.0")])
            )
        if not self.root.parts:
            self.root.parts.append(self._fresh("0.0"))
        self._renumber(self.root, "0")
        return self

    def read(self, said: Said) -> "Builder":
        """Take what is in the form, and do what its button says."""
        self.root = self._read(said, "0")
        if not self.root.how:
            self.root = Node("0", how="and")
        verb, _colon, where = said.get("do", "").partition(":")
        if verb in ("add", "nest", "where", "remove"):
            self._do(verb, where)
        if not self.root.parts:
            self.root.parts.append(self._fresh("0.0"))
        self._renumber(self.root, "0")
        return self

    def as_data(self) -> dict[str, Any]:
        """The definition that the form says."""
        return self._as_data(self.root, "")

    def mark(self, place: str, words: str) -> str:
        """Say what is wrong beside where it is; what is left to say elsewhere."""
        for one in self._all(self.root):
            asks = [one.ask] if one.ask else one.wheres
            for ask in asks:
                if ask.place and place.startswith(ask.place):
                    ask.error = words
                    return ""
            if one.kind != "nest" and one.place and place.startswith(one.place):
                one.error = words
                return ""
        return f"{place}: {words}" if place else words

    def abouts(self) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """What can be asked about, in groups."""
        found: dict[Any, list[tuple[str, Any]]] = {}
        heads = {"person": _("The person"), "account": _("Their account")}
        for one in self._known.fields.values():
            head = heads.get(one.name.partition(".")[0], _("More"))
            found.setdefault(head, []).append((f"field:{one.name}", one.label))
        many = [(f"records:{k}", r.label) for k, r in self._known.records.items() if r.is_shown]
        found[_("What happened")] = many
        others: list[tuple[str, Any]] = []
        if self.audiences():
            others.append(("audience:", _("Another audience")))
        if self.groups():
            others.append(("resembles:", _("Resembles a group's best members")))
        if others:
            found[_("Audiences and groups")] = others
        return list(found.items())

    def audiences(self) -> list[tuple[str, str]]:
        """Audiences that it may refer to."""
        rows = Audience.objects.exclude(pk=self._own).order_by("name")
        return [(str(key), name) for key, name in rows.values_list("pk", "name")[:500]]

    def groups(self) -> list[tuple[str, str]]:
        """Groups that people may resemble."""
        rows = Group.objects.order_by("name").values_list("pk", "name")
        return [(str(key), name) for key, name in rows[:500]]

    def hows(self) -> list[tuple[str, Any]]:
        """How parts may go together."""
        return list(HOWS.items())

    def _shown(self, said: Mapping[str, Any], id: str) -> Node:
        for how in ("and", "or"):
            if how in said:
                return self._nest(id, how, said[how])
        if "not" in said:
            inner = said["not"]
            return self._nest(id, "not", inner.get("or", [inner]))
        if "field" in said:
            node = Node(id, about=f"field:{said['field']}")
            node.ask = self._ask(id, said, self._known.fields)
            return node
        if "records" in said:
            return self._records(id, said)
        about = "audience" if "audience" in said else "resembles"
        count = str(said.get("at_least", 2))
        return Node(id, about=f"{about}:", chosen=str(said.get(about, "")), count=count)

    def _nest(self, id: str, how: str, parts: list[Any]) -> Node:
        shown = [self._shown(one, f"{id}.{place}") for place, one in enumerate(parts)]
        return Node(id, how=how, parts=shown)

    def _records(self, id: str, said: Mapping[str, Any]) -> Node:
        days = said.get("within_days")
        node = Node(
            id,
            about=f"records:{said['records']}",
            op=said.get("op", "any"),
            count=typed(said.get("amount", said.get("count", ""))),
            currency=said.get("currency", ""),
            days="" if days is None else str(days),
        )
        node.many = self._known.records.get(said["records"])
        known = node.many.by_name if node.many else {}
        for place, one in enumerate(said.get("where", [])):
            node.wheres.append(self._ask(f"{id}.w{place}", one, known))
        return node

    def _ask(self, id: str, said: Mapping[str, Any], known: Mapping[str, Field]) -> Ask:
        value = said.get("value", "")
        if isinstance(value, list):
            value = "; ".join(str(one) for one in value)
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        of = known.get(said["field"])
        return Ask(id, said["field"], said.get("op", ""), typed(value), of=of)

    def _fresh(self, id: str, *, is_next: bool = False) -> Node:
        found = self._known.fields["person.region"]
        ask = Ask(id, found.name, "is", of=found)
        return Node(id, about=_FIRST, ask=ask, is_next=is_next)

    def _read(self, said: Said, id: str) -> Node:
        self._size += 1
        if f"{id}.how" in said:
            how = said[f"{id}.how"]
            node = Node(id, how=how if how in HOWS else "and")
            for place in range(_size(said, f"{id}.size")):
                if self._size < 2 * MOST and id.count(".") < DEEPEST:
                    node.parts.append(self._read(said, f"{id}.{place}"))
            return node
        node = Node(id, about=said.get(f"{id}.about", _FIRST))
        match node.kind:
            case "records":
                self._read_records(node, said)
            case "audience" | "resembles":
                node.chosen = said.get(f"{id}.chosen", "")
                node.count = said.get(f"{id}.count", "2")
            case _:
                node.ask = self._read_ask(said, id, node.name, self._known.fields)
        return node

    def _read_records(self, node: Node, said: Said) -> None:
        op = said.get(f"{node.id}.op", "any")
        node.many = self._known.records.get(node.name)
        # Other records were chosen: what cannot be asked of these is asked no more.
        node.op = op if op in dict(node.counts) else "any"
        node.count = said.get(f"{node.id}.count", "1")
        node.currency = said.get(f"{node.id}.currency", self._currency)
        node.days = said.get(f"{node.id}.days", "")
        known = node.many.by_name if node.many else {}
        for place in range(_size(said, f"{node.id}.wheres")):
            id = f"{node.id}.w{place}"
            name = said.get(f"{id}.field", "")
            if name in known and self._size < 2 * MOST:
                self._size += 1
                node.wheres.append(self._read_ask(said, id, name, known))

    def _read_ask(self, said: Said, id: str, name: str, known: Mapping[str, Field]) -> Ask:
        found = known.get(name)
        op = said.get(f"{id}.op", "")
        if found is not None and op not in OPS[found.holds]:
            op = OPS[found.holds][0]  # another field was chosen: the first that makes sense
        return Ask(id, name, op, said.get(f"{id}.value", ""), of=found)

    def _do(self, verb: str, where: str) -> None:
        for one in self._all(self.root):
            if one.id == where and one.how and verb == "add":
                one.parts.append(self._fresh("", is_next=True))
            elif one.id == where and one.how and verb == "nest" and one.may_nest:
                one.parts.append(Node("", how="or", parts=[self._fresh("", is_next=True)]))
            elif one.id == where and verb == "where" and one.kind == "records":
                self._add_where(one)
            elif verb == "remove":
                before = len(one.parts) + len(one.wheres)
                one.parts = [part for part in one.parts if part.id != where]
                one.wheres = [ask for ask in one.wheres if ask.id != where]
                one.is_next = len(one.parts) + len(one.wheres) < before

    def _add_where(self, node: Node) -> None:
        if node.many is not None:
            first = node.many.fields[0]
            node.wheres.append(Ask("", first.name, OPS[first.holds][0], of=first))

    def _renumber(self, node: Node, id: str) -> None:
        node.id = id
        if node.ask:
            node.ask.id = id
        node.is_unknown = self._is_unknown(node)
        for place, ask in enumerate(node.wheres):
            ask.id = f"{id}.w{place}"
        for place, part in enumerate(node.parts):
            self._renumber(part, f"{id}.{place}")

    def _is_unknown(self, node: Node) -> bool:
        known = {"field": self._known.fields, "records": self._known.records}.get(node.kind)
        return known is not None and node.name not in known

    def _all(self, node: Node) -> list[Node]:
        return [node, *(one for part in node.parts for one in self._all(part))]

    def _as_data(self, node: Node, place: str) -> dict[str, Any]:
        node.place = place
        dot = f"{place}." if place else ""
        match node.kind:
            case "nest":
                key = f"{dot}{'not.or' if node.how == 'not' else node.how}"
                parts = [self._as_data(one, f"{key}[{n}]") for n, one in enumerate(node.parts)]
                return {"not": {"or": parts}} if node.how == "not" else {node.how: parts}
            case "records":
                return self._records_as_data(node, dot)
            case "audience":
                return {"audience": number(node.chosen, is_whole=True)}
            case "resembles":
                least = number(node.count, is_whole=False)
                return {"resembles": number(node.chosen, is_whole=True), "at_least": least}
        assert node.ask is not None
        node.ask.place = place
        return node.ask.as_data()

    def _records_as_data(self, node: Node, dot: str) -> dict[str, Any]:
        said: dict[str, Any] = {"records": node.name, "op": node.op}
        if node.needs_count:
            said["count"] = number(node.count, is_whole=True)
        if node.needs_amount:
            said["amount"] = number(node.count, is_whole=False)
            said["currency"] = node.currency.strip().upper()
        if node.days.strip():
            said["within_days"] = number(node.days, is_whole=True)
        for place, ask in enumerate(node.wheres):
            ask.place = f"{dot}where[{place}]"
        if node.wheres:
            said["where"] = [ask.as_data() for ask in node.wheres]
        return said


def _size(said: Said, name: str) -> int:
    found = said.get(name, "")
    return min(int(found), MOST) if found.isdecimal() and len(found) < 6 else 0
