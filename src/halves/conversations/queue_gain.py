"""Whom a seller could call, and what calling each is expected to bring."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet

from halves.access.models import User
from halves.conversations.queue_facts import Facts, bought_before
from halves.conversations.queue_models import QueueDecision, Reason
from halves.deals import forecasting
from halves.deals.models import Deal, DealState
from halves.deals.stage_models import Pipeline
from halves.experiments.baseline import left_alone
from halves.ledger import Ledger
from halves.measure.call_gain import freshness, moved_by_a_call
from halves.people.models import Person
from halves.people.queries import people_of
from halves.people.reachable import who_may_be_told
from halves.promises.models import Promise

CHANNEL = "phone"  # as people's consent names it
AT_RISK = 1.5  # a promise about to break makes a call count so much more
_SOON = timedelta(days=7)
_CHUNK = 500
_MOST_DEALS = 5_000

Row = TypeVar("Row")
_Known = tuple[int, float | None, float | None]  # a deal: key, value, chance


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be called.

    Args:
        person, ledger_id: who.
        deal: an open deal of theirs, if there is one.
        value: of the deal, or of what they might buy; money.
        chance: that they buy it without a call.
        days: since they last came by themselves; None if they did not lately.
        is_at_risk: a promise to them is broken, or due within a week.
        guess: revenue that a call is expected to bring, before any evidence.
        reason: what kind of person they are, to learn whom calls move.
    """

    person: int
    ledger_id: str
    deal: int | None
    value: float
    chance: float
    days: float | None
    is_at_risk: bool
    guess: float = 0.0
    reason: Reason = Reason.OTHER


