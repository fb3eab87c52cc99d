"""A recipe's files, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from halves.connect.codec import Flag, Text, Texts, Whole
from halves.connect.errors import RecipeRefused


def check_zone(name: str | None) -> None:
    """Refuse what is no time zone; nothing said is fine."""
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        raise RecipeRefused(
            f"time_zone must be an IANA name such as Europe/Berlin, got {name!r}"
        ) from None


@dataclass(frozen=True)
class FileSpec:
    """A file, and how it is written.

    Args:
        names: patterns of its name, such as `leads*.csv`; several files may fit, one after another.
        about: what it holds.
        optional: rows that need it are left out when it is absent.
        delimiter: between cells; found out if not said.
        quote: around cells that hold a delimiter.
        encoding: Python's name of it; UTF-8, or what a byte-order mark says, if not said.
        header_row: which row names the columns; the first that has all that are needed if not said.
        columns: the columns' names, for a file without a header.
        sheet: which sheet of a workbook; the first if not said.
        decimal: the decimal mark.
        thousands: the mark between thousands; none if empty.
        nulls: cells that mean nothing, such as `--`.
        footers: rows whose first cell starts so are no data, such as `Total`.
        time_zone: of its times, where they name no offset.
    """

    names: Texts
    about: Text = ""
    optional: Flag = False
    delimiter: Text | None = None
    quote: Text = '"'
    encoding: Text | None = None
    header_row: Whole | None = None
    columns: Texts = ()
    sheet: Text | None = None
    decimal: Text = "."
    thousands: Text = ""
    nulls: Texts = ()
    footers: Texts = ()
    time_zone: Text | None = None

    def __post_init__(self) -> None:
        if not self.names:
            raise RecipeRefused("names must hold at least one pattern, got []")
        for mark in ("delimiter", "quote", "decimal"):
            value = getattr(self, mark)
            if value is not None and len(value) != 1:
                raise RecipeRefused(f"{mark} must be one character, got {value!r}")
        if len(self.thousands) > 1 or self.thousands == self.decimal:
            raise RecipeRefused(
                f"thousands must be one character other than decimal, got {self.thousands!r}"
            )
        check_zone(self.time_zone)
        if self.header_row is not None and (self.header_row < 1 or self.columns):
            raise RecipeRefused(
                f"header_row must be at least 1, and not beside columns, got {self.header_row}"
            )
