"""Promises, deliveries and one-question surveys, as they go in and out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.score_shapes import Spread
from halves.api.shapes import Day, Moment, Named, asked, example

_WHEN = "2026-01-05T09:00:00Z"
_SHARE = {"mean": 0.067, "low": 0.064, "high": 0.069}
_PROMISE = {
    "id": 3,
    "person_id": 12,
    "words": "Set up within five days",
    "measure": "days until it is set up",
    "amount": "5.000",
    "unit": "days",
    "is_at_most": True,
    "via": "quote",
    "made_at": _WHEN,
    "due_on": "2026-01-10",
    "keeper": {"id": 1, "name": "Ada"},
    "delivered_at": None,
    "delivered": None,
    "keeping": "",
}
_LOST = {
    "measure": None,
    "broken": 412,
    "kept": 3_001,
    "cost": {"mean": 21.0, "low": 9.0, "high": 34.0},
    "refunds": {"mean": 6.0, "low": 4.0, "high": 8.0},
    "profit": {"mean": 15.0, "low": 3.0, "high": 27.0},
    "plain": 26.0,
}
Amount = Annotated[Decimal, Field(ge=0, lt=Decimal(10) ** 12, decimal_places=3)]


class PromiseOut(Schema):
    """What a person was led to expect, and what came of it."""

    id: int
    person_id: int
    words: str
    measure: str
    amount: Decimal | None
    unit: str
    is_at_most: bool = Field(description="Less is better")
    via: Literal["campaign", "page", "call", "quote"]
    made_at: datetime
    due_on: Day | None
    keeper: Named | None
    delivered_at: datetime | None
    delivered: Decimal | None
    keeping: Literal["", "over", "met", "under"] = Field(description="Empty while it is open")
    model_config = example(**_PROMISE)


class PromisePage(Schema):
    """Some promises."""

    rows: list[PromiseOut]
    after: str = Field(description="Send it as `after` for the next page; empty at the end")
    model_config = example(rows=[_PROMISE], after="")


class DeliveryIn(BaseModel):
    """What came; told again under the same name by the same source, it is the same delivery."""

    at: Moment
    amount: Amount | None = Field(None, description="Needed where an amount was promised")
    words: Annotated[str, Field(max_length=300)] = ""
    source: Annotated[str, Field(min_length=1, max_length=40)] = "api"
    source_key: Annotated[str, Field(min_length=1, max_length=100)]
    model_config = asked(at="2026-01-08T09:00:00Z", amount="4", source_key="shipment-17")


class PromiseDeliveryOut(Schema):
    """What came of a promise, as somebody told it."""

    id: int
    at: datetime
    amount: Decimal | None
    words: str
    source: str
    source_key: str
    promise: PromiseOut
    model_config = example(
        id=9,
        at="2026-01-08T09:00:00Z",
        amount="4.000",
        words="",
        source="api",
        source_key="shipment-17",
        promise=_PROMISE | {"keeping": "over", "delivered": "4.000"},
    )


class ExpectationOut(Schema):
    """What one story, campaign, colleague, person or account promised, and what came of it."""

    name: str
    key: int | None = Field(description="The id of that story, colleague, person or account")
    over: int
    met: int
    under: int
    open: int
    late: int = Field(description="Of those that are open")
    model_config = example(name="Post once", key=4, over=3, met=40, under=2, open=9, late=1)


class KeptOut(Schema):
    """How one measure's promises were kept, and what that did to what customers said."""

    measure: str
    over: int
    met: int
    under: int
    late: Spread | None
    said: int = Field(description="Customers who gave a mark")
    loss: Spread | None = Field(description="What each unit short takes off the mark")
    gain: Spread | None = Field(description="What each unit beyond adds to it")
    kano: str
    band: list[float] | None = Field(description="Gaps that count as kept, from low to high")
    model_config = example(
        measure="days until the order is there",
        over=19_587,
        met=1_380,
        under=1_494,
        late=_SHARE,
        said=6_651,
        loss={"mean": 0.176, "low": 0.161, "high": 0.19},
        gain={"mean": 0.017, "low": 0.013, "high": 0.021},
        kano="must_be",
        band=[-1.0, 1.0],
    )

    @staticmethod
    def resolve_loss(row: Any) -> Any:
        """None where too few said something."""
        return row.response and row.response.loss

    @staticmethod
    def resolve_gain(row: Any) -> Any:
        """The same."""
        return row.response and row.response.gain

    @staticmethod
    def resolve_kano(row: Any) -> str:
        """What the promise is to customers."""
        return str(row.response.kano) if row.response else "unknown"

    @staticmethod
    def resolve_band(row: Any) -> Any:
        """Low and high."""
        return [row.band.low, row.band.high] if row.band else None


