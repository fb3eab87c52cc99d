"""What goes in and out of the call queue and the brief."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Named, asked, example
from halves.conversations.actions import MOST_MINUTES
from halves.conversations.queue import MOST_CALLS
from halves.conversations.queue_models import Reason

_AT = "2026-01-06T07:00:00Z"
_WHY = {
    "value": 900.0,
    "chance": 0.2,
    "days": 3.0,
    "is_at_risk": False,
    "reason": "door",
    "level": 1.2,
    "cost": 5.0,
}
_SHOWN = {
    "mean": 38.0,
    "low": -20.0,
    "high": 96.0,
}


class Why(Schema):
    """What the expected gain was worked out from; money in the reporting currency."""

    value: float = Field(description="Of the deal, or of what they might buy")
    chance: float = Field(description="That they buy it without a call")
    days: float | None = Field(description="Since they last came by themselves")
    is_at_risk: bool = Field(description="A promise to them is broken, or due within a week")
    reason: Reason | None = Field(None, description="What kind of person they are")
    level: float | None = Field(
        None, description="What calls bring to such people, as a multiple of the guess"
    )
    cost: float = Field(description="Of the call")


class QueueCallOut(Schema):
    """Somebody whom the dice drew to be called."""

    id: int
    person: Named
    phone: str
    deal_id: int | None
    seller: Named
    gain: float = Field(description="Expected from the call, its cost taken off")
    is_expected_to_pay: bool = Field(
        description="Whether the gain is not below nothing; others fill the day's list, so that it "
        "is learned what calls to them bring"
    )
    chance: float = Field(description="Of being called, as the dice had it")
    why: Why
    drawn_at: datetime
    period_ends: datetime = Field(description="Until then nobody is drawn again")
    state: Literal["waiting", "called", "skipped"]
    skipped_because: str
    conversation_id: int | None = Field(description="The call that settled it")
    model_config = example(
        id=7,
        person={"id": 12, "name": "Grace Hopper"},
        phone="+1 202 555 0100",
        deal_id=3,
        seller={"id": 2, "name": "Ben"},
        gain=42.5,
        is_expected_to_pay=True,
        chance=0.71,
        why=_WHY,
        drawn_at=_AT,
        period_ends="2026-02-03T00:00:00Z",
        state="waiting",
        skipped_because="",
        conversation_id=None,
    )


class DrawOut(Schema):
    """One roll of the dice for a seller's day."""

    day: date
    capacity: int = Field(description="Calls that there was room for")
    pool: int = Field(description="People who could have been called")
    treated: int = Field(description="To be called")
    held_out: int = Field(description="Left alone")
    model_config = example(day="2026-01-06", capacity=10, pool=320, treated=10, held_out=5)


class SkipIn(BaseModel):
    """Why somebody is not called."""

    because: Annotated[str, Field(min_length=1, max_length=200)]
    model_config = asked(because="On holiday until Monday")


class DoneIn(BaseModel):
    """A call that was made just now."""

    minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)]
    summary: Annotated[str, Field(max_length=20_000)] = ""
    next_step: Annotated[str, Field(max_length=200)] = ""
    model_config = asked(minutes=12, summary="Wants the plan", next_step="Send the plan")


class QueueIn(BaseModel):
    """How the queue is drawn; what is not said stays."""

    is_on: bool | None = None
    calls_a_day: Annotated[int, Field(ge=1, le=MOST_CALLS)] | None = None
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] | None = None
    period_days: Annotated[int, Field(ge=7, le=90)] | None = None
    held_out_share: Annotated[float, Field(ge=0.1, le=0.5)] | None = None
    model_config = asked(calls_a_day=12)


class Range(Schema):
    """An estimate with its 90% interval."""

    mean: float
    low: float
    high: float


class KindOut(Schema):
    """What calls bring to one kind of person."""

    reason: Reason = Field(description="Why such people are on the list")
    decisions: int = Field(description="That were drawn")
    effect: Range = Field(description="Revenue a decision to call brings")
    level: Range = Field(description="The same as a multiple of the guess")
    pays: float = Field(description="Revenue from which a decision to call earns its cost")
    p_wasted: float | None = Field(
        description="Probability that such calls cost more than they bring; none with few sales"
    )


