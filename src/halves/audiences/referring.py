"""Who brought whom: links that people pass on, and what the ledger hears of it.

A visit by a link is counted and nothing else. Whoever sends a form that they reached by it, or
joins a group by a member's link, was brought; who brought them first did. Once the one brought
opens a door or buys, the ledger gets one `referred` outcome of the one who brought them; who does
so only after a year came by something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.audiences.errors import LinkUnknown
from halves.audiences.referral_models import Brought, ReferralLink
from halves.people.models import Person
from halves.people.queries import people_of
from halves.posting import outbox
from halves.posting.book import book

SOURCE = "referral"
PARAMETER = "brought"  # in the address of a page that a link led to
_AT_ONCE = 1_000
_DEEP, _WIDE = 6, 200
_WAITED = timedelta(days=365)
# What this process looked at last, by ledger: the worker asks each minute.
_LOOKED_AT: dict[str, tuple[int, object, object]] = {}


def make_link(person: Person, leads_to: str, *, by: User | None, at: datetime) -> ReferralLink:
    """The link by which a person brings others to a page; asked again, it is the same."""
    with transaction.atomic():
        found, is_new = ReferralLink.objects.get_or_create(
            person=person, leads_to=leads_to, defaults={"made_at": at}
        )
        if is_new:
            audit.record("person.referral_link", person, by=by, at=at, after={"to": leads_to})
    return found


def follow(token: str) -> ReferralLink:
    """Where a link leads; the visit is counted.

    Raises:
        LinkUnknown: nobody's.
    """
    mine = ReferralLink.objects.filter(token=token)
    if not mine.update(visits=F("visits") + 1):
        raise LinkUnknown(_("This link leads nowhere: it is not whole, or its owner is gone."))
    return mine.get()


def bring(person: Person, *, by: Person, how: str, at: datetime) -> bool:
    """Write down who brought somebody, unless somebody did before; whether it was new."""
    by = _as_known(by)
    if by.pk == person.pk or _is_below(by, person):
        return False  # nobody brings themselves, nor those who brought them
    said = {"by": by, "how": how[:100], "at": at}
    return Brought.objects.get_or_create(person=person, defaults=said)[1]


def bring_by_link(token: str, person: Person, *, how: str, at: datetime) -> bool:
    """The same, by the token of a link; one that is nobody's brings nobody."""
    found = ReferralLink.objects.filter(token=token[:24]).select_related("person").first()
    return found is not None and bring(person, by=found.person, how=how, at=at)


def post_referrals(at: datetime) -> int:
    """Tell the ledger of those brought who opened a door or bought since; each once."""
    waiting = Brought.objects.filter(counted_at=None, at__gt=at - _WAITED)
    newest = waiting.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None or not settings.PLACE.ledger.exists():
        return 0
    root, versions = str(book().root), book().versions()
    stands_on = (newest, versions["outcomes"], versions["aliases"])
    if _LOOKED_AT.get(root) == stands_on:
        return 0  # nobody was brought since, and nothing happened
    told, last = 0, 0
    waiting = waiting.select_related("person", "by").order_by("pk")
    while rows := list(waiting.filter(pk__gt=last)[:_AT_ONCE]):
        last, came = rows[-1].pk, _came(rows)
        for one in rows:
            when = came.get(one.person.ledger_id)
            if when is not None:
                told += _tell(one, max(when, one.at), at)
    _LOOKED_AT[root] = stands_on
    return told


def _tell(one: Brought, when: datetime, at: datetime) -> int:
    with transaction.atomic():
        # One conditional UPDATE, so that of two workers only one tells.
        if not Brought.objects.filter(pk=one.pk, counted_at=None).update(counted_at=at):
            return 0
        outcome = {
            "outcome_id": f"referred:{one.pk}",
            "person_id": one.by.ledger_id,
            "at": when,
            "kind": "referred",
            "region": one.by.region or None,
            "source": SOURCE,
        }
        outbox.put("outcomes", [outcome], at=at)
    return 1


def _came(rows: Sequence[Brought]) -> dict[str, datetime]:
    """When those of them who opened a door or bought first did."""
    outcomes = book().table("outcomes")
    ids = [one.person.ledger_id for one in rows]
    inside = outcomes.kind.isin(("door_opened", "deal_closed")) & outcomes.person_id.isin(ids)
    first = outcomes.filter(inside).group_by("person_id").aggregate(first=outcomes["at"].min())
    found = {row["person_id"]: row["first"] for row in book().query(first).to_pylist()}
    return {
        one.person.ledger_id: found[one.person.ledger_id]
        for one in rows
        # Who came before they were brought, or long after, came by something else.
        if one.person.ledger_id in found
        and one.at <= found[one.person.ledger_id] <= one.at + _WAITED
    }


@dataclass(frozen=True)
class Branch:
    """Somebody in the tree of who brought whom.

    Args:
        person: None where the user may not meet them.
        depth: how far from the one whose tree it is, 1 and up.
        at: when they were brought.
        how: such as `the page crew`.
        is_counted: they opened a door or bought since, and the ledger knows.
    """

    person: Person | None
    depth: int
    at: datetime
    how: str
    is_counted: bool


def tree(root: Person, user: User) -> list[Branch]:
    """Whom a person brought, and whom those brought; one read a level, at most 200 people."""
    found: dict[int, list[Brought]] = {}
    level, seen = [root.pk], {root.pk}
    for _depth in range(_DEEP):
        # Who was merged is another now, who was brought by whoever brought that one.
        rows = Brought.objects.filter(by__in=level, person__merged_into=None)
        rows = _shown(rows.exclude(person__in=seen), "person", user)
        level = []
        for one in rows.order_by("at", "pk")[: _WIDE - len(seen) + 1]:
            found.setdefault(one.by_id, []).append(one)
            level.append(one.person_id)
        seen |= set(level)
        if not level:
            break
    return list(_walk(root.pk, found, 1))


def _walk(key: int, found: Mapping[int, Sequence[Brought]], depth: int) -> Iterable[Branch]:
    for one in found.get(key, []):
        yield _branch(one, one.person, depth)
        yield from _walk(one.person_id, found, depth + 1)


def brought_by(person: Person, user: User) -> Branch | None:
    """Who brought them, if anybody did."""
    one = _shown(Brought.objects.filter(person=person), "by", user).first()
    return _branch(one, one.by, 1) if one is not None else None


def _shown(rows: "QuerySet[Brought]", whom: str, user: User) -> "QuerySet[Brought]":
    seen = Exists(people_of(user).filter(pk=OuterRef(whom)))
    return rows.select_related(whom).annotate(may_open=seen)


def _branch(one: Brought, other: Person, depth: int) -> Branch:
    may_open = bool(getattr(one, "may_open", False))
    is_counted = one.counted_at is not None
    return Branch(other if may_open else None, depth, one.at, one.how, is_counted)


def _as_known(person: Person) -> Person:
    while person.merged_into is not None:
        person = person.merged_into
    return person


def _is_below(one: Person, above: Person) -> bool:
    """Say whether `above` brought `one`, over any number of others."""
    key: int | None = one.pk
    for _step in range(50):
        key = Brought.objects.filter(person_id=key).values_list("by_id", flat=True).first()
        if key is None or key == above.pk:
            break
    return key == above.pk
