"""What the ledger knows of everyone, read once for all sellers whose queue is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from halves.ledger import Ledger

MOST = 5_000  # people with an open door or fresh interest that are looked at, the newest
_DOOR_OPEN = timedelta(days=180)  # after which a door that led nowhere is taken to be shut
_INTEREST = timedelta(days=90)
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Facts:
    """What is known of all people on the ledger.

    Args:
        mean_value: of a deal that closed in the last year, money; None where none has a value.
        chance_open: that a door which was opened leads to a deal.
        chance_cold: that somebody with no open door buys in one period.
        open_doors: person → when their door was opened, of deals that did not close since.
        interest: person → when they last came by themselves.
    """

    mean_value: float | None = None
    chance_open: float = 0.2
    chance_cold: float = 0.01
    open_doors: Mapping[str, datetime] = field(default_factory=dict)
    interest: Mapping[str, datetime] = field(default_factory=dict)


def read_facts(
    ledger: Ledger, *, people: int, period: timedelta, currency: str | None, at: datetime
) -> Facts:
    """Read them as of a moment.

    Args:
        ledger: the house's.
        people: how many there are.
        period: for which somebody is drawn.
        currency: of values.
        at: now; what came later is not looked at.
    """
    opened, closed, value, priced = _sales(ledger, currency, at)
    # Two deals more of ten doors, so that a house without a history has a chance above 0.
    chance = min((closed + 2) / (opened + 10), 0.95)
    a_period = closed / max(people, 1) * (period / _YEAR)
    return Facts(
        mean_value=value / priced if priced else None,
        chance_open=chance,
        chance_cold=min(max(a_period, 1e-4), chance),
        open_doors=_open_doors(ledger, at),
        interest=_interest(ledger, at),
    )


def bought_before(ledger: Ledger, ids: Iterable[str]) -> set[str]:
    """Those of these people who closed a deal at any time."""
    rows = ledger.table("outcomes")
    rows = rows.filter(rows.kind == "deal_closed", rows.person_id.isin(list(ids)))
    return set(ledger.query(rows.select("person_id").distinct()).column(0).to_pylist())


def _sales(ledger: Ledger, currency: str | None, at: datetime) -> tuple[int, int, float, int]:
    rows = ledger.table("outcomes", aliased=False, currency=currency)
    rows = rows.filter(rows["at"] >= at - _YEAR, rows["at"] < at)
    is_closed = rows.kind == "deal_closed"
    found = ledger.query(
        rows.aggregate(
            opened=(rows.kind == "door_opened").sum(),
            closed=is_closed.sum(),
            value=rows["value"].sum(where=is_closed).cast("float64"),
            priced=(is_closed & rows["value"].notnull()).sum(),
        )
    ).to_pylist()[0]
    return (
        int(found["opened"] or 0),
        int(found["closed"] or 0),
        float(found["value"] or 0.0),
        int(found["priced"] or 0),
    )


def _open_doors(ledger: Ledger, at: datetime) -> dict[str, datetime]:
    rows = ledger.table("outcomes")
    rows = rows.filter(rows["at"] >= at - _DOOR_OPEN, rows["at"] < at)
    last = rows.group_by("person_id").aggregate(
        opened=rows["at"].max(where=rows.kind == "door_opened"),
        closed=rows["at"].max(where=rows.kind.isin(["deal_closed", "churned"])),
    )
    is_open = last.opened.notnull() & (last.closed.isnull() | (last.closed < last.opened))
    newest = last.filter(is_open).order_by(last.opened.desc(), "person_id").limit(MOST)
    return {one["person_id"]: one["opened"] for one in ledger.query(newest).to_pylist()}


def _interest(ledger: Ledger, at: datetime) -> dict[str, datetime]:
    rows = ledger.table("touches")
    rows = rows.filter(rows.path == "self", rows["at"] >= at - _INTEREST, rows["at"] < at)
    last = rows.group_by("person_id").aggregate(came=rows["at"].max())
    newest = last.order_by(last.came.desc(), "person_id").limit(MOST)
    return {one["person_id"]: one["came"] for one in ledger.query(newest).to_pylist()}
