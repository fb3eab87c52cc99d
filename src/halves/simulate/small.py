"""The company that the demo and the tests run: its channels, what they cost and what they do.

Two channels do nothing at all, one on each path: retargeting and the seller's check-in call.
"""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from halves.ledger import Channel
from halves.simulate.practices import (
    Broadcast,
    Campaign,
    Effect,
    Practice,
    Seller,
    Story,
    Trial,
)

REGIONS = ("coast", "delta", "forest", "hills", "island", "lakes", "plains", "valley")
STORIES = (
    Story("one of us", "belonging"),
    Story("the long way round", "belonging"),
    Story("a day a week back", "solution"),
    Story("what it costs to wait", "solution"),
    Story("we saved you a seat", "belonging"),
)
_US, _ROUND, _DAY, _COST, _SEAT = (story.name for story in STORIES)
_CALLERS = ("Ada", "Ben", "Cyd", "Dov", "Eve", "Fay")
_CLOSERS = ("Gus", "Hal", "Ida", "Joy", "Kim", "Lou")


def broadcasts(seed: int) -> tuple[Broadcast, ...]:
    """What reaches whole regions."""
    return (
        Broadcast(
            Channel("tv", path="many", meets="broadcast"),
            Effect(opening=0.5, closing=0.1, kept=0.9),
            _campaigns(seed, ("tv-us", _US), ("tv-round", _ROUND)),
            per_head=0.010,
            half=0.010,
        ),
    )


def practices(seed: int) -> tuple[Practice, ...]:
    """What meets people one by one."""
    return (*_marketing(seed), *_sales(seed))


def _marketing(seed: int) -> tuple[Practice, ...]:
    return (
        Practice(
            Channel("social", path="many", meets="targeted", picks="hot"),
            Effect(opening=1.1, kept=0.93),
            _campaigns(seed, ("social-us", _US), ("social-day", _DAY), ("social-cost", _COST)),
            among="everyone",
            chance=0.006,
            follows=0.4,
            click=Decimal("0.80"),
        ),
        Practice(
            Channel("newsletter", path="many", meets="targeted", picks="unknown"),
            Effect(opening=0.45, closing=0.1, kept=0.94),
            _campaigns(seed, ("letter-members", _US), ("letter-tips", _DAY)),
            among="subscribers",
            chance=1.0,
            every=timedelta(days=14),
            postage=Decimal("0.02"),
            making=Decimal("25"),
        ),
        Practice(
            Channel("retargeting", path="many", meets="reactive", picks="hot"),
            Effect(),
            _campaigns(seed, ("banner-cost", _COST), ("banner-seat", _SEAT)),
            among="visitors",
            chance=0.055,
            follows=0.1,
            click=Decimal("1.10"),
        ),
        Practice(
            Channel("brand_search", path="many", meets="reactive", picks="hot"),
            Effect(opening=0.15, kept=0.7),
            _campaigns(seed, ("search-name", _DAY)),
            among="everyone",
            chance=0.0015,
            follows=0.8,
            click=Decimal("1.40"),
        ),
        Practice(
            Channel("winback", path="many", meets="targeted", picks="cold"),
            Effect(opening=1.2, kept=0.96),
            _campaigns(seed, ("winback-seat", _SEAT)),
            among="quiet",
            chance=0.15,
            follows=-0.2,
            every=timedelta(days=28),
            postage=Decimal("0.45"),
        ),
    )


def _sales(seed: int) -> tuple[Practice, ...]:
    return (
        Practice(
            Channel("sdr_call", path="one", meets="targeted", picks="hot"),
            Effect(opening=1.6, kept=0.9),
            _campaigns(seed, ("call-day", _DAY)),
            among="no_deal",
            chance=0.0006,
            follows=0.9,
            sellers=_sellers(seed, _CALLERS),
            minutes=9,
            wage=Decimal(32),
        ),
        Practice(
            Channel("rep_meeting", path="one", meets="targeted", picks="hot"),
            Effect(closing=1.8, kept=0.93),
            _campaigns(seed, ("meeting-day", _DAY), ("meeting-cost", _COST)),
            among="deal",
            chance=0.012,
            follows=0.3,
            sellers=_sellers(seed, _CLOSERS),
            minutes=45,
            wage=Decimal(60),
        ),
        Practice(
            Channel("checkin_call", path="one", meets="targeted", picks="hot"),
            Effect(),
            _campaigns(seed, ("checkin", _SEAT)),
            among="deal",
            chance=0.06,
            follows=0.3,
            sellers=_sellers(seed, _CLOSERS),
            minutes=10,
            wage=Decimal(45),
        ),
    )


def trials(since: date, until: date) -> tuple[Trial, ...]:
    """Who is held out of what; the platform's own study of social leaves out its first quarter."""
    spring = since + (until - since) / 4
    return (
        Trial("newsletter-holdout", "newsletter", 0.2, since, until),
        Trial("retargeting-holdout", "retargeting", 0.2, since, until),
        Trial("winback-holdout", "winback", 0.3, since, until),
        Trial("checkin-holdout", "checkin_call", 0.2, since, until),
        Trial("social-lift-study", "social", 0.4, spring, until, study=True),
    )


def _campaigns(seed: int, *names: tuple[str, str]) -> tuple[Campaign, ...]:
    return tuple(Campaign(name, story, _strength(seed, name)) for name, story in names)


def _sellers(seed: int, names: tuple[str, ...]) -> tuple[Seller, ...]:
    return tuple(Seller(name, _strength(seed, name)) for name in names)


def _strength(seed: int, name: str) -> float:
    dice = np.random.default_rng([seed, *name.encode()])
    return round(float(np.clip(dice.normal(1.0, 0.3), 0.3, 1.9)), 3)
