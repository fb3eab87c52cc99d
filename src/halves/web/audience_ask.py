"""One question of the audience builder: a field, what is asked of it, the value as it was typed."""

from dataclasses import dataclass
from typing import Any

from halves.audiences import saying
from halves.audiences.definition import DAYS, LISTS, OPS
from halves.people.fields import Field, Holds

_BARE = ("is_filled", "is_empty")


@dataclass
class Ask:
    """One question as it stands in the form: a field, what is asked of it, the value."""

    id: str
    name: str
    op: str
    value: str = ""
    place: str = ""
    error: str = ""
    of: Field | None = None

    @property
    def ops(self) -> list[tuple[str, Any]]:
        """What can be asked."""
        return [(op, saying.OPS[op]) for op in (OPS[self.of.holds] if self.of else ())]

    @property
    def choices(self) -> list[tuple[str, Any]]:
        """What there is to choose from."""
        return list(self.of.choices()) if self.of and self.of.choices else []

    @property
    def shown_as(self) -> str:
        """The kind of input that its value needs; empty if it needs none."""
        if self.of is None or self.op in _BARE:
            return ""
        if self.op in DAYS or self.of.holds == Holds.NUMBER:
            return "number"
        if self.of.holds in (Holds.DAY, Holds.MOMENT):
            return "date"
        if self.of.holds == Holds.YES_NO:
            return "yes_no"
        is_one = self.of.choices is not None and self.op not in LISTS
        if is_one and self.op in ("is", "is_not", "has", "has_not") and not self.of.is_open:
            return "select"
        return "text"

    @property
    def is_list(self) -> bool:
        """Say whether several values may be typed."""
        return self.op in LISTS

    def as_data(self) -> dict[str, Any]:
        """As a definition has it; what cannot be read is left for its check to refuse."""
        said: dict[str, Any] = {"field": self.name, "op": self.op}
        match self.shown_as:
            case "":
                return said
            case "number":
                said["value"] = number(self.value, is_whole=self.op in DAYS)
            case "yes_no":
                said["value"] = self.value != "no"
            case _ if self.is_list:
                parts = [one.strip() for one in self.value.split(";")]
                said["value"] = [one for one in parts if one]
            case _:
                said["value"] = self.value.strip()
        return said


def typed(said: Any) -> str:
    """A value as somebody would type it."""
    return str(int(said) if isinstance(said, float) and said.is_integer() else said)


def number(said: str, *, is_whole: bool) -> Any:
    """A number, or what was typed, for the check to say what is wrong with it."""
    try:
        found = float(said.strip())
    except ValueError:
        return said
    return int(found) if is_whole and found.is_integer() and abs(found) < 2**53 else found
