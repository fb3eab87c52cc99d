"""Exports of known systems come in by the recipe that their own headers call for."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from halves.connect.errors import FileRefused, ParameterMissing
from halves.connect.guess import Recognised, recognise
from halves.connect.known.export import Told, Undecided
from halves.connect.recipe import Recipe
from halves.connect.running import Imported, run_import
from halves.ledger import Ledger
from tests.connect import known_exports as exports

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Desk:
    """A ledger, and the settings of a company in Berlin whose sellers cost 30 an hour."""

    folder: Path
    book: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.book = Ledger.create(self.folder / "ledger")
        (self.folder / "halves.toml").write_text(
            'currency = "EUR"\ntime_zone = "Europe/Berlin"\n[wages]\nseller = 30\n'
        )

    def bring(self, path: Path, recipe: Recipe | None = None, **stated: str) -> Imported:
        """Import a file by its own recipe, written down and read back."""
        recipe = recipe or known(path).recipe
        return run_import(
            self.book,
            [path],
            recipe=Recipe.parse(recipe.to_toml()),
            imports=self.folder / "imports",
            settings_file=self.folder / "halves.toml",
            at=AT,
            stated=stated,
        )

    def rows(self, table: str) -> list[dict[str, object]]:
        """All rows of a table."""
        found: pa.Table = self.book.read(table)
        return found.to_pylist()


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def known(path: Path, **told: object) -> Recognised:
    """What the file is recognised as."""
    found = recognise(path, told=Told(**told))
    assert found is not None
    return found


def naive(path: Path) -> list[dict[str, str]]:
    """The file as the csv module has it."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))


