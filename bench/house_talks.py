"""One to one in a large house: talks, what was heard in them, deals and promises; `bench.house`.

Imported once Django is set up. Of a million people a tenth were talked with, twice each: 200,000
conversations with 600,000 turns, in which 150,000 sentences voice one of 40 concerns. 105,000
deals, 5,000 of them open; a million promises of 60 stories, nine in ten delivered. A few people
have hundreds of everything.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
from django.db.models import Model

from halves.access.models import User
from halves.concerns.models import (
    Answer,
    Asked,
    Concern,
    ConcernKind,
    Given,
    Heard,
    Likely,
    Listening,
)
from halves.conversations import queue
from halves.conversations.models import Conversation, Turn
from halves.deals.models import Deal
from halves.deals.pipelines import default_pipeline, stages_of
from halves.deals.stage_models import Stage, StageChange
from halves.ledger import Ledger
from halves.promises import expecting
from halves.promises.models import Delivery, Promise
from halves.stories.actions import freeze, write_story
from halves.stories.offering import write_proof

CHUNK = 20_000
CONCERNS, STORIES, OPEN = 40, 60, 5_000
BUSIEST = 20  # people with a hundred times what others have
_TURNS = ("It is dear.", "It pays back in a year, as it did for others.", "Let me ask my partner.")


def fill(home: Path, people: int, now: datetime) -> None:
    """Fill a house of so many people, once."""
    if Promise.objects.exists():
        return
    rng = np.random.default_rng(5)
    versions, sellers = _stories(now), _sellers()
    _deals(people, sellers, rng, now)
    talked = _who(people // 5, people // 10, people, rng)
    _talks(talked, sellers, versions, rng, now)
    _concerns(people, now)
    _heard(rng)
    _likely(people, rng)
    _promises(people, sellers, versions, rng, now)
    _delivered(home)
    expecting.count(now)
    _calls(home, now)


def _who(size: int, among: int, people: int, rng: np.random.Generator) -> np.ndarray:
    """Keys of people, some again and again."""
    found = 1 + rng.integers(among, size=size) * (people // among)
    often = rng.random(size) < BUSIEST * 100 / among
    found[often] = _busiest(rng.integers(BUSIEST, size=int(often.sum())))
    return found


def _busiest(place: np.ndarray) -> np.ndarray:
    return 1 + 10 * place


def _sellers() -> list[tuple[int, int]]:

    return list(User.objects.filter(role="seller").order_by("pk").values_list("pk", "team"))


def _stories(now: datetime) -> list[int]:

    by, found = User.objects.get(email="lea@example.org"), []
    proof = write_proof(by=by, at=now, claim="Nine in ten say so", source="Our survey, 2024")
    for number in range(STORIES):
        story = write_story(
            by=by,
            at=now,
            name=f"Story {number}",
            kind=("belonging", "solution")[number % 2],
            proofs=[proof],
            for_whom="People who drink coffee",
            group="Home roasters",
            aspiration="To roast at home",
            fix="Fresh roasts",
            call_words="Try it",
            vision="One of those who roast at home",
            problem="Coffee that tastes of nothing",
            headline="Fresh every week",
            body="We roast on Mondays.",
        )
        found.append(freeze(story, at=now, by=by).pk)
    return found


def _deals(people: int, sellers: list, rng: np.random.Generator, now: datetime) -> None:
    stages = stages_of(default_pipeline(at=now))
    size = OPEN + people // 10
    who = _who(size, size, people, rng)

    def made() -> Iterator[Deal]:
        for number in range(size):
            owner = sellers[number % len(sellers)][0]
            yield deal_of(number, int(who[number]), owner, stages, now)

    _keep(Deal, made(), "deals")
    rows = Deal.objects.order_by("pk").values_list("pk", "stage", "stage_since")
    changes = (StageChange(deal_id=deal, stage_id=stage, at=at) for deal, stage, at in rows)
    _keep(StageChange, changes, "changes of stage")


def deal_of(number: int, person: int, owner: int, stages: Sequence[Stage], now: datetime) -> Deal:
    """The first `OPEN` are open, the others won or lost."""
    is_open = number < OPEN
    stage = stages[number % 4] if is_open else stages[4 + number % 2]
    opened = now - timedelta(days=number % 200 + (0 if is_open else 60))
    return Deal(
        title=f"Coffee {number}",
        person_id=person,
        owner_id=owner,
        path="one",
        value=number % 977 * 10,
        currency="EUR",
        state=stage.kind,
        pipeline_id=stage.pipeline_id,
        stage=stage,
        stage_since=opened,
        opened_at=opened,
        closed_at=None if is_open else opened + timedelta(days=50),
    )


def _talks(
    who: np.ndarray, sellers: list, versions: list, rng: np.random.Generator, now: datetime
) -> None:
    minutes = rng.integers(365 * 24 * 60, size=len(who))

    def made() -> Iterator[Conversation]:
        for number, person in enumerate(who):
            at = now - timedelta(minutes=int(minutes[number]))
            yield Conversation(
                person_id=int(person),
                seller_id=sellers[number % len(sellers)][0],
                told_id=versions[number % STORIES] if number % 3 == 0 else None,
                kind=("call", "meeting", "mail", "chat")[number % 4],
                direction=("out", "in")[number % 3 == 0],
                at=at,
                minutes=number % 50,
                subject=f"About coffee {number}",
                summary="They think about it.",
                is_private=number % 4 == 2,
                logged_at=at,
            )

    def turns() -> Iterator[Turn]:
        talks = Conversation.objects.order_by("pk").values_list("pk", flat=True)
        for talk in talks.iterator(CHUNK):
            for place, words in enumerate(_TURNS):
                yield Turn(
                    conversation_id=talk,
                    position=place,
                    speaker=("them", "us")[place % 2],
                    words=words,
                )

    _keep(Conversation, made(), "conversations")
    _keep(Turn, turns(), "turns")


def _concerns(people: int, now: datetime) -> None:
    kinds = ConcernKind.values
    for number in range(CONCERNS):
        concern = Concern.objects.create(
            name=f"What if it is {number}",
            kind=kinds[number % len(kinds)],
            is_aspiration=number % 8 == 7,
            made_at=now,
            people=people // 400 + number,
            people_high=people // 40,
            at_stake=Decimal(10_000 * number),
            decided=400,
            won=100 + number,
            last_heard_at=now,
        )
        for place in range(6):
            Answer.objects.create(
                concern=concern,
                words=f"It pays back in {place + 1} years.",
                is_approved=place < 3,
                effect=0.02 * place,
                effect_low=-0.03 * place,
                effect_high=0.08 * place,
                made_at=now,
                changed_at=now,
            )
    Listening.objects.update_or_create(pk=1, defaults={"talked_with": people // 10, "at": now})


def _heard(rng: np.random.Generator) -> None:
    answers = dict(Answer.objects.order_by("pk").values_list("concern", "pk"))
    keys = sorted(answers)
    rows = Turn.objects.filter(position__lte=1).order_by("conversation", "position")
    found = list(rows.values_list("pk", "conversation", "conversation__person", "conversation__at"))
    theirs, ours = found[::2], found[1::2]
    which = rng.integers(CONCERNS * 4 // 3, size=len(theirs))  # a quarter is of no known concern

    def concern_of(number: int) -> int | None:
        return keys[which[number]] if which[number] < CONCERNS else None

    def heard() -> Iterator[Heard]:
        for number, (turn, talk, person, at) in enumerate(theirs):
            if number % 4:
                concern = concern_of(number)
                words = "It is dear, and I would have to ask."
                yield Heard(
                    concern_id=concern,
                    person_id=person,
                    conversation_id=talk,
                    turn_id=turn,
                    place=0,
                    words=words,
                    sure=0.8,
                    at=at,
                )

    def given() -> Iterator[Given]:
        for number, (turn, talk, person, at) in enumerate(ours):
            concern = concern_of(number)
            if number % 4 and concern is not None:
                yield Given(
                    concern_id=concern,
                    answer_id=answers[concern],
                    person_id=person,
                    conversation_id=talk,
                    turn_id=turn,
                    words=_TURNS[1],
                    at=at,
                )

    def asked() -> Iterator[Asked]:
        for number, (turn, talk, person, _at) in enumerate(ours):
            if number % 3 == 0:
                yield Asked(person_id=person, conversation_id=talk, turn_id=turn, kind="price")

    _keep(Heard, heard(), "sentences heard")
    _keep(Given, given(), "answers given")
    _keep(Asked, asked(), "questions asked")


def _likely(people: int, rng: np.random.Generator) -> None:
    size = people // 2
    keys = list(Concern.objects.order_by("pk").values_list("pk", flat=True))
    which, low = rng.integers(CONCERNS, size=size), rng.random(size) / 2
    made = (
        Likely(
            concern_id=keys[which[number]],
            person_id=1 + 2 * number,
            low=low[number],
            high=low[number] + 0.3,
            because=("colleague", "industry")[number % 2],
        )
        for number in range(size)
    )
    _keep(Likely, made, "people likely to hold one")


def _promises(
    people: int, sellers: list, versions: list, rng: np.random.Generator, now: datetime
) -> None:
    who = _who(people, people // 2, people, rng)
    days, gap = rng.integers(365, size=people), rng.normal(-0.5, 2.0, size=people)

    def made() -> Iterator[Promise]:
        for number, person in enumerate(who):
            began = now - timedelta(days=int(days[number]))
            due = (began + timedelta(days=21)).date() if number % 12 else None
            is_open = number % 10 == 0
            late = gap[number]
            came = None if is_open else min(began + timedelta(days=21 + float(late)), now)
            kept = "over" if late < -1 else "met" if late < 1 else "under"
            yield Promise(
                person_id=int(person),
                version_id=versions[number % STORIES],
                words="Your coffee is there in 21 days",
                measure="days to the door",
                amount=Decimal(21),
                unit="days",
                is_at_most=True,
                keeper_id=sellers[number % len(sellers)][0],
                via=("campaign", "call", "quote", "page")[number % 4],
                via_key=f"campaign {number // CHUNK}" if number % 4 == 0 else f"key {number}",
                place=number % CHUNK,
                made_at=began,
                due_on=due,
                delivered_at=came and max(came, began),
                delivered=None if is_open else round(Decimal(21 + float(late)), 3),
                keeping="" if is_open else kept,
            )

    def delivered() -> Iterator[Delivery]:
        rows = Promise.objects.filter(delivered_at__isnull=False).order_by("pk")
        for key, person, at, amount in rows.values_list(
            "pk", "person", "delivered_at", "delivered"
        ).iterator(CHUNK):
            yield Delivery(
                promise_id=key,
                person_id=person,
                at=at,
                amount=amount,
                source="bench",
                source_key=str(key),
                told_at=at,
            )

    _keep(Promise, made(), "promises")
    _keep(Delivery, delivered(), "deliveries")


def _calls(home: Path, now: datetime) -> None:
    """A day's calls of one seller."""
    (home / "halves.toml").write_text('currency = "EUR"\nmargin = 0.4\n[wages]\nseller = 40\n')
    leader, seller = (User.objects.get(email=f"{name}@example.org") for name in ("lea", "north0"))
    queue.set_queue(by=leader, at=now, is_on=True)
    queue.set_caller(seller, calls_a_day=20, is_caller=True, by=leader, at=now)
    queue.draw(seller, now.date(), at=now)


