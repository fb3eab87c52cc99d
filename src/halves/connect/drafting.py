"""A recipe to be filled in, for a file that is no export halves knows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from halves.connect.errors import ColumnsUnknown
from halves.connect.headers import currency_of
from halves.connect.heads import Head, likeliest
from halves.connect.known.deals import won_stage
from halves.connect.known.export import (
    CURRENCY,
    SINCE,
    Draft,
    Sheet,
    Told,
    Undecided,
    contacts,
    day_of,
    spend,
)
from halves.connect.recipe import Condition, Field, Parameter, Recipe, RowSet
from halves.connect.roles import CONTACT, Sample, contact_roles, is_spend, roles
from halves.ledger.schema import OUTCOME_KINDS, PATHS, TABLES

_PATH = Parameter(
    about=f"the path of these rows: {', '.join(PATHS)} (many: marketing, one: sales)", kind="text"
)
_KIND = Parameter(about=f"what these rows are: {', '.join(OUTCOME_KINDS)}", kind="text")
_SHOWN_COLUMNS = 100
_CHANNEL = Parameter(about="the channel of these rows, such as social; the file does not say it")


@dataclass(frozen=True)
class Proposal:
    """A recipe for a file nobody has described, and why each column was taken for what it is.

    Args:
        head: how the file is written.
        table: the ledger's table that its rows seem to be of.
        columns: the role each column was given.
        draft: the recipe's parts.
        source: what its rows' source is called.
    """

    head: Head
    table: str
    columns: Mapping[str, Sample]
    draft: Draft
    source: str

    @property
    def recipe(self) -> Recipe:
        """The recipe, called after the file."""
        return self.draft.recipe(self.source, self.source)


def propose(
    path: Path,
    *,
    told: Told | None = None,
    called: str | None = None,
    table: str | None = None,
    chosen: Mapping[str, str] | None = None,
) -> Proposal:
    """Draft a recipe for a file that is no export halves knows.

    Columns are proposed by name and content; what the file does not say becomes a parameter.

    Args:
        path: a delimited text file, a workbook or a Parquet file.
        told: what the user says where the file leaves something open.
        called: what its rows' source is called, if not after the file.
        table: the ledger's table that its rows are of; what they seem to be if not said.
        chosen: role → header, where the user says which column it is; an empty header means none.

    Raises:
        FileRefused: the file cannot be read, is empty, or has no rows below its header.
        ColumnsUnknown: nothing says what any of its columns is; the headers come with it.
        Undecided: a column can be read in several ways; says how to tell which.
    """
    head = likeliest(path)
    sheet = Sheet(head.path, head.spec, head.samples, told or Told())
    columns = dict(roles(list(head.samples.values())))
    columns |= contact_roles(list(head.samples.values()))
    for role, header in (chosen or {}).items():
        columns.pop(role, None)
        if header in head.samples:
            columns[role] = head.samples[header]
    named = {"person", "id", "at", "amount", "account", "channel", "campaign", "email"}
    if not set(columns) & named:
        raise ColumnsUnknown(
            f"{path} is no export that halves knows, and no column of it could be an id, a person, "
            f"a day or an amount; row {head.header_row} was taken for the header: "
            f"{_few(head.headers)}",
            head.headers,
        )
    table = table or _table(columns)
    source = called or _source(path)
    try:
        draft = _Drafting(sheet, columns, table, source).draft()
    except Undecided as undecided:
        raise Undecided(f"{path}, {undecided}") from None
    return Proposal(head, table, columns, draft, source)


def _source(path: Path) -> str:
    """What the rows' source is called: after the file."""
    return re.sub(r"\W+", "_", path.stem, flags=re.ASCII).strip("_") or "draft"


def _table(columns: Mapping[str, Sample]) -> str:
    """The table that a file with these columns seems to hold rows of."""
    amount = columns.get("amount")
    if amount is not None and is_spend(amount) and "person" not in columns:
        return "spend"
    if "stage" in columns or (amount is not None and not is_spend(amount)):
        return "outcomes"
    if "channel" in columns and ("person" in columns or "id" in columns):
        return "touches"
    return "people" if {"person", "id", "email"} & set(columns) else "touches"


