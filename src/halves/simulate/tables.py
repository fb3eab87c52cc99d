"""A lived world as the ledger's tables.

A day's touches fall between 07:00 and 15:00 UTC and its outcomes between 15:00 and 23:00, so that
no outcome comes before the touch that moved it.
"""

from datetime import UTC, date, datetime, time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from halves.ledger import TABLES
from halves.ledger.schema import MONEY, TEXT
from halves.simulate import costs, studies
from halves.simulate.chance import Chance, Ints
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Broadcast, GeoTest, Practice, Trial
from halves.simulate.reach import NEVER, Events, campaign_of, is_held_out, on_air, seller_of
from halves.simulate.values import deal_values
from halves.simulate.world import Lived

SOURCE = "simulated"
_MORNING, _AFTERNOON, _SHIFT = 7, 15, 8  # hours
_DAY_US, _HOUR_US = 86_400_000_000, 3_600_000_000


def of(company: Company, people: People, lived: Lived, chance: Chance) -> dict[str, pa.Table]:
    """All tables, by name; those of studies hold only what the platform tells."""
    names = pc.binary_join_element_wise(
        "p", pc.utf8_lpad(pa.array(np.arange(company.people)).cast(TEXT), 7, "0"), ""
    )
    writer = _Writer(company, people, chance, names)
    return {
        "people": writer.people_table(),
        "experiments": writer.experiments(),
        "assignments": writer.assignments(lived),
        "touches": writer.touches(lived),
        "spend": writer.spend(lived),
        "outcomes": writer.outcomes(lived),
        "lifts": studies.lifts(company, people, lived, chance),
    }


