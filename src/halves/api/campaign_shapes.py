"""What goes in and out of campaigns: plans, how far they are, what they changed."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Moment, Named, asked, example
from halves.api.work_shapes import JobOut

MOST_STEPS = 4
StateName = Literal["draft", "checked", "scheduled", "sending", "paused", "sent", "cancelled"]
_WHEN = "2026-01-05T09:00:00Z"
_OUTCOMES = Literal["deal_closed", "door_opened", "renewed", "referred"]
_HOUR = Annotated[int | None, Field(ge=0, le=24)]
_COST = Annotated[Decimal | None, Field(ge=0, max_digits=12, decimal_places=6)]
_PLAN = {
    "title": "Spring letter",
    "topic": "news",
    "send_from": None,
    "opens": 9,
    "closes": 17,
    "holdout_share": 0.1,
    "outcome": "deal_closed",
    "of": "value",
    "days": 28,
    "exit_on": ["deal_closed"],
    "cost": "0.002",
}
_STEP = {"story_id": 7, "wait_hours": 0, "is_split": False}
_SHOWN = _PLAN | {
    "id": 6,
    "name": "spring-letter",
    "channel": "email",
    "audience": {"id": 4, "name": "Sailors"},
    "currency": "EUR",
    "state": "checked",
    "trouble": "",
    "trouble_at": None,
    "by": {"id": 1, "name": "Ada"},
    "made_at": _WHEN,
    "changed_at": _WHEN,
    "launched_at": None,
    "drawn_at": None,
    "ended_at": None,
    "experiment_id": None,
    "version": 1,
}


class CampaignOut(Schema):
    """A plan, and where it is."""

    id: int
    title: str
    name: str = Field(description="As the ledger has it")
    channel: str
    audience: Named
    topic: str
    send_from: datetime | None
    opens: int | None = Field(description="Hours of the person's day")
    closes: int | None
    holdout_share: float
    outcome: str
    of: str
    days: int
    exit_on: list[str]
    cost: Decimal | None = Field(description="Of one mail")
    currency: str
    state: StateName
    trouble: str = Field(description="What keeps mails from going")
    trouble_at: datetime | None
    by: Named | None
    made_at: datetime
    changed_at: datetime
    launched_at: datetime | None
    drawn_at: datetime | None = Field(description="Everyone has their arm since")
    ended_at: datetime | None
    experiment_id: int | None = Field(description="Its holdout")
    version: int
    model_config = example(**_SHOWN)


class CampaignPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[CampaignOut]
    after: str


class CampaignStepOut(Schema):
    """One mail of a campaign."""

    story: Named
    wait_hours: int = Field(description="After the step before")
    is_split: bool
    told: int | None = Field(description="The number of the story's version, once it is launched")
    model_config = example(
        story={"id": 7, "name": "Harbour"}, wait_hours=0, is_split=False, told=None
    )

    @staticmethod
    def resolve_told(row: Any) -> int | None:
        """The version that is told."""
        return row.told.number if row.told else None


class CampaignFound(Schema):
    """Whom it goes to, as it was at its version `version`."""

    at: datetime
    version: int
    reached: int
    left_out: dict[str, int] = Field(description="Why, in words, and how many")
    power: dict[str, Any] | None = Field(description="What holding people out can detect")
    model_config = example(
        at=_WHEN, version=1, reached=900, left_out={"never agreed": 100}, power=None
    )


class CampaignWhole(CampaignOut):
    """One campaign, with its mails and whom it goes to."""

    steps: list[CampaignStepOut]
    found: CampaignFound | None = Field(description="Launching needs it at the newest `version`")
    job: JobOut | None = Field(description="The newest look at whom it goes to")
    model_config = example(
        **_SHOWN,
        steps=[
            {
                "story": {"id": 7, "name": "Harbour"},
                "wait_hours": 0,
                "is_split": False,
                "told": None,
            }
        ],
        found={"at": _WHEN, "version": 1, "reached": 900, "left_out": {}, "power": None},
        job=None,
    )


class CampaignStepIn(BaseModel):
    """One mail: the first goes at once, each other a while after the one before."""

    story_id: int
    wait_hours: Annotated[int, Field(ge=0, le=24 * 365)] = 0
    is_split: Annotated[bool, Field(description="Evenly over the story's variants")] = False
    model_config = asked(**_STEP)


_STEPS = Annotated[list[CampaignStepIn], Field(min_length=1, max_length=MOST_STEPS)]


class CampaignIn(BaseModel):
    """A plan: a story told to an audience over a channel."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    audience_id: int
    steps: _STEPS
    channel: Annotated[str, Field(max_length=40, description="Such as `email`, `sms`")] = "email"
    topic: Annotated[str, Field(max_length=80, description="That people agree to, or leave")] = ""
    send_from: Annotated[Moment | None, Field(description="Null: as soon as it is launched")] = None
    opens: Annotated[_HOUR, Field(description="From this hour of the person's day")] = None
    closes: Annotated[_HOUR, Field(description="To this hour; both, or neither")] = None
    holdout_share: Annotated[float, Field(ge=0, lt=1, description="Left alone, by chance")] = 0.1
    outcome: _OUTCOMES = "deal_closed"
    of: Literal["value", "outcomes"] = "value"
    days: Annotated[int, Field(ge=1, le=730, description="For which outcomes are compared")] = 28
    exit_on: Annotated[
        list[_OUTCOMES], Field(max_length=4, description="Write no more to who did this")
    ] = []
    cost: Annotated[_COST, Field(description="Of one mail, in the house's currency")] = None
    model_config = asked(**_PLAN, audience_id=4, steps=[_STEP])


