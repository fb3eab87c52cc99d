"""Files that are broken in every way get one line and an exit code, and never a traceback."""

import csv
import gzip
import random
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from halves.ledger import Ledger
from tests.connect import known_exports as exports
from tests.connect.files import mails


def report(tmp_path: Path, *, form: str = "csv") -> bytes:
    exports.google_ads(tmp_path / "whole.csv", "en", form=form)
    return (tmp_path / "whole.csv").read_bytes()


def torn_workbook(tmp_path: Path) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Day", "Campaign", "Campaign ID", "Currency code", "Cost"])
    book.save(tmp_path / "whole.xlsx")
    content = bytearray((tmp_path / "whole.xlsx").read_bytes())
    rng = random.Random(1)
    for _ in range(40):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def zip_of_something_else(tmp_path: Path) -> bytes:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    return (tmp_path / "other.zip").read_bytes()


BROKEN = {
    "cut in the middle of a letter.csv": lambda p: report(p, form="excel")[:-1],
    "marked as another UTF-16.csv": lambda p: b"\xfe\xff" + report(p, form="excel")[2:],
    "zeros.csv": lambda p: bytes(5000),
    "one endless row.csv": lambda p: b"x" * 3_000_000,
    "one row of a million cells.csv": lambda p: b"x," * 1_000_000,
    "a quote that never closes.csv": lambda p: b'a,b\n"' + b"y" * 3_000_000,
    "thousands of columns.csv": lambda p: b",".join(b"c%d" % n for n in range(5000)) + b"\n",
    "noise.csv": lambda p: random.Random(2).randbytes(50_000),
    "a torn gzip.csv.gz": lambda p: gzip.compress(report(p))[:-20],
    "no gzip.csv.gz": report,
    "a torn workbook.xlsx": torn_workbook,
    "a zip of something else.xlsx": zip_of_something_else,
    "an old workbook that is none.xls": lambda p: b"\xd0\xcf\x11\xe0" + bytes(3000),
    "a page.csv": lambda p: b"<html><body><table></table></body></html>",
    "objects.csv": lambda p: b'[{"a": 1}]',
    "two exports in one.csv": lambda p: report(p) * 2,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_a_line(halves, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name](tmp_path))

    for command in ("guess", "import"):
        code, said = halves(command, path)
        assert code == 1
        assert f"halves: {path}" in said
        assert "Traceback" not in said
        assert len(said) < 1500


def test_good_rows_of_a_ragged_file_come_in_and_the_others_are_told(halves, tmp_path):
    lines = report(tmp_path).decode().split("\r\n")
    lines[5] = "2026-03-02"
    lines[7] += ",one,two"
    lines[9] = lines[9].replace("2026", "20\x0026")
    (tmp_path / "ragged.csv").write_text("\r\n".join(lines), newline="")

    code, said = halves("import", "ragged.csv")

    assert code == 0
    assert "Came in: 39 spend" in said
    (refused,) = Path("halves-data/imports").glob("*/refused-export.csv")
    with refused.open(newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["6", "8", "10"]


def test_text_named_as_a_workbook_is_read_as_text(halves, tmp_path):
    (tmp_path / "report.xlsx").write_bytes(report(tmp_path))

    assert "42 spend" in halves("import", "report.xlsx")[1]


def test_a_parquet_file_torn_inside_leaves_nothing_half_in(halves, tmp_path):
    people = pa.table({"person": [f"u{n}" for n in range(300_000)]})
    pq.write_table(people, "people.parquet", row_group_size=50_000, use_dictionary=False)
    assert halves("guess", "people.parquet", "--write", "draft.toml")[0] == 0
    content = bytearray(Path("people.parquet").read_bytes())
    torn = int(len(content) * 0.8)
    content[torn : torn + 4000] = b"\xff" * 4000
    Path("people.parquet").write_bytes(content)

    said = ["--recipe", "draft.toml", "--set", "since=2026-01-01"]
    code, told = halves("import", "people.parquet", *said)

    assert code == 1
    assert "people.parquet cannot be read to its end" in told
    assert Ledger.open("halves-data/ledger").read("people").num_rows == 0


def test_files_of_the_same_days_are_not_added_to_each_other(halves, tmp_path):
    spent = exports.spending()
    rows = exports.google_rows(spent, exports.LANGUAGES["en"])
    exports.write_csv(tmp_path / "a.csv", rows)
    exports.write_csv(tmp_path / "b.csv", rows[:-3])
    halves("guess", "a.csv", "--write", "draft.toml")

    code, _ = halves("import", "a.csv", "b.csv", "--recipe", "draft.toml")

    found = Ledger.open("halves-data/ledger").read("spend").to_pylist()
    assert code == 0
    assert sum(row["amount"] for row in found) == sum(line.cost for line in spent)


@pytest.mark.parametrize(
    "cell", ["NaN", "inf", "-inf", "1e400", "-12.50", "#DIV/0!", "n/a", "", "12,50,0.1"]
)
def test_a_cost_that_is_no_amount_is_refused_and_the_other_rows_come_in(halves, tmp_path, cell):
    spent = exports.spending()
    rows = exports.google_rows(spent, exports.LANGUAGES["en"])
    rows[3][rows[0].index("Cost")] = cell
    exports.write_csv(tmp_path / "costs.csv", rows)

    code, said = halves("import", "costs.csv")

    found = Ledger.open("halves-data/ledger").read("spend").column("amount").to_pylist()
    assert code == 0
    assert "1 refused" in said
    assert sum(found) == sum(line.cost for line in spent) - spent[2].cost
    (refused,) = Path("halves-data/imports").glob("*/refused-*.csv")
    with refused.open(newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["4"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_a_cost_in_parquet_that_is_no_amount_is_refused_and_not_blank(halves, tmp_path, bad):
    sent = {"id": ["1", "2"], "to": ["Ada@x.org", "ben@x.org"], "when": ["2026-01-02"] * 2}
    pq.write_table(pa.table(sent | {"cost": [0.5, bad]}), tmp_path / "sent.parquet")
    (tmp_path / "mails.toml").write_text(mails())

    code, said = halves("import", "sent.parquet", "--recipe", "mails.toml")

    assert code == 0
    assert "1 refused" in said
    assert Ledger.open("halves-data/ledger").read("touches").column("cost").to_pylist() == [
        Decimal("0.5")
    ]