class _Writer:
    def __init__(
        self, company: Company, people: People, chance: Chance, names: pa.StringArray
    ) -> None:
        self.company, self.people, self.chance, self.names = company, people, chance, names
        self.regions = pa.array(company.regions)
        self.accounts = _numbered("a", people.account)
        self.midnight = datetime.combine(company.begins, time(), UTC)

    def people_table(self) -> pa.Table:
        since = _moments(self.midnight, -self.people.known_days.astype(np.int64), 9 * _HOUR_US)
        return pa.table(
            {
                "person_id": self.names,
                "account_id": self.accounts,
                "region": self.regions.take(pa.array(self.people.region)),
                "since": since,
            }
        )

    def experiments(self) -> pa.Table:
        of_people = [trial for trial in self.company.trials if not trial.study]
        trials: list[Trial | GeoTest] = [*of_people, *self.company.geo_tests]
        kinds = ["person"] * len(of_people) + ["region"] * len(self.company.geo_tests)
        rows = {
            "experiment": [trial.name for trial in trials],
            "withheld": [[trial.withheld] for trial in trials],
            "unit_kind": kinds,
            "starts": [_midnight(trial.starts) for trial in trials],
            "ends": [_midnight(trial.ends) for trial in trials],
        }
        return pa.table(rows, schema=_schema("experiments", *rows))

    def assignments(self, lived: Lived) -> pa.Table:
        parts = []
        for trial in self.company.trials:
            if trial.study:
                continue
            joined = lived.joined_on[trial.name]
            who = np.flatnonzero(joined != NEVER)
            out = is_held_out(trial, self.chance)[who]
            parts.append(
                pa.table(
                    {
                        "experiment": pa.repeat(trial.name, who.size),
                        "unit_kind": pa.repeat("person", who.size),
                        "unit_id": self.names.take(pa.array(who)),
                        "arm": pa.array(["treated", "held_out"]).take(pa.array(out.astype(int))),
                        "propensity": np.where(out, trial.held_out, 1 - trial.held_out),
                        "at": _moments(self.midnight, joined[who].astype(np.int64), 6 * _HOUR_US),
                    }
                )
            )
        parts += [self._regions_assigned(test) for test in self.company.geo_tests]
        columns = ("experiment", "unit_kind", "unit_id", "arm", "propensity", "at")
        return pa.concat_tables(parts) if parts else _schema("assignments", *columns).empty_table()

    def _regions_assigned(self, test: GeoTest) -> pa.Table:
        regions = self.company.regions
        share = len(test.held_out) / len(regions)
        out = np.array([region in test.held_out for region in regions])
        day = self.company.day_of(test.starts)
        return pa.table(
            {
                "experiment": pa.repeat(test.name, len(regions)),
                "unit_kind": pa.repeat("region", len(regions)),
                "unit_id": pa.array(regions),
                "arm": pa.array(["treated", "held_out"]).take(pa.array(out.astype(int))),
                "propensity": np.where(out, share, 1 - share),
                "at": _moments(self.midnight, np.full(len(regions), day), 0),
            }
        )

    def touches(self, lived: Lived) -> pa.Table:
        parts = [
            self._touches(place, way, lived.touches[way.channel.name])
            for place, way in enumerate(self.company.practices, start=1)
        ]
        return pa.concat_tables([*parts, self._visits(lived.visits)])

    def _touches(self, place: int, way: Practice, touches: Events) -> pa.Table:
        who = touches.person
        campaign = campaign_of(way, self.chance)[who]
        stories = pa.array([c.story for c in way.campaigns])
        pieces = costs.of_touches(way, touches, self.chance)
        sellers = pa.nulls(len(touches), TEXT)
        if way.sellers:
            named = pa.array([s.name for s in way.sellers])
            sellers = named.take(pa.array(seller_of(way, self.chance)[who]))
        return self._rows(
            place,
            touches,
            path=way.channel.path,
            channel=way.channel.name,
            campaign=pa.array([c.name for c in way.campaigns]).take(pa.array(campaign)),
            story=stories.take(pa.array(campaign)),
            seller=sellers,
            cost=pa.nulls(len(touches), MONEY) if pieces is None else money(pieces),
        )

    def _visits(self, visits: Events) -> pa.Table:
        nothing = pa.nulls(len(visits), TEXT)
        return self._rows(
            0,
            visits,
            path="self",
            channel="visit",
            campaign=nothing,
            story=nothing,
            seller=nothing,
            cost=pa.nulls(len(visits), MONEY),
        )

    def _rows(
        self, place: int, touches: Events, *, path: str, channel: str, **columns: pa.Array
    ) -> pa.Table:
        who, day, size = touches.person, touches.day, len(touches)
        currency = pa.array([self.company.currency])
        return pa.table(
            {
                "touch_id": _ids("t", place, day, who),
                "person_id": self.names.take(pa.array(who)),
                "at": self._at(channel, touches, _MORNING),
                "path": pa.repeat(path, size),
                "channel": pa.repeat(channel, size),
                **columns,
                "currency": currency.take(pc.if_else(columns["cost"].is_valid(), 0, None)),
                "source": pa.repeat(SOURCE, size),
            }
        )

    def _at(self, purpose: str, events: Events, hour: int) -> pa.Array:
        luck = self.chance.mixed(f"{purpose} clock", events.person, events.day)
        return _moments(
            self.midnight,
            events.day,
            (luck * (_SHIFT * _HOUR_US)).astype(np.int64) + hour * _HOUR_US,
        )

    def spend(self, lived: Lived) -> pa.Table:
        parts = [
            self._airtime(way, lived.aired[way.channel.name]) for way in self.company.broadcasts
        ]
        for way in self.company.practices:
            touches = lived.touches[way.channel.name]
            if way.click:
                parts.append(self._clicks(way, touches))
            if way.making:
                parts.append(self._making(way, touches))
        return pa.concat_tables(parts)

    def _airtime(self, way: Broadcast, per_head: NDArray[np.float64]) -> pa.Table:
        amounts = costs.of_airtime(self.company, self.people, per_head)
        region, day = np.nonzero(amounts)
        campaign = on_air(self.company, way)[day]
        return self._spend(way, day, campaign, region, amounts[region, day], clicks=None)

    def _clicks(self, way: Practice, touches: Events) -> pa.Table:
        regions, campaigns = len(self.company.regions), len(way.campaigns)
        region = self.people.region[touches.person]
        campaign = campaign_of(way, self.chance)[touches.person]
        cell = (touches.day * campaigns + campaign) * regions + region
        cells, clicks = np.unique(cell, return_counts=True)
        day, campaign = cells // regions // campaigns, cells // regions % campaigns
        return self._spend(
            way, day, campaign, cells % regions, clicks * costs.of_click(way), clicks=clicks
        )

    def _making(self, way: Practice, touches: Events) -> pa.Table:
        day = np.unique(touches.day)
        each = costs.of_making(self.company, way)
        return self._spend(way, day, None, None, np.full(day.size, each), clicks=None)

    def _spend(
        self,
        way: Broadcast | Practice,
        day: Ints,
        campaign: Ints | None,
        region: Ints | None,
        amount: Ints,
        *,
        clicks: Ints | None,
    ) -> pa.Table:
        size, none = day.size, pa.nulls(day.size, TEXT)
        names = pa.array([c.name for c in way.campaigns])
        prefix = pa.scalar(f"s-{way.channel.name}-")
        marks = [day, *(part for part in (campaign, region) if part is not None)]
        ids = pc.binary_join_element_wise(*(pa.array(m).cast(TEXT) for m in marks), "-")
        days = (np.datetime64(self.company.begins, "D") + day).astype("datetime64[D]")
        return pa.table(
            {
                "spend_id": pc.binary_join_element_wise(prefix, ids, ""),
                "day": pa.array(days),
                "channel": pa.repeat(way.channel.name, size),
                "path": pa.repeat(way.channel.path, size),
                "campaign": none if campaign is None else names.take(pa.array(campaign)),
                "region": none if region is None else self.regions.take(pa.array(region)),
                "amount": money(amount),
                "currency": pa.repeat(self.company.currency, size),
                "clicks": pa.nulls(size, pa.int64()) if clicks is None else pa.array(clicks),
                "source": pa.repeat(SOURCE, size),
            }
        )

    def outcomes(self, lived: Lived) -> pa.Table:
        worth = deal_values(self.company, self.people, lived.closed, self.chance)
        opened = self._outcomes("door_opened", lived.opened, lived.opened.day, None)
        closed = self._outcomes("deal_closed", lived.closed, lived.opened_on, worth)
        return pa.concat_tables([opened, closed])

    def _outcomes(self, kind: str, events: Events, opened_on: Ints, worth: Ints | None) -> pa.Table:
        who, size = pa.array(events.person), len(events)
        currency = pa.nulls(size, TEXT)
        if worth is not None:
            currency = pa.repeat(self.company.currency, size)
        return pa.table(
            {
                "outcome_id": _ids("o", 1 if worth is None else 2, events.day, events.person),
                "person_id": self.names.take(who),
                "account_id": self.accounts.take(who),
                "at": self._at(kind, events, _AFTERNOON),
                "kind": pa.repeat(kind, size),
                "value": pa.nulls(size, MONEY) if worth is None else money(worth),
                "currency": currency,
                "deal_id": _ids("d", 0, opened_on, events.person),
                "region": self.regions.take(pa.array(self.people.region[events.person])),
                "source": pa.repeat(SOURCE, size),
            }
        )


def money(micros: Ints) -> pa.Array:
    """Millionths as the ledger's decimals, exactly."""
    wide = np.zeros((micros.size, 2), np.int64)
    wide[:, 0] = micros
    wide[:, 1] = micros >> 63  # the sign fills the upper half
    return pa.Array.from_buffers(MONEY, micros.size, [None, pa.py_buffer(wide)])


def _ids(prefix: str, place: int, day: Ints, person: Ints) -> pa.Array:
    return _numbered(prefix, (place * 100_000 + day) * 100_000_000 + person)


def _numbered(prefix: str, number: NDArray[np.integer]) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(number).cast(TEXT), "")


def _moments(midnight: datetime, day: Ints, of_day: Ints | int) -> pa.Array:
    start = np.datetime64(midnight.replace(tzinfo=None), "us").astype(np.int64)
    return pa.array(start + day * _DAY_US + of_day).cast(pa.timestamp("us", tz="UTC"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _schema(table: str, *columns: str) -> pa.Schema:
    full = TABLES[table].arrow
    return pa.schema([full.field(name) for name in columns])