def _delivered(home: Path) -> None:
    """The same deliveries as the ledger has them; half of the people said something."""

    kept = Promise.objects.filter(delivered_at__isnull=False).order_by("pk")
    rows = kept.values_list("pk", "person__ledger_id", "delivered_at", "delivered", "keeping")
    key, person, at, amount, keeping = zip(*rows, strict=True)
    size, came = len(key), np.array(amount, dtype=float)
    mark = np.clip(np.round(8 - 0.4 * np.clip(came - 21, 0, None)), 0, 10)
    said = np.arange(size) % 2 == 0
    table = pa.table(
        {
            "promise_id": [f"promise:{one}" for one in key],
            "person_id": person,
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "expected": np.full(size, 21.0),
            "delivered": came,
            "keeping": keeping,
            "story": [f"Story {one % STORIES}" for one in key],
            "campaign": [f"campaign {one % 40}" if one % 4 == 0 else None for one in key],
            "seller": [None if one % 4 == 0 else f"seller {one % 10}" for one in key],
            "measure": ["days to the door (days)"] * size,
            "better": ["less"] * size,
            "said": pa.array(mark, mask=~said),
            "source": ["bench"] * size,
        }
    )
    Ledger.open(home / "ledger").append("deliveries", table, batch="deliveries")


def _keep(model: type[Model], rows: Iterable[Model], name: str) -> None:
    kept: list[Model] = []
    total = 0
    for row in rows:
        kept.append(row)
        if len(kept) == CHUNK:
            total += len(model._default_manager.bulk_create(kept))
            kept = []
    total += len(model._default_manager.bulk_create(kept))
    print(f"{total:,} {name}", flush=True)


