"""Bringing a list up to date, and the files that are taken to the platform.

A line stays as it was given away, so that whoever leaves, says no, is erased or changes their
address can be taken off by the very hashes that the platform has. Everyone is asked about once
more while a file streams.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.audiences.errors import AudienceRefused
from halves.campaigns.ad_details import Line, header_of, lines_of
from halves.campaigns.ad_lists import (
    insist_on_export,
    is_testing,
    still_willing,
    willing,
)
from halves.campaigns.ad_models import AdFile, AdList, AdListed, AdTaken, Part
from halves.campaigns.errors import NotChecked
from halves.experiments import withholding
from halves.experiments.models import ArmsBatch, Member
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.people.exporting import Exported
from halves.people.models import Person

_MANY = 500
NO_DETAILS, SAME_ADDRESS, HELD_OUT = "no_address", "same_address", "drawn"


def make(job: Job, tell: Telling) -> dict[str, Any]:
    """Look at everyone in the audience: who comes on the list, stays, goes. Safe to say again.

    Raises:
        JobRefused: the audience cannot be as it is.
    """
    file = AdFile.objects.filter(pk=job.arguments["file"], made_at=None).first()
    if file is None:
        return {"words": ""}
    ad_list = AdList.objects.select_related("audience", "experiment").get(pk=file.of_id)
    at, counted = job.asked_at, Counter[str]()
    design = ad_list.experiment if is_testing(ad_list, at) else None
    batch = withholding.batch_of(design, at=at) if design else None
    done = 0
    try:
        for pks in willing(ad_list, at=at, left_out=counted):
            _put(ad_list, file, batch, pks, counted)
            done += len(pks)
            tell(_("looking at everyone in the audience"), done)
    except AudienceRefused as refused:
        raise JobRefused(str(refused)) from refused
    tell(_("taking those off who do not belong any more"), done)
    _take_off(file)
    _forget(file)
    _finish(file, batch, counted, at=at)
    return {"words": ""}


def take(file: AdFile, part: str, *, by: User, at: datetime) -> Exported:
    """Give a file away as it streams; who took it is in the log before its first byte.

    Raises:
        MayNot: giving people away is not for the user's role.
        NotChecked: it is being made still, or there is a newer one.
    """
    insist_on_export(by)
    newest = file.of.files.order_by("-number").first()
    if file.made_at is None or newest is None or newest.pk != file.pk:
        raise NotChecked(_("Only the newest file can be taken, once it is made."))
    with transaction.atomic():
        taken = AdTaken.objects.create(file=file, part=part, by=by, at=at)
        after = {"file": file.number, "part": part}
        audit.record("ad_list.take", file.of, by=by, at=at, after=after)
    name = f"{file.of.name}-{file.number}-{part}.csv"
    return Exported(name, "text/csv; charset=utf-8", _recorded(taken, _streamed(file, part, at)))


def rows_of(file: AdFile, part: str) -> "QuerySet[AdListed]":
    """The lines of a file, those still to be asked about included."""
    rows = AdListed.objects.filter(of=file.of_id, added_in__lte=file.number)
    if part == Part.EVERYONE:
        return rows.filter(removed_in=None)
    if part == Part.ADDED:
        return rows.filter(removed_in=None, added_in__gt=_taken_before(file, Part.ADDED))
    still = AdListed.objects.filter(of=file.of_id, removed_in=None).values("key")
    since = _taken_before(file, Part.REMOVED)
    return rows.filter(removed_in__gt=since).exclude(key__in=still)


def _put(
    ad_list: AdList, file: AdFile, batch: ArmsBatch | None, pks: list[int], counted: Counter[str]
) -> None:
    """Draw the arms of some people, and bring their lines up to date."""
    lines = lines_of(ad_list.platform, pks)
    counted[NO_DETAILS] += sum(not one.text for one in lines.values())
    lines = {pk: one for pk, one in lines.items() if one.text}
    with transaction.atomic():
        if batch is not None and ad_list.experiment is not None:
            ids = [one.ledger_id for one in lines.values()]
            arms = withholding.draw(ad_list.experiment, batch, ids)
            counted[HELD_OUT] += sum(arms.values())
            lines = {pk: one for pk, one in lines.items() if not arms[one.ledger_id]}
        listed = AdListed.objects.filter(of=ad_list, person__in=lines, removed_in=None)
        known = {one.person_id: one for one in listed}
        same = [one.pk for pk, one in known.items() if one.line == lines[pk].text]
        AdListed.objects.filter(pk__in=same).update(seen_in=file.number)
        # Another line than the platform has: the old one goes, and the new one comes.
        changed = listed.exclude(pk__in=same)
        changed.filter(added_in=file.number).delete()
        changed.update(removed_in=file.number)
        new = {pk: one for pk, one in lines.items() if pk not in known or known[pk].pk not in same}
        counted[SAME_ADDRESS] += len(new) - _add(ad_list, file, new)


def _add(ad_list: AdList, file: AdFile, new: dict[int, Line]) -> int:
    """Put people on the list, one for an address; how many."""
    number = file.number
    AdListed.objects.bulk_create(
        [
            AdListed(
                of=ad_list,
                person_id=pk,
                line=one.text,
                key=one.key,
                added_in=number,
                seen_in=number,
            )
            for pk, one in new.items()
        ],
        ignore_conflicts=True,
    )
    return AdListed.objects.filter(of=ad_list, person__in=new, removed_in=None).count()


def _take_off(file: AdFile) -> None:
    rows = AdListed.objects.filter(of=file.of_id, removed_in=None, seen_in__lt=file.number)
    while some := list(rows.values_list("pk", flat=True)[:_MANY]):
        AdListed.objects.filter(pk__in=some).update(removed_in=file.number)


def _forget(file: AdFile) -> None:
    """Lines that went, once somebody took the file that says so, are of no use any more."""
    told = _taken_before(file, Part.REMOVED)
    rows = AdListed.objects.filter(of=file.of_id, removed_in__lte=told)
    while some := list(rows.values_list("pk", flat=True)[:_MANY]):
        AdListed.objects.filter(pk__in=some).delete()


def _finish(file: AdFile, batch: ArmsBatch | None, counted: Counter[str], *, at: datetime) -> None:
    held_out = counted.pop(HELD_OUT, 0)
    with transaction.atomic():
        if batch is not None:
            withholding.close(batch, at=at)
        AdFile.objects.filter(pk=file.pk, made_at=None).update(
            made_at=at,
            on_list=rows_of(file, Part.EVERYONE).count(),
            added=rows_of(file, Part.ADDED).count(),
            removed=rows_of(file, Part.REMOVED).count(),
            held_out=held_out,
            left_out={why: n for why, n in sorted(counted.items()) if n},
        )


def _taken_before(file: AdFile, part: str) -> int:
    """The number of the last file before this one that was taken whole; 0 if none was."""
    parts = (part,) if part == Part.REMOVED else (part, Part.EVERYONE)
    whole = AdTaken.objects.filter(
        file__of=file.of_id, file__number__lt=file.number, part__in=parts, lines__isnull=False
    )
    return whole.aggregate(last=Max("file__number"))["last"] or 0


def _streamed(file: AdFile, part: str, at: datetime) -> Iterator[list[str]]:
    """The lines, some at a time; whoever said no since is not among those who are given away."""
    last, rows = 0, rows_of(file, part).order_by("pk")
    while some := list(rows.filter(pk__gt=last)[:_MANY]):
        last = some[-1].pk
        if part != Part.REMOVED:
            some = _still_listed(file.of, some, at)
        yield [one.line for one in some]


def _still_listed(ad_list: AdList, some: list[AdListed], at: datetime) -> list[AdListed]:
    pks = [one.person_id for one in some if one.person_id is not None]
    kept = still_willing(ad_list, pks, at=at, left_out=Counter())
    ids = dict(Person.objects.filter(pk__in=kept).values_list("pk", "ledger_id"))
    out: set[str] = set()
    if is_testing(ad_list, at):  # somebody on it may have become one with a held-out person
        members = Member.objects.filter(experiment=ad_list.experiment_id, is_held_out=True)
        found = members.filter(unit_id__in=list(ids.values()))
        out = set(found.values_list("unit_id", flat=True))
    return [one for one in some if one.person_id in ids and ids[one.person_id] not in out]


def _recorded(taken: AdTaken, blocks: Iterator[list[str]]) -> Iterator[bytes]:
    """The bytes; when all are given away, how many lines they were, and their digest."""
    digest, count = hashlib.sha256(), 0
    first = f"{header_of(taken.file.of.platform)}\r\n".encode()
    digest.update(first)
    yield first
    for block in blocks:
        said = "".join(f"{line}\r\n" for line in block).encode()
        digest.update(said)
        count += len(block)
        if said:
            yield said
    whole = AdTaken.objects.filter(Q(pk=taken.pk), lines=None)
    whole.update(lines=count, digest=digest.hexdigest())
