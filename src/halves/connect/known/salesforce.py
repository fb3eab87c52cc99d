"""What Salesforce writes: API names from an export or the API, labels from a report."""

from collections.abc import Mapping
from dataclasses import replace

from halves.connect.headers import Field as Known
from halves.connect.headers import Match, plain
from halves.connect.known.deals import STAND_IN, buyer, currency_field, opened, won_stage
from halves.connect.known.export import (
    SINCE,
    Draft,
    Export,
    Sheet,
    Undecided,
    column,
    companies,
    contacts,
    given,
    yes_values,
)
from halves.connect.recipe import Condition, Field, FileSpec, Parameter, RowSet
from halves.ledger import Channel
from halves.ledger.settings import Settings

_DELETED = Known("deleted", ("IsDeleted", "Deleted"), usual=False)

CONTACT = (
    Known("id", ("Id", "Contact ID")),
    Known("account", ("AccountId", "Account ID"), tells=True),
    Known("account_name", ("Account Name",), usual=False),
    Known("contact_id", ("Contact ID",), tells=True, usual=False),
    Known("first_name", ("FirstName", "First Name")),
    Known("last_name", ("LastName", "Last Name"), needed=True),
    Known("email", ("Email",)),
    Known("phone", ("Phone",)),
    Known("mobile", ("MobilePhone", "Mobile", "Mobile Phone")),
    Known("title", ("Title",)),
    Known("lead_source", ("LeadSource", "Lead Source")),
    Known("owner", ("OwnerId", "Contact Owner", "Contact Owner: Full Name"), tells=True),
    Known("region", ("MailingCountry", "Mailing Country"), tells=True, usual=False),
    Known("since", ("CreatedDate", "Created Date", "Create Date")),
    _DELETED,
)

ACCOUNT = (
    Known("id", ("Id", "Account ID"), needed=True),
    Known("name", ("Name", "Account Name"), needed=True),
    Known("type", ("Type",)),
    Known("parent", ("ParentId", "Parent Account ID")),
    Known("website", ("Website",)),
    Known("phone", ("Phone",)),
    Known("industry", ("Industry",)),
    Known("revenue", ("AnnualRevenue", "Annual Revenue"), tells=True),
    Known("employees", ("NumberOfEmployees", "Employees"), tells=True),
    Known("city", ("BillingCity", "Billing City"), tells=True),
    Known("region", ("BillingCountry", "Billing Country"), tells=True),
    Known("owner", ("OwnerId", "Account Owner")),
    Known("since", ("CreatedDate", "Created Date"), usual=False),
    _DELETED,
)

OPPORTUNITY = (
    Known("id", ("Id", "Opportunity ID")),
    Known("account", ("AccountId", "Account ID")),
    Known("account_name", ("Account Name",), usual=False),
    Known("name", ("Name", "Opportunity Name"), needed=True),
    Known("stage", ("StageName", "Stage"), needed=True, tells=True),
    Known("amount", ("Amount",), needed=True),
    Known("probability", ("Probability", "Probability (%)"), tells=True),
    Known("closed", ("CloseDate", "Close Date"), needed=True),
    Known("lead_source", ("LeadSource", "Lead Source")),
    Known("campaign", ("CampaignId", "Primary Campaign Source"), tells=True),
    Known("is_closed", ("IsClosed", "Closed")),
    Known("won", ("IsWon", "Won"), tells=True),
    Known("owner", ("OwnerId", "Opportunity Owner"), tells=True),
    Known("created", ("CreatedDate", "Created Date"), usual=False),
    Known("person", ("ContactId", "Contact ID", "Primary Contact ID"), usual=False),
    Known(
        "currency",
        ("CurrencyIsoCode", "Amount Currency", "Opportunity Currency", "Currency"),
        usual=False,
    ),
    _DELETED,
)

TASK = (
    Known("id", ("Id", "Activity ID", "Task ID"), needed=True),
    Known("person", ("WhoId", "Contact ID", "Name ID"), needed=True, tells=True),
    Known("about", ("WhatId", "Related To ID"), tells=True),
    Known("subject", ("Subject",), needed=True),
    Known("day", ("ActivityDate", "Date", "Due Date"), needed=True),
    Known("status", ("Status",)),
    Known("description", ("Description", "Comments", "Full Comments")),
    Known("seconds", ("CallDurationInSeconds", "Call Duration"), tells=True),
    Known("subtype", ("TaskSubtype", "Task Subtype"), tells=True, usual=False),
    Known("owner", ("OwnerId", "Assigned", "Assigned To"), usual=False),
    Known("account", ("AccountId", "Account ID"), usual=False),
    Known("done", ("CompletedDateTime", "Completed Date/Time", "Completed Date"), usual=False),
    _DELETED,
)

