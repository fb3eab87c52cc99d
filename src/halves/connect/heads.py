"""The first rows of a file, each taken for its header in turn, and what its columns hold below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from halves.connect.delimited import DELIMITERS, Record
from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec
from halves.connect.reading import first_records, kind_of, unique_names
from halves.connect.roles import Sample

_LOOK = 10_000  # rows: where 10,000 dates leave day and month open, nothing in the file tells
_HEADER_WITHIN = 40
_MOST_CELLS, _LONGEST_CELL = 16_384, 500  # a workbook has no more columns; a name is no longer
_WESTERN = "cp1252"  # what Excel writes in Western Europe


@dataclass(frozen=True)
class Head:
    """A file with one of its rows taken for the header.

    Args:
        path: the file.
        spec: how it is written, where that had to be found out.
        records: its first rows.
        place: which of them is the header, from 0.
        notes: what the user should know of how it was read.
    """

    path: Path
    spec: FileSpec
    records: Sequence[Record]
    place: int
    notes: tuple[str, ...] = ()

    @cached_property
    def headers(self) -> list[str]:
        """The columns' names."""
        return unique_names(self.records[self.place].cells)

    @property
    def header_row(self) -> int:
        """The header's row, from 1."""
        return self.records[self.place].row

    @property
    def has_preamble(self) -> bool:
        """Say whether a title stands above the header."""
        above = self.records[: self.place]
        return any(sum(bool(cell.strip()) for cell in one.cells) == 1 for one in above)

    @property
    def header_again(self) -> int | None:
        """The row where the header stands a second time, as in two exports put into one file."""
        header = self.records[self.place].cells
        below = self.records[self.place + 1 :]
        return next((one.row for one in below if one.cells == header), None)

    @cached_property
    def samples(self) -> Mapping[str, Sample]:
        """What each column holds, as far as was looked; footers and short rows left out."""
        width = len(self.headers)
        rows = [one.cells for one in self.records[self.place + 1 :] if len(one.cells) == width]
        rows = [cells for cells in rows if not _is_sum(cells)]
        return {
            name: Sample(name, [cells[n] for cells in rows]) for n, name in enumerate(self.headers)
        }


def heads(path: Path) -> Iterator[list[Head]]:
    """Yield, for each way to cut the file, its first rows each taken for the header.

    Raises:
        FileRefused: the file cannot be read, or is empty.
    """
    spec, notes = _spec(path)
    seen: list[Sequence[Record]] = []
    for delimiter in (None, *DELIMITERS) if kind_of(path) == "text" else (None,):
        records = first_records(path, rows=_LOOK, spec=replace(spec, delimiter=delimiter))
        if any(records == other for other in seen):
            continue
        seen.append(records)
        if not any(cell.strip() for one in records for cell in one.cells):
            raise FileRefused(f"{path} holds no rows")
        yield [
            Head(path, replace(spec, delimiter=delimiter), records, place, notes)
            for place, record in enumerate(records[:_HEADER_WITHIN])
            if _may_be_header(record)
        ]


def likeliest(path: Path) -> Head:
    """The file with the row taken for the header that is as wide as most of the rows.

    Raises:
        FileRefused: the file cannot be read, or is empty.
    """
    first = next(heads(path))
    if not first:
        raise FileRefused(f"{path}: none of its first {_HEADER_WITHIN} rows could name columns")
    widths = [len(one.cells) for one in first[0].records if any(c.strip() for c in one.cells)]
    usual = max(set(widths), key=widths.count)
    full = [head for head in first if len(head.records[head.place].cells) == usual]
    return full[0] if full else first[0]


def _spec(path: Path) -> tuple[FileSpec, tuple[str, ...]]:
    """How to read the file's letters: as it says itself, else as Excel in Western Europe writes."""
    spec = FileSpec(names=("*",))  # a recipe of one file takes any that it is handed
    if kind_of(path) != "text":
        return spec, ()
    try:
        first_records(path, rows=_LOOK, spec=spec)
    except FileRefused:
        western = replace(spec, encoding=_WESTERN)
        try:
            first_records(path, rows=_LOOK, spec=western)
        except FileRefused:
            return spec, ()
        return western, (f"it is not UTF-8, and was read as {_WESTERN}: look at the accents",)
    return spec, ()


def _may_be_header(record: Record) -> bool:
    return (
        len(record.cells) <= _MOST_CELLS
        and any(cell.strip() for cell in record.cells)
        and all(len(cell) <= _LONGEST_CELL for cell in record.cells)
    )


def _is_sum(cells: Sequence[str]) -> bool:
    return cells[0].replace("\u00a0", " ").strip().casefold().startswith(_SUMS)


_SUMS = ("total:", "total :", "gesamt:", "insgesamt:", "totale:", "grand total")
