"""Counting what comes in and what is refused: per field, not per row; and writing the refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from halves.connect.adding import ROWS_IN_ONE
from halves.connect.compiling import Query
from halves.connect.preparing import Prepared
from halves.connect.quoting import identifier, literal
from halves.connect.reading import FILE, ROW
from halves.connect.refusing import FIELD_MARK, PART_MARK, PROBLEM
from halves.connect.targets import TARGETS, Keeper, Read
from halves.ledger.schema import MOMENT

_SAMPLES = 3
_PROBLEMS = pa.schema(
    [
        ("place", pa.int64()),  # which set of rows, from 0; -1 for the file itself
        ("source", pa.string()),  # the recipe's name of the file
        (FILE, pa.int64()),
        (ROW, pa.int64()),
        ("problem", pa.string()),
    ]
)


@dataclass(frozen=True)
class Sample:
    """One refused value: where it stands, and what it is."""

    file: str
    row: int
    column: str
    value: str


@dataclass(frozen=True)
class Reason:
    """Why values of one field are refused, how many, and the first few."""

    words: str
    rows: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class FieldCount:
    """What became of one field.

    Args:
        field: the ledger's column, or `NAME.figure` of a join; empty for a row that fits no column.
        filled: values that come in.
        blank: rows that come in without one.
        refused: values that are refused.
        reasons: why, the most frequent first.
    """

    field: str
    filled: int
    blank: int
    refused: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class RowsCount:
    """What became of one set of rows.

    Args:
        table: where they go; empty for rows of a file that fit no column.
        about: what the recipe says they are.
        file: the recipe's name of the file; None for constants.
        rows: rows of the file (and of what it is joined to) that the recipe keeps.
        left_out: rows of the file that its filters and joins leave out.
        good: rows that come in.
        fields: its fields.
        added: rows of the file that were added to others of their key.
    """

    table: str
    about: str
    file: str | None
    rows: int
    left_out: int
    good: int
    fields: tuple[FieldCount, ...]
    added: int = 0

    @property
    def refused(self) -> int:
        """Rows that do not come in for a value in them that is refused."""
        return self.rows - self.good - self.added


class Tally:
    """Counts for one set of rows while its batches pass."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.rows = 0
        self.good = 0
        self.added = 0
        self.blanks = dict.fromkeys(query.fields, 0)

    def take(
        self,
        batch: pa.RecordBatch,
        place: int,
        problems: "Problems",
        keeper: Keeper | None = None,
    ) -> pa.RecordBatch:
        """Count a batch; returns its good rows as the ledger, or the keeper, wants them."""
        self.rows += batch.num_rows
        if ROWS_IN_ONE in batch.schema.names:
            added = (pc.sum(batch.column(ROWS_IN_ONE)).as_py() or 0) - batch.num_rows
            self.added += added
            self.rows += added
        found = batch.column(PROBLEM)
        if found.null_count < batch.num_rows:
            problems.add(place, self.query.rows.file, batch.filter(pc.is_valid(found)))
            batch = batch.filter(pc.is_null(found))
        self.good += batch.num_rows
        rows = _as_target(batch, self.query)
        if keeper is not None and batch.num_rows:
            read = keeper.read(self.query.rows.table, rows)
            problems.add(place, self.query.rows.file, self._told(batch, read))
            rows = read.rows
        for name in self.blanks:
            self.blanks[name] += rows.column(name).null_count
        return rows

    def _told(self, batch: pa.RecordBatch, read: Read) -> pa.RecordBatch:
        """Values that the keeper left out, each as a problem of its row."""
        places = [one.place for one in read.refused]
        words = [
            PART_MARK.join((one.field, self._label(one.field), _unmarked(one.value), one.words))
            + FIELD_MARK
            for one in read.refused
        ]
        taken = batch.select([FILE, ROW]).take(pa.array(places, pa.int64()))
        return taken.append_column(PROBLEM, pa.array(words, pa.string()))

    def _label(self, name: str) -> str:
        given = self.query.rows.fields.get(name)
        return str(given.column) if given is not None and given.column else name


def _unmarked(text: str) -> str:
    return text.replace(FIELD_MARK, " ").replace(PART_MARK, " ")