class CampaignChange(BaseModel):
    """A change of a plan, to the version that was read; what is not said stays as it is."""

    title: Annotated[str, Field(min_length=1, max_length=120)] = ""
    audience_id: int = 0
    steps: Annotated[_STEPS, Field(description="All of them")] = []
    channel: Annotated[str, Field(max_length=40)] = "email"
    topic: Annotated[str, Field(max_length=80)] = ""
    send_from: Moment | None = None
    opens: _HOUR = None
    closes: _HOUR = None
    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    outcome: _OUTCOMES = "deal_closed"
    of: Literal["value", "outcomes"] = "value"
    days: Annotated[int, Field(ge=1, le=730)] = 28
    exit_on: Annotated[list[_OUTCOMES], Field(max_length=4)] = []
    cost: _COST = None
    version: int | None = None
    model_config = asked(title="Spring letter to sailors", version=1)


class CampaignSettleIn(BaseModel):
    """What became of mails nobody knows of: if they were not sent, they are sent again."""

    were_sent: bool
    model_config = asked(were_sent=True)


class CampaignSettled(Schema):
    """Of how many mails it was said."""

    mails: int
    model_config = example(mails=3)


class CampaignTryIn(BaseModel):
    """Where the mails to try go."""

    to: Annotated[str, Field(min_length=3, max_length=254)]
    model_config = asked(to="ada@example.org")


class CampaignSignals(Schema):
    """Of how many mails; machines are the likes of scanners."""

    persons: int
    machines: int


class CampaignProgress(Schema):
    """How far a campaign is, in mails."""

    state: StateName
    trouble: str
    all: int
    done: int
    waiting: int
    sent: int
    failed: int
    unknown: int = Field(description="The line broke: settle them")
    skipped: int
    held_out: int = Field(description="People left alone on purpose")
    left_out: dict[str, int] = Field(description="Why, in words, and how many")
    failures: dict[str, int] = Field(description="What servers said most, and how often")
    clicks: CampaignSignals
    opens: CampaignSignals
    model_config = example(
        state="sending",
        trouble="",
        all=810,
        done=400,
        waiting=410,
        sent=396,
        failed=3,
        unknown=0,
        skipped=1,
        held_out=90,
        left_out={"never agreed": 100},
        failures={"550 5.1.1 no such address": 3},
        clicks={"persons": 40, "machines": 2},
        opens={"persons": 120, "machines": 30},
    )


class CampaignResult(Schema):
    """What it changed, as it was computed last; and the work for it."""

    at: datetime | None
    found: dict[str, Any] | None = Field(
        description="`compared` with those left alone, `cost`, `variants`; `why` there is nothing"
    )
    job: JobOut | None
    model_config = example(
        at=_WHEN,
        found={"why": "", "compared": [{"outcome": "deal_closed", "of": "value"}], "cost": None},
        job=None,
    )
