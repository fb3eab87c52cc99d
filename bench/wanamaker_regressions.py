"""Two regressions that analysts reach for: people's revenue on touches, weeks' revenue on spend."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bench.wanamaker_weeks import Weeks
from bench.wanamaker_worlds import Case
from halves.measure.spending import midnight

Floats = NDArray[np.float64]
_CARRIED_WEEKS = 4  # a region's broadcast is averaged over this week and so many before


@dataclass(frozen=True)
class Estimate:
    """Revenue that a channel is estimated to have brought, and its standard error."""

    found: float
    se: float
    degrees_of_freedom: float


NOTHING = Estimate(0.0, 0.0, 1.0)


def adjusted(case: Case) -> dict[str, Estimate]:
    """Ordinary least squares of people's revenue in the period on how often each channel met them.

    Held fixed: region, how long they were known, and before the period touches by channel,
    visits, doors opened and revenue. Errors are robust (HC1). A channel that meets nobody by name
    gets regions' weekly revenue a head on its spend a head, less region's and week's means.
    """
    people = _People.read(case)
    design = np.column_stack([people.before, people.touches])
    slopes, covariance, freedom = _least_squares(design, people.revenue)
    first = people.before.shape[1]
    found = {}
    for place, channel in enumerate(people.channels):
        count, at = people.touches[:, place].sum(), first + place
        se = float(np.sqrt(covariance[at, at])) * count
        found[channel] = Estimate(float(slopes[at]) * count, se, freedom)
    weeks = Weeks.read(case)
    for place, channel in enumerate(case.channels):
        if channel.name not in found:
            found[channel.name] = _by_region(weeks, place)
    return found


def least_squares_mix(case: Case) -> dict[str, Estimate]:
    """Ordinary least squares of a week's revenue on its spend by channel, trend and season."""
    panel = Weeks.read(case)
    spent, weeks = panel.spend.sum(axis=1), len(panel)
    money = spent[:, spent.any(axis=0)]
    names = [one.name for one, on in zip(case.channels, spent.any(axis=0), strict=True) if on]
    revenue = panel.revenue.sum(axis=1)
    week = np.arange(weeks)
    turn = 2 * np.pi * 7 * week / 365.25
    baseline = np.column_stack([np.ones(weeks), week / weeks, np.sin(turn), np.cos(turn)])
    design = np.column_stack([baseline, money])
    inverse = np.linalg.pinv(design.T @ design)
    slopes = inverse @ design.T @ revenue
    freedom = weeks - design.shape[1]
    variance = ((revenue - design @ slopes) ** 2).sum() / freedom
    in_period = money[panel.opens :].sum(axis=0)
    return {
        name: Estimate(
            float(slopes[at] * in_period[at - 4]),
            float(np.sqrt(variance * inverse[at, at]) * in_period[at - 4]),
            freedom,
        )
        for at, name in enumerate(names, start=4)
    }


@dataclass(frozen=True, eq=False)
class _People:
    """Everyone: what met them in the period, what was known of them before, what they brought."""

    channels: tuple[str, ...]
    touches: Floats  # (person, channel)
    before: Floats  # (person, covariate)
    revenue: Floats  # (person,)

    @classmethod
    def read(cls, case: Case) -> "_People":
        opens, closes = midnight(case.since), midnight(case.until)
        listed = case.book.query(case.book.table("people"))
        ids = listed["person_id"].combine_chunks()
        touches, done = case.book.table("touches"), case.book.table("outcomes")
        touches, done = touches.filter(touches.at < closes), done.filter(done.at < closes)
        met = case.book.query(
            touches.group_by(
                "person_id", kind=touches.channel, is_before=touches.at < opens
            ).aggregate(amount=touches.count().cast("float64"))
        )
        brought = case.book.query(
            done.group_by("person_id", "kind", is_before=done.at < opens).aggregate(
                amount=ibis.coalesce(done["value"].sum().cast("float64"), 0.0),
                count=done.count().cast("float64"),
            )
        )
        declared = [channel.name for channel in case.channels]
        here = set(pc.unique(met["kind"]).to_pylist())
        channels = tuple(name for name in declared if name in here)
        known_days = pc.days_between(listed["since"].cast(pa.date32()), pa.scalar(case.since))
        doors = brought.drop(["amount"]).rename_columns({"count": "amount"} | _SAME)
        return cls(
            channels=channels,
            touches=_spread(met, ids, channels, is_before=False),
            before=np.column_stack(
                [
                    _dummies(listed["region"]),
                    np.log1p(np.maximum(np.asarray(known_days, dtype=np.float64), 0)),
                    _spread(met, ids, sorted(here), is_before=True),
                    _spread(doors, ids, ["door_opened"], is_before=True),
                    _spread(brought, ids, ["deal_closed"], is_before=True),
                ]
            ),
            revenue=_spread(brought, ids, ["deal_closed"], is_before=False)[:, 0],
        )


