"""Delimited text: what encoding and delimiter it is written with, and its records, one by one."""

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

csv.field_size_limit(1 << 30)  # a cell that swallows the rest of a file is found, not crashed on


@dataclass(frozen=True)
class Record:
    """One row of a file: its number as a person sees it (from 1, the header too), and its cells."""

    row: int
    cells: list[str]


def open_bytes(path: Path) -> BinaryIO:
    """A file's bytes, unzipped if its name ends in `.gz`.

    Raises:
        FileRefused: it is not there, is a folder, or may not be read.
    """
    try:
        if path.suffix.lower() == ".gz":
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except FileNotFoundError:
        raise FileRefused(f"there is no file {path}") from None
    except OSError as failed:
        raise FileRefused(f"{path} cannot be read: {failed.strerror}") from None


def head_bytes(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a file."""
    with open_bytes(path) as file:
        try:
            return file.read(size)
        except (OSError, EOFError) as failed:
            raise FileRefused(f"{path} cannot be read: {failed}") from None


def encoding_of(path: Path, spec: FileSpec) -> str:
    """What the recipe says, what a byte-order mark says, or UTF-8; UTF-16 shows by its zeros.

    Raises:
        FileRefused: Python knows no encoding of the name.
    """
    head = head_bytes(path)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if spec.encoding is not None:
        try:
            return codecs.lookup(spec.encoding).name
        except LookupError:
            raise FileRefused(f"{path}: there is no encoding {spec.encoding!r}") from None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5:
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


def lines_of(path: Path, encoding: str, *, errors: str = "strict") -> io.TextIOWrapper:
    """A file as text, line ends as written."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors=errors, newline="")


def records(
    path: Path, *, encoding: str, delimiter: str, quote: str = '"', errors: str = "strict"
) -> Iterator[Record]:
    """Yield records one by one, to find an error by; blank lines count and have no cells.

    Raises:
        FileRefused: bytes that are not of the encoding, or a line that csv cannot read.
    """
    with lines_of(path, encoding, errors=errors) as lines:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
        row = 0
        try:
            for row, cells in enumerate(reader, start=1):
                yield Record(row, cells)
        except csv.Error as failed:
            raise FileRefused(f"{path}, row {row + 1}: {failed}") from None
        except UnicodeError:
            raise FileRefused(undecodable(path, encoding, delimiter, quote)) from None


def head(
    path: Path, *, encoding: str, delimiter: str, quote: str, rows: int
) -> tuple[list[Record], dict[int, int]]:
    """The first records, and the line on which each ends."""
    found: list[Record] = []
    lines_until: dict[int, int] = {}
    with lines_of(path, encoding) as lines:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
        try:
            for row, cells in enumerate(islice(reader, rows), start=1):
                found.append(Record(row, cells))
                lines_until[row] = reader.line_num
        except csv.Error as failed:
            raise FileRefused(f"{path}, row {len(found) + 1}: {failed}") from None
        except UnicodeError:
            raise FileRefused(undecodable(path, encoding, delimiter, quote)) from None
    return found, lines_until


def undecodable(path: Path, encoding: str, delimiter: str, quote: str) -> str:
    """Say in which row and column the first bytes are that are not of the encoding."""
    advice = 'say what it is written in, such as encoding = "cp1252", under the recipe\'s [files]'
    if encoding.startswith("utf-8"):
        names: list[str] = []
        escaped = records(
            path, encoding=encoding, delimiter=delimiter, quote=quote, errors="surrogateescape"
        )
        for record in escaped:
            for place, cell in enumerate(record.cells):
                if any("\udc80" <= letter <= "\udcff" for letter in cell):
                    shown = cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                    column = names[place] if place < len(names) else f"number {place + 1}"
                    return (
                        f"{path}, row {record.row}, column {column}: not {encoding}, "
                        f"got {shown!r}; {advice}"
                    )
            names = names or record.cells
    return f"{path} is not {encoding}; {advice}"


def delimiter_of(path: Path, *, encoding: str, quote: str = '"') -> str:
    """The delimiter that cuts the first rows into the most columns most evenly.

    A comma if nothing tells.
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        rows = []
        for record in records(path, encoding=encoding, delimiter=delimiter, quote=quote):
            rows.append(len(record.cells))
            if len(rows) == 50:
                break
        widths = [width for width in rows if width > 1]
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = widths.count(usual) / len(rows) * (1 + usual / 1000)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class Recoded(io.RawIOBase):
    """The bytes of a file as UTF-8, whatever they are written in."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._raw = open_bytes(path)
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._held = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with what comes next; 0 at the end.

        Raises:
            UnicodeError: bytes that are not of the encoding.
        """
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        block = b"."
        while block and not self._held:
            block = self._raw.read(_BLOCK)
            self._held = self._decoder.decode(block, final=not block).encode()
        size = min(len(view), len(self._held))
        view[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()
