"""Erasing a person from what imports keep: the rows they refused."""

import csv
from collections.abc import Collection
from pathlib import Path


def forget(imports: Path, person_ids: Collection[str]) -> int:
    """Take a person's rows out of the files of refused rows; say how many went.

    A row is theirs if a cell of it is one of their ids. Each file is replaced whole, so that a
    crash leaves the old one or the new one, and saying it again is safe.

    Args:
        imports: the folder that holds a folder for each import.
        person_ids: every id the person is known by.
    """
    return sum(_forget_in(path, frozenset(person_ids)) for path in sorted(imports.glob("*/*.csv")))


def _forget_in(path: Path, person_ids: frozenset[str]) -> int:
    draft = path.with_suffix(".draft")
    gone = 0
    with path.open(newline="", encoding="utf-8") as old, draft.open("w", newline="") as new:
        writer = csv.writer(new)
        for row in csv.reader(old):
            # A quote before =, +, - or @ keeps a spreadsheet from running the cell.
            if person_ids.isdisjoint({*row, *(cell.removeprefix("'") for cell in row)}):
                writer.writerow(row)
            else:
                gone += 1
    if gone:
        draft.replace(path)
    else:
        draft.unlink()
    return gone