def asked(people: int, times: int) -> dict[str, list[str]]:
    """What is asked, by kind of page."""
    rng = np.random.default_rng(6)
    talked = 1 + rng.integers(people // 10, size=times) * 10
    busiest = _busiest(np.arange(times) % BUSIEST)
    concerns = 1 + rng.integers(CONCERNS, size=times)
    promised = 1 + rng.integers(people, size=times)
    return {
        "the brief": [f"/people/{one}/brief/" for one in talked],
        "the brief of the busiest": [f"/people/{one}/brief/" for one in busiest],
        "a person talked with": [f"/people/{one}/" for one in talked],
        "a person of the busiest": [f"/people/{one}/" for one in busiest],
        "conversations": ["/conversations/"] * times,
        "conversations, mine": ["/conversations/?seller=me"] * times,
        "a conversation": [f"/conversations/{1 + one // 5}/" for one in promised],
        "the call queue": ["/calls/"] * times,
        "the board": ["/deals/"] * times,
        "deals, a list": ["/deals/list/?order=value"] * times,
        "a deal": [f"/deals/{1 + one % (OPEN + people // 10)}/" for one in promised],
        "concerns": ["/concerns/"] * times,
        "aspirations": ["/concerns/?tab=aspirations"] * times,
        "a concern": [f"/concerns/{one}/" for one in concerns],
        "heard and not placed": ["/concerns/pile/"] * times,
        "the playbook": ["/concerns/playbook/"] * times,
        "promises": ["/promises/"] * times,
        "promises at risk": ["/promises/?tab=risk"] * times,
        "promises kept": ["/promises/?tab=kept"] * times,
        "a promise": [f"/promises/{one}/" for one in promised],
        "expectations by story": ["/promises/kept/?by=story"] * times,
        "expectations by campaign": ["/promises/kept/?by=campaign"] * times,
        "expectations by seller": ["/promises/kept/?by=seller"] * times,
        "expectations by person": ["/promises/kept/?by=person"] * times,
        "expectations by account": ["/promises/kept/?by=account"] * times,
        "the report of promises": ["/promises/report/"] * times,
        "brand": ["/brand/"] * times,
    }
