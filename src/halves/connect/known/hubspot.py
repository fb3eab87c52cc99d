"""What HubSpot writes: one row a record, ids of associated records joined by `;`."""

from halves.connect.headers import Field as Known
from halves.connect.headers import Match
from halves.connect.known.deals import (
    FIRST_CONTACT,
    STAND_IN,
    buyer,
    currency_field,
    first_of,
    opened,
    won_stage,
)
from halves.connect.known.export import (
    Draft,
    Export,
    Sheet,
    column,
    companies,
    contacts,
    given,
    yes_values,
)
from halves.connect.recipe import Condition, Field, RowSet

IN_ACCOUNT_TIME = "HubSpot writes times in the account's time zone: the recipe reads them in yours"

_COMPANY_IDS = (
    "Associated Company IDs (Primary)",
    "Primary Associated Company ID",
    "Associated Company IDs",
)

CONTACT = (
    Known("id", ("Record ID", "Record ID - Contact", "Contact ID"), needed=True),
    Known("first_name", ("First Name",)),
    Known("last_name", ("Last Name",)),
    Known("email", ("Email",)),
    Known("phone", ("Phone Number",)),
    Known("title", ("Job Title",)),
    Known("company", ("Company Name",)),
    Known("lifecycle", ("Lifecycle Stage",), tells=True),
    Known("lead_status", ("Lead Status",), tells=True),
    Known("owner", ("Contact owner",), tells=True),
    Known("region", ("Country/Region", "Country")),
    Known("since", ("Create Date",), needed=True),
    Known("last_activity", ("Last Activity Date",)),
    Known("associated", ("Associated Company", "Associated Company (Primary)"), tells=True),
    Known("account", _COMPANY_IDS, tells=True),
)

COMPANY = (
    Known("id", ("Record ID", "Record ID - Company", "Company ID"), needed=True),
    Known("name", ("Company name", "Name"), needed=True),
    Known("domain", ("Company Domain Name",), tells=True),
    Known("website", ("Website URL",)),
    Known("industry", ("Industry",)),
    Known("owner", ("Company owner",), tells=True),
    Known("region", ("Country/Region", "Country")),
    Known("since", ("Create Date",), needed=True),
)

DEAL = (
    Known("id", ("Record ID", "Record ID - Deal", "Deal ID"), needed=True),
    Known("name", ("Deal Name",), needed=True, tells=True),
    Known("pipeline", ("Pipeline",)),
    Known("stage", ("Deal Stage",), needed=True, tells=True),
    Known("amount", ("Amount",), needed=True),
    Known("closed", ("Close Date",), needed=True),
    Known("owner", ("Deal owner",), tells=True),
    Known("created", ("Create Date",)),
    Known("account", _COMPANY_IDS),
    Known("person", ("Associated Contact IDs",)),
    Known("won", ("Is Closed Won", "Is closed won"), usual=False),
    Known("currency", ("Currency", "Deal Currency Code"), usual=False),
)


def _contacts(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    rows = RowSet(
        table="people",
        file="export",
        about="a contact",
        fields=given(
            person_id=Field(column=found["id"]),
            account_id=first_of(found, "account"),
            region=column(found, "region"),
            since=Field(column=found["since"], format=sheet.dated(found["since"])),
        ),
    )
    reached = contacts(rows, found, account_name="company", about="how a contact is reached")
    return Draft(
        rows=(rows, reached),
        spec=sheet.spec,
        about="HubSpot contacts. A contact of several companies belongs to the first of them.",
        notes=(IN_ACCOUNT_TIME,),
    )


def _companies(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    rows = RowSet(
        table="people",
        file="export",
        about="a company, as the one who buys where a deal names no contact",
        fields=given(
            person_id=Field(template=f"account:{{{found['id']}}}"),
            account_id=Field(column=found["id"]),
            region=column(found, "region"),
            since=Field(column=found["since"], format=sheet.dated(found["since"])),
        ),
    )
    return Draft(
        rows=(rows, companies(rows, found, about="a company")),
        spec=sheet.spec,
        about="HubSpot companies, each as the person `account:ID`, which stands for it in deals "
        "that name no contact.",
        notes=(STAND_IN, IN_ACCOUNT_TIME),
    )


def _deals(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    won, how = _won(sheet, match)
    currency, parameters = currency_field(found)
    shared = given(
        person_id=buyer(found),
        account_id=first_of(found, "account"),
        deal_id=Field(column=found["id"]),
    )
    closed = RowSet(
        table="outcomes",
        file="export",
        about="a deal that was won",
        keep=(won,),
        fields=shared
        | given(
            outcome_id=Field(template=f"hubspot:deal:{{{found['id']}}}:closed"),
            at=Field(column=found["closed"], format=sheet.dated(found["closed"])),
            kind=Field(constant="deal_closed"),
            value=Field(column=found["amount"]),
            currency=currency,
        ),
    )
    rows = [closed]
    if "created" in found:
        rows.append(opened(sheet, found, shared, f"hubspot:deal:{{{found['id']}}}:opened"))
    return Draft(
        rows=tuple(rows),
        spec=sheet.numbered(found["amount"], like="."),
        about="HubSpot deals: a door opened when one was created, a deal closed when it was won.",
        parameters=parameters,
        notes=(how, FIRST_CONTACT, STAND_IN, IN_ACCOUNT_TIME),
    )


def _won(sheet: Sheet, match: Match) -> tuple[Condition, str]:
    found = match.found
    if "won" in found:
        yes = yes_values(sheet, found["won"])
        return Condition(column=found["won"], one_of=yes), f"won: {found['won']} says {yes[0]!r}"
    return won_stage(sheet, found["stage"])


EXPORTS = (
    Export("hubspot", "contacts", "HubSpot contacts", CONTACT, _contacts),
    Export("hubspot", "companies", "HubSpot companies", COMPANY, _companies),
    Export("hubspot", "deals", "HubSpot deals", DEAL, _deals),
)
