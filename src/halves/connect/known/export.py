"""An export of an outside system: how to tell it, and the recipe it calls for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from halves.connect.errors import FileRefused
from halves.connect.forms import FORMS, NumberForm, number_forms
from halves.connect.headers import Field as Known
from halves.connect.headers import Match
from halves.connect.recipe import Condition, Field, FileSpec, Parameter, Recipe, RowSet
from halves.connect.roles import Sample
from halves.ledger.settings import Settings

CURRENCY = Parameter(
    about="the ISO 4217 code of the amounts, such as EUR; the file does not say it", kind="text"
)
SINCE = Parameter(
    about="the day since when you have known them, YYYY-MM-DD; the file does not say it", kind="day"
)
YES = ("true", "1", "yes", "y", "wahr", "ja", "oui", "sí", "si", "sim", "x")


class Undecided(FileRefused):
    """Something in the file can be read in several ways, and only the user can say which."""


@dataclass(frozen=True)
class Told:
    """What the user says of a file that the file leaves open.

    Args:
        day_first: whether 03/04/2026 is the third of April.
        decimal: the decimal mark, `.` or `,`.
        won: the stage of deals that are won.
    """

    day_first: bool | None = None
    decimal: str | None = None
    won: str | None = None


@dataclass(frozen=True)
class Sheet:
    """What a draft may look at: how the file is written, its headers, and what stands below.

    Args:
        path: the file.
        spec: how it is written, as far as it was found out.
        samples: what its columns hold, by header.
        told: what the user says of it.
    """

    path: Path
    spec: FileSpec
    samples: Mapping[str, Sample]
    told: Told = Told()

    def dated(self, header: str) -> str | None:
        """The format that a column's dates are written in; None for ISO 8601.

        Raises:
            Undecided: nothing tells day from month.
        """
        forms = self.samples[header].dates.forms
        told = [str(form) for form in forms]
        if self.told.day_first is not None and len(told) > 1:
            first = "%d" if self.told.day_first else "%m"
            told = [form for form in told if form.startswith(first)] or told
        if len(told) > 1:
            seen = self.samples[header].values[0]
            raise Undecided(
                f"{header}: nothing tells whether {seen!r} begins with the day or the month; "
                "say --day-first or --month-first"
            )
        is_iso = bool(told) and told[0].startswith("%Y-%m-%d") and "%p" not in told[0]
        return None if is_iso or not told else told[0]

    def numbered(self, *headers: str | None, like: str | None = None) -> FileSpec:
        """How the file is written, with the marks of the numbers in these columns.

        Args:
            headers: columns of numbers; the first is the money, and None is skipped.
            like: the decimal mark that the file's language uses, to settle what is left open.

        Raises:
            Undecided: a mark could be of decimals or of thousands.
        """
        texts = [t for h in headers if h is not None for t in self.samples[h].values]
        nulls = set(self.spec.nulls)
        texts = [t for t in texts if t.strip() not in nulls]
        if self.told.decimal is not None:
            texts = [t for t in texts if _is_written(t, self.told.decimal)]
        possible = _possible(str(headers[0]), texts)
        wanted = self.told.decimal or (like if len(possible) > 1 else None)
        if wanted is not None:
            possible = [form for form in possible if form.decimal == wanted] or possible
        if len(possible) > 1:
            seen = next(t for t in texts if possible[0].read(t) != possible[1].read(t))
            raise Undecided(
                f"{headers[0]}: nothing tells whether the mark in {seen!r} is of decimals or of "
                "thousands; say --decimal . or --decimal ,"
            )
        form = possible[0] if possible else NumberForm(self.told.decimal or like or ".", "")
        return replace(self.spec, decimal=form.decimal, thousands=form.thousands)

    def values(self, header: str) -> tuple[str, ...]:
        """The different texts seen in a column."""
        return self.samples[header].values


def _is_written(text: str, decimal: str) -> bool:
    return any(form.read(text) is not None for form in FORMS if form.decimal == decimal)


def _possible(header: str, texts: list[str]) -> list[NumberForm]:
    """One form for each meaning left open by what can be read as a number at all."""
    readable = [text for text in texts if any(form.read(text) is not None for form in FORMS)]
    forms = [form for form in number_forms(readable).forms if isinstance(form, NumberForm)]
    if readable and not forms:
        unread = number_forms(readable).unread
        raise Undecided(
            f"{header}: no one decimal mark reads all its numbers, such as {readable[0]!r} and "
            f"{unread!r}; say --decimal . or --decimal , and the others are refused"
        )
    return forms


@dataclass(frozen=True)
class Draft:
    """A recipe that a file calls for.

    Args:
        rows: the ledger's rows that it becomes.
        spec: how the file is written.
        about: what the recipe brings in and what it assumes.
        parameters: what only the user can say.
        settings: what measuring needs to know of it.
        notes: what the user should know or check.
    """

    rows: tuple[RowSet, ...]
    spec: FileSpec
    about: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    notes: tuple[str, ...] = ()

    def recipe(self, name: str, source: str) -> Recipe:
        """The recipe, under a name; `source` is what its rows say in `source`."""
        return Recipe(
            name=name,
            source=source,
            about=self.about,
            settings=self.settings,
            parameters=self.parameters,
            files={"export": self.spec},
            rows=self.rows,
        )


@dataclass(frozen=True)
class Export:
    """One kind of file that an outside system writes.

    Args:
        system: the system's name, as its rows say in `source`.
        kind: what the file holds.
        title: both, for people.
        fields: the columns it may have.
        draft: the recipe for a file whose columns matched.
        why_not: why a file that is this export cannot be brought in, or None.
    """

    system: str
    kind: str
    title: str
    fields: tuple[Known, ...]
    draft: Callable[[Sheet, Match], Draft]
    why_not: Callable[[Sheet, Match], str | None] = lambda sheet, match: None

    @property
    def name(self) -> str:
        """The recipe's name."""
        return f"{self.system}-{self.kind}"


