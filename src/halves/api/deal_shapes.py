"""Deals, pipelines, quotes and forecasts, as they go in and out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.urls import reverse
from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Day, Named, asked, example
from halves.deals.quote_models import QuoteState

_WHEN = "2026-01-05T09:00:00Z"
Money = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 11, decimal_places=6)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=20_000)]
State = Literal["open", "won", "lost"]
Order = Literal["newest", "value", "title", "longest", "close"]
LostKind = Literal[
    "price",
    "competitor",
    "timing",
    "need",
    "authority",
    "trust",
    "silence",
    "nurture",
    "other",
]
_LINE = {"words": "Coffee for the office", "quantity": "12", "price": "49.95"}
_DEAL = {"title": "Coffee for the office", "problem": "Queues at the machine."}
_STAGE = {"id": 2, "name": "Solution shown", "kind": "open"}
_PROMISE = {"words": "Set up within five days", "amount": "5", "unit": "days", "within_days": 5}


class StageOut(Schema):
    """One step of a pipeline."""

    id: int
    name: str
    kind: State
    model_config = example(**_STAGE)


class PipelineOut(Schema):
    """The way that deals go; leads arrive in the default one."""

    id: int
    name: str
    is_default: bool
    stages: list[StageOut]
    version: int
    model_config = example(id=1, name="Sales", is_default=True, stages=[_STAGE], version=1)

    @staticmethod
    def resolve_stages(row: Any) -> list[Any]:
        """Those that deals still come to."""
        return [one for one in row.stages.all() if one.retired_at is None]


class PipelineIn(BaseModel):
    """Another pipeline."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    model_config = asked(name="Renewals")