_SAME = {name: name for name in ("person_id", "kind", "is_before")}


def _spread(rows: pa.Table, ids: pa.Array, kinds: Sequence[str], *, is_before: bool) -> Floats:
    """Shape (person, kind): the amounts of one time, 0 where there is none."""
    rows = rows.filter(pc.equal(rows["is_before"], is_before))
    rows = rows.filter(pc.is_in(rows["kind"], value_set=pa.array(kinds, pa.string())))
    found = np.zeros((len(ids), len(kinds)))
    person = np.asarray(pc.index_in(rows["person_id"], value_set=ids))
    kind = np.asarray(pc.index_in(rows["kind"], value_set=pa.array(kinds, pa.string())))
    found[person, kind] = np.asarray(rows["amount"])
    return found


def _dummies(names: pa.ChunkedArray) -> Floats:
    """One column a name, which together are the intercept."""
    places = np.asarray(pc.index_in(names, value_set=pc.unique(names)))
    return np.eye(places.max() + 1)[places]


def _least_squares(design: Floats, outcome: Floats) -> tuple[Floats, Floats, float]:
    """Slopes, their robust covariance (HC1) and the degrees of freedom."""
    scale = np.maximum(np.abs(design).max(axis=0), 1e-12)
    scaled = design / scale
    inverse = np.linalg.pinv(scaled.T @ scaled, hermitian=True)
    slopes = inverse @ (scaled.T @ outcome)
    freedom = len(outcome) - np.linalg.matrix_rank(scaled)
    noisy = scaled * (outcome - scaled @ slopes)[:, None]
    covariance = inverse @ (noisy.T @ noisy) @ inverse * len(outcome) / freedom
    return slopes / scale, covariance / np.outer(scale, scale), float(freedom)


def _by_region(weeks: Weeks, place: int) -> Estimate:
    """Two-way fixed effects on regions and weeks, clustered by region."""
    spend = weeks.spend[:, :, place]
    felt = np.cumsum(spend / weeks.heads, axis=0)
    felt[_CARRIED_WEEKS + 1 :] -= felt[: -_CARRIED_WEEKS - 1].copy()
    x = _less_means(felt[_CARRIED_WEEKS:] / (_CARRIED_WEEKS + 1))
    y = _less_means((weeks.revenue / weeks.heads)[_CARRIED_WEEKS:])
    if not (x**2).sum() > 1e-12:
        return NOTHING
    slope = (x * y).sum() / (x**2).sum()
    regions = len(weeks.regions)
    scores = (x * (y - slope * x)).sum(axis=0)
    se = np.sqrt((scores**2).sum() * regions / (regions - 1)) / (x**2).sum()
    total = spend[weeks.opens :].sum()
    return Estimate(float(slope * total), float(se * total), regions - 1.0)


def _less_means(panel: Floats) -> Floats:
    return panel - panel.mean(axis=0) - panel.mean(axis=1)[:, None] + panel.mean()
