"""What goes in and out of experiments: designs, looks, results, tests that others ran."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Day, Named, asked, example
from halves.api.work_shapes import JobOut
from halves.experiments.designs import sentence

_WHEN = "2026-01-05T09:00:00Z"
_UNITS = Literal["person", "account", "region"]
_OUTCOMES = Literal["deal_closed", "door_opened", "renewed", "referred"]
_NAMES = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=100)
]
_DESIGN = {
    "title": "What does the newsletter bring?",
    "withheld": ["newsletter"],
    "unit_kind": "person",
    "share": 0.2,
    "region": "",
    "tag": "",
    "outcome": "deal_closed",
    "of": "value",
    "starts": "2026-02-02",
    "ends": "2026-03-30",
    "notes": "",
}
_SHOWN = _DESIGN | {
    "id": 5,
    "name": "what-does-the-newsletter-bring",
    "sentence": "Withhold newsletter from 20% of people for 8 weeks from 2 February 2026",
    "held_out_regions": [],
    "starts": "2026-02-02T00:00:00Z",
    "ends": "2026-03-30T00:00:00Z",
    "state": "running",
    "source": "hand",
    "by": {"id": 1, "name": "Ada"},
    "made_at": _WHEN,
    "registered_at": _WHEN,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "started_at": _WHEN,
    "stopped_at": None,
    "read_at": None,
}
_LIFT = {
    "source": "the ad platform's lift study",
    "withheld": ["social"],
    "starts": "2026-02-02",
    "ends": "2026-03-02",
    "region": "",
    "outcome": "revenue",
    "lift": 1200.0,
    "se": 400.0,
    "spend_withheld": "900.00",
}


class ExperimentOut(Schema):
    """A design, and where it is."""

    id: int
    title: str
    name: str = Field(description="As the ledger has it")
    sentence: str
    withheld: list[str]
    unit_kind: str
    share: float
    region: str
    tag: str
    held_out_regions: list[str]
    outcome: str
    of: str
    starts: datetime
    ends: datetime = Field(description="The day after the last")
    notes: str
    state: Literal["draft", "registered", "running", "stopped", "read"]
    source: str
    by: Named | None
    made_at: datetime
    registered_at: datetime | None
    digest: str = Field(description="SHA-256 of the registered design")
    started_at: datetime | None
    stopped_at: datetime | None
    read_at: datetime | None
    model_config = example(**_SHOWN)

    @staticmethod
    def resolve_sentence(row: Any) -> str:
        """The design in one sentence."""
        return sentence(row)


class ExperimentWhole(ExperimentOut):
    """One experiment, with what it can detect, who is in it, and what it shows."""

    treated: int
    held_out: int
    is_over: bool
    is_power_known: bool
    power: dict[str, Any] | None = Field(description="What it can detect; `designs` of regions")
    result: dict[str, Any] | None
    job: JobOut | None = Field(description="The newest work for it")
    model_config = example(
        **_SHOWN,
        treated=320,
        held_out=80,
        is_over=False,
        is_power_known=True,
        power={"n_treated": 320, "n_held_out": 80},
        result=None,
        job=None,
    )

    @staticmethod
    def resolve_is_over(row: Any) -> bool:
        """Whether nobody is held out any more."""
        return bool(row.over)


class ExperimentPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[ExperimentOut]
    after: str


class ExperimentIn(BaseModel):
    """A design. Days begin at 0:00 UTC."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    withheld: Annotated[_NAMES, Field(description="Channels or campaigns, as the ledger has them")]
    unit_kind: _UNITS = "person"
    share: Annotated[float, Field(gt=0, lt=1, description="Held out")] = 0.2
    region: Annotated[str, Field(max_length=100, description="Empty: anywhere")] = ""
    tag: Annotated[str, Field(max_length=60, description="Empty: whatever they carry")] = ""
    outcome: _OUTCOMES = "deal_closed"
    of: Literal["value", "outcomes"] = "value"
    starts: Day
    ends: Annotated[Day, Field(description="The day after the last")]
    notes: Annotated[str, Field(max_length=4000)] = ""
    model_config = asked(**_DESIGN)


class ExperimentChange(BaseModel):
    """What to change of a draft; what is not said stays as it is."""

    title: Annotated[str, Field(min_length=1, max_length=120)] = ""
    withheld: _NAMES = []
    unit_kind: _UNITS = "person"
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    region: Annotated[str, Field(max_length=100)] = ""
    tag: Annotated[str, Field(max_length=60)] = ""
    outcome: _OUTCOMES = "deal_closed"
    of: Literal["value", "outcomes"] = "value"
    starts: Day | None = None
    ends: Day | None = None
    notes: Annotated[str, Field(max_length=4000)] = ""
    model_config = asked(share=0.3)


class RegionsIn(BaseModel):
    """Which of the designs in `power.designs`, from 0."""

    place: Annotated[int, Field(ge=0, lt=1000)]
    model_config = asked(place=0)


class LookOut(Schema):
    """What an experiment showed at one moment."""

    at: datetime
    found: dict[str, Any]
    model_config = example(at=_WHEN, found={"effect": {"mean": 4.1, "low": -1.0, "high": 9.2}})


class NextOut(Schema):
    """What to test next, as it was weighed last; and the weighing that goes on, or failed."""

    weighed_at: datetime | None
    tests: dict[str, Any] | None = Field(description="As `halves next-test --json` gives it")
    job: JobOut | None
    model_config = example(
        weighed_at=_WHEN,
        tests={"best": "social", "tests": [{"unit": "social", "net": 5200.0}]},
        job=None,
    )


class NextIn(BaseModel):
    """Which of the tests that are suggested."""

    unit: Annotated[str, Field(min_length=1, max_length=200)]
    model_config = asked(unit="social")


class LiftOut(Schema):
    """A test that somebody else ran."""

    id: int
    source: str
    withheld: list[str]
    starts: datetime
    ends: datetime
    region: str
    outcome: str
    lift: float
    se: float
    spend_withheld: Decimal | None
    by: Named | None
    at: datetime
    posted_at: datetime | None = Field(description="The ledger has it since")
    withdrawn_at: datetime | None
    model_config = example(
        **_LIFT
        | {
            "id": 2,
            "starts": "2026-02-02T00:00:00Z",
            "ends": "2026-03-02T00:00:00Z",
            "by": {"id": 1, "name": "Ada"},
            "at": _WHEN,
            "posted_at": _WHEN,
            "withdrawn_at": None,
        }
    )


class LiftPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[LiftOut]
    after: str


class LiftIn(BaseModel):
    """What a study found. Days begin at 0:00 UTC."""

    source: Annotated[str, Field(min_length=1, max_length=100, description="Who ran it")]
    withheld: _NAMES
    starts: Day
    ends: Annotated[Day, Field(description="The day after the last")]
    region: Annotated[str, Field(max_length=100, description="Empty: everywhere")] = ""
    outcome: Literal["revenue"] | _OUTCOMES = "revenue"
    lift: Annotated[float, Field(ge=-1e15, le=1e15, description="More than without, in all")]
    se: Annotated[float, Field(ge=1e-9, le=1e15, description="Its standard error")]
    spend_withheld: Annotated[
        Decimal | None,
        Field(ge=0, max_digits=18, decimal_places=2, description="Null: all spent there and then"),
    ] = None
    model_config = asked(**_LIFT)
