import csv
import gzip
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from halves.connect import expressions as sql
from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec
from halves.connect.quoting import literal
from halves.connect.reading import first_records, open_source

ANY = FileSpec(names=("*",))
SLOW_IS_FINE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def value(engine, expression):
    return engine.execute(f"SELECT {expression}").fetchall()[0][0]


def as_money(engine, text, decimal=".", thousands=""):
    marks = sql.Marks(decimal, thousands)
    return value(engine, sql.money(literal(text), "DECIMAL(18, 6)", marks))


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)


@SLOW_IS_FINE
@given(
    amount=amounts,
    style=st.sampled_from([(".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'")]),
    mark=st.sampled_from(["", "$", "US$", "USD", "€", "R$"]),
    in_front=st.booleans(),
    brackets=st.booleans(),
)
def test_an_amount_is_read_back_however_it_was_written(
    engine, amount, style, mark, in_front, brackets
):
    decimal, thousands = style
    text = f"{abs(amount):,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))
    text = f"{mark} {text}" if in_front else f"{text} {mark}"
    if amount < 0:
        text = f"({text.strip()})" if brackets else f"-{text.strip()}"

    assert as_money(engine, text.strip(), decimal, thousands) == amount
    assert value(engine, sql.currency_mark(literal(text.strip()), sql.Marks(*style))) == mark


nearly_numbers = st.from_regex(
    r"[-+(]?[0-9]{1,3}(,[0-9]{2,3}){0,2}(\.[0-9]{0,3})?(e[0-9])?\)?", fullmatch=True
)


@SLOW_IS_FINE
@given(text=nearly_numbers | st.text(alphabet="0123456789.,-+e '$€()x_", max_size=8))
@example("1,234.5")
@example("12,34,567")
@example("1.")
@example("1,234e2")
@example("(5")
@example("(5)")
def test_what_is_read_as_a_number_is_one_to_python_too(engine, text):
    read = value(engine, sql.number(literal(text), "DOUBLE", sql.Marks(".", ",")))
    if read is None:
        return
    plain = text.replace(" ", "")
    if plain.startswith("("):
        assert plain.endswith(")")
        plain = "-" + plain[1:-1]
    assert "_" not in plain
    whole = plain.lstrip("+-").partition(".")[0].partition("e")[0]
    assert whole.isdigit() or not whole or all(len(part) == 3 for part in whole.split(",")[1:])
    assert float(plain.replace(",", "")) == read


@pytest.mark.parametrize(
    "text", ["", "x", "1,23", "1.234.567", "1e", "--5", "5 5", "12abc", "$", "1_000", "nan", "∞"]
)
def test_what_is_no_number_is_none(engine, text):
    assert as_money(engine, text) is None


moments = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001
FORMS = [
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d %b %Y %H:%M:%S",
    None,
]
ZONES = ["UTC", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata"]


@SLOW_IS_FINE
@given(moment=moments, form=st.sampled_from(FORMS), zone=st.sampled_from(ZONES))
def test_a_time_is_read_back_in_its_zone(engine, moment, form, zone):
    moment = moment.replace(microsecond=0)
    there = moment.replace(tzinfo=ZoneInfo(zone))
    # A time that the clocks skip, or show twice, names no one moment.
    assume(there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment)
    assume(there.replace(fold=1).utcoffset() == there.utcoffset())
    text = moment.isoformat() if form is None else moment.strftime(form)

    read = value(engine, sql.instant(literal(text), form, zone))

    assert read == there.astimezone(UTC).replace(tzinfo=None)
    assert value(engine, sql.calendar_day(literal(text), form, zone)) == moment.date()


@pytest.mark.parametrize(
    "text", ["epoch", "infinity", "tomorrow", "2026-02-30", "26-01-01", "12:30"]
)
def test_what_is_no_date_is_none(engine, text):
    assert value(engine, sql.instant(literal(text), None, "UTC")) is None
    assert value(engine, sql.calendar_day(literal(text), None, "Europe/Berlin")) is None


cells = st.text(
    alphabet=st.characters(codec="latin-1", exclude_categories=["Cc"], include_characters='\n"'),
    max_size=8,
)


@SLOW_IS_FINE
@given(
    table=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=12)
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory, table, delimiter, quote, quoting, encoding, line_end
):
    folder = tmp_path_factory.mktemp("csv")
    header = [f"name {place}" for place in range(len(table[0]) if table else 2)]
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=line_end
    )
    writer.writerows([header, *table])
    path = folder / "file.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    spec = FileSpec(names=("*",), quote=quote, encoding=encoding)

    source = open_source([path], spec, needed=header, folder=folder / "copy")
    read = pq.read_table(source.parquet[0])

    wanted = [
        ([cell.replace("\r\n", "\n") for cell in row], place)
        for place, row in enumerate(table, start=2)
        if any(row)
    ]
    rows = read.to_pylist()
    assert [([row[name] for name in header], row["_row"]) for row in rows] == wanted
    assert source.malformed_rows == 0


def test_a_file_of_many_blocks_keeps_its_row_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("halves.connect.staging._BLOCK", 4096)
    path = tmp_path / "long.csv"
    lines = ["a,b"]
    for row in range(2, 5000):
        lines.append("" if row % 7 == 0 else "short" if row % 11 == 0 else f"{row},x")
    path.write_text("\n".join(lines) + "\n")

    source = open_source([path], ANY, needed=["a", "b"], folder=tmp_path / "copy")
    rows = pq.read_table(source.parquet[0]).to_pylist()

    assert all(row["a"] == str(row["_row"]) for row in rows)
    assert len(rows) == sum(row % 7 > 0 and row % 11 > 0 for row in range(2, 5000))
    (bad,) = source.malformed
    told = pq.read_table(bad).column("_row").to_pylist()
    assert told == [row for row in range(2, 5000) if row % 11 == 0 and row % 7]


def test_the_first_rows_of_any_file_are_shown_as_they_stand(tmp_path):
    path = tmp_path / "ads.csv"
    path.write_text("Report\n\nDay;Cost\n2026-01-01;1,5\n")

    assert [(r.row, r.cells) for r in first_records(path, rows=9)] == [
        (1, ["Report"]),
        (2, []),
        (3, ["Day", "Cost"]),
        (4, ["2026-01-01", "1,5"]),
    ]


def test_a_gzipped_file_is_read_as_what_is_in_it(tmp_path):

    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))

    source = open_source([path], ANY, needed=["a"], folder=tmp_path / "copy")

    assert source.rows == 1


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileRefused, match="is a folder"):
        first_records(Path(tmp_path), rows=1)


def test_money_is_exact(engine):
    assert as_money(engine, "0.10") == Decimal("0.100000")
    assert as_money(engine, "123456789012.123456") == Decimal("123456789012.123456")
    assert as_money(engine, "1234567890123") is None  # more than the ledger holds
