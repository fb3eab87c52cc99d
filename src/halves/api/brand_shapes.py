"""What comes out of the brand: each part by itself, with its interval, null where unknown."""

from decimal import Decimal

from ninja import Schema
from pydantic import Field

from halves.api.score_shapes import PeriodOut, Spread
from halves.api.shapes import example

_Q1 = {"name": "2026-Q1", "starts": "2026-01-01", "ends": "2026-04-01"}
_POINTS = {"mean": 41.0, "low": 33.0, "high": 49.0}


class DemandOut(Schema):
    """What people did in a quarter whom nothing of ours reaches."""

    name: str
    is_whole: bool = Field(description="It is over, and they were left alone through all of it")
    people: int
    doors: Spread | None = Field(description="The share that opened a door")
    deals: Spread | None = Field(description="The share that closed a deal")


class ByDayOut(Schema):
    """How many a customer brought by a day since they became one."""

    day: float
    brought: Spread


class ReferralsOut(Schema):
    """How often customers bring others."""

    people: int = Field(description="Customers, from their first deal on")
    brought: int
    a_year: Spread
    by_day: list[ByDayOut]


class ShareOut(Schema):
    """Of the people of a month, those whose first visit was this."""

    name: str
    some: int
    of: int
    share: Spread | None


class SaidOut(Schema):
    """Promoters less detractors, in points, of those asked."""

    asked: int
    answered: int
    raw: Spread | None
    weighted: Spread | None = Field(description="Each answer for those like it who gave none")
    effective: float


class PointsOut(Schema):
    """Promoters less detractors among those asked in a period; null below ten answers."""

    name: str
    asked: int
    answered: int
    points: Spread | None


class BrandOut(Schema):
    """The brand in its parts; no index is made of them. What nothing was recorded of is null."""

    period: PeriodOut
    target: Decimal | None = Field(description="In points; of this period")
    trend: list[PointsOut] = Field(description="This period the last")
    demand: list[DemandOut]
    referrals: ReferralsOut | None
    others: int = Field(description="Brought by people who were no customers then; in no rate")
    direct: list[ShareOut]
    branded: list[ShareOut] = Field(description="By a search for our name")
    said: SaidOut | None = Field(description="By those asked in the last year")
    model_config = example(
        period=_Q1,
        target="45.00",
        trend=[{"name": "2026-Q1", "asked": 200, "answered": 90, "points": _POINTS}],
        demand=[
            {
                "name": "2026-Q1",
                "is_whole": True,
                "people": 500,
                "doors": {"mean": 0.04, "low": 0.028, "high": 0.057},
                "deals": {"mean": 0.01, "low": 0.005, "high": 0.02},
            }
        ],
        referrals={
            "people": 800,
            "brought": 60,
            "a_year": {"mean": 0.1, "low": 0.08, "high": 0.13},
            "by_day": [{"day": 90.0, "brought": {"mean": 0.02, "low": 0.01, "high": 0.03}}],
        },
        others=4,
        direct=[
            {
                "name": "2026-03",
                "some": 120,
                "of": 400,
                "share": {"mean": 0.3, "low": 0.264, "high": 0.339},
            }
        ],
        branded=[{"name": "2026-03", "some": 0, "of": 400, "share": None}],
        said={
            "asked": 700,
            "answered": 310,
            "raw": _POINTS,
            "weighted": {"mean": 36.0, "low": 27.0, "high": 45.0},
            "effective": 240.0,
        },
    )