class StageIn(BaseModel):
    """A stage as it should be; without an id it is a new one."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    id: int | None = None
    model_config = asked(name="Trial")


class StagesIn(BaseModel):
    """The stages on the way, in their order; won and lost stay, what is left out is retired."""

    stages: Annotated[list[StageIn], Field(min_length=1, max_length=12)]
    version: int
    model_config = asked(stages=[{"name": "Trial"}], version=1)


class DealLineShape(Schema):
    """One thing that is bought; `price` is of one."""

    words: Annotated[str, Field(min_length=1, max_length=300)]
    quantity: Annotated[Decimal, Field(gt=0, lt=Decimal(10) ** 9, decimal_places=3)] = Decimal(1)
    price: Money
    model_config = asked(**_LINE)


class DealLinesIn(BaseModel):
    """What a deal is made of; it is worth their sum."""

    lines: Annotated[list[DealLineShape], Field(max_length=200)]
    version: int
    model_config = asked(lines=[_LINE], version=1)


class HandoverOut(Schema):
    """How marketing opened the door."""

    story: str | None
    page: str
    campaign: str
    promised: list[dict[str, Any]]
    read: list[dict[str, Any]]
    opened_at: datetime
    model_config = example(
        story="Quiet mornings (2)",
        page="quiet-mornings",
        campaign="spring",
        promised=[{"words": "Set up within five days", "within_days": 5, "due_on": None}],
        read=[{"at": _WHEN, "channel": "page", "words": "quiet-mornings A"}],
        opened_at=_WHEN,
    )

    @staticmethod
    def resolve_story(row: Any) -> str | None:
        """The story as it was told."""
        return str(row.told) if row.told is not None else None


class DealOut(Schema):
    """A possible purchase on its way, or how it ended."""

    id: int
    ledger_id: str
    title: str
    person: Named
    account: Named | None
    owner: Named | None
    problem: str
    solution: str
    pipeline_id: int
    stage: StageOut
    stage_since: datetime
    value: Decimal
    currency: str
    is_value_typed: bool
    expected_close: Day | None
    state: State
    lost_kind: str
    lost_because: str
    won_because: str
    concern_id: int | None
    opened_at: datetime
    closed_at: datetime | None
    version: int
    model_config = example(
        id=8,
        ledger_id="deal-0c4ffee0c4ffee00",
        title="Coffee for the office",
        person={"id": 12, "name": "Grace Hopper"},
        account={"id": 3, "name": "Navy"},
        owner={"id": 1, "name": "Ada"},
        problem="Queues at the machine.",
        solution="",
        pipeline_id=1,
        stage=_STAGE,
        stage_since=_WHEN,
        value="599.40",
        currency="EUR",
        is_value_typed=False,
        expected_close="2026-03-31",
        state="open",
        lost_kind="",
        lost_because="",
        won_because="",
        concern_id=None,
        opened_at=_WHEN,
        closed_at=None,
        version=3,
    )


class DealWhole(DealOut):
    """One deal with its lines, and how its door opened."""

    lines: list[DealLineShape]
    handover: HandoverOut | None

    @staticmethod
    def resolve_lines(row: Any) -> list[Any]:
        """In their order."""
        return list(row.lines.all())

    @staticmethod
    def resolve_handover(row: Any) -> Any:
        """What marketing handed over, if it did."""
        return getattr(row, "handover", None)


class DealPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[DealOut]
    after: str


class _Said(BaseModel):
    title: Annotated[str, Field(max_length=200)] = ""
    problem: Text = ""
    solution: Text = ""
    owner_id: int | None = None
    account_id: int | None = None
    value: Money | None = None
    currency: Currency | None = None
    expected_close: Day | None = None


class DealIn(_Said):
    """A deal to open; it begins in the first stage of the default pipeline, unless one is said."""

    person_id: int
    stage_id: int | None = None
    model_config = asked(person_id=12, **_DEAL, value="1200", currency="EUR")


class DealChange(_Said):
    """What we wrote down of a deal; what is not said stays as it is."""

    version: int
    model_config = asked(solution="Two machines, filled every week.", version=1)


class DealMoveIn(BaseModel):
    """Where a deal goes; a loss needs its kind."""

    stage_id: int
    lost_kind: LostKind | None = None
    words: Text = ""
    version: int | None = None
    model_config = asked(stage_id=2)


class NurtureIn(BaseModel):
    """What holds somebody back, for marketing to answer."""

    concern_id: int | None = None
    words: Text = ""
    model_config = asked(words="Is it for people like us?")


class QuotePromiseIn(BaseModel):
    """Something promised with a quote, open once the buyer accepts."""

    words: Annotated[str, Field(min_length=1, max_length=300)]
    measure: Annotated[str, Field(max_length=120)] = ""
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=15, decimal_places=3)] = None
    unit: Annotated[str, Field(max_length=40)] = ""
    is_at_most: bool = False
    within_days: Annotated[int | None, Field(ge=0, le=3650)] = None
    due_on: Day | None = None
    model_config = asked(**_PROMISE)


class QuoteIn(BaseModel):
    """A quote of a deal's lines."""

    words: Annotated[str, Field(max_length=10_000)] = ""
    terms: Annotated[str, Field(max_length=10_000)] = ""
    valid_until: Day | None = None
    promises: Annotated[list[QuotePromiseIn], Field(max_length=20)] = []
    model_config = asked(words="Two machines.", promises=[_PROMISE])


class QuoteSend(BaseModel):
    """Where the link goes; nowhere by mail where `to` is left out: hand over `path` yourself."""

    to: Annotated[str | None, Field(max_length=254)] = None
    version: int
    model_config = asked(to="grace@example.org", version=1)


class QuoteOut(Schema):
    """What a buyer was offered; once sent it stays as it was."""

    id: int
    deal_id: int
    number: int
    state: Literal["draft", "sent", "accepted", "withdrawn", "replaced"]
    words: str
    terms: str
    lines: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    total: Decimal
    currency: str
    valid_until: Day | None
    to: str
    path: str | None = Field(description="Of the buyer's page; none while it is a draft")
    sent_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str
    version: int
    model_config = example(
        id=4,
        deal_id=8,
        number=1,
        state="sent",
        words="Two machines.",
        terms="",
        lines=[_LINE],
        promises=[_PROMISE],
        total="599.40",
        currency="EUR",
        valid_until="2026-02-01",
        to="grace@example.org",
        path="/q/4hT2…/",
        sent_at=_WHEN,
        accepted_at=None,
        accepted_by="",
        version=2,
    )

    @staticmethod
    def resolve_path(row: Any) -> str | None:
        """The buyer's page; a draft has none."""
        return None if row.state == QuoteState.DRAFT else reverse("public_quote", args=[row.token])


class ForecastOut(Schema):
    """What the open deals of a pipeline are expected to bring, as it was computed last."""

    at: datetime
    found: dict[str, Any] = Field(description="By currency and month, with 90% intervals")
    model_config = example(at=_WHEN, found={"too_few": 12, "least": 50})
