"""Opening files of any kind as one relation: text cells (or Parquet's types) and true row numbers.

Delimited text and workbooks are first copied to Parquet files of text, a block at a time, so that
everything after reads columns in parallel and in bounded memory. Parquet is read where it lies.

    source = open_source([path], FileSpec(names=("*.csv",)), needed=["Day", "Cost"], folder=scratch)
    source.columns        # {"Day": "text", "Cost": "text", "Notes": "text"}
    source.header_row     # 3, say: what stood above was a title
    source.relation()     # SQL for a FROM clause: the columns, _file (from 0) and _row

To look at a file without a recipe: `first_records(path, rows=200)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from halves.connect import delimited, staging, workbooks
from halves.connect.delimited import Record
from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec
from halves.connect.quoting import identifier, literal

ROW, FILE = "_row", "_file"
_HEAD_ROWS = 60  # how far down a header may stand


@dataclass(frozen=True)
class Source:
    """Files that are read as one.

    Args:
        files: the files, in order; `_file` counts them from 0.
        columns: each column's name as written, and its kind: `text`, `number`, `moment` (a time
            with a zone), `local` (a time without), `day`, `flag` or `other`.
        parquet: what is read: the files themselves, or copies as text.
        is_copy: whether they are copies; then `_row` is a column.
        header_row: where the (first) header stands; 0 if there is none.
        rows: how many rows of data, malformed ones left out.
        malformed: Parquet files of rows that fit no column: `_file`, `_row`, `text`, `reason`.
        malformed_rows: how many those are.
        is_workbook: whether dates may be cells of a workbook, in ISO form.
    """

    files: tuple[Path, ...]
    columns: Mapping[str, str]
    parquet: tuple[Path, ...]
    is_copy: bool
    header_row: int
    rows: int
    malformed: tuple[Path, ...] = ()
    malformed_rows: int = 0
    is_workbook: bool = False

    def relation(self) -> str:
        """SQL to select from: all columns, `_file` and `_row`."""
        paths = ", ".join(literal(_unglobbed(path)) for path in self.parquet)
        # A Parquet file has no header: its first row is row 1.
        row = identifier(ROW) if self.is_copy else "file_row_number + 1"
        names = ", ".join(identifier(name) for name in self.columns)
        return (
            f"(SELECT {names}, file_index AS {FILE}, {row} AS {ROW} "
            f"FROM read_parquet([{paths}], "
            f"hive_partitioning = false, union_by_name = {len(self.parquet) > 1}))"
        )

    def column(self, wanted: str) -> str | None:
        """The column of this name; if none is spelled so, the one that differs only in case."""
        return matching(wanted, self.columns)


def _unglobbed(path: Path) -> str:
    """A path that DuckDB takes as it stands: `report[1].parquet` is one file and no pattern."""
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in str(path))


def open_source(
    paths: Sequence[Path], spec: FileSpec, *, needed: Sequence[str], folder: Path
) -> Source:
    """Open files that one recipe file names, copying them into `folder` if they are not Parquet.

    Args:
        paths: the files; all hold the same columns.
        spec: how they are written.
        needed: columns that each must have; they also tell the header from a preamble.
        folder: an empty folder for the copies.

    Raises:
        FileRefused: a file that is missing, empty, not of its kind or encoding, or that lacks a
            column.
    """
    opened = [_open_one(path, spec, needed, folder / f"{n:04d}") for n, path in enumerate(paths)]
    first = opened[0]
    for path, other in zip(paths, opened, strict=True):
        if other.is_copy != first.is_copy:
            raise FileRefused(f"{path} is of another kind than {paths[0]}; import them apart")
        for name in needed:
            one, two = first.column(name), other.column(name)
            if one != two or first.columns[str(one)] != other.columns[str(two)]:
                raise FileRefused(f"{path}: column {name!r} differs from that of {paths[0]}")
    shared = {
        name: kind
        for name, kind in first.columns.items()
        if all(other.columns.get(name) == kind for other in opened)
    }
    return Source(
        files=tuple(paths),
        columns=shared,
        parquet=tuple(part for one in opened for part in one.parquet),
        is_copy=first.is_copy,
        header_row=first.header_row,
        rows=sum(one.rows for one in opened),
        malformed=tuple(part for one in opened for part in one.malformed),
        malformed_rows=sum(one.malformed_rows for one in opened),
        is_workbook=any(one.is_workbook for one in opened),
    )


def first_records(path: Path, *, rows: int, spec: FileSpec | None = None) -> list[Record]:
    """The first rows of a file of any kind, as text, whatever they are: titles, header, data.

    Of a Parquet file the first is its column names, as if it had a header.

    Raises:
        FileRefused: a file that is missing, empty, or not of its kind or encoding.
    """
    spec = spec or FileSpec(names=("*",))
    kind = kind_of(path)
    if kind == "parquet":
        return _parquet_records(path, rows)
    if kind == "workbook":
        return workbooks.records(path, spec, limit=rows)
    encoding = delimited.encoding_of(path, spec)
    delimiter = spec.delimiter or delimited.delimiter_of(path, encoding=encoding, quote=spec.quote)
    found = []
    for record in delimited.records(path, encoding=encoding, delimiter=delimiter, quote=spec.quote):
        found.append(record)
        if len(found) == rows:
            break
    return found


def kind_of(path: Path) -> str:
    """`parquet`, `workbook` or `text`, told by the first bytes.

    Raises:
        FileRefused: it is missing, a folder, or empty.
    """
    if path.is_dir():
        raise FileRefused(f"{path} is a folder, not a file")
    head = delimited.head_bytes(path, 8)
    if not head:
        raise FileRefused(f"{path} is empty")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    return "text"


def matching(wanted: str, names: Mapping[str, str] | Sequence[str]) -> str | None:
    """The name that is `wanted`, or that differs from it only in case and outer spaces."""
    if wanted in names:
        return wanted
    folded = wanted.strip().casefold()
    return next((name for name in names if name.strip().casefold() == folded), None)


@dataclass(frozen=True)
class Header:
    """Where a header stands and what it says."""

    row: int  # 0 if the file has none
    names: list[str]


def header_in(found: Sequence[Record], spec: FileSpec, needed: Sequence[str]) -> Header | None:
    """The header among a file's first records; None if no row has all that is needed."""
    if spec.columns:
        return Header(0, list(spec.columns))
    for record in found:
        if spec.header_row is not None and record.row != spec.header_row:
            continue
        names = unique_names(record.cells)
        is_here = all(matching(name, names) is not None for name in needed)
        if any(cell.strip() for cell in record.cells) and (is_here or spec.header_row):
            return Header(record.row, names)
    return None


