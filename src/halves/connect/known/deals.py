"""What deals of any CRM have in common: who buys, when the door opened, what was won."""

import re
from collections.abc import Mapping

from halves.connect.known.export import CURRENCY, Sheet, Undecided, column, given
from halves.connect.recipe import Condition, Field, Parameter, RowSet

# "Closed Won", "closedwon", "Closed won (Sales Pipeline)", "Gewonnen", "Ganado", "Gagné", "Ganho".
_WON = re.compile(
    r"^[\W\d]*((closed|deal)?[\s_/-]*won|gewonnen|abgeschlossen und gewonnen|fermé gagné|gagné"
    r"|(cierre|cerrado|cerrada)?\s*ganad[oa]|(fechado )?ganh[oa])\b(?!['’]t|.*lost)",
    re.IGNORECASE,
)

STAND_IN = "a deal that names no contact is bought by its company: the person `account:ID`"
FIRST_CONTACT = "a deal of several contacts is bought by the first of them"


def first_of(found: Mapping[str, str], name: str) -> Field | None:
    """The first of several ids in a cell, joined by `;`."""
    return Field(column=found[name], split=";") if name in found else None


def buyer(found: Mapping[str, str]) -> Field:
    """Who buys: the first contact, else the company as `account:ID`.

    Raises:
        Undecided: the file names neither.
    """
    person = first_of(found, "person")
    company = None
    if "account" in found:
        company = Field(template=f"account:{{{found['account']}}}", split=";")
    elif "account_name" in found:
        company = Field(template=f"account:{{{found['account_name']}}}")
    either = tuple(one for one in (person, company) if one is not None)
    if not either:
        raise Undecided(
            "no column says who bought; export it with the contacts' or the companies' ids"
        )
    return either[0] if len(either) == 1 else Field(first=either)


def currency_field(found: Mapping[str, str]) -> tuple[Field, dict[str, Parameter]]:
    """The currency of the amounts: a column, or what the user says."""
    stated = column(found, "currency")
    if stated is not None:
        return stated, {}
    return Field(parameter="currency"), {"currency": CURRENCY}


def opened(
    sheet: Sheet, found: Mapping[str, str], shared: Mapping[str, Field], outcome_id: str
) -> RowSet:
    """A door opened when the deal was created."""
    return RowSet(
        table="outcomes",
        file="export",
        about="the door that a deal opened",
        fields=dict(shared)
        | given(
            outcome_id=Field(template=outcome_id),
            at=Field(column=found["created"], format=sheet.dated(found["created"])),
            kind=Field(constant="door_opened"),
        ),
    )


def won_stage(sheet: Sheet, header: str) -> tuple[Condition, str]:
    """What must hold of the stage for a deal to be won, and how to say so to the user.

    Raises:
        Undecided: no stage is called won.
    """
    stages = sheet.values(header)
    if sheet.told.won is not None:
        return Condition(
            column=header, one_of=(sheet.told.won,)
        ), f"won: {header} is {sheet.told.won!r}"
    won = tuple(stage for stage in stages if _WON.match(stage))
    if not won and stages:
        seen = ", ".join(repr(stage) for stage in sorted(stages)[:12])
        raise Undecided(
            f"{header}: no stage is called won; the stages are {seen}; "
            "say which of them is with --won STAGE"
        )
    won = won or ("Closed Won",)
    return Condition(column=header, one_of=won), f"won: {header} is {' or '.join(map(repr, won))}"
