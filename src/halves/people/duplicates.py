"""People who are probably one: found by a job, proposed, then merged or refused by a colleague."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, insist, visible
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling, start
from halves.people.alike import LINK, PEOPLE, described, proposed
from halves.people.errors import IdentityNotInstalled, MergeRefused
from halves.people.matching import is_installed, probable_pairs
from halves.people.merging import merge
from halves.people.models import Duplicate, DuplicateState, Merge, Person
from halves.people.queries import people_of

KIND = "find_duplicates"
_BATCH = 500
_COLUMNS = ("name", "email", "phone", "account", "region")
WORDS = {
    "same": gettext_lazy("the same"),
    "similar": gettext_lazy("similar"),
    "different": gettext_lazy("different"),
    "unknown": gettext_lazy("one does not say"),
}


def ask(*, by: User, at: datetime) -> Job:
    """Look for duplicates among everyone, in the worker; what is under way is not asked again.

    Raises:
        MayNot: a role that merges nobody.
        IdentityNotInstalled: Splink is not there.
    """
    insist(by, Verb.CHANGE, "duplicate")
    if not is_installed():
        raise IdentityNotInstalled("looking for duplicates takes `pip install 'halves[identity]'`")
    last = last_search()
    if last is not None and last.is_live:
        return last
    with transaction.atomic():
        return start(KIND, by=by, at=at, arguments={})


def last_search() -> Job | None:
    """The newest job that looked for duplicates, or looks for them now."""
    return Job.objects.filter(kind=KIND).order_by("-pk").first()


def find(job: Job, tell: Telling) -> dict[str, Any]:
    """Compare everyone with everyone and keep who is probably one.

    Raises:
        JobRefused: Splink is not installed.
    """
    records = _records()
    tell(_("reading people"), 0, records.num_rows)
    try:
        pairs = proposed(probable_pairs(records, PEOPLE, least=LINK, seed=1, tell=tell))
    except IdentityNotInstalled as refused:
        raise JobRefused(str(refused)) from refused
    kept = 0
    for rows in _batched(pairs.to_pylist()):
        kept += _keep(rows)
        tell(_("keeping what was found"), kept, pairs.num_rows)
    return {"found": kept, "words": _("%(n)s pairs are probably one.") % {"n": f"{kept:,}"}}


def duplicates_of(user: User) -> "QuerySet[Duplicate]":
    """Proposals that are open, of people whom the user sees, the most probable first."""
    seen = people_of(user)
    rows = Duplicate.objects.filter(state=DuplicateState.PROPOSED)
    rows = rows.filter(first__in=seen.values("pk"), second__in=seen.values("pk"))
    rows = visible(user, "duplicate", rows).select_related("first__account", "second__account")
    return rows.order_by("-probability", "id")


def merges_of(user: User) -> "QuerySet[Merge]":
    """Merges that stand, of people whom the user sees, the newest first."""
    seen = people_of(user).values("pk")
    rows = Merge.objects.filter(undone_at=None, kept__in=seen)
    return rows.select_related("kept", "gone", "by").order_by("-pk")


def accept(one: Duplicate, *, kept: Person, by: User, at: datetime) -> Merge:
    """Merge the two of a proposal.

    Raises:
        MayNot, MergeRefused: as in `merge`; or `kept` is neither of the two.
    """
    insist(by, Verb.CHANGE, "duplicate")
    both = {one.first_id: one.second, one.second_id: one.first}
    if kept.pk not in both:
        raise MergeRefused(f"{kept} is neither of the two")
    why = f"probably the same ({one.probability:.0%})"
    return merge(kept, both[kept.pk], by=by, at=at, why=why)


def refuse(one: Duplicate, *, by: User, at: datetime) -> None:
    """Say that the two are not the same; they are not proposed again.

    Raises:
        MayNot: a role that merges nobody.
        MergeRefused: somebody decided before.
    """
    insist(by, Verb.CHANGE, "duplicate")
    with transaction.atomic():
        still = Duplicate.objects.filter(pk=one.pk, state=DuplicateState.PROPOSED)
        # One conditional UPDATE, so that of two who decide at once the second is told.
        if not still.update(state=DuplicateState.REFUSED, decided_at=at, decided_by=by):
            raise MergeRefused("somebody decided about these two already")
        after = {"first": one.first_id, "second": one.second_id}
        audit.record("duplicate.refuse", one, by=by, at=at, after=after)


def _records() -> pa.Table:
    rows = Person.objects.filter(merged_into=None).order_by("pk")
    columns: dict[str, list[Any]] = {name: [] for name in ("unique_id", *_RECORD)}
    names = ("pk", "name", "email", "phone", "account__name", "region")
    for key, name, email, phone, account, region in rows.values_list(*names).iterator(2_000):
        name = " ".join(name.casefold().split())
        said = (name, name.rpartition(" ")[2], email.partition("@")[0], email, phone)
        values = (key, *said, (account or "").casefold(), region.casefold())
        for column, value in zip(columns, values, strict=True):
            columns[column].append(value or None)
    kinds = {name: pa.int64() if name == "unique_id" else pa.string() for name in columns}
    return described(
        pa.table({name: pa.array(held, kinds[name]) for name, held in columns.items()})
    )


_RECORD = ("name", "family", "mailbox", "email", "phone", "account", "region")


def _batched(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _keep(rows: list[dict[str, Any]]) -> int:
    """Keep a batch of proposals; one that is there already stays as it was decided."""
    keys = {row[end] for row in rows for end in ("unique_id_l", "unique_id_r")}
    people = Person.objects.filter(merged_into=None).select_related("account").in_bulk(keys)
    made = []
    for row in rows:
        first, second = sorted((row["unique_id_l"], row["unique_id_r"]))
        if first in people and second in people:  # neither was merged or erased meanwhile
            made.append(
                Duplicate(
                    first_id=first,
                    second_id=second,
                    probability=min(1.0, row["match_probability"]),
                    compared=_compared(people[first], people[second], row),
                    found_at=datetime.now(UTC),
                )
            )
    Duplicate.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _compared(first: Person, second: Person, row: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name in _COLUMNS:
        mine, theirs = (str(getattr(one, name) or "").casefold() for one in (first, second))
        gamma = row.get({"email": "gamma_mailbox"}.get(name, f"gamma_{name}"), 0)
        if not mine or not theirs:
            found[name] = "unknown"
        elif mine == theirs:
            found[name] = "same"
        else:
            found[name] = "similar" if gamma > 0 else "different"
    return found
