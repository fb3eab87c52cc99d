"""What a broken promise costs, as the ledger has it: one pass over deliveries and what followed."""

from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np

from halves.ledger import Ledger
from halves.measure.breaking import (
    FEWEST,
    HORIZONS,
    MOVED,
    Breaking,
    Cells,
    Lost,
    Why,
    lost,
)
from halves.measure.facts import SALES

BEFORE = ("spent_before", "root_spent_before", "bought_before", "root_order", "broken_before")
_FOLLOWED = ("refunds", "earned")
_BUCKETS = 200  # that people are scattered over by hash, for the spread of what is found
_FEWEST_KEPT = 5  # in a group, for the broken ones in it to be compared with
# From the closest likeness to the loosest; a promise is compared at the first that holds enough.
_LIKENESS = (
    ("promiser", "region", "month", "spender"),
    ("promiser", "region", "quarter", "spender"),
    ("region", "month", "spender"),
    ("region", "quarter", "spender"),
    ("month", "spender"),
    ("quarter", "spender"),
    ("spender",),
    (),
)
_NAMES = ("promiser", "region", "month", "quarter", "spender")


def breaking(ledger: Ledger, *, margin: float, currency: str | None = None) -> Breaking:
    """Learn what a broken promise costs: money given back, and what its customer no longer buys.

    Deliveries are compared whose horizon is over by the ledger's last outcome: the longest of 180,
    90 and 30 days that leaves 40 customers with a broken promise and 40 with kept ones only. Each
    broken one is set beside kept ones of the same measure, as close in promiser, region, month and
    spending before as there are five of; what still differs in what the customer spent, bought and
    was disappointed by before is taken off by least squares over the kept ones.

    Args:
        ledger: whose deliveries and outcomes.
        margin: profit for each 1 of revenue, 0 to 1; an outcome's own margin goes first. Money
            given back counts in full, unless its outcome states a margin.
        currency: to report in, ISO 4217; None if all amounts are in one.

    Returns:
        What each broken promise cost within the horizon, with 90% intervals; or why nobody can
        tell, and how many more it needs.

    Raises:
        CurrencyUnknown, MissingRate: as the ledger says.
        ValueError: a margin outside (0, 1].

    Source:
        The effect on the treated by imputing from the untreated: Kline (2011), Oaxaca-Blinder as a
        Reweighting Estimator; groups that are coarsened until they hold both: Iacus, King and Porro
        (2012), Causal Inference without Balance Checking; the spread from sums by hashed groups of
        people: Cameron and Miller (2015), A Practitioner's Guide to Cluster-Robust Inference.

    >>> import tempfile
    >>> breaking(Ledger.create(tempfile.mkdtemp() + "/book"), margin=0.5).why.value
    'none broken'
    """
    if not 0 < margin <= 1:
        raise ValueError(f"margin must be above 0 and at most 1, got {margin}")
    currency = currency or ledger.one_currency("outcomes")
    end, broken = _bounds(ledger)
    said = Breaking(
        days=HORIZONS[0], why=Why.KNOWN, broken=broken, margin=margin, currency=currency
    )
    if not broken:
        return said.saying(Why.NONE_BROKEN)
    if end is None:
        return said.saying(Why.NOT_SEEN)
    given = _given(ledger)
    said = _over(ledger, given, end, said)
    if said.why is not Why.KNOWN:
        return said
    rows = _like(_with_money(ledger, given, end, said))
    return _told(ledger, rows, said)


def _bounds(ledger: Ledger) -> tuple[datetime | None, int]:
    """The last moment that the ledger tells of what customers did; how many broken promises."""
    outcomes, rows = ledger.table("outcomes"), ledger.table("deliveries")
    [last] = ledger.query(outcomes.aggregate(at=outcomes.at.max())).to_pylist()
    [count] = ledger.query(rows.aggregate(n=(rows.keeping == "under").sum())).to_pylist()
    return last["at"], int(count["n"] or 0)


def _given(ledger: Ledger) -> ibis.Table:
    """Deliveries of the ledger, with what else came to the same person; kept or broken."""
    rows = ledger.table("deliveries")
    people = ledger.table("people")
    # Of merged people there are two rows.
    people = people.group_by(whose="person_id").agg(region=people.region.max())
    rows = rows.left_join(people, rows.person_id == people.whose)
    rows = rows.select(
        "promise_id",
        "person_id",
        "at",
        under=(rows.keeping == "under").cast("int64"),
        measure=rows.measure.fill_null(""),
        promiser=ibis.coalesce(rows.campaign, rows.seller, rows.story, rows.account_id, ""),
        region=rows.region.fill_null(""),
        month=rows.at.truncate("M"),
        quarter=rows.at.truncate("Q"),
        day=rows.at.date(),
    )
    same_day = ibis.window(group_by=["person_id", "day"])
    until_then = ibis.window(group_by="person_id", order_by="day", range=(None, 0))
    rows = rows.mutate(that_day=rows.under.sum().over(same_day))
    rows = rows.mutate(broken_before=rows.under.sum().over(until_then) - rows.that_day)
    # A kept one that came with a broken one tells nothing of keeping.
    rows = rows.filter((rows.under == 1) | (rows.that_day == 0))
    # What followed several broken ones of one day followed all of them together.
    return rows.mutate(weight=1.0 / ibis.greatest(rows.that_day, 1))


