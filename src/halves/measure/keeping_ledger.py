"""How promises were kept, as the ledger has it: by measure, and by who made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import ibis
import numpy as np

from halves.ledger import Ledger
from halves.measure.answers import benjamini_hochberg
from halves.measure.interval import Interval
from halves.measure.keeping import (
    REACH,
    Band,
    Gap,
    Response,
    band,
    pull_of_expectation,
    response,
)
from halves.measure.rate import rate

By = Literal["story", "campaign", "seller", "account_id"]
_FALSE_SHARE = 0.1  # of those that are said to promise too much
_FINE = 1_000  # gaps told apart within the reach


@dataclass(frozen=True)
class Kept:
    """How one measure's promises were kept.

    Args:
        measure: what was counted; empty where nobody said.
        over, met, under: deliveries by their verdict.
        late: the share that is under.
        typical: the gap in the middle, positive where customers got more than they were promised.
        said: customers who gave a mark.
        mean_kept, mean_under: their mean mark where it was kept or outdone, and where not.
        response: what each unit does to the mark; None where too few said something.
        band: the gaps that customers do not tell from kept.
        pull: of the expectation beside what came, 0 to 1; None where it cannot be told.
        gaps: everyone who said something, by gap, for a picture.
    """

    measure: str
    over: int
    met: int
    under: int
    late: Interval | None
    typical: float
    said: int
    mean_kept: float | None
    mean_under: float | None
    response: Response | None
    band: Band | None
    pull: Interval | None
    gaps: Sequence[Gap]

    @property
    def count(self) -> int:
        """All of them."""
        return self.over + self.met + self.under


@dataclass(frozen=True)
class Promiser:
    """Who made promises, and how often they were broken.

    Args:
        name: of the story, campaign, seller or account.
        under, of: broken promises, and all that were delivered.
        share: broken, with its interval.
        promises_too_much: surely more often broken than everyone else's, at most one in ten of
            those that are said to being so by chance.
    """

    name: str
    under: int
    of: int
    share: Interval
    promises_too_much: bool


@dataclass(frozen=True)
class Afterwards:
    """What customers did after a delivery.

    Args:
        keeping: the verdict.
        of: customers whose time afterwards is over.
        came_back, left: those of them who bought, renewed or brought somebody; and who left.
    """

    keeping: str
    of: int
    came_back: Interval | None
    left: Interval | None


def kept(ledger: Ledger, *, reach: float = REACH) -> list[Kept]:
    """Say of each measure how its promises were kept, and what that did to what customers said.

    One pass over the deliveries for the counts, and few over those with a mark.
    """
    rows = _deliveries(ledger)
    counts = ledger.query(
        rows.group_by("measure").agg(
            over=(rows.keeping == "over").sum(),
            met=(rows.keeping == "met").sum(),
            under=(rows.keeping == "under").sum(),
            typical=rows.gap.median(),
        )
    ).to_pylist()
    return [_one(ledger, rows, row, reach) for row in sorted(counts, key=_size)]


def promisers(ledger: Ledger, by: By, *, least: int = 5) -> list[Promiser]:
    """Say who promises more than is delivered: the most often broken first.

    Each is tested against all others together (binomial, one-sided), and Benjamini and Hochberg's
    rule keeps the false share of those that are named at 10%.

    Args:
        ledger: whose deliveries.
        by: who made them.
        least: promises that somebody must have made to be listed.
    """
    rows = ledger.table("deliveries")
    rows = rows.filter(rows[by].notnull()).group_by(by)
    found = ledger.query(
        rows.agg(under=(ibis._.keeping == "under").sum(), of=ibis._.count())
    ).to_pylist()
    found = [row for row in found if row["of"] >= least]
    under, of = (np.array([float(row[name]) for row in found]) for name in ("under", "of"))
    is_sure = _surely_more(under, of)
    listed = [
        Promiser(row[by], int(row["under"]), row["of"], share, bool(sure))
        for row, sure in zip(found, is_sure, strict=True)
        if (share := rate(int(row["under"]), row["of"]))
    ]
    return sorted(listed, key=lambda one: (not one.promises_too_much, -one.share.low, one.name))


def afterwards(ledger: Ledger, *, days: int = 180) -> list[Afterwards]:
    """Say what customers did in the days after a delivery, by how its promise was kept.

    Only deliveries whose days are over, by the ledger's last outcome, are counted; it is what
    followed, and not yet what it was due to. Empty where the ledger knows of nothing they did.
    """
    outcomes = ledger.table("outcomes")
    [end] = ledger.query(outcomes.aggregate(at=outcomes.at.max())).to_pylist()
    if end["at"] is None:
        return []
    found = ledger.query(_followed(ledger, days, end["at"])).to_pylist()
    if not any(row["came"] or row["left"] for row in found):
        return []  # these customers' later doings are not on the ledger, which is not to say none
    order = {"over": 0, "met": 1, "under": 2}
    return [
        Afterwards(
            row["keeping"],
            row["of"],
            rate(int(row["came"]), row["of"]),
            rate(int(row["left"]), row["of"]),
        )
        for row in sorted(found, key=lambda row: order[row["keeping"]])
    ]


def _followed(ledger: Ledger, days: int, end: datetime) -> ibis.Table:
    """By verdict: deliveries whose days are over, and after how many something was done."""
    span, outcomes = ibis.interval(days=days), ledger.table("outcomes")
    rows = ledger.table("deliveries")
    rows = rows.filter(rows.at + span <= ibis.literal(end))
    rows = rows.select("promise_id", "person_id", "keeping", given="at")
    did = outcomes.select("person_id", "kind", did="at")
    met = rows.left_join(did, "person_id")
    within = (met.did > met.given) & (met.did <= met.given + span)
    came = met.kind.isin(["deal_closed", "renewed", "referred"])
    one = met.group_by(["promise_id", "keeping"]).agg(
        came=(within & came).fill_null(False).max(),
        left=(within & (met.kind == "churned")).fill_null(False).max(),
    )
    return one.group_by("keeping").agg(of=one.count(), came=one.came.sum(), left=one.left.sum())


def _deliveries(ledger: Ledger) -> ibis.Table:
    """Deliveries with their gap: positive where the customer got more than was promised."""
    rows = ledger.table("deliveries")
    more = rows.delivered - rows.expected
    is_less = (rows.better == "less") | (
        rows.better.isnull() & (rows.keeping == "over") & (more < 0)
    )
    return rows.mutate(
        gap=ibis.cases((is_less.fill_null(False), -more), else_=more),
        measure=rows.measure.fill_null(""),
    )


def _one(ledger: Ledger, rows: ibis.Table, row: dict[str, object], reach: float) -> Kept:
    name = str(row["measure"])
    over, met, under = (int(str(row[one])) for one in ("over", "met", "under"))
    said = rows.filter((rows.measure == name) & rows.said.notnull())
    step = reach / _FINE
    # Cast, or the engine multiplies whole numbers by a decimal, which is no float.
    by_gap = said.mutate(gap=(said.gap / step).round().cast("float64") * step)
    gaps = _gaps(ledger, by_gap if _is_fine(ledger, said) else said)
    marks = ledger.query(
        said.aggregate(
            kept=said.said.mean(where=said.keeping != "under"),
            under=said.said.mean(where=said.keeping == "under"),
            count=said.count(),
        )
    ).to_pylist()[0]
    return Kept(
        measure=name,
        over=over,
        met=met,
        under=under,
        late=rate(under, over + met + under),
        typical=float(str(row["typical"])),
        said=marks["count"],
        mean_kept=marks["kept"],
        mean_under=marks["under"],
        response=response(gaps, reach=reach),
        band=band(gaps, reach=reach),
        pull=_pull(ledger, said.filter(said.gap.abs() <= reach)),
        gaps=gaps,
    )


def _is_fine(ledger: Ledger, said: ibis.Table) -> bool:
    """Say whether gaps differ in more ways than a picture or a fit needs."""
    [row] = ledger.query(said.aggregate(n=said.gap.nunique())).to_pylist()
    return bool(row["n"] > 2 * _FINE)


def _gaps(ledger: Ledger, said: ibis.Table) -> list[Gap]:
    found = said.group_by("gap").agg(
        count=said.count(), total=said.said.sum(), squares=(said.said * said.said).sum()
    )
    return [Gap(**row) for row in ledger.query(found.order_by("gap")).to_pylist()]


def _pull(ledger: Ledger, said: ibis.Table) -> Interval | None:
    e, d, s = said.expected, said.delivered, said.said
    parts = {
        "e": e, "d": d, "s": s, "ee": e * e, "dd": d * d,
        "ed": e * d, "es": e * s, "ds": d * s, "ss": s * s,
    }  # fmt: skip
    sums = said.aggregate(n=said.count(), **{name: one.sum() for name, one in parts.items()})
    [row] = ledger.query(sums).to_pylist()
    return pull_of_expectation(list(row.values())) if row["n"] else None


def _surely_more(under: "np.ndarray", of: "np.ndarray") -> "np.ndarray":
    """Whose share is surely above everyone else's, at a false share of 10%."""
    if len(of) < 2:
        return np.zeros(len(of), dtype=bool)
    others = (under.sum() - under) / np.maximum(of.sum() - of, 1)
    p_values = np.array(
        [_tail(int(k), int(n), p) for k, n, p in zip(under, of, others, strict=True)]
    )
    found: np.ndarray = benjamini_hochberg(p_values) < _FALSE_SHARE
    return found


def _tail(some: int, of: int, p: float) -> float:
    """The chance of as many or more of `of`, each with chance p."""
    if p <= 0:
        return 1.0 if some == 0 else 0.0
    if p >= 1:
        return 1.0
    counted = np.arange(some, of + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, of + 1)))])
    weights = logs[of] - logs[counted] - logs[of - counted]
    return float(np.exp(weights + counted * np.log(p) + (of - counted) * np.log1p(-p)).sum())


def _size(row: dict[str, int]) -> int:
    return -(row["over"] + row["met"] + row["under"])
