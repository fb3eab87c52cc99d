"""`halves guess` says what a file is and drafts a recipe that `halves import` takes."""

import csv
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from halves.ledger import Ledger
from tests.connect import known_exports as exports

SHARED = Path(__file__).parents[2].parent / "shared/data"


def rows_of(table: str) -> list[dict[str, object]]:
    return Ledger.open("halves-data/ledger").read(table).to_pylist()


def test_a_known_export_is_named_and_its_draft_comes_in(halves, tmp_path):
    path = exports.hubspot_deals(tmp_path / "deals.csv")

    code, said = halves("guess", path, "--write", "draft.toml")

    assert code == 0
    assert "HubSpot deals (certain; header in row 1)" in said
    assert "Associated Contact IDs" in said
    assert "--set currency=…" in said
    code, said = halves("import", path, "--recipe", "draft.toml", "--set", "currency=USD")
    assert (code, "75 outcomes" in said) == (0, True)


def test_missing_columns_are_named(halves, tmp_path):
    header = ["Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date", "Deal owner"]
    header += ["Associated Contact IDs"]
    row = ["1", "A", "Closed Won", "5.00", "2026-03-01 10:00", "Ada", "7"]
    path = exports.write_csv(tmp_path / "deals.csv", [header, row])

    code, said = halves("guess", path)

    assert code == 0
    assert "not there Pipeline, Create Date, Associated Company IDs" in said


def test_a_known_export_needs_no_recipe(halves, tmp_path):
    spent = exports.google_ads(tmp_path / "bericht.csv", "de", form="excel")

    code, said = halves("import", "bericht.csv")

    assert (code, "42 spend" in said) == (0, True)
    assert sum(row["amount"] for row in rows_of("spend")) == sum(line.cost for line in spent)


def test_what_is_added_up_is_told(halves, tmp_path):
    exports.meta_ads(tmp_path / "meta.csv")

    _, said = halves("import", "meta.csv", "--dry-run")

    assert "42 of 84 rows, 42 added to others of their key, 1 left out by the recipe" in said


def test_an_uncertain_export_wants_its_draft_looked_at(halves, tmp_path):
    exports.salesforce_opportunity_report(tmp_path / "report.csv")

    code, said = halves("import", "report.csv", "--set", "currency=EUR")

    assert code == 1
    assert "may be a Salesforce Opportunity, but that is not certain" in said
    assert "Traceback" not in said


def test_meta_ads_over_weeks_are_refused_in_one_line(halves, tmp_path):
    exports.meta_ads(tmp_path / "meta.csv", range_days=7)

    for words in (("guess", "meta.csv"), ("import", "meta.csv")):
        code, said = halves(*words)
        assert code == 1
        assert "break the report down by day" in said
        assert "Traceback" not in said


def test_a_workbook_is_known_like_its_csv(halves, tmp_path):
    spent = exports.spending()
    rows = exports.google_rows(spent, exports.LANGUAGES["en"])
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Campaign report"])
    sheet.append(["March 1, 2026 - March 14, 2026"])
    sheet.append(rows[0])
    for row, line in zip(rows[1:], spent, strict=False):
        sheet.append([line.day, line.campaign, str(line.campaign_id), "EUR", float(line.cost)])
        sheet.cell(sheet.max_row, 6, line.impressions)
        sheet.cell(sheet.max_row, 7, "--" if row[6] == "--" else line.clicks)
    for row in rows[-3:]:
        sheet.append([row[0], "--", "--", "EUR", 1.5])
    book.save(tmp_path / "report.xlsx")

    code, said = halves("import", "report.xlsx")

    assert (code, "42 spend" in said) == (0, True)
    assert sum(row["amount"] for row in rows_of("spend")) == sum(line.cost for line in spent)


def test_a_draft_of_an_unknown_file_asks_for_what_it_does_not_say(halves, tmp_path):
    header = ["date", "utm_campaign", "ad_spend", "clicks", "notes"]
    rows = [[f"{day:02d}.03.2026", "spring", f"1.{day:03d},50", day, ""] for day in range(1, 29)]
    path = exports.write_csv(tmp_path / "my costs.csv", [header, *rows], delimiter=";")

    code, said = halves("guess", path, "--write", "draft.toml")

    assert code == 0
    assert "no export that halves knows" in said
    for name in ("channel", "path", "currency"):
        assert f"--set {name}=…" in said
    code, said = halves("import", path, "--recipe", "draft.toml", "--set", "channel=radio")
    assert (code, "needs path" in said) == (1, True)
    said = ["--set", "channel=radio", "--set", "path=many", "--set", "currency=CHF"]
    assert halves("import", path, "--recipe", "draft.toml", *said)[0] == 0
    found = rows_of("spend")
    assert len(found) == 28
    assert sum(row["amount"] for row in found) == sum(
        Decimal(1000 + day) + Decimal("0.50") for day in range(1, 29)
    )
    assert {(row["channel"], row["currency"]) for row in found} == {("radio", "CHF")}


def test_a_mark_that_could_be_either_is_asked_about(halves, tmp_path):
    header = ["day", "campaign", "cost"]
    path = exports.write_csv(tmp_path / "costs.csv", [header, ["2026-03-01", "a", "1.234"]])

    code, said = halves("guess", path)

    assert code == 1
    assert "'1.234' is of decimals or of thousands; say --decimal" in said
    assert halves("guess", path, "--decimal", ",")[0] == 0


def test_a_draft_never_overwrites(halves, tmp_path):
    exports.hubspot_contacts(tmp_path / "contacts.csv")
    (tmp_path / "mine.toml").write_text("mine")

    code, said = halves("guess", "contacts.csv", "--write", "mine.toml")

    assert (code, "mine.toml is there already" in said) == (1, True)
    assert (tmp_path / "mine.toml").read_text() == "mine"


def test_a_file_that_is_like_an_export_is_told_what_it_lacks(halves, tmp_path):
    header = ["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner"]
    row = ["1", "A", "Closed Won", "2026-03-01", "Ada"]
    exports.write_csv(tmp_path / "deals.csv", [header, row])

    _, said = halves("guess", "deals.csv")

    assert "not HubSpot deals: has Record ID, Deal Name" in said
    assert "lacks Amount" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "holds no rows"),
        (b"\xff\xfe", "holds no rows"),
        (b"Dear Ada,\n\nthe numbers follow.\n", "no column of it could be"),
        (b"PK\x03\x04 not really a workbook", "is no workbook"),
        (b"PAR1 not really Parquet", "is no whole Parquet file"),
    ],
)
def test_what_is_no_table_is_said_so_in_one_line(halves, tmp_path, content, words):
    (tmp_path / "file.csv").write_bytes(content)

    for command in ("guess", "import"):
        code, said = halves(command, "file.csv")
        assert code == 1
        assert "Traceback" not in said
        assert words in said or "no export that halves knows" in said


def test_the_maven_pipeline_is_drafted_and_reconciles(halves):
    path = SHARED / "maven_crm/sales_pipeline.csv"
    if not path.exists():
        pytest.skip("needs ../shared/data/maven_crm, which is not part of halves")

    assert halves("guess", path, "--write", "draft.toml")[0] == 0
    said = ["--set", "kind=deal_closed", "--set", "currency=USD"]
    code, _ = halves("import", path, "--recipe", "draft.toml", *said)

    with path.open(newline="") as file:
        won = [row for row in csv.DictReader(file) if row["deal_stage"] == "Won"]
    found = rows_of("outcomes")
    assert code == 0
    assert len(found) == len(won)
    assert sum(row["value"] for row in found) == sum(Decimal(row["close_value"]) for row in won)