def _as_target(batch: pa.RecordBatch, query: Query) -> pa.RecordBatch:
    columns = TARGETS[query.rows.table].columns
    arrays = []
    for name, column in columns.items():
        if name not in query.fields:
            arrays.append(pa.nulls(batch.num_rows, column.type))
        elif column.type == MOMENT:  # the query's times are in UTC and do not say so
            arrays.append(batch.column(name).cast(pa.timestamp("us")).cast(MOMENT))
        else:
            arrays.append(batch.column(name).cast(column.type))
    schema = pa.schema([(name, column.type) for name, column in columns.items()])
    return pa.record_batch(arrays, schema=schema)


class Problems:
    """Refused rows, kept on disk until they are counted and written out."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_suffix(".parquet")
        self._writer: pq.ParquetWriter | None = pq.ParquetWriter(self._path, _PROBLEMS)

    def add(self, place: int, source: str | None, rows: pa.RecordBatch) -> None:
        """Keep the refused rows of a batch."""
        size = rows.num_rows
        arrays = [
            pa.repeat(pa.scalar(place, pa.int64()), size),
            pa.repeat(pa.scalar(source or "", pa.string()), size),
            rows.column(FILE).cast(pa.int64()),
            rows.column(ROW).cast(pa.int64()),
            rows.column(PROBLEM).cast(pa.string()),
        ]
        assert self._writer is not None
        self._writer.write_batch(pa.record_batch(arrays, schema=_PROBLEMS))

    def close(self) -> None:
        """Take no more."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def add_sources(self, engine: duckdb.DuckDBPyConnection, prepared: Prepared) -> None:
        """Gather all in one table: refused rows, rows that fit no column, cells not in a sum."""
        engine.execute(
            "CREATE OR REPLACE TEMP TABLE problems AS "
            f"SELECT * FROM read_parquet({literal(str(self._path))})"
        )
        for name, source in prepared.sources.items():
            for path in source.malformed:
                engine.execute(
                    f"INSERT INTO problems SELECT -1, {literal(name)}, coalesce({FILE}, 0), {ROW}, "
                    f"concat(chr(31), chr(31), translate(text, chr(30) || chr(31), '  '), chr(31), "
                    f"reason, chr(30)) FROM read_parquet({literal(str(path))})"
                )
        for place, query in enumerate(prepared.queries):
            for bad in query.bad_cells:
                head = literal(f"{bad.field}\x1f{bad.label}\x1f")
                engine.execute(
                    f"INSERT INTO problems SELECT {place}, {literal(bad.file)}, {FILE}, {ROW}, "
                    f"{head} || raw || chr(31) || 'is not a number, and not in the figure' "
                    f"|| chr(30) FROM ({bad.sql})"
                )

    def rows(self, engine: duckdb.DuckDBPyConnection) -> int:
        """How many rows of files are refused, each once, whatever is wrong with it."""
        asked = f"SELECT count(*) FROM (SELECT DISTINCT source, {FILE}, {ROW} FROM problems)"
        return int(engine.execute(asked).fetchall()[0][0])

    def counts(
        self, engine: duckdb.DuckDBPyConnection, prepared: Prepared, tallies: Sequence[Tally]
    ) -> tuple[RowsCount, ...]:
        """What became of each field of each set of rows."""
        reasons = self._reasons(engine, prepared)
        counts = [
            _counted(tally, prepared, {f: r for (p, f), r in reasons.items() if p == place})
            for place, tally in enumerate(tallies)
        ]
        for name, source in prepared.sources.items():
            if source.malformed_rows:
                why = tuple(
                    reason
                    for (place, _), found in reasons.items()
                    if place == -1
                    for reason in found
                    if reason.samples[0].file in {path.name for path in source.files}
                )
                field = FieldCount("", 0, 0, source.malformed_rows, why)
                rows = source.malformed_rows
                counts.append(RowsCount("", "rows that fit no column", name, rows, 0, 0, (field,)))
        return tuple(counts)

    def _reasons(
        self, engine: duckdb.DuckDBPyConnection, prepared: Prepared
    ) -> dict[tuple[int, str], tuple[Reason, ...]]:
        # Numbers in a reason ("row 7") would make each its own; they are told by the samples.
        found = engine.execute(
            f"SELECT place, source, field, any_value(reason), count(*) AS n, "
            f"min({{'file': {FILE}, 'row': {ROW}, 'label': label, 'value': value}}, {_SAMPLES}) "
            f"FROM ({_PARTS}) "
            "GROUP BY place, source, field, regexp_replace(reason, '\\d+', '#', 'g') "
            "ORDER BY place, field, n DESC, 4"
        ).fetchall()
        reasons: dict[tuple[int, str], tuple[Reason, ...]] = {}
        for place, source, field, words, rows, samples in found:
            files = prepared.files.get(source, ())
            shown = tuple(
                Sample(
                    file=files[one["file"]].name if files else "",
                    row=one["row"],
                    column=one["label"],
                    value=one["value"],
                )
                for one in samples
            )
            key = (place, field)
            reasons[key] = (*reasons.get(key, ()), Reason(words, rows, shown))
        return reasons

    def write(
        self, engine: duckdb.DuckDBPyConnection, prepared: Prepared, folder: Path
    ) -> tuple[Path, ...]:
        """Write the refused rows of each file, with why and as they stood there.

        No cell can be taken for a formula by the program that opens the file.
        """
        written = []
        for name, source in prepared.sources.items():
            mine = f"SELECT * FROM ({_PARTS}) WHERE source = {literal(name)}"
            if not engine.execute(f"SELECT count(*) FROM ({mine})").fetchall()[0][0]:
                continue
            tables = [query.rows.table for query in prepared.queries]
            named = " ".join(
                f"WHEN {n} THEN {literal(table + '.')}" for n, table in enumerate(tables)
            )
            where = f"CASE place {named} ELSE '' END || field || ' '"
            files = " ".join(f"WHEN {n} THEN {literal(p.name)}" for n, p in enumerate(source.files))
            told = (
                f"SELECT {FILE}, {ROW}, first(label ORDER BY place) AS label, "
                f"first(value ORDER BY place) AS value, "
                f"string_agg(DISTINCT {where} || reason, '; ') AS reason "
                f"FROM ({mine}) GROUP BY {FILE}, {ROW}"
            )
            original = ", ".join(_safe(f"s.{identifier(c)}", c) for c in source.columns)
            rows = (
                f'SELECT CASE p.{FILE} {files} END AS file, p.{ROW} AS "row", '
                f"{_safe('p.label', 'column')}, {_safe('p.value', 'value')}, "
                f"{_safe('p.reason', 'reason')}, {original} FROM ({told}) AS p "
                f"LEFT JOIN {source.relation()} AS s ON s.{FILE} = p.{FILE} AND s.{ROW} = p.{ROW} "
                f"ORDER BY p.{FILE}, p.{ROW}"
            )
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"refused-{name}.csv"
            draft = folder / f".refused-{name}.csv.draft"
            engine.execute(f"COPY ({rows}) TO {literal(str(draft))} (FORMAT csv, HEADER)")
            draft.replace(target)
            written.append(target)
        return tuple(written)