def in_utc(text: str) -> datetime:
    """A time on a Berlin wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


# HubSpot


def test_hubspot_contacts_are_people_of_their_first_company(desk, tmp_path):
    path = exports.hubspot_contacts(tmp_path / "contacts.csv")

    desk.bring(path)

    people = {row["person_id"]: row for row in desk.rows("people")}
    assert len(people) == len(naive(path))
    for row in naive(path):
        person = people[row["Record ID"]]
        assert person["account_id"] == (row["Associated Company IDs"].split(";")[0] or None)
        assert person["region"] == (row["Country/Region"] or None)
        assert person["since"] == in_utc(row["Create Date"])


def test_a_hubspot_company_stands_for_those_who_buy_unnamed(desk, tmp_path):
    path = exports.hubspot_companies(tmp_path / "companies.csv")

    desk.bring(path)

    assert {
        (row["person_id"], row["account_id"], row["region"]) for row in desk.rows("people")
    } == {
        ("account:9001", "9001", "Germany"),
        ("account:9002", "9002", "France"),
        ("account:9003", "9003", None),
    }


def test_hubspot_deals_open_doors_and_close_where_won(desk, tmp_path):
    path = exports.hubspot_deals(tmp_path / "deals.csv")

    desk.bring(path, currency="USD")

    deals = naive(path)
    won = [row for row in deals if row["Deal Stage"] == "Closed Won"]
    closed = {r["deal_id"]: r for r in desk.rows("outcomes") if r["kind"] == "deal_closed"}
    opened = {r["deal_id"]: r for r in desk.rows("outcomes") if r["kind"] == "door_opened"}
    assert set(closed) == {row["Record ID"] for row in won}
    assert set(opened) == {row["Record ID"] for row in deals}
    assert sum(r["value"] or 0 for r in closed.values()) == sum(
        Decimal(row["Amount"] or 0) for row in won
    )
    assert {r["currency"] for r in closed.values()} == {"USD"}
    for row in won:
        company = row["Associated Company IDs"].split(";")[0]
        buyer = row["Associated Contact IDs"].split(";")[0] or f"account:{company}"
        assert closed[row["Record ID"]]["person_id"] == buyer
        assert closed[row["Record ID"]]["at"] == in_utc(row["Close Date"])
        assert opened[row["Record ID"]]["at"] == in_utc(row["Create Date"])


def test_the_currency_of_deals_is_asked_for_and_never_guessed(desk, tmp_path):
    path = exports.hubspot_deals(tmp_path / "deals.csv")

    with pytest.raises(ParameterMissing, match="currency"):
        desk.bring(path)


def test_the_currency_of_deals_is_read_where_the_export_states_it(desk, tmp_path):
    desk.bring(exports.hubspot_deals(tmp_path / "deals.csv", currency="CHF"))

    closed = [r for r in desk.rows("outcomes") if r["kind"] == "deal_closed"]
    assert {r["currency"] for r in closed} == {"CHF"}


def test_deals_whose_stages_do_not_say_won_are_asked_about(desk, tmp_path):
    path = exports.hubspot_deals(tmp_path / "deals.csv")
    path.write_text(path.read_text().replace("Closed Won", "Signed"))

    with pytest.raises(Undecided, match="'Signed'"):
        _ = known(path).recipe

    desk.bring(path, recipe=known(path, won="Signed").recipe, currency="EUR")
    won = [row for row in naive(path) if row["Deal Stage"] == "Signed"]
    assert sum(r["kind"] == "deal_closed" for r in desk.rows("outcomes")) == len(won)


# Salesforce


def test_salesforce_contacts_are_people_and_the_deleted_are_not(desk, tmp_path):
    path = exports.salesforce_contacts(tmp_path / "Contact.csv")

    desk.bring(path)

    alive = [row for row in naive(path) if row["IsDeleted"] == "false"]
    people = {row["person_id"]: row for row in desk.rows("people")}
    assert set(people) == {row["Id"] for row in alive}
    for row in alive:
        assert people[row["Id"]]["account_id"] == row["AccountId"]
        assert people[row["Id"]]["since"] == datetime.fromisoformat(row["CreatedDate"])


def test_a_salesforce_report_is_read_by_its_labels_and_without_its_last_lines(desk, tmp_path):
    path = exports.salesforce_contact_report(tmp_path / "report.csv")

    desk.bring(path)

    people = {row["person_id"]: row for row in desk.rows("people")}
    rows = [row for row in naive(path) if row["Contact ID"]]
    assert set(people) == {row["Contact ID"] for row in rows}
    for row in rows:
        month, day, year = map(int, row["Created Date"].split("/"))
        made = datetime(year, month, day, tzinfo=BERLIN)
        assert people[row["Contact ID"]]["since"] == made.astimezone(UTC)


def test_salesforce_accounts_without_a_date_ask_since_when(desk, tmp_path):
    path = exports.salesforce_accounts(tmp_path / "Account.csv", created=False)

    with pytest.raises(ParameterMissing, match="since"):
        desk.bring(path)

    desk.bring(path, since="2025-06-01")
    people = desk.rows("people")
    assert {row["account_id"] for row in people} == {row["Id"] for row in naive(path)}
    assert {row["since"] for row in people} == {in_utc("2025-06-01")}


def test_salesforce_opportunities_open_doors_and_close_where_won(desk, tmp_path):
    path = exports.salesforce_opportunities(tmp_path / "Opportunity.csv")

    desk.bring(path, currency="EUR")

    rows = naive(path)
    won = [row for row in rows if row["IsWon"] == "true"]
    outcomes = desk.rows("outcomes")
    closed = {r["deal_id"]: r for r in outcomes if r["kind"] == "deal_closed"}
    assert set(closed) == {row["Id"] for row in won}
    assert sum(r["value"] for r in closed.values()) == sum(Decimal(row["Amount"]) for row in won)
    assert sum(r["kind"] == "door_opened" for r in outcomes) == len(rows)
    for row in won:
        buyer = row["ContactId"] or f"account:{row['AccountId']}"
        assert closed[row["Id"]]["person_id"] == buyer


def test_a_salesforce_report_of_opportunities_has_names_for_ids(desk, tmp_path):
    path = exports.salesforce_opportunity_report(tmp_path / "report.csv")

    found = known(path)
    desk.bring(path, recipe=found.recipe, currency="EUR")

    won = [row for row in naive(path) if row["Stage"] == "Closed Won"]
    closed = [r for r in desk.rows("outcomes") if r["kind"] == "deal_closed"]
    assert found.sureness == "likely"
    assert any("no Opportunity ID" in note for note in found.notes)
    assert sum(r["value"] for r in closed) == sum(
        Decimal(row["Amount"].replace(",", "")) for row in won
    )


def test_salesforce_tasks_are_touches_that_cost_their_time(desk, tmp_path):
    path = exports.salesforce_tasks(tmp_path / "Task.csv")

    desk.bring(path)

    done = [row for row in naive(path) if row["WhoId"] and row["Status"] == "Completed"]
    touches = {row["touch_id"]: row for row in desk.rows("touches")}
    assert len(touches) == len(done)
    seconds = sum(int(row["CallDurationInSeconds"] or 0) for row in done)
    cost = sum(row["cost"] or 0 for row in touches.values())
    assert float(cost) == pytest.approx(seconds / 3600 * 30, abs=1e-4)
    for row in done:
        touch = touches[f"salesforce:task:{row['Id']}"]
        lasted = bool(row["CallDurationInSeconds"]) or row["Subject"].startswith("Call")
        assert touch["channel"] == ("call" if lasted else "seller_email")
        assert (touch["path"], touch["person_id"]) == ("one", row["WhoId"])


# Google Ads


FORMS = [(language, "csv") for language in exports.LANGUAGES] + [("de", "excel"), ("fr", "resaved")]


@pytest.mark.parametrize(("language", "form"), FORMS)
def test_google_ads_is_read_in_every_language_and_form(desk, tmp_path, language, form):
    path = tmp_path / "campaigns.csv"
    spent = exports.google_ads(path, language, form=form)

    found = known(path)
    desk.bring(path)

    assert (found.export.system, found.sureness, found.head.header_row) == (
        "google_ads",
        "certain",
        3,
    )
    rows = {(row["day"], row["campaign"]): row for row in desk.rows("spend")}
    assert set(rows) == {(line.day, line.campaign) for line in spent}
    for line in spent:
        row = rows[line.day, line.campaign]
        assert (row["amount"], row["impressions"]) == (line.cost, line.impressions)
        assert row["clicks"] == (None if line.clicks % 7 == 0 else line.clicks)
        assert (row["currency"], row["path"]) == ("EUR", "many")


def test_a_google_ads_report_by_device_is_added_up(desk, tmp_path):
    spent = exports.spending()
    header = [
        "Day",
        "Campaign",
        "Campaign ID",
        "Device",
        "Currency code",
        "Cost",
        "Impr.",
        "Clicks",
    ]
    rows = [
        [line.day, line.campaign, line.campaign_id, device, "EUR", cost, line.impressions, 1]
        for line in spent
        for device, cost in (("Mobile", line.cost), ("Desktop", Decimal("0.25")))
    ]

    desk.bring(exports.write_csv(tmp_path / "devices.csv", [header, *rows]))

    found = desk.rows("spend")
    assert len(found) == len(spent)
    assert sum(row["amount"] for row in found) == sum(line.cost + Decimal("0.25") for line in spent)
    assert sum(row["impressions"] for row in found) == 2 * sum(line.impressions for line in spent)


def test_a_refused_line_keeps_its_whole_sum_out(desk, tmp_path):
    header = ["Day", "Campaign", "Campaign ID", "Currency code", "Cost", "Impr."]
    rows = [
        ["2026-03-01", "A", "1", "EUR", "10.50", "1"],
        ["2026-03-01", "A", "1", "EUR", "ten", "1"],
        ["2026-03-02", "A", "1", "EUR", "3.25", "1"],
    ]
    path = exports.write_csv(tmp_path / "campaigns.csv", [header, *rows])

    done = desk.bring(path, recipe=known(path, decimal=".").recipe)

    assert [(row["day"], row["amount"]) for row in desk.rows("spend")] == [
        (date(2026, 3, 2), Decimal("3.25"))
    ]
    assert done.refused == 2


def test_restated_days_replace_what_they_said_before(desk, tmp_path):
    first = exports.spending()
    words = exports.LANGUAGES["en"]
    exports.write_csv(tmp_path / "one.csv", exports.google_rows(first, words))
    again = [replace(line, cost=line.cost + 1) for line in first[-6:]]
    exports.write_csv(tmp_path / "two.csv", exports.google_rows(again, words))

    desk.bring(tmp_path / "one.csv")
    desk.bring(tmp_path / "two.csv")

    assert len(desk.rows("spend")) == len(first)
    assert sum(row["amount"] for row in desk.rows("spend")) == 6 + sum(x.cost for x in first)


def test_a_day_written_otherwise_is_the_same_day(desk, tmp_path):
    spent, words = exports.spending(), exports.LANGUAGES["de"]
    exports.write_csv(tmp_path / "one.csv", exports.google_rows(spent, words))
    resaved = exports.google_rows(spent, words, day=lambda day: f"{day:%d.%m.%Y}")
    exports.write_csv(tmp_path / "two.csv", resaved, delimiter=";")

    desk.bring(tmp_path / "one.csv")
    desk.bring(tmp_path / "two.csv")

    assert sum(row["amount"] for row in desk.rows("spend")) == sum(line.cost for line in spent)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["Campaign", "Currency code", "Cost", "Impr."], "no column of days"),
        (["Week", "Campaign", "Currency code", "Cost", "Impr."], "of a week each"),
        (["Mois", "Campagne", "Code de la devise", "Coût", "Impr."], "of a month each"),
    ],
)
def test_a_google_ads_report_of_longer_than_a_day_is_refused(tmp_path, header, words):
    row = ["2026-03-02" if "m" not in name.lower() else "x" for name in header]
    path = exports.write_csv(tmp_path / "weeks.csv", [header, row])

    with pytest.raises(FileRefused, match=words):
        _ = known(path).recipe


def test_a_day_that_could_be_a_month_is_asked_about(desk, tmp_path):
    words = exports.LANGUAGES["en"]
    early = [line for line in exports.spending() if line.day.day <= 12]
    rows = exports.google_rows(early, words, day=lambda day: f"{day:%d/%m/%Y}")
    path = exports.write_csv(tmp_path / "campaigns.csv", rows)

    with pytest.raises(Undecided, match="--day-first"):
        _ = known(path).recipe

    desk.bring(path, recipe=known(path, day_first=True).recipe)
    assert {row["day"] for row in desk.rows("spend")} == {line.day for line in early}


# Meta Ads


@pytest.mark.parametrize(("with_day", "ads"), [(False, True), (True, False)])
def test_meta_ads_are_added_up_to_days_of_campaigns(desk, tmp_path, with_day, ads):
    spent = exports.meta_ads(tmp_path / "meta.csv", with_day=with_day, ads=ads)

    desk.bring(tmp_path / "meta.csv")

    rows = {(row["day"], row["campaign"]): row for row in desk.rows("spend")}
    assert {key: row["amount"] for key, row in rows.items()} == {
        (line.day, line.campaign): line.cost for line in spent
    }
    assert sum(row["impressions"] for row in rows.values()) == sum(x.impressions for x in spent)
    assert {row["currency"] for row in rows.values()} == {"USD"}


def test_the_row_of_sums_is_left_out(desk, tmp_path):
    exports.meta_ads(tmp_path / "meta.csv")

    desk.bring(tmp_path / "meta.csv")

    total = defaultdict(Decimal)
    for row in naive(tmp_path / "meta.csv"):
        total[bool(row["Campaign name"])] += Decimal(row["Amount spent (USD)"])
    assert total[True] == total[False] == sum(row["amount"] for row in desk.rows("spend"))


def test_meta_ads_over_weeks_are_refused_rather_than_split(tmp_path):
    exports.meta_ads(tmp_path / "meta.csv", range_days=7)

    with pytest.raises(FileRefused, match=r"2026-03-01 to 2026-03-07.*by day"):
        _ = known(tmp_path / "meta.csv").recipe


def test_a_range_among_days_is_refused_when_the_draft_meets_it_later(desk, tmp_path):
    spent = exports.meta_ads(tmp_path / "meta.csv", ads=False)
    recipe = known(tmp_path / "meta.csv").recipe
    text = (tmp_path / "meta.csv").read_text()
    later = spent[0].day + timedelta(days=2)
    text = text.replace("2026-03-01,2026-03-01,Brand", f"2026-03-01,{later},Brand")
    (tmp_path / "meta.csv").write_text(text)

    done = desk.bring(tmp_path / "meta.csv", recipe=recipe)

    assert done.refused == 1
    assert "must be the same as Reporting ends" in done.refused_files[0].read_text()
    assert len(desk.rows("spend")) == len(spent) - 1


def test_meta_ads_in_german_with_decimal_commas_come_in(desk, tmp_path):
    header = ["Berichtsstart", "Berichtsende", "Kampagnenname", "Impressionen"]
    header += ["Link-Klicks", "Ausgegebener Betrag (EUR)", "Reichweite"]
    rows = [["2026-03-01", "2026-03-01", "Frühling", "12.345", "20", "1.234,50", "9"]]
    rows += [["2026-03-02", "2026-03-02", "Frühling", "345", "2", "99,90", "9"]]

    desk.bring(exports.write_csv(tmp_path / "meta.csv", [header, *rows], delimiter=";"))

    assert {(r["amount"], r["impressions"], r["currency"]) for r in desk.rows("spend")} == {
        (Decimal("1234.5"), 12345, "EUR"),
        (Decimal("99.9"), 345, "EUR"),
    }