def day_of(sheet: Sheet, header: str) -> Field:
    """A calendar day from a column; one that names no offset is the same day in any zone."""
    return Field(column=header, format=sheet.dated(header), time_zone="UTC")


def spend(fields: Mapping[str, Field], *, about: str, keep: tuple[Condition, ...] = ()) -> RowSet:
    """Rows of spend; lines of the same day and campaign, say of two devices, are added up."""
    figures = ("amount", "impressions", "clicks")
    return RowSet(
        table="spend",
        file="export",
        about=about,
        keep=keep,
        fields=fields,
        add_up=tuple(name for name in figures if name in fields),
    )


def contacts(
    people: RowSet,
    found: Mapping[str, str],
    *,
    account_name: str,
    about: str,
    **other: Field | None,
) -> RowSet:
    """How the same people are reached, for whoever keeps it.

    Args:
        people: their rows in the ledger; id, account, region and filters are the same.
        found: the columns that matched.
        account_name: what the mapping calls the account's name.
        about: what a row is.
        other: fields that are read otherwise than from the column of their name.
    """
    shared = {name: people.fields.get(name) for name in ("person_id", "account_id", "region")}
    names = ("email", "phone", "name", "first_name", "last_name", "title", "owner")
    read = {name: column(found, name) for name in names}
    read |= {"account_name": column(found, account_name), "created": people.fields.get("since")}
    fields = given(**{**shared, **read, **other})
    return RowSet(table="contacts", file="export", about=about, keep=people.keep, fields=fields)


def companies(people: RowSet, found: Mapping[str, str], *, about: str) -> RowSet:
    """What is known of the organisations themselves; id, region and filters as of `people`."""
    shared = {name: people.fields.get(name) for name in ("account_id", "region")}
    names = ("name", "domain", "website", "industry", "owner")
    fields = given(**shared, **{name: column(found, name) for name in names})
    return RowSet(table="companies", file="export", about=about, keep=people.keep, fields=fields)


def column(found: Mapping[str, str], name: str) -> Field | None:
    """A field from the column that matched, or None if the file has none."""
    return Field(column=found[name]) if name in found else None


def given(**fields: Field | None) -> dict[str, Field]:
    """The fields that are there."""
    return {name: one for name, one in fields.items() if one is not None}


def yes_values(sheet: Sheet, header: str) -> tuple[str, ...]:
    """The ways in which a column says yes, as the file writes them."""
    seen = tuple(v for v in sheet.values(header) if v.strip().casefold() in YES)
    return seen or ("true", "1")