# A problem's text taken apart: one line for each refused field.
_PARTS = (
    f"SELECT place, source, {FILE}, {ROW}, split_part(one, chr(31), 1) AS field, "
    "split_part(one, chr(31), 2) AS label, split_part(one, chr(31), 3) AS value, "
    f"split_part(one, chr(31), 4) AS reason FROM (SELECT place, source, {FILE}, {ROW}, "
    "unnest(string_split(rtrim(problem, chr(30)), chr(30))) AS one FROM problems)"
)


def _safe(value: str, name: str) -> str:
    """A cell that no spreadsheet runs: a quote before what begins like a formula (no number)."""
    text = f"CAST({value} AS VARCHAR)"
    return (
        f"CASE WHEN left({text}, 1) IN ('=', '+', '-', '@', chr(9), chr(13)) "
        f"AND try_cast({text} AS DOUBLE) IS NULL THEN '''' || {text} ELSE {text} END "
        f"AS {identifier(name)}"
    )


def _counted(
    tally: Tally, prepared: Prepared, reasons: Mapping[str, tuple[Reason, ...]]
) -> RowsCount:
    rows = tally.query.rows
    of = prepared.sources[rows.file].rows if rows.file is not None else 1
    names = [*tally.query.fields, *(name for name in reasons if name not in tally.query.fields)]
    fields = []
    for name in names:
        why = reasons.get(name, ())
        blank = tally.blanks.get(name, 0)
        filled = tally.good - blank if name in tally.blanks else 0
        fields.append(FieldCount(name, filled, blank, sum(one.rows for one in why), why))
    return RowsCount(
        table=rows.table,
        about=rows.about,
        file=rows.file,
        rows=tally.rows,
        left_out=max(of - tally.rows, 0),
        good=tally.good,
        fields=tuple(fields),
        added=tally.added,
    )
