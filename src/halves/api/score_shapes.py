"""What goes in and out of the scoreboard: the score, targets, answers, moving the budget."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Day, Named, asked, example
from halves.api.work_shapes import JobOut
from halves.scoreboard.attention import About

_WHEN = "2026-01-05T09:00:00Z"
_Q1 = {"name": "2026-Q1", "starts": "2026-01-01", "ends": "2026-04-01"}
_SPREAD = {"mean": 512_000.0, "low": 480_000.0, "high": 544_000.0}
_MONEY = Annotated[float, Field(ge=0, le=1e15)]
_JOB = {
    "id": 31,
    "kind": "which_half",
    "state": "done",
    "doing": "weighing tests",
    "done": 15,
    "of": 15,
    "words": "",
    "asked_at": _WHEN,
    "started_at": _WHEN,
    "ended_at": _WHEN,
}
_RUN = {
    "id": 7,
    "unit": "channel",
    "since": None,
    "until": None,
    "by": {"id": 1, "name": "Ada"},
    "at": _WHEN,
    "answered_at": _WHEN,
    "job": _JOB,
}


class Spread(Schema):
    """A number, and the interval in which it lies nine times in ten."""

    mean: float
    low: float
    high: float


class PeriodOut(Schema):
    """A month, a quarter or a year."""

    name: str
    starts: date
    ends: date = Field(description="The day after the last")


class CallOut(Schema):
    """Something that needs a hand today."""

    words: str
    about: About = Field(description="Where it is seen to")
    key: int | None = Field(description="Of that person, import or experiment")

    model_config = example(words="Due today: Send the offer (Grace Ito)", about="person", key=12)


class GoalOut(Schema):
    """One measure of a period, beside what is aimed at."""

    measure: Literal["customers", "revenue"]
    amount: float
    target: Decimal | None
    before: float | None = Field(description="The period before, up to the same day")
    ahead: Spread | None = Field(description="Where the pace of the last weeks leads by its end")


class TallyOut(Schema):
    """What one period brought."""

    name: str
    is_whole: bool
    customers: int
    revenue: float
    sales: int
    unpriced: int = Field(description="Sales without a value, which are not in the revenue")


class PathOut(Schema):
    """Doors of one path and the share that became deals; a claimed path is the last touch's."""

    path: Literal["many", "one", "self", ""]
    is_claimed: bool
    opened: int
    closed: int
    share: Spread | None


class ScoreOut(Schema):
    """How both halves do together in a period, from the ledger."""

    period: PeriodOut
    is_open: bool
    currency: str | None
    goals: list[GoalOut]
    trend: list[TallyOut]
    paths: list[PathOut]
    model_config = example(
        period=_Q1,
        is_open=True,
        currency="EUR",
        goals=[
            {
                "measure": "revenue",
                "amount": 310_000.0,
                "target": "500000.00",
                "before": 290_000.0,
                "ahead": _SPREAD,
            }
        ],
        trend=[
            {
                "name": "2026-Q1",
                "is_whole": True,
                "customers": 120,
                "revenue": 310_000.0,
                "sales": 140,
                "unpriced": 2,
            }
        ],
        paths=[
            {
                "path": "many",
                "is_claimed": True,
                "opened": 400,
                "closed": 60,
                "share": {"mean": 0.15, "low": 0.123, "high": 0.182},
            }
        ],
    )


class TargetOut(Schema):
    """What is aimed at in a period."""

    id: int
    measure: Literal["customers", "revenue", "brand"]
    amount: Decimal
    starts: date
    ends: date = Field(description="The day after the last")
    at: datetime
    model_config = example(
        id=3,
        measure="revenue",
        amount="500000.00",
        starts="2026-01-01",
        ends="2026-04-01",
        at=_WHEN,
    )


class TargetPage(Schema):
    """One page, the latest first; `after` begins the next, and is empty on the last."""

    rows: list[TargetOut]
    after: str


class TargetIn(BaseModel):
    """What to aim at; what was aimed at before is replaced. The brand's is in points, to 100."""

    measure: Literal["customers", "revenue", "brand"]
    amount: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2)]
    period: Annotated[str, Field(max_length=10, description="Such as 2026, 2026-Q1, 2026-03")]
    model_config = asked(measure="revenue", amount="500000.00", period="2026-Q1")


class RunOut(Schema):
    """One asking of which half is wasted, and how far it is."""

    id: int
    unit: Literal["channel", "campaign"]
    since: date | None
    until: date | None
    by: Named | None
    at: datetime
    answered_at: datetime | None
    job: JobOut
    model_config = example(**_RUN)


class RunPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[RunOut]
    after: str