def _over(ledger: Ledger, given: ibis.Table, end: datetime, said: Breaking) -> Breaking:
    """With the longest horizon that is over for enough people; else what the shortest lacks."""
    counts: dict[str, Any] = {}
    for days in HORIZONS:
        is_over = given.at <= ibis.literal(end - timedelta(days=days))
        counts[f"broken_{days}"] = given.person_id.nunique(where=is_over & (given.under == 1))
        counts[f"kept_{days}"] = given.person_id.nunique(where=is_over & (given.under == 0))
    [found] = ledger.query(given.aggregate(**counts)).to_pylist()
    for days in HORIZONS:
        if min(found[f"broken_{days}"], found[f"kept_{days}"]) >= FEWEST:
            return said.saying(Why.KNOWN, days=days)
    broken, kept = (FEWEST - found[f"{side}_{days}"] for side in ("broken", "kept"))
    if broken > 0:
        return said.saying(Why.FEW_BROKEN, days=days, missing=broken)
    return said.saying(Why.FEW_KEPT, days=days, missing=kept)


def _with_money(ledger: Ledger, given: ibis.Table, end: datetime, said: Breaking) -> ibis.Table:
    """Deliveries whose days are over, with the customer's money as long before and after."""
    span = ibis.interval(days=said.days)
    given = given.filter(given.at <= ibis.literal(end - timedelta(days=said.days)))
    sums = _money(ledger, given, span, said)
    rows = given.left_join(sums, "promise_id", rname="{name}_of_money")
    told = {name: rows[name].cast("float64").fill_null(0.0) for name in sums.columns[1:]}
    rows = rows.mutate(**told, broken_before=rows.broken_before.cast("float64"))
    rank = ibis.percent_rank().over(ibis.window(group_by="measure", order_by=rows.spent_before))
    return rows.mutate(
        root_spent_before=rows.spent_before.sqrt(),
        root_order=rows.order.sqrt(),
        spender=ibis.least((rank * 4).floor(), 3).cast("int64"),
    )


def _money(ledger: Ledger, given: ibis.Table, span: Any, said: Breaking) -> ibis.Table:
    """Sales and refunds of each delivery's person, before and after; by promise, where any."""
    money = ledger.table("outcomes", currency=said.currency)
    money = money.filter(money.kind.isin(SALES), money["value"].notnull())
    amount = money["value"].cast("float64")
    money = money.select("person_id", "margin", amount=amount, did="at")
    met = given.select("promise_id", "person_id", "at").inner_join(money, "person_id")
    met = met.filter((met.did > met.at - span) & (met.did <= met.at + span))
    is_sale, is_refund, is_after = met.amount > 0, met.amount < 0, met.did > met.at
    before = is_sale & ~is_after
    return met.group_by("promise_id").agg(
        refunds=(-met.amount * met.margin.fill_null(1.0)).sum(where=is_refund & is_after),
        earned=(met.amount * met.margin.fill_null(said.margin)).sum(where=is_sale & is_after),
        moved=((is_sale | is_refund) & is_after).sum(),
        spent_before=met.amount.sum(where=before),
        bought_before=met.amount.count(where=before),
        order=met.amount.argmax(met.did, where=before),
    )


def _like(rows: ibis.Table) -> ibis.Table:
    """Put each delivery in its group; all of what is to be compared less its kept ones' mean."""
    key = ["measure", *_NAMES]
    columns = (*_FOLLOWED, *BEFORE)
    is_kept = rows.under == 0
    cells = rows.group_by(key).agg(
        broken_there=rows.under.sum(),
        kept_there=is_kept.sum(),
        weight_there=(rows.weight * rows.under).sum(),
        **{f"{name}_there": rows[name].sum(where=is_kept).fill_null(0.0) for name in columns},
    )
    cells = _at_levels(cells)
    group = ibis.window(group_by=["level", "measure", *(f"{name}_group" for name in _NAMES)])
    kept_here = cells.kept_there.sum().over(group)
    cells = cells.select(
        *(cells[name].name(f"{name}_of_cell") for name in key),
        level="level",
        kept_here=kept_here,
        weight_here=cells.weight_there.sum().over(group),
        **{
            f"{name}_mean": cells[f"{name}_there"].sum().over(group) / kept_here for name in columns
        },
    )
    rows = rows.inner_join(cells, [rows[name] == cells[f"{name}_of_cell"] for name in key])
    rows = rows.mutate(
        alone=(rows.under == 1) & (rows.level < 0),
        **{f"{name}_off": rows[name] - rows[f"{name}_mean"] for name in columns},
    )
    return rows.filter((rows.level >= 0) | rows.alone)


