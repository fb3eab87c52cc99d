"""Several files, handed over as one."""

from collections.abc import Iterable
from datetime import datetime

from halves.access.models import User
from halves.imports.actions import receive, remove
from halves.imports.models import ImportRun


def receive_all(
    files: Iterable[tuple[str, Iterable[bytes]]], *, by: User, at: datetime
) -> list[ImportRun]:
    """Take all of some files in, or none.

    Raises:
        UploadRefused: one of them cannot be taken in.
    """
    taken: list[ImportRun] = []
    try:
        for name, chunks in files:
            taken.append(receive(name, chunks, by=by, at=at))
    except BaseException:
        for run in taken:
            remove(run, by=by, at=at)
        raise
    return taken