class StaleOut(Schema):
    """How many rows came to the ledger since the answer, and how many went."""

    came: int
    went: int


class AnswerOut(RunOut):
    """An answer, as it was stored."""

    answer: dict[str, Any] | None = Field(description="As `halves which-half --json` gives it")
    tests: dict[str, Any] | None = Field(description="As `halves next-test --json` gives it")
    stale: StaleOut | None
    model_config = example(
        **_RUN,
        answer={
            "wasted_share": {"mean": 0.41, "low": 0.22, "high": 0.6},
            "units": [{"unit": "newsletter", "verdict": "working", "p_wasted": 0.02}],
        },
        tests={"best": "social"},
        stale=None,
    )


class UnitOut(Schema):
    """One unit of spend: what speaks of it, and what would settle it."""

    unit: dict[str, Any] = Field(description="As in `answer.units`")
    p_wasted_before: float = Field(description="What was believed before any evidence, 0 to 1")
    test: dict[str, Any] | None
    untestable: str
    model_config = example(
        unit={"unit": "newsletter", "verdict": "working", "p_wasted": 0.02, "evidence": "a test"},
        p_wasted_before=0.5,
        test=None,
        untestable="",
    )


class AskIn(BaseModel):
    """Of which days and which units; what is not said is the whole ledger, by channel."""

    since: Day | None = None
    until: Annotated[Day | None, Field(description="The day after the last")] = None
    unit: Literal["channel", "campaign"] = "channel"
    model_config = asked(unit="channel")


class LimitsIn(BaseModel):
    """How little and how much a unit may spend, in times of today's."""

    least: Annotated[float, Field(ge=0, le=10)] = 0.0
    most: Annotated[float, Field(ge=0, le=10)] = 2.0
    model_config = asked(least=0.5, most=2.0)


class WhatIfIn(BaseModel):
    """Amounts to try; or a budget to lay out, within limits."""

    amounts: Annotated[
        dict[str, _MONEY] | None,
        Field(max_length=1000, description="Unit → spend; who is not named spends as today"),
    ] = None
    budget: Annotated[float | None, Field(gt=0, le=1e15, description="Null: as today")] = None
    limits: Annotated[dict[str, LimitsIn], Field(max_length=1000)] = {}
    move_all: bool = Field(False, description="Also what nothing speaks of yet")
    model_config = asked(budget=100_000.0, limits={"tv": {"least": 1.0, "most": 1.0}})


class UnitPlanOut(Schema):
    """What a unit spends today, and in the plan."""

    unit: str
    today: float
    advised: float
    change: Spread
    p_better: float
    is_extrapolated: bool


class PlanOut(Schema):
    """What the plan would bring, in profit over the answer's period."""

    budget: float
    today: float
    advised: float
    change: Spread
    p_better: float
    regret: float
    extrapolated: float
    held: list[str] = Field(description="Left as they are, since nothing speaks of them yet")
    units: list[UnitPlanOut]
    model_config = example(
        budget=100_000.0,
        today=100_000.0,
        advised=92_000.0,
        change={"mean": 14_000.0, "low": 3_000.0, "high": 26_000.0},
        p_better=0.97,
        regret=6_000.0,
        extrapolated=1_000.0,
        held=["tv"],
        units=[
            {
                "unit": "social",
                "today": 20_000.0,
                "advised": 12_000.0,
                "change": {"mean": 4_000.0, "low": 500.0, "high": 8_000.0},
                "p_better": 0.96,
                "is_extrapolated": False,
            }
        ],
    )


class ChannelShape(BaseModel):
    """A channel: its path, how it meets people, whom it picks."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    path: Literal["many", "one"]
    meets: Literal["broadcast", "targeted", "reactive"] = "targeted"
    picks: Literal["hot", "cold", "random", "unknown"] = "unknown"
    model_config = asked(name="brand_search", path="many", meets="reactive", picks="hot")


class MeasuringOut(Schema):
    """What measuring needs to know, and what of it is missing."""

    currency: str | None
    time_zone: str | None
    margin: float | None
    channels: list[ChannelShape]
    missing: list[str]
    model_config = example(
        currency="EUR",
        time_zone="Europe/Berlin",
        margin=0.6,
        channels=[{"name": "tv", "path": "many", "meets": "broadcast", "picks": "unknown"}],
        missing=[],
    )


class MeasuringChange(BaseModel):
    """What to change; what is not said stays as it is, and channels are replaced together."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    margin: Annotated[
        float, Field(ge=0.0001, le=1, description="Profit in each 1 of sales, before both halves")
    ] = 0.5
    channels: Annotated[list[ChannelShape], Field(max_length=1000)] = []
    model_config = asked(currency="EUR", margin=0.6)
