"""Copying delimited text to Parquet files of text, a block at a time, each row with its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from halves.connect import delimited
from halves.connect.errors import FileRefused

_BLOCK = 8 << 20
_FLUSH = 50_000
_SHOWN = 2_000  # letters kept of a row that fits no column
_MALFORMED = pa.schema(
    [
        ("_file", pa.int64()),
        ("_row", pa.int64()),
        ("text", pa.string()),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class Layout:
    """How a file is written: what stands before the data, and how the data are cut."""

    encoding: str
    delimiter: str
    quote: str
    header_row: int  # counted in records; 0 if there is none
    header_lines: int  # counted in lines, the header's last one included
    names: Sequence[str]


@dataclass(frozen=True)
class Copied:
    """What became of a file: Parquet files of its rows, and of rows that fit no column."""

    parquet: tuple[Path, ...]
    rows: int
    malformed: tuple[Path, ...]
    malformed_rows: int


def copy(path: Path, layout: Layout, *, footers: Sequence[str], folder: Path) -> Copied:
    """Copy a file's rows to `folder`.

    Blank rows, and footers, are no data. Rows with more or fewer cells than the header are kept
    apart.

    Raises:
        FileRefused: bytes that are not of the encoding, or a quote that never closes.
    """
    reading = _Reading(path, layout, footers, folder)
    schema = pa.schema([*((name, pa.string()) for name in layout.names), ("_row", pa.int64())])
    target = folder / "rows.parquet"
    with pq.ParquetWriter(target, schema, compression="lz4", use_dictionary=False) as writer:
        for table in reading.tables():
            writer.write_table(table)
    reading.flush()
    return Copied((target,), reading.rows, tuple(reading.malformed), reading.malformed_rows)


class _Reading:
    """One pass over a file, and what it met."""

    def __init__(self, path: Path, layout: Layout, footers: Sequence[str], folder: Path) -> None:
        self.path, self.layout, self.footers, self.folder = path, layout, tuple(footers), folder
        self.rows = 0
        self.malformed: list[Path] = []
        self.malformed_rows = 0
        self._held: list[tuple[int, str, str]] = []
        self._skipped: list[int] = []  # numbers of rows that the parser left out, not yet counted

    def tables(self) -> Iterator[pa.Table]:
        """The rows that fit, in order, numbered."""
        if _has_no_data(self.path, self.layout):
            return
        following = self.layout.header_row + 1
        last: pa.RecordBatch | None = None
        try:
            for batch in self._open():
                numbers, following = self._numbers(batch.num_rows, following)
                table = pa.Table.from_batches([batch]).append_column("_row", numbers)
                table = self._without_blanks(table)
                self.rows += table.num_rows
                last = batch if batch.num_rows else last
                yield table
        except pa.ArrowInvalid as failed:
            raise FileRefused(self._unreadable(str(failed), following)) from None
        except UnicodeError:
            raise FileRefused(self._undecodable()) from None
        if last is not None and self._swallowed(last):
            raise FileRefused(self._unreadable("quote", following))

    def _open(self) -> pa_csv.CSVStreamingReader:
        layout = self.layout
        if layout.encoding == "utf-8" or layout.encoding == "utf-8-sig":
            file = pa.PythonFile(delimited.open_bytes(self.path), mode="r")
        else:
            file = pa.PythonFile(delimited.Recoded(self.path, layout.encoding), mode="r")
        return pa_csv.open_csv(
            file,
            read_options=pa_csv.ReadOptions(
                column_names=list(layout.names),
                skip_rows=layout.header_lines,
                block_size=_BLOCK,
                use_threads=False,  # a parser with threads does not number rows
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=layout.quote,
                newlines_in_values=True,
                ignore_empty_lines=False,  # they are rows that a person sees
                invalid_row_handler=self._on_misfit,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(layout.names, pa.string()), strings_can_be_null=False
            ),
        )

    def _on_misfit(self, row: pa_csv.InvalidRow) -> str:
        layout = self.layout
        number = row.number - layout.header_lines + layout.header_row
        self._skipped.append(number)
        words = row.text.strip().strip(layout.delimiter + layout.quote + " ")
        if words and not words.startswith(self.footers or ("\0",)):
            self.malformed_rows += 1
            reason = f"has {row.actual_columns} cells where the header has {row.expected_columns}"
            self._held.append((number, row.text[:_SHOWN], reason))
            if len(self._held) >= _FLUSH:
                self.flush()
        return "skip"

    def flush(self) -> None:
        """Write down the rows that fit no column."""
        if not self._held:
            return
        target = self.folder / f"malformed-{len(self.malformed):04d}.parquet"
        rows, texts, reasons = zip(*self._held, strict=True)
        none = pa.nulls(len(rows), pa.int64())
        pq.write_table(pa.table([none, rows, texts, reasons], schema=_MALFORMED), target)
        self.malformed.append(target)
        self._held.clear()

    def _numbers(self, size: int, following: int) -> tuple[pa.Array, int]:
        """Number a batch's rows, passing over those that the parser left out among them."""
        numbers = np.arange(following, following + size, dtype=np.int64)
        taken = 0
        for skipped in self._skipped:
            place = skipped - following - taken
            if place > size:
                break
            numbers[place:] += 1
            taken += 1
        del self._skipped[:taken]
        return pa.array(numbers), following + size + taken

    def _without_blanks(self, table: pa.Table) -> pa.Table:
        first = table.column(0)
        blank = pc.equal(first, "")
        drop = None
        if pc.any(blank).as_py():
            for name in self.layout.names[1:]:
                blank = pc.and_(blank, pc.equal(table.column(name), ""))
            drop = blank
        for footer in self.footers:
            is_footer = pc.starts_with(pc.utf8_trim_whitespace(first), footer)
            drop = is_footer if drop is None else pc.or_(drop, is_footer)
        return table if drop is None else table.filter(pc.invert(drop))

    def _swallowed(self, last: pa.RecordBatch) -> bool:
        """Say whether the last cell ran to the end of the file for want of a closing quote."""
        cells = [str(last.column(n)[last.num_rows - 1]) for n in range(last.num_columns)]
        if not any("\n" in cell or "\r" in cell for cell in cells):
            return False
        final = ""
        for record in delimited.lines_of(self.path, self.layout.encoding):
            final = record.strip() or final
        return not final.endswith(self.layout.quote) and cells[-1].strip().endswith(final)

    def _undecodable(self) -> str:
        layout = self.layout
        return delimited.undecodable(self.path, layout.encoding, layout.delimiter, layout.quote)

    def _unreadable(self, failed: str, following: int) -> str:
        if "UTF8" in failed:
            return self._undecodable()
        longest, where = 0, following
        for record in delimited.records(
            self.path,
            encoding=self.layout.encoding,
            delimiter=self.layout.delimiter,
            quote=self.layout.quote,
        ):
            lines = sum(cell.count("\n") for cell in record.cells)
            if lines > longest:
                longest, where = lines, record.row
        if longest:
            return (
                f"{self.path}, row {where}: a quote opens a cell and never closes "
                f"(it runs over {longest} lines)"
            )
        return f"{self.path}, after row {following - 1}: {failed}"


def _has_no_data(path: Path, layout: Layout) -> bool:
    with delimited.lines_of(path, layout.encoding, errors="replace") as lines:
        for count, line in enumerate(lines, start=1):
            if count > layout.header_lines and line.strip():
                return False
    return True
