"""A house whose sellers call: settings, people with open deals, a queue that is on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from halves.access.models import User
from halves.conversations import queue
from halves.conversations.models import Direction, Kind
from halves.conversations.queue_models import (
    CallQueue,
    DecisionState,
    QueueDecision,
    QueueDraw,
)
from halves.conversations.queue_season import season_of
from halves.conversations.talk import Talk
from halves.deals.models import Deal
from halves.experiments.models import Experiment, Source
from halves.ledger import Channel
from halves.ledger.settings import Settings
from halves.people.models import Person

TUESDAY = date(2026, 1, 6)
MORNING = datetime(2026, 1, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)
CALLS = Channel("call", path="one", meets="targeted", picks="hot")


def settings_said(place, **more) -> None:
    usual = {
        "currency": "USD",
        "time_zone": "UTC",
        "margin": 0.5,
        "wages": {"seller": Decimal(30)},
        "channels": (CALLS,),
    }
    Settings(**usual | more).write(place.settings_file)


def known(count: int, *, owner: User | None = None, start: int = 0) -> list[Person]:
    return Person.objects.bulk_create(
        [
            Person(
                ledger_id=f"q{n}",
                name=f"Person {n}",
                owner=owner,
                team=owner.team if owner else None,
                created_at=MORNING - 30 * DAY,
                changed_at=MORNING - 30 * DAY,
            )
            for n in range(start, start + count)
        ]
    )


def with_deals(people: list[Person], *, owner: User | None, value: int = 1000) -> list[Deal]:
    return Deal.objects.bulk_create(
        [
            Deal(
                ledger_id=f"deal-{one.ledger_id}",
                title=f"For {one}",
                person=one,
                owner=owner,
                path="one",
                value=value + 10 * place,
                currency="USD",
                opened_at=MORNING - 20 * DAY,
            )
            for place, one in enumerate(people)
        ]
    )


def turned_on(by: User, *sellers: User, **said) -> CallQueue:
    found = queue.set_queue(by=by, at=MORNING, is_on=True, **said)
    for seller in sellers:
        queue.set_caller(seller, calls_a_day=None, is_caller=True, by=by, at=MORNING)
    return found


def a_call(seller: User, at: datetime, **said) -> Talk:
    usual = {"kind": Kind.CALL, "at": at, "seller": seller, "minutes": 10}
    return Talk(**usual | {"direction": Direction.OUT} | said)


def waiting(seller: User) -> list[QueueDecision]:
    rows = QueueDecision.objects.filter(seller=seller, state="waiting", is_current=True)
    return list(rows.order_by("-gain", "pk").select_related("person"))


def a_decision(seller: User) -> QueueDecision:
    """Somebody who waits to be called by a seller."""
    season = Experiment.objects.filter(source=Source.QUEUE).first()
    season = season or season_of(CallQueue.get(), by=None, at=MORNING)
    drawn, _ = QueueDraw.objects.get_or_create(
        seller=seller, day=TUESDAY, defaults={"at": MORNING, "experiment": season, "capacity": 10}
    )
    [person] = known(1, start=100_000 + QueueDecision.objects.count())
    return QueueDecision.objects.create(
        draw=drawn,
        seller=seller,
        person=person,
        key=f"call-{person.ledger_id}",
        is_held_out=False,
        chance=0.7,
        number=0.5,
        gain=12,
        why={"value": 900, "chance": 0.2, "days": 3, "is_at_risk": False, "guess": 30, "cost": 5},
        at=MORNING,
        period_ends=MORNING + 28 * DAY,
        state=DecisionState.WAITING,
    )