class QueueOut(Schema):
    """How the queue is drawn, what its dice show, and what they cost."""

    is_on: bool
    calls_a_day: int
    minutes: int
    period_days: int
    held_out_share: float
    held_out_share_now: float = Field(description="Half where calls rather lose than earn")
    callers: list[Named]
    effect: Range | None = Field(
        description="Revenue a decision to call brings; holds however often it is looked at"
    )
    p_wasted: float | None = Field(description="Probability that calls cost more than they bring")
    kinds: list[KindOut] = Field(description="Whom calls move; empty before any is known")
    decisions: int = Field(description="That the effect was read from")
    more: int | None = Field(description="Decisions until the interval is half as wide")
    given_up: float = Field(description="Expected gain that the dice cost in the last 28 days")
    currency: str
    learned_at: datetime | None
    model_config = example(
        is_on=True,
        calls_a_day=10,
        minutes=10,
        period_days=28,
        held_out_share=0.3,
        held_out_share_now=0.3,
        callers=[{"id": 2, "name": "Ben"}],
        effect=_SHOWN,
        p_wasted=0.21,
        kinds=[
            {
                "reason": "door",
                "decisions": 240,
                "effect": _SHOWN,
                "level": {"mean": 1.2, "low": -0.7, "high": 3.0},
                "pays": 10.0,
                "p_wasted": 0.21,
            }
        ],
        decisions=660,
        more=1980,
        given_up=310.5,
        currency="USD",
        learned_at=_AT,
    )


class WishOut(Schema):
    """What they want to become or need fixed, and where it is known from."""

    words: str
    source: str


class ToldOut(Schema):
    """A story that reached them."""

    name: str
    kind: str
    at: datetime
    path: str
    times: int


class OpenOut(Schema):
    """A promise that is open to them."""

    id: int
    words: str
    due_on: date | None
    is_late: bool


class FearOut(Schema):
    """What may hold them back, and what settles it."""

    concern_id: int
    name: str
    is_voiced: bool
    low: float
    high: float
    answer: str
    how_sure: str


class BondOut(Schema):
    """How strong the relationship is, 0 to 100, and what it was worked out from."""

    score: float
    recency: float
    reciprocity: float
    cadence: float
    breadth: float
    days_since: float | None
    theirs: int
    ours: int
    colleagues: int


class BriefLineOut(Schema):
    """Something that happened."""

    at: datetime
    kind: str
    words: str
    detail: str


class StepOut(Schema):
    """The next step that is suggested, and why."""

    words: str
    why: str


class BriefOut(Schema):
    """What to know of a person before the call."""

    person: Named
    account: Named | None
    refused: str = Field(description="Why they may not be called; empty if they may")
    left_alone_until: datetime | None = Field(description="By the queue's dice")
    is_left_alone: bool = Field(description="By everything, so that demand of itself is seen")
    step: StepOut
    deals: list[Named]
    wishes: list[WishOut]
    problems: list[WishOut]
    told: list[ToldOut]
    solutions: list[Named] = Field(description="Stories that keep the visions which were told")
    promises: list[OpenOut]
    concerns: list[FearOut]
    bond: BondOut
    lines: list[BriefLineOut]
    model_config = example(
        person={"id": 12, "name": "Grace Hopper"},
        account={"id": 4, "name": "Navy"},
        refused="",
        left_alone_until=None,
        is_left_alone=False,
        step={"words": "Ask what they need fixed.", "why": "There is an open deal."},
        deals=[{"id": 3, "name": "Berth 7"}],
        wishes=[{"words": "to sail on Sundays", "source": "Harbour"}],
        problems=[],
        told=[{"name": "Harbour", "kind": "belonging", "at": _AT, "path": "many", "times": 1}],
        solutions=[{"id": 9, "name": "A berth in a week"}],
        promises=[{"id": 5, "words": "A plan", "due_on": "2026-01-09", "is_late": False}],
        concerns=[],
        bond={
            "score": 56.8,
            "recency": 0.5,
            "reciprocity": 1.0,
            "cadence": 0.57,
            "breadth": 0.0,
            "days_since": 30.0,
            "theirs": 2,
            "ours": 2,
            "colleagues": 0,
        },
        lines=[{"at": _AT, "kind": "touch", "words": "email", "detail": "Harbour"}],
    )


def named(row: Any) -> dict[str, Any] | None:
    """A row by its key and name."""
    return None if row is None else {"id": row.pk, "name": str(row)}
