"""The expectation ledger: what each story, campaign, seller, account and person was led to expect.

Counted anew for each look where promises are few. Where they are many, the worker counts those of
each story, campaign and seller, by owner and team of the people, so that whoever sees only a team's
people is shown these (`count`); and of people and accounts only those with broken promises are
ranked, which an index serves, and all of theirs counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from halves.access.models import User
from halves.access.rules import visible
from halves.people.models import Account, Person
from halves.promises.models import Keeping, Promise, PromiseCount, Via
from halves.promises.queries import promises_of
from halves.stories.models import Story

MANY = 50_000  # promises that are not counted anew for each look
MOST = 200  # rows that are shown
_AT_ONCE = 500

By = Literal["story", "campaign", "seller", "person", "account"]
_GROUPS: Mapping[By, str] = {
    "story": "version__story",
    "campaign": "via_key",
    "seller": "keeper",
    "person": "person",
    "account": "person__account",
}
_STORED: tuple[By, ...] = ("story", "campaign", "seller")
_VERDICTS = ("over", "met", "under", "open", "late")


@dataclass(frozen=True)
class Expectation:
    """What somebody or something led people to expect, and what came of it.

    Args:
        name: of the story, campaign, seller, person or account.
        key: of its page, if it has one.
        over, met, under: delivered, by verdict.
        open: not delivered yet.
        late: of those, past their day.
    """

    name: str
    key: int | None
    over: int
    met: int
    under: int
    open: int
    late: int

    @property
    def delivered(self) -> int:
        """How many came, whatever came."""
        return self.over + self.met + self.under


def expectations(user: User, by: By, *, today: date) -> Sequence[Expectation]:
    """The expectation ledger: the most often broken first, and of those as often the latest.

    Stories, campaigns and sellers are counted over everyone whom the user sees. In a house with
    many promises an account or a person of whom none was broken is not listed.
    """
    at = counted_at(by)
    if at is not None:
        rows = _stored(user, by, at)
    elif not _are_many() or by in _STORED:
        rows = _ranked(_counts(_rows(user, by), by, today), _GROUPS[by])
    else:
        rows = _of_the_broken(user, by, today)
    return _named(by, [(row[_GROUPS[by]], row) for row in rows])


def counted_at(by: By) -> datetime | None:
    """When what is shown was counted; None: at each look."""
    if by not in _STORED or not _are_many():
        return None
    return PromiseCount.objects.filter(by=by).aggregate(at=Max("at"))["at"]


def count(at: datetime) -> int:
    """Count anew what is kept.

    Two workers may do so at once: of what is kept the newest counts.

    Returns:
        How many counts are kept; none where promises are few.
    """
    if not _are_many():
        return 0
    kept = [one for by in _STORED for one in _cells(by, at)]
    with transaction.atomic():
        PromiseCount.objects.bulk_create(kept, batch_size=_AT_ONCE)
        PromiseCount.objects.filter(at__lt=at).delete()
    return len(kept)


def _are_many() -> bool:
    newest = Promise.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest is not None and newest > MANY


def _rows(user: User, by: By) -> "QuerySet[Promise]":
    return _of(promises_of(user), by)


def _of(rows: "QuerySet[Promise]", by: By) -> "QuerySet[Promise]":
    rows = rows.filter(**{f"{_GROUPS[by]}__isnull": False}).order_by()
    return rows.filter(via=Via.CAMPAIGN) if by == "campaign" else rows


def _counts(
    rows: "QuerySet[Promise]", by: By, today: date, *more: str
) -> "QuerySet[Promise, dict[str, Any]]":
    """By key alone, which an index serves; names are looked up for those that are shown."""
    return rows.values(_GROUPS[by], *more).annotate(
        over=Count("pk", filter=Q(keeping=Keeping.OVER)),
        met=Count("pk", filter=Q(keeping=Keeping.MET)),
        under=Count("pk", filter=Q(keeping=Keeping.UNDER)),
        open=Count("pk", filter=Q(keeping="")),
        late=Count("pk", filter=Q(keeping="", due_on__lt=today)),
    )


def _ranked(counts: "QuerySet[Any, dict[str, Any]]", group: str) -> list[dict[str, Any]]:
    return list(counts.order_by("-under", "-late", group)[:MOST])


def _stored(user: User, by: By, at: datetime) -> list[dict[str, Any]]:
    rows = visible(user, "promise_count", PromiseCount.objects.filter(by=by, at=at)).order_by()
    sums = {name: Sum(name) for name in _VERDICTS}
    ranked = _ranked(rows.values("key").annotate(**sums), "key")
    is_number = by != "campaign"
    return [row | {_GROUPS[by]: int(row["key"]) if is_number else row["key"]} for row in ranked]


def _cells(by: By, at: datetime) -> Iterable[PromiseCount]:
    whose = ("person__owner", "person__team")
    found = _counts(_of(Promise.objects.all(), by), by, timezone.localdate(at), *whose)
    for row in found.iterator():
        verdicts = {name: row[name] for name in _VERDICTS}
        owner, team = (row[name] for name in whose)
        key = str(row[_GROUPS[by]])
        yield PromiseCount(by=by, key=key, owner_id=owner, team_id=team, at=at, **verdicts)


def _of_the_broken(user: User, by: By, today: date) -> list[dict[str, Any]]:
    """People or accounts by how many promises to them were broken, an index of their own."""
    group = _GROUPS[by]
    broken = Promise.objects.filter(keeping=Keeping.UNDER).order_by()
    keys = _met_people(user, broken) if by == "person" else _accounts(user, broken)
    of_these = _rows(user, by).filter(**{f"{group}__in": keys})
    return _ranked(_counts(of_these, by, today), group)


def _met_people(user: User, broken: "QuerySet[Promise]") -> list[int]:
    """Who had the most broken, of those whom the user sees: ranked first, and asked in parts."""
    ranked = broken.values("person").annotate(under=Count("*")).order_by("-under", "person")
    people = ranked.values_list("person", flat=True).iterator(_AT_ONCE)
    met: list[int] = []
    while len(met) < MOST and (some := list(islice(people, _AT_ONCE))):
        seen = visible(user, "person", Person.objects.filter(pk__in=some)).order_by()
        is_seen = set(seen.values_list("pk", flat=True))
        met += [one for one in some if one in is_seen]
    return met[:MOST]


def _accounts(user: User, broken: "QuerySet[Promise]") -> list[int]:
    rows = visible(user, "promise", broken).filter(person__account__isnull=False)
    ranked = rows.values("person__account").annotate(under=Count("*"))
    ranked = ranked.order_by("-under", "person__account")[:MOST]
    return list(ranked.values_list("person__account", flat=True))


def _named(by: By, rows: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[Expectation]:
    called = _names(by, [key for key, _row in rows])
    return [
        Expectation(
            called[key],
            None if by == "campaign" else key,
            *(row[name] for name in _VERDICTS),
        )
        for key, row in rows
        if key in called  # what was counted a while ago may be gone
    ]


def _names(by: By, keys: Sequence[Any]) -> Mapping[Any, str]:
    """What each is called."""
    models = {"story": Story, "seller": User, "person": Person, "account": Account}
    if by == "campaign":
        return {key: key for key in keys}
    return {one.pk: str(one) for one in models[by]._default_manager.filter(pk__in=keys)}
