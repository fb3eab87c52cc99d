"""Files as HubSpot, Salesforce, Google Ads and Meta Ads write them, with invented rows."""

# ruff: noqa: RUF005 - a wide row of cells reads best as several short lists

import csv
import io
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

FIRST = date(2026, 3, 1)
STAGES = ("Appointment Scheduled", "Proposal", "Closed Won", "Closed Lost")


def write_csv(path: Path, rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> Path:
    """Write rows as a spreadsheet program would: quotes where needed, CRLF."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    path.write_bytes(out.getvalue().encode())
    return path


def hubspot_contacts(path: Path, *, many: int = 40) -> Path:
    """Contacts; some belong to two companies, some to none; names with commas and accents."""
    rng = random.Random(1)
    rows: list[Sequence[object]] = [
        ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Job Title"]
        + ["Company Name", "Lifecycle Stage", "Lead Status", "Contact owner", "Country/Region"]
        + ["Create Date", "Last Activity Date", "Associated Company", "Associated Company IDs"]
    ]
    for i in range(many):
        made = datetime(2026, 1, 5, 8, 30) + timedelta(hours=7 * i)  # noqa: DTZ001 - as exported
        companies = ["", "9001", "9001;9002", "9003"][i % 4]
        rows.append(
            [1000 + i, "Ana", f"Müller, {i}", f"ana{i}@example.org", "", "Buyer", "Acme; Söhne"]
            + [
                "lead",
                rng.choice(["NEW", "OPEN", ""]),
                "Ada Owner",
                ["Germany", "France", ""][i % 3],
            ]
            + [f"{made:%Y-%m-%d %H:%M}", "", "Acme", companies]
        )
    return write_csv(path, rows)


def hubspot_companies(path: Path) -> Path:
    """Three companies."""
    return write_csv(
        path,
        [
            ["Record ID", "Company name", "Company Domain Name", "Website URL", "Industry"]
            + ["Company owner", "Country/Region", "Create Date"],
            [9001, "Acme", "acme.test", "https://acme.test", "RETAIL", "Ada", "Germany"]
            + ["2025-11-03 10:15"],
            [9002, "Birch", "birch.test", "", "", "Ben", "France", "2025-11-04 09:00"],
            [9003, "Cedar", "", "", "", "", "", "2025-11-05 17:45"],
        ],
    )


def hubspot_deals(path: Path, *, many: int = 60, currency: str | None = None) -> Path:
    """Deals in four stages; every third names two contacts, some name none."""
    rng = random.Random(2)
    header = ["Record ID", "Deal Name", "Pipeline", "Deal Stage", "Amount", "Close Date"]
    header += ["Deal owner", "Create Date", "Associated Company IDs", "Associated Contact IDs"]
    rows: list[list[object]] = [header + (["Currency"] if currency else [])]
    for i in range(many):
        made = datetime(2026, 1, 9, 9, 0) + timedelta(hours=11 * i)  # noqa: DTZ001 - as exported
        people = [f"{1000 + i % 40}", f"{1001 + i % 39};{1000 + i % 40}", ""][i % 3]
        amount = "" if i % 17 == 16 else f"{rng.randrange(10_000, 900_000) / 100:.2f}"
        row: list[object] = [5000 + i, f"Deal {i}", "Sales Pipeline", STAGES[i % 4], amount]
        row += [f"{made + timedelta(days=30):%Y-%m-%d %H:%M}", "Ada Owner"]
        row += [f"{made:%Y-%m-%d %H:%M}", ["9001", "9001;9002", "9003", "9002"][i % 4], people]
        rows.append(row + ([currency] if currency else []))
    return write_csv(path, rows)


def _id(prefix: str, number: int) -> str:
    return f"{prefix}5g00000{number:05d}AAA"


def salesforce_contacts(path: Path, *, many: int = 30) -> Path:
    """Contacts by API names; every tenth is deleted."""
    rows: list[Sequence[object]] = [
        ["Id", "AccountId", "FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title"]
        + ["LeadSource", "OwnerId", "CreatedDate", "IsDeleted", "MailingCountry"]
    ]
    for i in range(many):
        rows.append(
            [_id("003", i), _id("001", i % 7), "Ben", f"O'Neil {i}", f"ben{i}@example.org"]
            + ["", "", "CFO", "Web", _id("005", 1), f"2026-02-{1 + i % 28:02d}T09:26:53.000Z"]
            + ["true" if i % 10 == 9 else "false", ["Spain", ""][i % 2]]
        )
    return write_csv(path, rows)


def salesforce_contact_report(path: Path) -> Path:
    """A report of contacts: labels, American dates, and the lines Salesforce puts below."""
    rows: list[Sequence[object]] = [
        ["First Name", "Last Name", "Title", "Account Name", "Mailing Country", "Email"]
        + ["Contact ID", "Created Date", "Lead Source"]
    ]
    for i in range(12):
        rows.append(
            ["Cyd", f"Ray {i}", "CTO", "Birch, Inc.", "United States", f"cyd{i}@example.org"]
            + [_id("003", 500 + i)[:15], f"{1 + i % 9}/{14 + i}/2026", "Partner"]
        )
    rows += [[], ["Grand Totals (12 records)"], []]
    rows += [["Confidential Information - Do Not Distribute"]]
    rows += [["Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."]]
    return write_csv(path, rows)


def salesforce_accounts(path: Path, *, created: bool = True) -> Path:
    """Seven accounts by API names."""
    header = ["Id", "Name", "Type", "ParentId", "Website", "Phone", "Industry", "AnnualRevenue"]
    header += ["NumberOfEmployees", "BillingCity", "BillingCountry", "OwnerId"]
    rows: list[Sequence[object]] = [header + (["CreatedDate"] if created else [])]
    for i in range(7):
        row = [_id("001", i), f"Account {i}", "Customer", "", "", "", "Energy", "12000000.0", "50"]
        row += ["Oslo", ["Norway", "Spain"][i % 2], _id("005", 1)]
        rows.append(row + ([f"2025-12-{1 + i:02d}T08:00:00.000+0000"] if created else []))
    return write_csv(path, rows)


def salesforce_opportunities(path: Path, *, many: int = 50) -> Path:
    """Opportunities by API names: won, lost and open."""
    rng = random.Random(3)
    rows: list[Sequence[object]] = [
        ["Id", "AccountId", "Name", "StageName", "Amount", "Probability", "CloseDate"]
        + ["LeadSource", "CampaignId", "IsClosed", "IsWon", "OwnerId", "CreatedDate", "ContactId"]
    ]
    for i in range(many):
        won, closed = i % 3 == 0, i % 3 != 2
        stage = "Closed Won" if won else "Closed Lost" if closed else "Negotiation/Review"
        rows.append(
            [_id("006", i), _id("001", i % 7), f"Opp {i}", stage]
            + [
                f"{rng.randrange(100, 90_000)}.0",
                "100" if won else "0",
                f"2026-04-{1 + i % 30:02d}",
            ]
            + ["Web", "", str(closed).lower(), str(won).lower(), _id("005", i % 3)]
            + [f"2026-02-{1 + i % 28:02d}T12:00:00.000Z", _id("003", i) if i % 2 else ""]
        )
    return write_csv(path, rows)


def salesforce_opportunity_report(path: Path) -> Path:
    """A report of opportunities: labels, no ids, amounts with a sign and thousands."""
    rows: list[Sequence[object]] = [
        ["Opportunity Owner", "Account Name", "Opportunity Name", "Stage", "Fiscal Period"]
        + ["Amount", "Probability (%)", "Close Date", "Created Date"]
    ]
    for i in range(10):
        rows.append(
            ["Ada Owner", f"Account {i % 4}", f"Renewal {i}", ["Closed Won", "Prospecting"][i % 2]]
            + [
                "Q2-2026",
                f"{1234.5 + i * 1000:,.2f}",
                "90%",
                f"4/{13 + i}/2026",
                f"2/{14 + i}/2026",
            ]
        )
    return write_csv(path, rows)


def salesforce_tasks(path: Path, *, many: int = 45) -> Path:
    """Calls and other tasks by API names; some about nobody, some not yet done."""
    rng = random.Random(4)
    rows: list[Sequence[object]] = [
        ["Id", "WhoId", "WhatId", "Subject", "ActivityDate", "Status", "Description"]
        + ["CallDurationInSeconds"]
    ]
    for i in range(many):
        rows.append(
            [_id("00T", i), "" if i % 9 == 8 else _id("003", i % 30), _id("006", i % 50)]
            + [["Call", "Email: hello", "Call back, please"][i % 3], f"2026-03-{1 + i % 31:02d}"]
            + ["Not Started" if i % 5 == 4 else "Completed", 'said "maybe"\nlater']
            + ["" if i % 3 == 1 else rng.randrange(20, 2400)]
        )
    return write_csv(path, rows)


@dataclass(frozen=True)
class Language:
    """How Google Ads writes in one language."""

    title: str
    dates: str
    header: tuple[str, ...]
    total: str
    decimal: str
    thousands: str


LANGUAGES = {
    "en": Language(
        "Campaign report",
        "March 1, 2026 - March 14, 2026",
        ("Day", "Campaign", "Campaign ID", "Currency code", "Cost", "Impr.", "Clicks")
        + ("Conversions", "Conv. value"),
        "Total: Account",
        ".",
        ",",
    ),
    "de": Language(
        "Kampagnenbericht",
        "1. März 2026 - 14. März 2026",
        ("Tag", "Kampagne", "Kampagnen-ID", "Währungscode", "Kosten", "Impr.", "Klicks")
        + ("Conversions", "Conv.-Wert"),
        "Gesamt: Konto",
        ",",
        ".",
    ),
    "fr": Language(
        "Rapport sur les campagnes",
        "1 mars 2026 - 14 mars 2026",
        ("Jour", "Campagne", "ID de la campagne", "Code de la devise", "Coût", "Impr.", "Clics")
        + ("Conversions", "Valeur de conv."),
        "Total : compte",
        ",",
        "\u202f",
    ),
    "es": Language(
        "Informe de campañas",
        "1 de marzo de 2026 - 14 de marzo de 2026",
        ("Día", "Campaña", "ID de campaña", "Código de moneda", "Coste", "Impr.", "Clics")
        + ("Conversiones", "Valor de conv."),
        "Total: Cuenta",
        ",",
        ".",
    ),
    "pt": Language(
        "Relatório de campanha",
        "1 de março de 2026 - 14 de março de 2026",
        ("Dia", "Campanha", "Código da campanha", "Código da moeda", "Custo", "Impr.", "Cliques")
        + ("Conversões", "Valor de conv."),
        "Total: conta",
        ",",
        ".",
    ),
}


def in_form(value: Decimal | int, language: Language) -> str:
    """A number as people of the language write it."""
    text = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
    marks = {",": language.thousands, ".": language.decimal}
    return "".join(marks.get(c, c) for c in text)


@dataclass(frozen=True)
class Spent:
    """One true line of an ad account."""

    day: date
    campaign: str
    campaign_id: int
    cost: Decimal
    impressions: int
    clicks: int


def spending(*, seed: int = 5) -> list[Spent]:
    """Fourteen days of three campaigns: the truth that the ad files below write down."""
    rng = random.Random(seed)
    campaigns = [("Brand | Search", 11111111111), ("Ünder 30, new", 222), ("Retarget; all", 333)]
    return [
        Spent(
            FIRST + timedelta(days=day),
            name,
            number,
            Decimal(rng.randrange(0, 300_000)) / 100,
            rng.randrange(1000, 2_000_000),
            rng.randrange(0, 5000),
        )
        for day in range(14)
        for name, number in campaigns
    ]


def google_rows(
    spent: Sequence[Spent], language: Language, *, day: Callable[[date], str] = date.isoformat
) -> list[list[str]]:
    """The table of a Google Ads report with its three lines of sums."""
    rows = [list(language.header)]
    for line in spent:
        rows.append(
            [day(line.day), line.campaign, str(line.campaign_id), "EUR"]
            + [in_form(line.cost, language), in_form(line.impressions, language)]
            + ["--" if line.clicks % 7 == 0 else in_form(line.clicks, language)]
            + ["--", in_form(Decimal("0.00"), language)]
        )
    total = sum((line.cost for line in spent), Decimal(0))
    sums = ["--", "--", "EUR", in_form(total, language), "1", "1", "--", "--"]
    words = language.total.split(":", 1)[0]
    return rows + [[label, *sums] for label in (language.total, f"{words}: 1", f"{words}: 2")]


def google_ads(path: Path, language: str = "en", *, form: str = "csv") -> list[Spent]:
    """A Google Ads report as `csv`, as `excel` (UTF-16, tabs) or re-saved with semicolons."""
    words = LANGUAGES[language]
    spent = spending()
    delimiter = {"csv": ",", "excel": "\t", "resaved": ";"}[form]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(google_rows(spent, words))
    text = f'{words.title}\r\n"{words.dates}"\r\n{out.getvalue()}'
    encoding = {"csv": "utf-8", "excel": "utf-16", "resaved": "utf-8-sig"}[form]
    path.write_bytes(text.encode(encoding))
    return spent


def meta_ads(
    path: Path,
    *,
    spent: Sequence[Spent] | None = None,
    with_day: bool = False,
    ads: bool = True,
    range_days: int = 1,
) -> list[Spent]:
    """A Meta Ads report, by ad within a campaign, its row of sums first and without a campaign."""
    lines = list(spending(seed=6) if spent is None else spent)
    header = ["Day"] if with_day else []
    header += ["Reporting starts", "Reporting ends", "Campaign name", "Ad set name", "Ad name"]
    header += ["Reach", "Impressions", "Link clicks", "Results", "Amount spent (USD)"]
    last = max(line.day for line in lines)
    total = sum(line.cost for line in lines)
    sums: list[object] = [FIRST, last, "", "", "", "", sum(x.impressions for x in lines), "", ""]
    rows: list[Sequence[object]] = [header, [""] * with_day + sums + [total]]
    for line in lines:
        for share in (0, 1) if ads else (0,):
            half = line.cost / 2
            cost = line.cost if not ads else half.quantize(Decimal("0.01")) if share else None
            cost = line.cost - half.quantize(Decimal("0.01")) if cost is None else cost
            ends = line.day + timedelta(days=range_days - 1)
            rows.append(
                ([line.day] if with_day else [])
                + [line.day, ends, line.campaign, "Set", f"Ad {share}", 10]
                + [line.impressions if share == 0 else 0, line.clicks if share == 0 else ""]
                + ["", cost]
            )
    write_csv(path, rows)
    return lines