@dataclass
class _Drafting:
    """The recipe under way: fields ask for parameters as they find nothing to read."""

    sheet: Sheet
    columns: Mapping[str, Sample]
    table: str
    source: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def draft(self) -> Draft:
        """The recipe's parts."""
        fields = getattr(self, f"_{self.table}")()
        for role in ("account", "region", "campaign", "seller", "clicks", "impressions"):
            name = "account_id" if role == "account" else role
            if role in self.columns and name in _allowed(self.table):
                fields[name] = self._column(role)
        numbers = [self._header(role) for role in ("amount", "clicks", "impressions")]
        asked = [header for header in numbers if header is not None]
        spec = self.sheet.numbered(*asked) if asked else self.sheet.spec
        is_summed = self.table == "spend" and "id" not in self.columns
        rows = RowSet(table=self.table, file="export", fields=fields, keep=self._keep())
        rows = spend(fields, about="") if is_summed else rows
        about = f"A draft from the columns of {self.sheet.path.name}: look at every line of it."
        sets = (rows, *self._reached(rows))
        return Draft(sets, spec, about, self.parameters, notes=tuple(self.notes))

    def _reached(self, people: RowSet) -> Sequence[RowSet]:
        """How these people are reached, where the file says it."""
        found = {role: self.columns[role].header for role in CONTACT if role in self.columns}
        if self.table != "people" or not found:
            return ()
        if "seller" in self.columns:
            found["owner"] = self.columns["seller"].header
        about = "how they are reached"
        return (contacts(people, found, account_name="account_name", about=about),)

    def _people(self) -> dict[str, Field]:
        person = next((one for one in ("person", "id", "email") if one in self.columns), None)
        case: Literal["lower"] | None = "lower" if person == "email" else None
        is_read = person is not None
        return {
            "person_id": Field(column=self.columns[str(person)].header, case=case)
            if is_read
            else self._person(),
            "since": self._dated() or self._asked("since", SINCE),
        }

    def _touches(self) -> dict[str, Field]:
        return {
            "touch_id": self._key("person", "at", "channel", "campaign"),
            "person_id": self._person(),
            "at": self._dated() or self._asked("at", SINCE),
            "path": self._asked("path", _PATH),
            "channel": self._channel(),
            **self._money("cost"),
        }

    def _outcomes(self) -> dict[str, Field]:
        return {
            "outcome_id": self._key("person", "at", "amount"),
            "person_id": self._person(),
            "at": self._dated() or self._asked("at", SINCE),
            "kind": self._asked("kind", _KIND),
            **self._money("value"),
        }

    def _spend(self) -> dict[str, Field]:
        return {
            "spend_id": self._day_of_spend(),
            "day": self._dated() or self._asked("day", SINCE),
            "channel": self._channel(),
            "path": self._asked("path", _PATH),
            **self._money("amount"),
        }

    def _keep(self) -> tuple[Condition, ...]:
        if self.table != "outcomes" or "stage" not in self.columns:
            return ()
        won, how = won_stage(self.sheet, self.columns["stage"].header)
        self.notes.append(f"{how}; other rows are left out")
        return (won,)

    def _money(self, name: str) -> dict[str, Field]:
        """The amount and its currency; nothing if no column is an amount."""
        wants_spend = name != "value"
        if "amount" not in self.columns or wants_spend != is_spend(self.columns["amount"]):
            return {}
        header = self.columns["amount"].header
        others = [
            one.header
            for one in list(self.sheet.samples.values())[:_SHOWN_COLUMNS]
            if one.is_numeric and one not in self.columns.values()
        ]
        if others:
            self.notes.append(
                f"the money is read from {header!r}; other numbers are {_few(others)}"
            )
        stated = currency_of(header)[1]
        if "currency" in self.columns:
            currency = self._column("currency")
        elif stated is not None:
            currency = Field(constant=stated)
        else:
            currency = self._asked("currency", CURRENCY)
        return {name: Field(column=header), "currency": currency}

    def _key(self, *roles: str) -> Field:
        source = self.source
        if "id" in self.columns:
            return Field(template=f"{source}:{{{self.columns['id'].header}}}")
        chosen = [role for role in roles if role in self.columns and self._may_be_named(role)]
        known = [self.columns[role] for role in chosen]
        names = [one.header for one in known]
        rows = list(zip(*(one.cells for one in known), strict=True))
        if not names or len(set(rows)) < len(rows):
            self.notes.append(
                "nothing tells one row from another but its row number: the same rows in another "
                "file would count again"
            )
            return Field(template=f"{source}:{{row.number}}")
        self.notes.append(f"no column is an id; {_few(names)} tell one row from another")
        parts = ["{field.at}" if r == "at" else f"{{{self.columns[r].header}}}" for r in chosen]
        return Field(template=":".join((source, *parts)))

    def _day_of_spend(self) -> Field:
        """What tells spend apart: a day, a channel, and what the file says besides."""
        source = self.source
        if "id" in self.columns:
            return Field(template=f"{source}:{{{self.columns['id'].header}}}")
        besides = [role for role in ("campaign", "region") if role in self.columns]
        headers = [self.columns[role].header for role in besides if self._may_be_named(role)]
        self.notes.append(
            f"rows of the same {', '.join(['day and channel', *headers])} are added up"
        )
        parts = ["{field.day}", "{field.channel}", *(f"{{{header}}}" for header in headers)]
        return Field(template=":".join((source, *parts)))

    def _may_be_named(self, role: str) -> bool:
        """Say whether a template can name the column: braces are what it names columns with."""
        return not set("{}") & set(self.columns[role].header)

    def _person(self) -> Field:
        if "person" in self.columns:
            return self._column("person")
        if "account" in self.columns:
            self.notes.append("no column is a person: the account stands for one, `account:NAME`")
            return Field(template=f"account:{{{self.columns['account'].header}}}")
        about = "who it is: put { column = … } in place of this parameter; the file has "
        return self._asked("person_id", Parameter(about + _few(list(self.sheet.samples)), "text"))

    def _channel(self) -> Field:
        if "channel" in self.columns:
            return self._column("channel")
        return self._asked("channel", Parameter(_CHANNEL.about, "text"))

    def _dated(self) -> Field | None:
        if "at" not in self.columns:
            return None
        header = self.columns["at"].header
        if self.table == "spend":
            return day_of(self.sheet, header)
        return Field(column=header, format=self.sheet.dated(header))

    def _asked(self, name: str, parameter: Parameter) -> Field:
        self.parameters[name] = parameter
        return Field(parameter=name)

    def _column(self, role: str) -> Field:
        return Field(column=self.columns[role].header)

    def _header(self, role: str) -> str | None:
        return self.columns[role].header if role in self.columns else None


def _allowed(table: str) -> Sequence[str]:
    return list(TABLES[table].columns)


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name if len(name) <= 60 else name[:60] + "…") for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")