# What stands below a report's rows.
FOOTERS = ("Grand Total", "Confidential Information", "Copyright (c)", "Copyright ©")
WAGE = "seller"
CALLS = Channel("call", path="one", meets="targeted")
MAILS = Channel("seller_email", path="one", meets="targeted")
TASKS = Channel("task", path="one", meets="targeted")


def _report(spec: FileSpec) -> FileSpec:
    """How a file is written that may end in the lines that a report ends in."""
    return replace(spec, footers=FOOTERS)


def _not_deleted(sheet: Sheet, found: Mapping[str, str]) -> tuple[Condition, ...]:
    if "deleted" not in found:
        return ()
    yes = yes_values(sheet, found["deleted"])
    return (Condition(column=found["deleted"], none_of=yes),)


def _since(sheet: Sheet, found: Mapping[str, str]) -> tuple[Field, dict[str, Parameter]]:
    if "since" in found:
        return Field(column=found["since"], format=sheet.dated(found["since"])), {}
    return Field(parameter="since"), {"since": SINCE}


def _contacts(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    if "id" not in found and "email" not in found:
        raise Undecided("no column says who it is; add Contact ID or Email to the report")
    since, parameters = _since(sheet, found)
    rows = RowSet(
        table="people",
        file="export",
        about="a contact",
        keep=_not_deleted(sheet, found),
        fields=given(
            person_id=column(found, "id") or Field(column=found.get("email"), case="lower"),
            account_id=column(found, "account") or column(found, "account_name"),
            region=column(found, "region"),
            since=since,
        ),
    )
    numbers = [one for name in ("phone", "mobile") if (one := column(found, name)) is not None]
    reached = contacts(
        rows,
        found,
        account_name="account_name",
        about="how a contact is reached",
        phone=Field(first=tuple(numbers)) if len(numbers) > 1 else next(iter(numbers), None),
    )
    return Draft(
        rows=(rows, reached),
        spec=_report(sheet.spec),
        about="Salesforce contacts; the deleted are left out.",
        parameters=parameters,
        notes=_id_notes(sheet, found),
    )


def _accounts(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    since, parameters = _since(sheet, found)
    rows = RowSet(
        table="people",
        file="export",
        about="an account, as the one who buys where an opportunity names no contact",
        keep=_not_deleted(sheet, found),
        fields=given(
            person_id=Field(template=f"account:{{{found['id']}}}"),
            account_id=Field(column=found["id"]),
            region=column(found, "region"),
            since=since,
        ),
    )
    return Draft(
        rows=(rows, companies(rows, found, about="an account")),
        spec=_report(sheet.spec),
        about="Salesforce accounts, each as the person `account:ID`, which stands for it in "
        "opportunities that name no contact.",
        parameters=parameters,
        notes=(STAND_IN, *_id_notes(sheet, found)),
    )


def _opportunities(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    key, key_note = _key(found)
    won, how = _won(sheet, found)
    currency, parameters = currency_field(found)
    shared = given(
        person_id=buyer(found),
        account_id=column(found, "account") or column(found, "account_name"),
        deal_id=column(found, "id") or Field(template=key),
    )
    alive = _not_deleted(sheet, found)
    closed = RowSet(
        table="outcomes",
        file="export",
        about="an opportunity that was won",
        keep=(won, *alive),
        fields=shared
        | given(
            outcome_id=Field(template=f"salesforce:opportunity:{key}:closed"),
            at=Field(column=found["closed"], format=sheet.dated(found["closed"])),
            kind=Field(constant="deal_closed"),
            value=Field(column=found["amount"]),
            currency=currency,
        ),
    )
    rows = [closed]
    if "created" in found:
        door = opened(sheet, found, shared, f"salesforce:opportunity:{key}:opened")
        rows.append(replace(door, keep=alive))
    return Draft(
        rows=tuple(rows),
        spec=_report(sheet.numbered(found["amount"], like=".")),
        about="Salesforce opportunities: a door opened when one was created, a deal closed when it "
        "was won.",
        parameters=parameters,
        notes=(how, *key_note, STAND_IN, *_id_notes(sheet, found)),
    )


def _key(found: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """What tells an opportunity from others: its id, or in a report without ids its names."""
    if "id" in found:
        return f"{{{found['id']}}}", ()
    names = [found[name] for name in ("account_name", "account", "name") if name in found]
    note = (
        f"the report has no Opportunity ID, so that {' and '.join(names)} tell one opportunity "
        "from another: two of the same names count once"
    )
    return ":".join(f"{{{name}}}" for name in names), (note,)


def _won(sheet: Sheet, found: Mapping[str, str]) -> tuple[Condition, str]:
    if "won" in found:
        yes = yes_values(sheet, found["won"])
        return Condition(column=found["won"], one_of=yes), f"won: {found['won']} is {yes[0]!r}"
    return won_stage(sheet, found["stage"])


def _tasks(sheet: Sheet, match: Match) -> Draft:
    found = match.found
    at = found.get("done", found["day"])
    keep = [Condition(column=found["person"], is_blank=False)]
    if "status" in found:
        done = tuple(s for s in sheet.values(found["status"]) if plain(s) in _DONE)
        keep.append(Condition(column=found["status"], one_of=done or ("Completed",)))
    rows = RowSet(
        table="touches",
        file="export",
        about="a task that was done, with a person",
        keep=(*keep, *_not_deleted(sheet, found)),
        fields=given(
            touch_id=Field(template=f"salesforce:task:{{{found['id']}}}"),
            person_id=Field(column=found["person"]),
            account_id=column(found, "account"),
            at=Field(column=at, format=sheet.dated(at)),
            path=Field(constant="one"),
            channel=_channel(sheet, found),
            seller=column(found, "owner"),
            cost=_cost(found),
        ),
    )
    return Draft(
        rows=(rows,),
        spec=_report(sheet.spec),
        about="Salesforce tasks that were done, as touches on the path of one to one. A call costs "
        f"its seconds at the wage of a {WAGE}.",
        settings=Settings(channels=(CALLS, MAILS, TASKS)),
        notes=(
            f"a call's cost is its seconds at the wage [wages] {WAGE} of halves.toml",
            "tasks with nobody (no WhoId) and tasks not yet done are left out",
            *_id_notes(sheet, found),
        ),
    )


def _cost(found: Mapping[str, str]) -> Field | None:
    if "seconds" not in found:
        return None
    return Field(minutes=Field(column=found["seconds"], divide=Field(constant=60)), wage=WAGE)


def _channel(sheet: Sheet, found: Mapping[str, str]) -> Field:
    """A call if it lasted; else what its type, or the words its subject begins with, say."""
    lasted = (
        (Field(column=found["seconds"], map={"0": CALLS.name}, other=CALLS.name),)
        if "seconds" in found
        else ()
    )
    header = found.get("subtype", found["subject"])
    names: dict[str, str] = {}
    for said in sheet.values(header):
        words = plain(said)
        if words.startswith(("call", "phone", "anruf", "llamada", "appel")):
            names[said] = CALLS.name
        elif words.startswith(("email", "e-mail", "mail", "correo", "courriel")):
            names[said] = MAILS.name
    if not 0 < len(names) <= _MANY_SUBJECTS:
        return Field(first=(*lasted, Field(constant=TASKS.name)))
    typed = Field(column=header, map=names, others="blank")
    return Field(first=(*lasted, typed, Field(constant=TASKS.name)))


def _id_notes(sheet: Sheet, found: Mapping[str, str]) -> tuple[str, ...]:
    lengths = {len(v.strip()) for v in sheet.values(found["id"])} if "id" in found else set()
    if 15 in lengths:
        return (
            "ids of 15 characters: a report writes them so, an export with 18; "
            "the same record in both forms counts as two",
        )
    return ()


_DONE = ("completed", "complete", "closed", "done", "abgeschlossen", "termine", "completada")
_MANY_SUBJECTS = 200

EXPORTS = (
    Export("salesforce", "contacts", "Salesforce Contact", CONTACT, _contacts),
    Export("salesforce", "accounts", "Salesforce Account", ACCOUNT, _accounts),
    Export("salesforce", "opportunities", "Salesforce Opportunity", OPPORTUNITY, _opportunities),
    Export("salesforce", "tasks", "Salesforce Task", TASK, _tasks),
)
