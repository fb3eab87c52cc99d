"""What was spent on each unit in a period, each penny once, and how often it touched people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import ibis

from halves.ledger import Channel, Ledger
from halves.measure.errors import UndeclaredChannels

By = Literal["channel", "campaign"]


@dataclass(frozen=True)
class Exposure:
    """How much of a unit there was, somewhere and some time."""

    spend: float = 0.0  # the spend table's amounts and the cost of touches
    touches: int = 0
    touch_cost: float = 0.0  # that part of spend which touches carry themselves

    def __add__(self, other: "Exposure") -> "Exposure":
        return Exposure(
            self.spend + other.spend,
            self.touches + other.touches,
            self.touch_cost + other.touch_cost,
        )


@dataclass(frozen=True)
class UnitSpend:
    """One unit of spend over a period, money in the reporting currency."""

    unit: str
    path: str
    channel: str  # for a campaign, the channel that most of it ran on
    exposure: Exposure
    by_region: Mapping[str | None, Exposure]

    @property
    def spend(self) -> float:
        """What it cost."""
        return self.exposure.spend


@dataclass(frozen=True)
class Spending:
    """All units of a period, the largest spend first, and what no unit holds."""

    units: Sequence[UnitSpend]
    by_itself: float  # spent on the path `self`, which is no channel
    shared: Mapping[str, float]  # channel → spend without a campaign, laid on its campaigns
    campaigns: Mapping[str, str]  # campaign → its channel

    def find(self, unit: str) -> UnitSpend | None:
        """The unit of this name, if the period has it."""
        return next((one for one in self.units if one.unit == unit), None)


@dataclass(frozen=True)
class _Row:
    """One group of the ledger's rows."""

    channel: str
    path: str
    campaign: str | None
    region: str | None
    exposure: Exposure

    def unit(self, by: By) -> str:
        if by == "channel":
            return self.channel
        return self.campaign or f"{self.channel} (no campaign)"


def spending(
    book: Ledger,
    *,
    channels: Sequence[Channel],
    since: datetime,
    until: datetime,
    by: By = "channel",
    currency: str | None = None,
) -> Spending:
    """What each unit cost and did, from `since` up to and without `until`.

    Args:
        book: the ledger.
        channels: every channel that the ledger holds.
        since: the first moment; spend counts by its day.
        until: the first moment after the period.
        by: a unit is a channel, or a campaign. A channel's spend that names no campaign, such as
            what a newsletter costs to make, is laid on its campaigns by their touches; where
            that cannot be, it and touches without a campaign are a unit of their own.
        currency: convert amounts to it; None leaves them as written.

    Returns:
        Units with spend or touches in the period; money in the reporting currency.

    Raises:
        UndeclaredChannels: the period holds channels that `channels` does not name.
    """
    rows = [*_touched(book, since, until, currency), *_paid(book, since, until, currency)]
    paths = {channel.name: str(channel.path) for channel in channels}
    missing = sorted({row.channel for row in rows if row.path != "self"} - set(paths))
    if missing:
        raise UndeclaredChannels(missing)
    by_itself = sum(row.exposure.spend for row in rows if row.path == "self")
    rows, shared = _shared_out([row for row in rows if row.path != "self"], by)
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.unit(by)].append(row)
    units = [_gathered(unit, of_unit, paths) for unit, of_unit in found.items()]
    return Spending(
        units=sorted(units, key=lambda unit: (-unit.spend, unit.unit)),
        by_itself=by_itself,
        shared=shared,
        campaigns={row.campaign: row.channel for row in rows if row.campaign},
    )


def midnight(day: date) -> datetime:
    """The moment a day begins, UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def _shared_out(rows: Sequence[_Row], by: By) -> tuple[list[_Row], dict[str, float]]:
    """Lay what a channel's campaigns cost in common on each, by its touches."""
    touches: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    nameless = set()
    for row in rows:
        if row.exposure.touches and row.campaign:
            touches[row.channel][row.campaign] += row.exposure.touches
        elif row.exposure.touches:
            nameless.add(row.channel)
    kept, shared = [], dict[str, float]()
    for row in rows:
        campaigns = touches.get(row.channel, {})
        if by == "channel" or row.campaign or row.channel in nameless or not campaigns:
            kept.append(row)
            continue
        spend, whole = row.exposure.spend, sum(campaigns.values())
        shared[row.channel] = shared.get(row.channel, 0.0) + spend
        kept += [
            replace(row, campaign=name, exposure=Exposure(spend=spend * count / whole))
            for name, count in campaigns.items()
        ]
    return kept, shared


def _gathered(unit: str, rows: Sequence[_Row], paths: Mapping[str, str]) -> UnitSpend:
    by_region: dict[str | None, Exposure] = defaultdict(Exposure)
    by_channel: dict[str, Exposure] = defaultdict(Exposure)
    for row in rows:
        by_region[row.region] += row.exposure
        by_channel[row.channel] += row.exposure
    main = max(by_channel, key=lambda name: (by_channel[name].spend, by_channel[name].touches))
    return UnitSpend(unit, paths[main], main, sum(by_region.values(), Exposure()), by_region)


def _touched(
    book: Ledger, since: datetime, until: datetime, currency: str | None
) -> Iterator[_Row]:
    rows = book.table("touches", aliased=False, currency=currency)
    rows = rows.filter(rows.at >= since, rows.at < until, rows.path != "self")
    groups = rows.group_by("channel", "path", "campaign", "region").aggregate(
        touches=rows.count(), cost=ibis.coalesce(rows.cost.sum(), 0).cast("float64")
    )
    for group in book.query(groups).to_pylist():
        count, cost = group.pop("touches"), group.pop("cost")
        yield _Row(**group, exposure=Exposure(cost, count, cost))


def _paid(book: Ledger, since: datetime, until: datetime, currency: str | None) -> Iterator[_Row]:
    rows = book.table("spend", currency=currency)
    last = (until - timedelta(microseconds=1)).date()
    rows = rows.filter(rows.day >= since.date(), rows.day <= last)
    groups = rows.group_by("channel", "path", "campaign", "region").aggregate(
        paid=rows.amount.sum().cast("float64")
    )
    for group in book.query(groups).to_pylist():
        paid = group.pop("paid")
        yield _Row(**group, exposure=Exposure(spend=paid))
