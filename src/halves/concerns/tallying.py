"""Whom each concern holds back, what is at stake, and who may hold it without a word."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum

from halves.concerns.models import Asked, Because, Concern, Heard, Likely, Listening
from halves.deals.models import Deal, DealState
from halves.measure.answers import held_by
from halves.people.models import Person

_MORE = 1.5  # times as often as everyone, for a trade to count as likelier
_FEWEST = 10  # people of a trade that were talked with
_IMAGINED = 10  # people like everyone, added to each trade: few who said it prove little
_MOST = 20_000  # likely holders of a concern
_ROWS = 200


def tally(*, at: datetime) -> None:
    """Count each concern; what the page ranks by is read from there."""
    talked = _talked()
    Listening.objects.update_or_create(pk=1, defaults={"talked_with": len(talked), "at": at})
    trades = _Trades(talked)
    for concern in Concern.objects.filter(merged_into=None):
        voiced, high = _count(concern, talked)
        _say_who(concern, voiced, high, trades)


def recount(concerns: Iterable[Concern]) -> None:
    """Count those that somebody has just shaped; who may hold them waits for the next listening."""
    talked = _talked()
    for concern in concerns:
        _count(concern, talked)


def _talked() -> set[int]:
    return set(_talks().values_list("person_id", flat=True))


def _count(concern: Concern, talked: set[int]) -> tuple[set[int], int]:
    """Who voiced it, and how many may hold it."""
    voiced = set(concern.heard.values_list("person_id", flat=True))
    asked = set(Asked.objects.filter(kind=concern.kind).values_list("person_id", flat=True))
    asked = asked & talked if not concern.is_aspiration else set()
    high = held_by(
        people=len(talked | voiced),
        voiced=len(voiced),
        asked=len(asked),
        voiced_when_asked=len(asked & voiced),
    ).high
    Concern.objects.filter(pk=concern.pk).update(
        people=len(voiced),
        people_high=high,
        at_stake=_at_stake(concern),
        last_heard_at=concern.heard.aggregate(last=Max("at"))["last"],
    )
    return voiced, high


def _talks() -> Any:
    model = Heard._meta.get_field("conversation").related_model
    return model.objects.filter(state="held")


def _at_stake(concern: Concern) -> Decimal:
    """The value of open and lost deals of those who voiced it, in the reporting currency."""
    deals = Deal.objects.filter(state__in=(DealState.OPEN, DealState.LOST))
    currency = settings.PLACE.settings().currency
    if currency:
        deals = deals.filter(currency=currency)
    held = deals.filter(person__in=concern.heard.values("person_id"))
    return held.aggregate(sum=Sum("value"))["sum"] or Decimal()


class _Trades:
    """Who is of which firm and trade."""

    def __init__(self, talked: set[int]) -> None:
        self.people: dict[int, list[int]] = defaultdict(list)  # of an account
        self.trade: dict[int, str] = {}  # of a person
        self.account: dict[int, int] = {}
        self.talked = talked
        rows = Person.objects.filter(merged_into=None, account__isnull=False)
        columns = ("pk", "account_id", "account__industry")
        for person, account, trade in rows.values_list(*columns).iterator():
            self.people[account].append(person)
            self.account[person] = account
            if trade:
                self.trade[person] = trade
        self.sizes = Counter(self.trade[one] for one in talked if one in self.trade)
        self.members: dict[str, list[int]] = defaultdict(list)
        for person, trade in self.trade.items():
            self.members[trade].append(person)


def _say_who(concern: Concern, voiced: set[int], high: int, trades: _Trades) -> None:
    """Replace who is likely to hold it; a concern that is retired or that one voiced has nobody."""
    rows = [] if concern.retired_at else list(_likely(concern, voiced, high, trades))[:_MOST]
    with transaction.atomic():
        known = dict(Likely.objects.filter(concern=concern).values_list("person_id", "pk"))
        gone = set(known) - {one.person_id for one in rows}
        Likely.objects.filter(concern=concern, person_id__in=gone).delete()
        for begin in range(0, len(rows), _ROWS):
            Likely.objects.bulk_create(
                rows[begin : begin + _ROWS],
                update_conflicts=True,
                unique_fields=["concern", "person"],
                update_fields=["low", "high", "because"],
            )


def _likely(concern: Concern, voiced: set[int], high: int, trades: _Trades) -> Iterator[Likely]:
    """Colleagues of who voiced it; people of trades where it is voiced more than elsewhere."""
    everyone = max(len(trades.talked | voiced), 1)
    share, most = len(voiced) / everyone, high / everyone
    told = set(voiced)
    for account in sorted({trades.account[one] for one in voiced if one in trades.account}):
        own = trades.people[account]
        said = sum(one in voiced for one in own)
        drawn = (said + share * _IMAGINED) / (len(own) + _IMAGINED)
        for person in own:
            if person not in told:
                told.add(person)
                high_ = min(drawn * most / share, 1.0)
                yield _row(concern, person, drawn, high_, Because.COLLEAGUE)
    for trade, size in sorted(trades.sizes.items()):
        said = sum(one in voiced for one in trades.members[trade])
        drawn = (said + share * _IMAGINED) / (size + _IMAGINED)
        if size < _FEWEST or said < 2 or share <= 0 or drawn < _MORE * share:
            continue
        for person in trades.members[trade]:
            if person not in told:
                told.add(person)
                yield _row(concern, person, drawn, min(drawn * most / share, 1.0), Because.INDUSTRY)


def _row(concern: Concern, person: int, low: float, high: float, because: Because) -> Likely:
    return Likely(
        concern=concern, person_id=person, low=round(low, 6), high=round(max(high, low), 6),
        because=because,
    )  # fmt: skip