def unique_names(cells: Sequence[str]) -> list[str]:
    """Column names as a header has them; blanks and repeats get a number.

    >>> unique_names(["id", "", "id"])
    ['id', 'column 2', 'id (2)']
    """
    names: list[str] = []
    taken = {ROW, FILE}
    for place, cell in enumerate(cells, start=1):
        name = base = cell.strip().lstrip("\ufeff") or f"column {place}"
        turn = 1
        while name in taken:
            turn += 1
            name = f"{base} ({turn})"
        names.append(name)
        taken.add(name)
    return names


def _open_one(path: Path, spec: FileSpec, needed: Sequence[str], folder: Path) -> Source:
    kind = kind_of(path)
    if kind == "parquet":
        return _open_parquet(path, needed)
    folder.mkdir(parents=True)
    if kind == "workbook":
        header = _required(path, workbooks.records(path, spec, limit=_HEAD_ROWS), spec, needed)
        rows = workbooks.copy(path, spec, header.row, header.names, folder)
        copied = staging.Copied((folder / "rows.parquet",), rows, (), 0)
    else:
        encoding = delimited.encoding_of(path, spec)
        delimiter, header, lines = _text_header(path, spec, needed, encoding)
        copied = staging.copy(
            path,
            staging.Layout(encoding, delimiter, spec.quote, header.row, lines, header.names),
            footers=spec.footers,
            folder=folder,
        )
    return Source(
        files=(path,),
        columns=dict.fromkeys(header.names, "text"),
        parquet=copied.parquet,
        is_copy=True,
        header_row=header.row,
        rows=copied.rows,
        malformed=copied.malformed,
        malformed_rows=copied.malformed_rows,
        is_workbook=kind == "workbook",
    )


