"""What imports keep of a person: files handed over, refused rows, what it takes to undo."""

from shutil import rmtree
from typing import Any

from django.conf import settings
from django.db import transaction

from halves.connect.forgetting import forget
from halves.imports.models import ImportPart, ImportRun
from halves.imports.uploads import folder_of
from halves.people.everything import identifiers_of
from halves.people.models import Identifier, Person

_CHUNK = 500


def shown(people: list[Person]) -> list[dict[str, Any]]:
    """Which imports brought them in."""
    ids = {part.import_id for part in _parts_of({one.pk for one in people})}
    runs = ImportRun.objects.filter(import_id__in=ids)
    return [{"table": "import", "file": run.name, "at": str(run.at)} for run in runs]


def forgotten(people: list[Person]) -> int:
    """Take them out of refused rows and of what undo would give back; drop the files they were in.

    A file holds others too, but all of it is on the ledger and in people: only importing it once
    more needs it again, and then it is handed over again.
    """
    keys = {one.pk for one in people}
    gone, ids = 0, set()
    for part in _parts_of(keys):
        ids.add(part.import_id)
        gone += _cut(part, keys)
    for run in ImportRun.objects.filter(import_id__in=ids).exclude(import_id=""):
        rmtree(folder_of(run.pk), ignore_errors=True)
        run.file, run.counts = "", [one | {"fields": []} for one in run.counts]
        run.made.pop("shown", None)
        run.save(update_fields=["file", "counts", "made"])
        gone += 1
    names = {one.partition(":")[2] for one in identifiers_of(people)}
    return gone + forget(settings.PLACE.imports, names)


def _parts_of(keys: set[int]) -> list[ImportPart]:
    """Parts that made, met or filled one of these people."""
    identifiers = set(Identifier.objects.filter(person__in=keys).values_list("pk", flat=True))
    return [
        part
        for part in ImportPart.objects.iterator(chunk_size=_CHUNK)
        if keys & {*part.people, *part.met, *(one[1] for one in part.filled if one[0] == "person")}
        or identifiers & set(part.identifiers)
    ]


def _cut(part: ImportPart, keys: set[int]) -> int:
    kept = [one for one in part.filled if one[0] != "person" or one[1] not in keys]
    gone = len(part.filled) - len(kept)
    part.filled = kept
    part.people = [key for key in part.people if key not in keys]
    part.met = [key for key in part.met if key not in keys]
    with transaction.atomic():
        part.save(update_fields=["filled", "people", "met"])
    return gone