@dataclass(frozen=True)
class Share:
    """Which of nobody's people are a seller's to call: each is one seller's, by a hash."""

    place: int
    of: int

    def takes(self, ledger_id: str) -> bool:
        """Say whether this person falls to the seller."""
        digest = hashlib.blake2b(ledger_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.place


def candidates(
    seller: User, share: Share, facts: Facts, *, fill: int, day: date, at: datetime
) -> list[Candidate]:
    """Everyone worth weighing, the most promising first; nobody whose period is not over.

    Who has an open deal or door, a promise at risk or fresh interest; and, so that a quiet house
    has a list too, some of the seller's other people, others each day.

    Args:
        seller: whose people.
        share: of those who are nobody's.
        facts: of the ledger.
        fill: how many others at most.
        day: that the queue is for.
        at: now.
    """
    deals = _deals_of(seller)
    risky = set(_at_risk(seller, day))
    keys = set(deals) | risky | _known(seller, [*facts.open_doors, *facts.interest])
    people = _people(seller, share, keys) | _others(seller, share, fill, day)
    free = people.keys() - _in_a_period(people)
    found = (
        _weighed(key, people[key], deals.get(key), key in risky, facts, at) for key in sorted(free)
    )
    return sorted(found, key=lambda one: (-one.guess, _shuffled(one, day)))


def may_be_called(
    ordered: Sequence[Candidate], *, at: datetime, some: int
) -> tuple[list[Candidate], int]:
    """The first `some` who may be called now, and how many of those looked at may not."""
    found: list[Candidate] = []
    refused = 0
    for chunk in _chunks(ordered):
        said = who_may_be_told([one.person for one in chunk], channel=CHANNEL, topic="", at=at)
        alone = left_alone([one.ledger_id for one in chunk], at=at)
        for one in chunk:
            if len(found) == some:
                return found, refused
            if said[one.person] is None and one.ledger_id not in alone:
                found.append(one)
            else:
                refused += 1
    return found, refused


def worth_more(
    ordered: Sequence[Candidate], ledger: Ledger, *, first_sale: float, later: float
) -> list[Candidate]:
    """Count what a new customer buys later too, for those who never bought.

    Args:
        ordered: some candidates.
        ledger: the house's.
        first_sale: what a deal is worth on average, above 0; money.
        later: what a new customer spends after the first; money.
    """
    before = bought_before(ledger, [one.ledger_id for one in ordered])
    factor = 1 + max(later, 0.0) / first_sale
    return [
        one if one.ledger_id in before else replace(one, guess=one.guess * factor)
        for one in ordered
    ]


def _weighed(
    key: int,
    ledger_id: str,
    deal: _Known | None,
    is_at_risk: bool,
    facts: Facts,
    at: datetime,
) -> Candidate:
    is_open = deal is not None or ledger_id in facts.open_doors
    usual = facts.mean_value or 0.0
    value = usual if deal is None or deal[1] is None else deal[1]
    chance = facts.chance_open if is_open else facts.chance_cold
    if deal is not None and deal[2] is not None:
        chance = deal[2]
    came = max(
        (when for when in (facts.interest.get(ledger_id), facts.open_doors.get(ledger_id)) if when),
        default=None,
    )
    days = None if came is None else max((at - came) / timedelta(days=1), 0.0)
    guess = moved_by_a_call(value, chance) * freshness(days) * (AT_RISK if is_at_risk else 1.0)
    pk = None if deal is None else deal[0]
    has = {
        Reason.PROMISE: is_at_risk,
        Reason.DEAL: deal is not None,
        Reason.DOOR: is_open,
        Reason.INTEREST: came is not None,
    }
    reason = next((kind for kind, holds in has.items() if holds), Reason.OTHER)
    return Candidate(key, ledger_id, pk, value, chance, days, is_at_risk, guess, reason)


def _deals_of(seller: User) -> dict[int, _Known]:
    """Person → their largest open deal: its key, value, and chance where one is foreseen."""
    rows = Deal.objects.filter(state=DealState.OPEN, person__merged_into=None)
    rows = rows.filter(Q(owner=seller) | Q(owner=None, person__owner=seller))
    chances, currency = _foreseen(), settings.PLACE.settings().currency
    found: dict[int, _Known] = {}
    columns = ("person_id", "pk", "value", "currency")
    for person, pk, value, of in rows.order_by("-value", "pk").values_list(*columns)[:_MOST_DEALS]:
        # What is in another currency counts as a usual deal: no rate is guessed.
        worth = float(value) if of == currency else None
        found.setdefault(person, (pk, worth, chances.get(pk)))
    return found


def _foreseen() -> dict[int, float]:
    """Deal → the chance that it is won, where a pipeline's forecast was computed."""
    found: dict[int, float] = {}
    for pipeline in Pipeline.objects.all():
        last = forecasting.newest(pipeline)
        said = last.found.get("chances", {}) if last else {}
        found |= {int(pk): float(chance[0]) for pk, chance in said.items()}
    return found


def _at_risk(seller: User, day: date) -> Iterable[int]:
    """People with a promise that is broken, or about to be."""
    rows = Promise.objects.filter(delivered_at=None, due_on__lte=day + _SOON)
    mine = rows.filter(Q(person__owner=seller) | Q(person__owner=None))
    return mine.order_by("due_on", "pk").values_list("person_id", flat=True)[:_MOST_DEALS]


def _known(seller: User, ids: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for chunk in _chunks(list(dict.fromkeys(ids))):
        found |= set(_mine(seller).filter(ledger_id__in=chunk).values_list("pk", flat=True))
    return found


def _people(seller: User, share: Share, keys: Iterable[int]) -> dict[int, str]:
    """Those of these people whom the seller may meet and call."""
    found: dict[int, str] = {}
    for chunk in _chunks(sorted(keys)):
        rows = people_of(seller).filter(pk__in=chunk).values_list("pk", "ledger_id", "owner_id")
        found |= {
            pk: ledger_id
            for pk, ledger_id, owner in rows
            if owner is not None or share.takes(ledger_id)
        }
    return found


def _others(seller: User, share: Share, fill: int, day: date) -> dict[int, str]:
    """Some of the seller's other people, from another place in their list each day."""
    last = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    start = int.from_bytes(hashlib.blake2b(str(day).encode(), digest_size=8).digest()) % (last + 1)
    rows = _mine(seller).order_by("pk").values_list("pk", "ledger_id", "owner_id")
    ahead = rows.filter(pk__gte=start).iterator(chunk_size=_CHUNK)
    behind = rows.filter(pk__lt=start).iterator(chunk_size=_CHUNK)
    taken = (
        (pk, ledger_id)
        for part in (ahead, behind)
        for pk, ledger_id, owner in part
        if owner is not None or share.takes(ledger_id)
    )
    return dict(islice(taken, fill))


def _mine(seller: User) -> "QuerySet[Person]":
    return people_of(seller).filter(Q(owner=seller) | Q(owner=None))


def _in_a_period(people: Mapping[int, str]) -> set[int]:
    found: set[int] = set()
    for chunk in _chunks(sorted(people)):
        rows = QueueDecision.objects.filter(is_current=True, person__in=chunk)
        found |= set(rows.values_list("person_id", flat=True))
    return found


def _shuffled(one: Candidate, day: date) -> bytes:
    """Of equals none is always the first."""
    return hashlib.blake2b(f"{day}:{one.ledger_id}".encode(), digest_size=8).digest()


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
