import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from halves.connect.errors import ConnectError, FileRefused, ParameterMissing, RecipeRefused
from halves.connect.recipe import Recipe
from halves.connect.records import ImportRecords
from halves.connect.running import Imported, dry_run, run_import, undo_import
from halves.ledger import Ledger
from halves.ledger.settings import Settings

from .files import mails

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Desk:
    """Someone with a ledger and a folder, who imports files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = Ledger.create(folder / "home/ledger")
        self.imports = folder / "home/imports"
        self.settings_file = folder / "halves.toml"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bring(self, *files: Path, recipe: str, **stated: str) -> Imported:
        return run_import(
            self.book,
            files,
            recipe=Recipe.parse(recipe),
            imports=self.imports,
            settings_file=self.settings_file,
            at=NOON,
            stated=stated,
        )

    def rows(self, table: str = "touches") -> list[dict[str, object]]:
        return sorted(self.book.read(table).to_pylist(), key=str)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


PLAIN = "id,to,when,cost\n1,Ada@x.org,2026-01-02,0.10\n2,ben@x.org,2026-01-03,1.5\n"


def costs(desk: Desk) -> list[Decimal]:
    return [row["cost"] for row in sorted(desk.rows(), key=lambda row: str(row["touch_id"]))]


def test_columns_become_fields_and_the_batch_is_the_import(desk):
    result = desk.bring(desk.write("sent.csv", PLAIN), recipe=mails())

    assert result.rows == {"touches": 2}
    first = min(desk.rows(), key=lambda row: row["touch_id"])
    assert first["touch_id"] == "mail-1"
    assert first["person_id"] == "ada@x.org"
    assert first["at"] == datetime(2026, 1, 2, tzinfo=UTC)
    assert first["cost"] == Decimal("0.10")
    assert first["currency"] == "USD"
    assert first["source"] == "mails"
    assert first["batch"] == result.id


@pytest.mark.parametrize(
    ("content", "spec", "form"),
    [
        (PLAIN.replace(",", ";"), "", "%Y-%m-%d"),
        (PLAIN.replace(",", "\t"), "", "%Y-%m-%d"),
        (PLAIN.replace(",", "|"), "", "%Y-%m-%d"),
        ("\ufeff" + PLAIN, "", "%Y-%m-%d"),
        (PLAIN.replace("\n", "\r\n"), "", "%Y-%m-%d"),
        (PLAIN.encode("utf-16"), "", "%Y-%m-%d"),
        (PLAIN.encode("utf-16-le"), "", "%Y-%m-%d"),
        (PLAIN.encode("cp1252"), 'encoding = "cp1252"', "%Y-%m-%d"),
        (
            "Sent mails\nJanuary 2026\n\n" + PLAIN + "Total,,,1.6\n",
            'footers = ["Total"]',
            "%Y-%m-%d",
        ),
        ("Sent mails\n" + PLAIN + "Total: 1.6\n", 'footers = ["Total"]', "%Y-%m-%d"),
        (
            'id;to;when;cost\n1;Ada@x.org;02.01.2026;0,10\n2;ben@x.org;03.01.2026;"1,5"\n',
            'decimal = ","\nthousands = "."',
            "%d.%m.%Y",
        ),
        (
            "1,Ada@x.org,2026-01-02,0.10\n2,ben@x.org,2026-01-03,1.5\n",
            'columns = ["id", "to", "when", "cost"]',
            "%Y-%m-%d",
        ),
        ("a,b,c,d\nid,to,when,cost\n" + PLAIN.split("\n", 1)[1], "header_row = 2", "%Y-%m-%d"),
        (PLAIN + "\n,,,\n\n", "", "%Y-%m-%d"),
        (PLAIN.replace("id,to,when,cost", " ID , To,WHEN,Cost"), "", "%Y-%m-%d"),
    ],
)
def test_the_same_mails_come_in_however_they_are_written(desk, content, spec, form):
    desk.bring(desk.write("sent.csv", content), recipe=mails(spec, form))

    assert costs(desk) == [Decimal("0.10"), Decimal("1.5")]
    assert {row["at"].day for row in desk.rows()} == {2, 3}
    assert {row["person_id"] for row in desk.rows()} == {"ada@x.org", "ben@x.org"}


def test_a_workbook_gives_its_sheet_with_dates_and_numbers_as_they_are(desk):
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("Mails")
    sheet.append(["Sent mails"])
    sheet.append([])
    sheet.append(["id", "to", "when", "cost"])
    sheet.append([1, "Ada@x.org", date(2026, 1, 2), 0.1])
    sheet.append([2, "ben@x.org", "03.01.2026", "1,5"])
    book.save(desk.folder / "sent.xlsx")

    spec = 'sheet = "Mails"\ndecimal = ","'
    result = desk.bring(desk.folder / "sent.xlsx", recipe=mails(spec, "%d.%m.%Y"))

    assert result.refused == 0
    assert costs(desk) == [Decimal("0.1"), Decimal("1.5")]
    assert {row["at"].day for row in desk.rows()} == {2, 3}
    assert {row["touch_id"] for row in desk.rows()} == {"mail-1", "mail-2"}


def test_parquet_comes_in_with_its_own_types(desk):
    table = pa.table(
        {
            "id": [1, 2],
            "to": ["Ada@x.org", "ben@x.org"],
            "when": pa.array([NOON, None], pa.timestamp("ns", tz="Europe/Berlin")),
            "cost": [0.1, 1.5],
        }
    )
    pq.write_table(table, desk.folder / "sent.parquet")
    recipe = mails().replace(', format = "%Y-%m-%d"', "")

    result = desk.bring(desk.folder / "sent.parquet", recipe=recipe)

    assert result.rows == {"touches": 1}
    assert desk.rows()[0]["at"] == NOON
    (reason,) = next(f for f in result.counts[0].fields if f.field == "at").reasons
    assert (reason.words, reason.samples[0].row) == ("is blank, and must not be", 2)


def test_an_unknown_sheet_is_refused_with_those_there_are(desk):
    openpyxl.Workbook().save(desk.folder / "sent.xlsx")

    with pytest.raises(FileRefused, match="no sheet 'Mails'; it has 'Sheet'"):
        desk.bring(desk.folder / "sent.xlsx", recipe=mails('sheet = "Mails"'))


def test_times_are_read_in_their_zone(desk):
    path = desk.write(
        "sent.csv", "id,to,when,cost\n1,a,2026-07-01 00:30,1\n2,a,2026-01-01 00:30,1\n"
    )
    desk.bring(path, recipe=mails('time_zone = "Europe/Berlin"', "%Y-%m-%d %H:%M"))

    moments = {row["at"].astimezone(UTC).isoformat() for row in desk.rows()}
    assert moments == {"2026-06-30T22:30:00+00:00", "2025-12-31T23:30:00+00:00"}


def test_an_offset_in_the_text_counts_over_the_zone(desk):
    recipe = mails('time_zone = "Europe/Berlin"').replace(', format = "%Y-%m-%d"', "")
    rows = (
        "1,a,2026-07-01T00:30:00+05:30,1\n2,a,2026-07-01T00:30:00Z,1\n3,a,2026-07-01T00:30:00,1\n"
    )
    desk.bring(desk.write("sent.csv", "id,to,when,cost\n" + rows), recipe=recipe)

    moments = {row["touch_id"]: row["at"].astimezone(UTC).isoformat() for row in desk.rows()}
    assert moments == {
        "mail-1": "2026-06-30T19:00:00+00:00",
        "mail-2": "2026-07-01T00:30:00+00:00",
        "mail-3": "2026-06-30T22:30:00+00:00",
    }


def test_without_a_time_zone_the_user_is_asked_for_it(desk):
    recipe = mails().replace('time_zone = "UTC"', "")

    with pytest.raises(ParameterMissing, match="in which time zone 'when' is"):
        desk.bring(desk.write("sent.csv", PLAIN), recipe=recipe)

    desk.settings_file.write_text('time_zone = "Asia/Tokyo"')
    desk.bring(desk.folder / "sent.csv", recipe=recipe)
    assert {row["at"].astimezone(UTC).hour for row in desk.rows()} == {15}


def test_good_rows_come_in_and_bad_ones_are_told_by_field_row_and_value(desk):
    bad = "3,c,31.12.2025,1\n4,,2026-01-04,1\n5,e,2026-01-05,€ 5\n"
    bad += "6,f,2026-01-05,-1\n7,g,2026-01-05,x1\n"
    result = desk.bring(desk.write("sent.csv", PLAIN + bad), recipe=mails())

    assert result.rows == {"touches": 2}
    assert result.refused == 5
    told = {
        field.field: [
            (r.words, r.samples[0].row, r.samples[0].column, r.samples[0].value)
            for r in field.reasons
        ]
        for field in result.counts[0].fields
        if field.refused
    }
    assert told == {
        "at": [("is not a time written like %Y-%m-%d", 4, "when", "31.12.2025")],
        "person_id": [("is blank, and must not be", 5, "to", "")],
        "cost": [
            ("is in €, and the row in USD", 6, "cost", "€ 5"),
            ("is not an amount written like 1234.56", 8, "cost", "x1"),
            ("must be at least 0", 7, "cost", "-1"),
        ],
    }
    cost = next(field for field in result.counts[0].fields if field.field == "cost")
    assert (cost.filled, cost.blank, cost.refused) == (2, 0, 3)


def test_refused_rows_are_written_with_the_reason_and_as_they_stood(desk):
    bad = '=1+1,"ben, b",soon,1\n3,c\n'
    result = desk.bring(desk.write("sent.csv", PLAIN + bad), recipe=mails())

    (path,) = result.refused_files
    assert path.parent == desk.imports / result.id
    rows = list(csv.DictReader(path.open(newline="")))
    assert [row["row"] for row in rows] == ["4", "5"]
    assert rows[0]["file"] == "sent.csv"
    assert rows[0]["column"] == "when"
    assert rows[0]["value"] == "soon"
    assert "is not a time" in rows[0]["reason"]
    assert rows[0]["id"] == "'=1+1"  # no spreadsheet runs it
    assert rows[0]["to"] == "ben, b"
    assert rows[1]["value"] == "3,c"
    assert "has 2 cells where the header has 4" in rows[1]["reason"]


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(desk):
    content = 'Title\nid,to,when,cost\n1,"two\nlines",2026-01-01,1\n\nshort,row\n2,b,bad,1\n'
    result = desk.bring(desk.write("sent.csv", content), recipe=mails())

    rows = {
        r.samples[0].value: r.samples[0].row
        for c in result.counts
        for f in c.fields
        for r in f.reasons
    }
    assert rows == {"bad": 6, "short,row": 5}


def test_a_dry_run_counts_and_writes_nothing(desk):
    path = desk.write("sent.csv", PLAIN + "3,c,never,1\n")
    before = sorted(desk.folder.rglob("*"))

    result = dry_run([path], recipe=Recipe.parse(mails()), settings=Settings())

    assert result.rows == {"touches": 2}
    assert result.refused == 1
    assert sorted(desk.folder.rglob("*")) == before


def test_the_same_files_again_change_nothing(desk):
    path = desk.write("sent.csv", PLAIN)
    first = desk.bring(path, recipe=mails())
    version = desk.book.versions()

    again = desk.bring(path.rename(desk.folder / "sent-copy.csv"), recipe=mails())

    assert (first.is_new, again.is_new) == (True, False)
    assert again.id == first.id
    assert desk.book.versions() == version


def test_other_parameters_make_another_import(desk):
    recipe = mails() + '\n[parameters.rate]\nabout = "?"\ndefault = 1\n'
    path = desk.write("sent.csv", PLAIN)

    assert desk.bring(path, recipe=recipe).id != desk.bring(path, recipe=recipe, rate="2").id


def test_an_import_is_undone_and_can_come_in_again(desk):
    path = desk.write("sent.csv", PLAIN)
    result = desk.bring(path, recipe=mails())

    assert undo_import(desk.book, result.id, imports=desk.imports) == {"touches": 2}
    assert desk.rows() == []
    assert ImportRecords(desk.imports).find(result.id).state == "undone"

    assert desk.bring(path, recipe=mails()).rows == {"touches": 2}
    assert len(desk.rows()) == 2


def test_an_undo_that_was_cut_short_is_finished_before_importing_again(desk):
    path = desk.write("sent.csv", PLAIN)
    result = desk.bring(path, recipe=mails())
    records = ImportRecords(desk.imports)
    records.write(records.find(result.id).as_state("undoing"))

    assert desk.bring(path, recipe=mails()).rows == {"touches": 2}
    assert len(desk.rows()) == 2
    assert records.find(result.id).state == "done"


def test_repeated_ids_are_refused_and_name_the_row_that_stands(desk):
    result = desk.bring(desk.write("sent.csv", PLAIN + "1,x,2026-01-09,9\n"), recipe=mails())

    assert result.rows == {"touches": 2}
    (reason,) = [r for f in result.counts[0].fields for r in f.reasons]
    assert reason.words == "repeats the key of row 2, which stands"
    assert (reason.samples[0].row, reason.samples[0].value) == (4, "mail-1")
    assert {row["person_id"] for row in desk.rows()} == {"ada@x.org", "ben@x.org"}


def test_a_refused_row_does_not_shut_out_a_good_one_of_the_same_id(desk):
    rows = "id,to,when,cost\n1,a,never,1\n1,b,2026-01-02,2\n"
    desk.bring(desk.write("sent.csv", rows), recipe=mails())

    assert [row["person_id"] for row in desk.rows()] == ["b"]


def test_nothing_comes_in_of_a_file_with_only_bad_rows_and_nothing_is_recorded(desk):
    result = desk.bring(desk.write("sent.csv", "id,to,when,cost\n1,a,never,1\n"), recipe=mails())

    assert result.rows == {}
    assert result.refused_files[0].exists()
    assert ImportRecords(desk.imports).all() == []
    assert not desk.settings_file.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("\n\n", "holds no rows"),
        ("id,to,date,cost\n1,a,2026-01-01,1\n", "no row has the column 'when'"),
        (PLAIN.replace(",", "!"), "no row has the column"),
        (
            "id,to,when,cost\n1,Jos\xe9,2026-01-02,1\n".encode("latin-1"),
            r"row 2, column to: not utf-8",
        ),
        (
            'id,to,when,cost\n1,"a,2026-01-02,1\n2,b,2026-01-02,1\n' * 3,
            "cells where the header has",
        ),
        ('id,to,when,cost\n1,a,2026-01-02,"1\n2,b,2026-01-02,1\n', "row 2: a quote opens a cell"),
        (b"PAR1 but no more", "no whole Parquet file"),
        (b"PK\x03\x04 but no more", "no workbook that can be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place_and_the_value(desk, content, words):
    path = desk.write("sent.csv", content)

    try:
        result = desk.bring(path, recipe=mails())
    except FileRefused as refused:
        told = str(refused)
        assert str(path) in told
    else:
        told = " ".join(r.words for c in result.counts for f in c.fields for r in f.reasons)
    assert re.search(words, told), told


def test_a_header_without_rows_brings_nothing_in(desk):
    assert desk.bring(desk.write("sent.csv", "id,to,when,cost\n"), recipe=mails()).rows == {}
    assert desk.bring(desk.write("sent.csv", "id,to,when,cost"), recipe=mails()).rows == {}


def test_a_missing_file_and_a_stranger_are_named(desk):
    with pytest.raises(FileRefused, match=r"there is no file .*sent\.csv"):
        desk.bring(desk.folder / "sent.csv", recipe=mails())
    (desk.folder / "empty").mkdir()
    with pytest.raises(FileRefused, match=r"no file like sent\* among"):
        desk.bring(desk.folder / "empty", recipe=mails())


def test_what_only_the_user_can_say_is_asked_for_by_name(desk):
    recipe = mails().replace('cost = { column = "cost" }', 'cost = { parameter = "cost_per_mail" }')
    recipe += '[parameters.cost_per_mail]\nabout = "what one mail costs, in USD"\n'
    path = desk.write("sent.csv", PLAIN)

    with pytest.raises(ParameterMissing, match="needs cost_per_mail: what one mail costs, in USD"):
        desk.bring(path, recipe=recipe)
    with pytest.raises(ConnectError, match="cost_per_mail must be a number, got 'ten'"):
        desk.bring(path, recipe=recipe, cost_per_mail="ten")
    with pytest.raises(ConnectError, match="asks for no 'price'"):
        desk.bring(path, recipe=recipe, price="1")

    desk.bring(path, recipe=recipe, cost_per_mail="0.10")
    assert costs(desk) == [Decimal("0.1"), Decimal("0.1")]


def test_minutes_cost_the_wage_and_a_missing_wage_is_asked_for(desk):
    cost = 'cost = { minutes = { column = "cost", times = 60 }, wage = "caller" }'
    recipe = mails().replace('cost = { column = "cost" }', cost)
    path = desk.write("sent.csv", PLAIN)

    with pytest.raises(ParameterMissing, match=r"--set wages\.caller=30"):
        desk.bring(path, recipe=recipe)
    desk.bring(path, recipe=recipe, **{"wages.caller": "20"})
    assert costs(desk) == [Decimal(2), Decimal(30)]  # 0.1 and 1.5 hours


def test_settings_are_added_and_never_put_over_the_users(desk):
    desk.settings_file.write_text('# ours\ncurrency = "EUR"  # we report in euro\n')

    desk.bring(desk.write("sent.csv", PLAIN), recipe=mails())

    text = desk.settings_file.read_text()
    assert "# ours" in text
    assert "# we report in euro" in text
    settings = Settings.read(desk.settings_file)
    assert (settings.currency, settings.time_zone) == ("EUR", "UTC")


JOINED = """
name = "shop"
[settings]
currency = "USD"
time_zone = "UTC"
[files.deals]
names = ["deals*"]
[files.items]
names = ["items*"]
[[rows]]
table = "outcomes"
file = "deals"
join = [{ file = "items", name = "sold", on = { deal = "deal" }TAKE }]
[rows.fields]
outcome_id = { column = "deal" }
person_id = { column = "who" }
at = { column = "won" }
kind = { constant = "deal_closed" }
value = { column = "VALUE" }
"""


def test_joined_rows_are_added_up_and_bad_cells_are_told(desk):
    deals = desk.write("deals.csv", "deal,who,won\n1,a,2026-01-01\n2,b,2026-01-02\n")
    items = desk.write("items.csv", "deal,price\n1,10\n1,2.50\n1,ten\n3,9\n")
    take = ', take = { money = { sum = "price" } }'
    recipe = JOINED.replace("TAKE", take).replace("VALUE", "sold.money")

    result = desk.bring(deals, items, recipe=recipe)

    assert {row["outcome_id"]: row["value"] for row in desk.rows("outcomes")} == {
        "1": Decimal("12.5"),
        "2": None,
    }
    (field,) = [field for field in result.counts[0].fields if field.field == "sold.money"]
    assert field.reasons[0].samples[0].file == "items.csv"
    assert (field.reasons[0].samples[0].row, field.reasons[0].samples[0].value) == (4, "ten")


def test_a_join_that_finds_several_rows_is_refused_unless_told_what_to_take(desk):
    deals = desk.write("deals.csv", "deal,who,won\n1,a,2026-01-01\n")
    items = desk.write("items.csv", "deal,price\n1,10\n1,2.50\n")

    with pytest.raises(RecipeRefused, match=r"deal '1' stands in rows 2, 3"):
        desk.bring(deals, items, recipe=JOINED.replace("TAKE", "").replace("VALUE", "sold.price"))


def test_several_files_of_one_kind_come_in_together(desk):
    one = desk.write("sent-1.csv", PLAIN)
    two = desk.write("sent-2.csv", "cost,when,to,id\n7,2026-01-04,c,3\n8,never,c,4\n")

    result = desk.bring(one, two, recipe=mails())

    assert result.rows == {"touches": 3}
    (reason,) = [r for f in result.counts[0].fields for r in f.reasons]
    assert (reason.samples[0].file, reason.samples[0].row) == ("sent-2.csv", 3)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('colour = "red"', "no key 'colour'"),
        ('at = { column = "when" }', "rows"),
    ],
)
def test_a_recipe_with_a_strange_key_is_refused(line, words):
    with pytest.raises(RecipeRefused, match=words):
        Recipe.parse(line + "\n" + mails())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('table = "touches"', 'table = "toches"', "no table 'toches'"),
        ("cost = { column", "costs = { column", "no column 'costs'"),
        ('path = { constant = "many" }', "", "needs the column 'path'"),
        ('{ constant = "many" }', '{ constant = "many", column = "to" }', "exactly one of"),
        ('file = "sent"', 'file = "post"', "no file 'post'"),
        ('case = "lower"', 'case = "title"', "must be one of lower, upper, got 'title'"),
        ('{ column = "cost" }', '{ parameter = "price" }', "no parameter 'price'"),
        ('{ column = "cost" }', '{ sql = "1" }', "no key 'sql'"),
        ('names = ["sent*"]', 'names = "sent*"', "must be a list of texts"),
        ('names = ["sent*"]', 'names = ["sent*"]\ntime_zone = "Berlin"', "an IANA name"),
        ('"mail-{id}"', '"mail-{id"', "template 'mail-{id'"),
        ('names = ["sent*"]', 'names = ["sent*"]\ndelimiter = "ab"', "must be one character"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_by_place_and_value(old, new, words):
    recipe = mails()
    assert old in recipe
    with pytest.raises(RecipeRefused, match=words):
        Recipe.parse(recipe.replace(old, new))


@pytest.mark.parametrize("name", ["'; DROP TABLE x; --", 'a"b', "a'b", "{", "naïve ✓"])
def test_no_name_or_value_of_a_file_is_taken_for_sql(desk, name):
    out = io.StringIO()
    csv.writer(out).writerows([["id", name, "when", "cost"], ["1", name, "2026-01-01", "1"]])
    recipe = Recipe.parse(mails())
    toml = recipe.to_toml().replace('column = "to"', "column = " + _toml(name))

    desk.bring(desk.write("sent.csv", out.getvalue()), recipe=toml)

    assert desk.rows()[0]["person_id"] == name.lower()


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_ten_thousand_bad_rows_in_a_million_are_counted_and_written(desk):
    rows = np.arange(1_000_000)
    ids = pa.array(rows).cast(pa.string())
    when = pa.array(np.where(rows % 100 == 50, "soon", "2026-01-05"))
    costs = pa.repeat(pa.scalar("0.5"), len(rows))
    table = pa.table({"id": ids, "to": ids, "when": when, "cost": costs})
    pa_csv.write_csv(table, desk.folder / "sent.csv")

    result = desk.bring(desk.folder / "sent.csv", recipe=mails())

    assert result.rows == {"touches": 990_000}
    assert result.refused == 10_000
    (reason,) = [r for f in result.counts[0].fields for r in f.reasons]
    assert (reason.rows, [one.row for one in reason.samples]) == (10_000, [52, 152, 252])
    with result.refused_files[0].open(newline="") as file:
        numbers = [int(row["row"]) for row in csv.DictReader(file)]
    assert numbers == list(range(52, 1_000_002, 100))


def test_a_format_that_is_none_is_refused(desk):
    with pytest.raises(RecipeRefused, match="format '%Q' is none"):
        desk.bring(desk.write("sent.csv", PLAIN), recipe=mails(format="%Q"))


def test_files_of_one_kind_may_differ_in_columns_that_nobody_needs(desk):
    one = desk.write("sent-1.csv", PLAIN.replace("cost\n", "cost,notes\n").replace("0\n", "0,x\n"))
    two = desk.write("sent-2.csv", "id,to,when,cost\n3,c,2026-01-04,7\n")

    assert desk.bring(one, two, recipe=mails()).rows == {"touches": 2}


def test_a_name_with_brackets_is_one_file_and_no_pattern(desk):
    table = pa.table({"id": ["1"], "to": ["a"], "when": ["2026-01-01"], "cost": ["1"]})
    pq.write_table(table, desk.folder / "sent[12]*.parquet")
    pq.write_table(table, desk.folder / "sent1.parquet")

    result = desk.bring(desk.folder / "sent[12]*.parquet", recipe=mails())

    assert (result.rows, result.refused) == ({"touches": 1}, 0)


@pytest.mark.parametrize(
    "cost",
    [
        '{ column = "cost", divide = 0 }',
        '{ column = "cost", times = 1e20 }',
        "{ price = 1e10, pieces = { constant = 1e10 } }",
        '{ minutes = { constant = 1e30 }, wage = "x" }',
    ],
)
def test_an_amount_that_cannot_be_worked_out_is_refused_and_not_blank(desk, cost):
    recipe = mails().replace('cost = { column = "cost" }', f"cost = {cost}")
    result = desk.bring(desk.write("sent.csv", PLAIN), recipe=recipe, **{"wages.x": "1"})

    assert (result.rows, result.refused) == ({}, 2)


def test_a_time_that_is_moved_out_of_all_bounds_is_refused(desk):
    moved = 'format = "%Y-%m-%d", later = { months = { column = "id" } }'
    recipe = mails().replace('format = "%Y-%m-%d"', moved)
    rows = PLAIN + "99999999999,c,2026-01-02,1\n999999,c,2026-01-02,1\n"

    result = desk.bring(desk.write("sent.csv", rows), recipe=recipe)

    assert (result.rows, result.refused) == ({"touches": 2}, 2)
    assert {row["at"].month for row in desk.rows()} == {2, 3}


def test_an_epoch_is_a_count_and_a_senseless_one_is_refused(desk):
    recipe = mails().replace('format = "%Y-%m-%d"', 'epoch = "seconds"')
    rows = "id,to,when,cost\n1,a,1767225600,1\n2,b,99999999999999999999,1\n3,c,soon,1\n"

    result = desk.bring(desk.write("sent.csv", rows), recipe=recipe)

    assert (result.rows, result.refused) == ({"touches": 1}, 2)
    assert desk.rows()[0]["at"] == datetime(2026, 1, 1, tzinfo=UTC)