class LostOut(Schema):
    """What was lost with each broken promise, beside kept ones like it; money."""

    measure: str | None = Field(description="None for all measures together")
    broken: int = Field(description="Broken promises that were compared")
    kept: int = Field(description="Kept or outdone ones beside them")
    cost: Spread = Field(description="Refunds and profit together")
    refunds: Spread = Field(description="Money given back")
    profit: Spread = Field(description="Of what they no longer buy")
    plain: float = Field(description="The cost as the averages differ, compared with nobody alike")
    model_config = example(**_LOST)


class PromiserOut(Schema):
    """Who made promises, how many were broken, and what that costs."""

    by: Literal["story", "campaign", "seller", "account_id"]
    name: str = Field(description="Of a story or campaign; a seller's address; an account's id")
    under: int = Field(description="Broken")
    of: int = Field(description="Delivered")
    share: Spread
    promises_too_much: bool
    cost: Spread | None = Field(description="Of the broken ones, money; null where unknown")
    model_config = example(
        by="campaign",
        name="spring",
        under=31,
        of=120,
        share={"mean": 0.258, "low": 0.198, "high": 0.328},
        promises_too_much=True,
        cost={"mean": 651.0, "low": 279.0, "high": 1054.0},
    )


class BreakingOut(Schema):
    """What a broken promise costs, by the ledger; or why nobody can tell yet."""

    days: int = Field(description="After a delivery that are looked at")
    why: str = Field(description="`known`, or what is missing")
    lacks: str = Field(description="What it needs to be known, in words")
    missing: int = Field(description="How many more customers it needs")
    broken: int = Field(description="Promises that were broken, in all")
    alone: int = Field(description="Broken ones with no kept one like them, left out")
    margin: float
    currency: str | None
    all: LostOut | None
    measures: list[LostOut]
    promisers: list[PromiserOut]
    model_config = example(
        days=180,
        why="known",
        lacks="",
        missing=0,
        broken=460,
        alone=3,
        margin=0.4,
        currency="EUR",
        all=_LOST,
        measures=[_LOST],
        promisers=[],
    )


class SurveyIn(BaseModel):
    """One question, answered from 0 to 10."""

    kind: Literal["keeping", "recommend"]
    question: Annotated[str, Field(min_length=1, max_length=200)]
    model_config = asked(kind="keeping", question="How did we keep what we promised you?")


class SurveyOut(Schema):
    """A question to customers."""

    id: int
    kind: Literal["keeping", "recommend"]
    question: str
    made_at: datetime
    closed_at: datetime | None
    model_config = example(
        id=2, kind="keeping", question="How did we do?", made_at=_WHEN, closed_at=None
    )


class SurveyAnswerOut(Schema):
    """What somebody said."""

    id: int
    person_id: int
    promise_id: int | None
    score: int
    words: str
    may_quote: bool
    answered_at: datetime
    model_config = example(
        id=5, person_id=12, promise_id=3, score=9, words="", may_quote=False, answered_at=_WHEN
    )


class SurveyAnswerPage(Schema):
    """Some answers."""

    rows: list[SurveyAnswerOut]
    after: str = Field(description="Send it as `after` for the next page; empty at the end")
    model_config = example(
        rows=[
            {
                "id": 5,
                "person_id": 12,
                "promise_id": None,
                "score": 9,
                "words": "",
                "may_quote": False,
                "answered_at": _WHEN,
            }
        ],
        after="",
    )