def _at_levels(cells: ibis.Table) -> ibis.Table:
    """Say of each cell at which likeness it is compared, and which others it is grouped with."""
    cells = cells.mutate(level=ibis.literal(-1))
    for level, names in enumerate(_LIKENESS):
        keys = [cells.level, cells.measure, *(cells[name] for name in names)]
        group = ibis.window(group_by=keys)
        broken = cells.broken_there.sum().over(group)
        kept = cells.kept_there.sum().over(group)
        is_enough = (cells.level < 0) & (broken > 0) & (kept >= _FEWEST_KEPT)
        cells = cells.mutate(level=is_enough.ifelse(level, cells.level))
    grouped = {}
    for name in _NAMES:
        levels = [level for level, names in enumerate(_LIKENESS) if name in names]
        value = cells[name]
        grouped[f"{name}_group"] = cells.level.isin(levels).ifelse(value, ibis.null(value.type()))
    return cells.mutate(**grouped)


def _told(ledger: Ledger, rows: ibis.Table, said: Breaking) -> Breaking:
    found = ledger.query(_by_cell(rows)).to_pylist()
    alone = sum(int(row["alone"]) for row in found)
    if not any(row["any_money"] for row in found):
        return said.saying(Why.NOT_SEEN)
    cells = _cells([row for row in found if row["broken"] or row["kept"]])
    if cells is None or cells.broken_people.sum() < FEWEST:
        matched = 0 if cells is None else int(cells.broken_people.sum())
        return said.saying(Why.FEW_ALIKE, missing=FEWEST - matched)
    if cells.moved.sum() < MOVED:
        return said.saying(Why.FEW_BOUGHT, missing=int(MOVED - cells.moved.sum()))
    whole = lost(cells, measure=None)
    assert whole is not None
    measures = [one for name in cells.names if (one := lost(cells, measure=name)) is not None]
    return said.saying(Why.KNOWN, all=whole, measures=_largest_first(measures), alone=alone)


def _largest_first(measures: list[Lost]) -> list[Lost]:
    return sorted(measures, key=lambda one: (-one.broken, one.measure or ""))


def _by_cell(rows: ibis.Table) -> ibis.Table:
    """Sums by measure and hashed group of people, as `Cells` wants them."""
    is_kept, is_broken = (rows.under == 0) & ~rows.alone, (rows.under == 1) & ~rows.alone
    kept_here = ibis.greatest(rows.kept_here, 2).cast("float64")
    # The kept ones' own mean is taken off each, which takes off a part of its spread.
    weight = rows.weight_here / kept_here * (kept_here / (kept_here - 1)).sqrt()
    names = (*_FOLLOWED, *BEFORE)
    off = [rows[f"{name}_off"] for name in names]
    sums: dict[str, Any] = {
        "alone": rows.alone.sum(),
        "broken": is_broken.sum(),
        "kept": is_kept.sum(),
        "broken_people": rows.person_id.nunique(where=is_broken),
        "kept_people": rows.person_id.nunique(where=is_kept),
        "moved": rows.person_id.nunique(where=(is_broken | is_kept) & (rows.moved > 0)),
        "moved_broken": rows.person_id.nunique(where=is_broken & (rows.moved > 0)),
        "any_money": (rows.moved + rows.bought_before).sum(),
        "weights": rows.weight.sum(where=is_broken),
        "weights_squared": (rows.weight * rows.weight).sum(where=is_broken),
    }
    for place, one in enumerate(off):
        sums[f"plain_{place}"] = (rows.weight * rows[names[place]]).sum(where=is_broken)
        sums[f"plain_kept_{place}"] = rows[names[place]].sum(where=is_kept)
        sums[f"above_{place}"] = (rows.weight * one).sum(where=is_broken)
        sums[f"about_{place}"] = (weight * one).sum(where=is_kept)
        for other in range(place + 1):
            sums[f"product_{place}_{other}"] = (one * off[other]).sum(where=is_kept)
    bucket = (rows.person_id.hash() % _BUCKETS).abs()
    return rows.group_by("measure", bucket=bucket).agg(**sums)


def _cells(found: list[dict[str, Any]]) -> Cells | None:
    if not found:
        return None
    found = sorted(found, key=lambda row: (row["measure"], row["bucket"]))
    size = len(_FOLLOWED) + len(BEFORE)

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name] or 0.0) for row in found])

    def columns(name: str) -> np.ndarray:
        return np.stack([column(f"{name}_{place}") for place in range(size)], axis=1)

    products = np.zeros((len(found), size, size))
    for place in range(size):
        for other in range(place + 1):
            products[:, place, other] = column(f"product_{place}_{other}")
            products[:, other, place] = products[:, place, other]
    return Cells(
        measure=np.array([row["measure"] for row in found]),
        bucket=np.array([int(row["bucket"]) for row in found]),
        broken=column("broken"),
        kept=column("kept"),
        broken_people=column("broken_people"),
        kept_people=column("kept_people"),
        moved=column("moved"),
        moved_broken=column("moved_broken"),
        weights=column("weights"),
        weights_squared=column("weights_squared"),
        plain=columns("plain")[:, : len(_FOLLOWED)],
        plain_kept=columns("plain_kept")[:, : len(_FOLLOWED)],
        above=columns("above"),
        about=columns("about"),
        products=products,
    )