def _text_header(
    path: Path, spec: FileSpec, needed: Sequence[str], encoding: str
) -> tuple[str, Header, int]:
    """The delimiter, the header, and how many lines stand before the data."""
    tried = [spec.delimiter] if spec.delimiter else [*delimited.DELIMITERS]
    if not spec.delimiter:  # the likeliest first: a comma can be part of a name in another file
        likely = delimited.delimiter_of(path, encoding=encoding, quote=spec.quote)
        tried = [likely, *(mark for mark in tried if mark != likely)]
    for delimiter in tried:
        found, lines = delimited.head(
            path, encoding=encoding, delimiter=delimiter, quote=spec.quote, rows=_HEAD_ROWS
        )
        header = header_in(found, spec, needed)
        if header is not None and (needed or len(header.names) > 1 or delimiter == tried[-1]):
            _check_names(path, header, needed)
            return delimiter, header, lines[header.row] if header.row else 0
    found, _ = delimited.head(
        path, encoding=encoding, delimiter=tried[0], quote=spec.quote, rows=_HEAD_ROWS
    )
    return tried[0], _required(path, found, spec, needed), 0


def _required(path: Path, found: Sequence[Record], spec: FileSpec, needed: Sequence[str]) -> Header:
    header = header_in(found, spec, needed)
    if header is None:
        raise FileRefused(_no_header(path, found, spec, needed))
    _check_names(path, header, needed)
    return header


def _check_names(path: Path, header: Header, needed: Sequence[str]) -> None:
    lacking = [name for name in needed if matching(name, header.names) is None]
    if lacking:
        raise FileRefused(
            f"{path}, row {header.row}: no column {', '.join(map(repr, lacking))}; "
            f"the header has {_shown(header.names)}"
        )


def _no_header(path: Path, found: Sequence[Record], spec: FileSpec, needed: Sequence[str]) -> str:
    best = max(
        found,
        key=lambda record: sum(matching(name, record.cells) is not None for name in needed),
        default=None,
    )
    if best is None or not any(cell.strip() for record in found for cell in record.cells):
        return f"{path} holds no rows"
    if spec.header_row is not None:
        return f"{path} has no row {spec.header_row} for a header"
    lacking = [name for name in needed if matching(name, best.cells) is None]
    mark = f" when cut at {spec.delimiter!r}" if spec.delimiter else ""
    return (
        f"{path}: no row has the column {', '.join(map(repr, lacking))}{mark}; "
        f"row {best.row} comes nearest and has {_shown(best.cells)}"
    )


def _shown(cells: Sequence[str]) -> str:
    text = ", ".join(repr(cell) for cell in cells)
    return text if len(text) <= 400 else text[:400] + "…"


def _open_parquet(path: Path, needed: Sequence[str]) -> Source:
    try:
        schema = pq.read_schema(path)
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as failed:
        raise FileRefused(f"{path} is no whole Parquet file: {failed}") from None
    header = Header(0, list(schema.names))
    lacking = [name for name in needed if matching(name, header.names) is None]
    if lacking:
        raise FileRefused(
            f"{path}: no column {', '.join(map(repr, lacking))}; it has {_shown(header.names)}"
        )
    return Source(
        files=(path,),
        columns={field.name: _kind(field.type) for field in schema},
        parquet=(path,),
        is_copy=False,
        header_row=0,
        rows=rows,
    )


def _kind(found: pa.DataType) -> str:
    kinds = pa.types
    if kinds.is_dictionary(found):
        found = found.value_type
    if kinds.is_string(found) or kinds.is_large_string(found) or kinds.is_string_view(found):
        return "text"
    if kinds.is_integer(found) or kinds.is_floating(found) or kinds.is_decimal(found):
        return "number"
    if kinds.is_timestamp(found):
        return "moment" if found.tz is not None else "local"
    if kinds.is_date(found):
        return "day"
    return "flag" if kinds.is_boolean(found) else "other"


def _parquet_records(path: Path, rows: int) -> list[Record]:
    source = _open_parquet(path, [])
    names = list(source.columns)
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=max(rows - 1, 1)), None)
    except (pa.ArrowException, OSError) as failed:
        raise FileRefused(f"{path} is no whole Parquet file: {failed}") from None
    found = [] if batch is None else batch.slice(0, rows - 1).to_pylist()
    cells = [["" if one[n] is None else str(one[n]) for n in names] for one in found]
    return [Record(row, each) for row, each in enumerate([names, *cells])]
