"""Workbooks (xlsx, xlsm, xlsb, xls, ods): one sheet's rows as text."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from halves.connect.delimited import Record
from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec

_CHUNK = 50_000


def records(path: Path, spec: FileSpec, *, limit: int) -> list[Record]:
    """The first rows of the recipe's sheet.

    Raises:
        FileRefused: no workbook, or no such sheet.
    """
    return list(islice(_records(path, spec), limit))


def copy(path: Path, spec: FileSpec, header_row: int, names: Sequence[str], folder: Path) -> int:
    """Copy the rows below the header to `folder`; returns how many.

    Blank rows and footers are no data.
    """
    schema = pa.schema([*((name, pa.string()) for name in names), ("_row", pa.int64())])
    count = 0
    rows = (record for record in _records(path, spec) if record.row > header_row)
    data = (record for record in rows if not _is_nothing(record, spec))
    with pq.ParquetWriter(folder / "rows.parquet", schema, compression="lz4") as writer:
        while chunk := list(islice(data, _CHUNK)):
            columns = [[record.cells[n] for record in chunk] for n in range(len(names))]
            numbers = [record.row for record in chunk]
            writer.write_table(pa.table([*columns, numbers], schema=schema))
            count += len(chunk)
    return count


def _is_nothing(record: Record, spec: FileSpec) -> bool:
    if not any(cell.strip() for cell in record.cells):
        return True
    return record.cells[0].strip().startswith(spec.footers or ("\0",))


def _records(path: Path, spec: FileSpec) -> Iterator[Record]:
    sheet = _sheet(path, spec.sheet)
    start = sheet.start[0] if sheet.start else 0
    left = sheet.start[1] if sheet.start else 0
    for row in range(1, start + 1):
        yield Record(row, [])
    width = left + sheet.width
    for row, cells in enumerate(sheet.iter_rows(), start=start + 1):
        padded = [""] * (width - len(cells)) + [_text(cell, spec.decimal) for cell in cells]
        yield Record(row, padded)


def _sheet(path: Path, name: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError) as failed:
        raise FileRefused(f"{path} is no workbook that can be read: {failed}") from None
    names = list(book.sheet_names)
    if name is not None and name not in names:
        raise FileRefused(f"{path} has no sheet {name!r}; it has {', '.join(map(repr, names))}")
    if not names:
        raise FileRefused(f"{path} has no sheets")
    try:
        return book.get_sheet_by_name(name or names[0])
    except CalamineError as failed:
        raise FileRefused(f"{path}, sheet {name or names[0]!r}: {failed}") from None


def _text(cell: object, decimal: str) -> str:
    """A cell as the recipe's own way of writing has it, so that it is read back as the same."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell).replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return repr(cell.total_seconds()).replace(".", decimal)
    return str(cell)
