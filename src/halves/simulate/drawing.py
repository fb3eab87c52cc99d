"""A company drawn by chance, for benchmarks: its channels, what they cost and what they do.

How useful a channel is is drawn apart from its name, its path and whom it meets. Three in ten do
nothing at all, at least one on each path; the strength and the price of the others spread by
lognormals around those of `small`, so that about half of the money is wasted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from halves.ledger import Channel
from halves.simulate import small
from halves.simulate.practices import (
    Broadcast,
    Campaign,
    Effect,
    GeoTest,
    Practice,
    Trial,
)

REGIONS = (*small.REGIONS, "moor", "shore", "steppe", "woods")
_NOTHING = 0.3  # chance that a channel does nothing
_STRENGTH_SPREAD, _PRICE_SPREAD = 0.4, 0.6  # of logs
_GEO_TEST = 0.5  # chance that a broadcast is tested by region


@dataclass(frozen=True)
class Drawn:
    """All that chance decides of a company."""

    broadcasts: tuple[Broadcast, ...]
    practices: tuple[Practice, ...]
    trials: tuple[Trial, ...]
    geo_tests: tuple[GeoTest, ...]
    demand: Mapping[str, float]
    margin: float
    subscribed: float


def draw(seed: int, since: date, until: date) -> Drawn:
    """Draw a company; its experiments have dice of their own."""
    rng = np.random.default_rng([seed, 20_260])
    idle = _idle(rng)
    broadcasts = tuple(_aired(way, way.channel.name in idle, rng) for way in _broadcasts(seed))
    practices = tuple(_worked(way, way.channel.name in idle, rng) for way in _practices(seed))
    dice = np.random.default_rng([seed, 20_261])
    return Drawn(
        broadcasts=broadcasts,
        practices=practices,
        trials=_trials(practices, since, until, dice),
        geo_tests=_geo_tests(broadcasts, since, until, dice),
        demand={
            "fit_sd": rng.uniform(0.6, 1.1),
            "spell_sd": rng.uniform(0.6, 1.1),
            "season": rng.uniform(0.05, 0.3),
            "opening": 0.00014 * rng.uniform(0.8, 1.6),
            "closing": 0.0045 * rng.uniform(0.7, 1.4),
            "synergy": float(rng.choice([0.0, rng.uniform(0.1, 0.5)])),
            "weariness": rng.uniform(0.0, 0.02),
        },
        margin=round(rng.uniform(0.4, 0.7), 2),
        subscribed=rng.uniform(0.4, 0.7),
    )


def _broadcasts(seed: int) -> tuple[Broadcast, ...]:
    [tv] = small.broadcasts(seed)
    return (
        tv,
        replace(
            tv,
            channel=Channel("radio", path="many", meets="broadcast"),
            effect=Effect(opening=0.35, kept=0.85),
            campaigns=_one(tv.campaigns[0], "radio-us"),
            per_head=0.006,
            half=0.006,
        ),
        replace(
            tv,
            channel=Channel("outdoor", path="many", meets="broadcast"),
            effect=Effect(opening=0.35, closing=0.1, kept=0.93),
            campaigns=_one(tv.campaigns[1], "outdoor-round"),
            per_head=0.007,
            half=0.007,
        ),
    )


def _practices(seed: int) -> tuple[Practice, ...]:
    known = {way.channel.name: way for way in small.practices(seed)}
    meeting, mail = known["rep_meeting"], known["winback"]
    webinar = replace(
        mail,
        channel=Channel("webinar", path="many", meets="targeted", picks="hot"),
        effect=Effect(opening=1.2, closing=0.3, kept=0.95),
        campaigns=_one(mail.campaigns[0], "webinar-day"),
        among="subscribers",
        chance=0.03,
        follows=0.5,
        every=timedelta(days=14),
        postage=Decimal("1.80"),
    )
    demo = replace(
        meeting,
        channel=Channel("demo", path="one", meets="targeted", picks="hot"),
        effect=Effect(opening=0.6, closing=1.0, kept=0.93),
        campaigns=_one(meeting.campaigns[0], "demo-day"),
        among="visitors",
        chance=0.01,
        follows=0.4,
        minutes=20,
    )
    # What does nothing in `small` may do something here.
    known["retargeting"] = replace(known["retargeting"], effect=Effect(opening=0.8, kept=0.9))
    known["brand_search"] = replace(known["brand_search"], effect=Effect(opening=0.9, kept=0.85))
    known["checkin_call"] = replace(known["checkin_call"], effect=Effect(closing=0.9, kept=0.9))
    return (*known.values(), webinar, demo)


def _one(campaign: Campaign, name: str) -> tuple[Campaign, ...]:
    return (replace(campaign, name=name),)


def _idle(rng: np.random.Generator) -> frozenset[str]:
    """Channels that do nothing: each by its own dice, and at least one on each path."""
    paths: dict[str, list[str]] = {"many": [], "one": []}
    ways: tuple[Broadcast | Practice, ...] = (*_broadcasts(0), *_practices(0))
    for way in ways:
        paths[way.channel.path].append(way.channel.name)
    idle = set()
    for names in paths.values():
        drawn = [name for name in names if rng.random() < _NOTHING]
        idle |= set(drawn or [names[int(rng.integers(len(names)))]])
    return frozenset(idle)


def _aired(way: Broadcast, is_idle: bool, rng: np.random.Generator) -> Broadcast:
    price = _around(_PRICE_SPREAD, rng)
    return replace(
        way,
        effect=_effect(way.effect, is_idle, rng),
        per_head=way.per_head * price,
        half=way.half * price * _around(0.4, rng),
    )


def _worked(way: Practice, is_idle: bool, rng: np.random.Generator) -> Practice:
    price = _around(_PRICE_SPREAD, rng)
    cents: Callable[[Decimal], Decimal] = lambda money: (  # noqa: E731
        money if not money else max(round(money * Decimal(price), 2), Decimal("0.01"))
    )
    follows = way.follows * rng.uniform(0.6, 1.4)
    return replace(
        way,
        effect=_effect(way.effect, is_idle, rng),
        chance=min(way.chance * _around(0.4, rng), 1.0),
        follows=follows,
        wage=cents(way.wage),
        postage=cents(way.postage),
        click=cents(way.click),
    )


def _effect(usual: Effect, is_idle: bool, rng: np.random.Generator) -> Effect:
    """As in `small`, stronger or weaker, a little of it moved between opening and closing."""
    strength, moved = _around(_STRENGTH_SPREAD, rng), rng.uniform(0, 0.2)
    kept = float(np.clip(usual.kept + rng.uniform(-0.06, 0.04), 0.5, 0.97))
    if is_idle:
        return Effect()
    return Effect(
        opening=strength * usual.opening,
        closing=strength * (usual.closing + moved * (usual.closing == 0)),
        kept=kept,
    )


def _around(spread: float, rng: np.random.Generator) -> float:
    return float(np.exp(spread * rng.standard_normal()))


def _trials(
    practices: tuple[Practice, ...], since: date, until: date, rng: np.random.Generator
) -> tuple[Trial, ...]:
    """Half of the channels that meet people, of each path at least one; one may be a study."""
    names: dict[str, list[str]] = {"many": [], "one": []}
    for way in practices:
        names[way.channel.path].append(way.channel.name)
    firsts = [str(rng.choice(of_path)) for of_path in names.values()]
    rest = [way.channel.name for way in practices if way.channel.name not in firsts]
    chosen = firsts + [str(n) for n in rng.permutation(rest)[: len(practices) // 2 - len(firsts)]]
    clicked = [n for n in chosen if any(w.channel.name == n and w.click for w in practices)]
    study = clicked[0] if clicked and rng.random() < 0.5 else None
    length = (until - since).days
    return tuple(
        Trial(
            f"{name} {'study' if name == study else 'holdout'}",
            name,
            round(float(rng.uniform(0.2, 0.5)), 2),
            since + timedelta(days=int(rng.integers(0, length // 5))),
            until - timedelta(days=int(rng.integers(0, length // 5))),
            study=name == study,
        )
        for name in chosen
    )


def _geo_tests(
    broadcasts: tuple[Broadcast, ...], since: date, until: date, rng: np.random.Generator
) -> tuple[GeoTest, ...]:
    if rng.random() >= _GEO_TEST:
        return ()
    way = broadcasts[int(rng.integers(len(broadcasts)))]
    held_out = sorted(str(r) for r in rng.permutation(REGIONS)[: len(REGIONS) // 2])
    weeks = int(rng.integers(6, 11))
    starts = since + timedelta(weeks=int(rng.integers(4, (until - since).days // 7 - weeks)))
    name = f"{way.channel.name} geo test"
    return (
        GeoTest(name, way.channel.name, tuple(held_out), starts, starts + timedelta(weeks=weeks)),
    )
