"""People like them: against a naive loop, against truth, and with time running one way."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from halves import Channel, Ledger, which_half
from halves.measure.case_control import (
    Attributable,
    _described,
    _door_sample,
    attributable,
)
from halves.measure.doors import doors
from halves.simulate import Company, simulate, truth
from tests.measure.shop import money

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
PEOPLE, DAYS, RATE, WORTH = 3000, 150, 0.0025, 50.0


def made_up(book: Ledger, *, lift: float, eager: float, seed: int = 5) -> float:
    """Doors open at a daily rate that a mail multiplies by exp(lift · 0.94^days since it).

    Every tenth day a mail goes to some: if `eager`, rather to those who open doors anyway.

    Returns:
        Doors in all, less the doors had there been no mails: the truth.
    """
    rng = np.random.default_rng(seed)
    is_keen = rng.random(PEOPLE) < 0.5
    base = RATE * np.exp(eager * is_keen)
    stock, expected, owed = np.zeros(PEOPLE), 0.0, 0.0
    mails, opened, visits = [], [], []
    for day in range(DAYS):
        stock *= 0.94
        visits += [(p, day) for p in np.flatnonzero(rng.random(PEOPLE) < 0.02 * (1 + 2 * is_keen))]
        if day % 10 == 0:
            chance = 0.15 + 0.25 * is_keen * bool(eager)
            mailed = np.flatnonzero(rng.random(PEOPLE) < chance)
            mails += [(p, day) for p in mailed]
            stock[mailed] += 1
        rate = base * np.exp(lift * (1 - np.exp(-stock)))
        owed += (rate - base).sum()
        expected += rate.sum()
        opened += [(p, day) for p in np.flatnonzero(rng.random(PEOPLE) < rate)]
    append(book, mails, opened, visits)
    return owed * len(opened) / expected


def append(book: Ledger, mails: list, opened: list, visits: list) -> None:
    names = np.array([f"p{place:05d}" for place in range(PEOPLE)])
    book.append(
        "people",
        pa.table({"person_id": names, "since": pa.array([SINCE] * PEOPLE)}),
        batch="people",
    )
    for kind, rows, path in (("mail", mails, "many"), ("visit", visits, "self")):
        book.append(
            "touches",
            pa.table(
                {
                    "touch_id": [f"{kind} {p} {day}" for p, day in rows],
                    "person_id": names[[p for p, _ in rows]],
                    "at": pa.array([SINCE + timedelta(days=int(day), hours=9) for _, day in rows]),
                    "path": [path] * len(rows),
                    "channel": [kind] * len(rows),
                    "source": ["made up"] * len(rows),
                }
            ),
            batch=kind,
        )
    book.append(
        "outcomes",
        pa.table(
            {
                "outcome_id": [f"door {p} {day}" for p, day in opened],
                "person_id": names[[p for p, _ in opened]],
                "at": pa.array([SINCE + timedelta(days=int(day), hours=12) for _, day in opened]),
                "kind": ["door_opened"] * len(opened),
                "source": ["made up"] * len(opened),
            }
        ),
        batch="doors",
    )
    close(book, opened[::2])
    book.compact()


def close(book: Ledger, doors: list) -> None:
    """Every other door becomes a deal, some days later, whatever its person was sent."""
    rng = np.random.default_rng(11)
    ages = rng.integers(2, 40, len(doors))
    book.append(
        "outcomes",
        pa.table(
            {
                "outcome_id": [f"deal {p} {day}" for p, day in doors],
                "person_id": [f"p{p:05d}" for p, _ in doors],
                "at": pa.array(
                    [
                        SINCE + timedelta(days=int(day + age), hours=15)
                        for (_, day), age in zip(doors, ages, strict=True)
                    ]
                ),
                "kind": ["deal_closed"] * len(doors),
                "value": money(np.full(len(doors), 2 * WORTH)),
                "currency": ["USD"] * len(doors),
                "source": ["till"] * len(doors),
            }
        ),
        batch="deals",
    )


def found(book: Ledger) -> Attributable:
    [mail] = attributable(
        book,
        ["mail"],
        by="channel",
        since=SINCE,
        until=UNTIL,
        currency="USD",
        door_worth=WORTH,
    )
    return mail


@pytest.mark.parametrize("lift", [0.0, 0.8])
def test_mail_to_people_picked_by_dice_is_owed_what_it_did(book, lift):
    owed = made_up(book, lift=lift, eager=0.0) * WORTH

    mail = found(book)

    assert abs(mail.doors - owed) < 2.5 * mail.se
    assert abs(mail.revenue - owed) < 2.5 * mail.se
    assert mail.se < 0.2 * WORTH * mail.reached


def test_mail_to_eager_people_is_owed_no_more_than_it_seems(book):
    owed = made_up(book, lift=0.4, eager=1.2) * WORTH

    mail = found(book)

    assert mail.revenue > owed - 1.64 * mail.se


def test_what_comes_after_a_door_explains_nothing(book):
    """Mails that doors bring about, and never the other way round, are owed nothing."""
    rng = np.random.default_rng(2)
    opened = [(p, d) for d in range(DAYS) for p in np.flatnonzero(rng.random(PEOPLE) < RATE)]
    mails = [(p, d + 1) for p, d in opened if d + 1 < DAYS]
    mails += [(int(p), d) for d in range(0, DAYS, 7) for p in rng.integers(0, PEOPLE, 300)]
    append(book, list(dict.fromkeys(mails)), opened, [])

    mail = found(book)

    assert abs(mail.revenue) < 2.5 * mail.se


def test_the_exposures_and_the_past_are_what_a_naive_loop_counts(book):
    """Cases as the engine describes them, beside each person's rows gone through one by one."""
    made_up(book, lift=0.5, eager=0.6, seed=9)
    rows = book.query(_described(book, _door_sample(book, SINCE, UNTIL), ["mail"], "channel"))
    cases = [row for row in rows.to_pylist() if row["draw"] == 0]
    rows_of = book.table("outcomes")
    rows_of = rows_of.filter(rows_of.kind == "door_opened").order_by("at", "outcome_id")
    opened = book.query(rows_of).to_pylist()
    touches: dict[str, list] = {}
    for row in book.query(book.table("touches")).to_pylist():
        touches.setdefault(row["person_id"], []).append(row)

    by_number = {row["case_no"]: row for row in cases}
    for number in list(by_number)[::25]:
        door, row = opened[number], by_number[number]
        ages = [
            ((door["at"] - touch["at"]) / timedelta(days=1), touch["channel"])
            for touch in touches.get(door["person_id"], [])
        ]
        stock = sum(0.94**age for age, channel in ages if channel == "mail" and 0 < age < 56)
        near = sum(channel == "visit" and 56 <= age < 116 for age, channel in ages)
        assert (row["stock_0"] or 0.0) == pytest.approx(stock)
        assert (row["visits_near"] or 0) == near


@pytest.mark.slow
def test_a_channel_that_picks_by_whim_is_told_apart_from_one_that_picks_hot_people(book):
    made_up(book, lift=0.8, eager=0.0)
    book.append(
        "spend",
        pa.table(
            {
                "spend_id": ["mail"],
                "day": pa.array([SINCE.date()]),
                "channel": ["mail"],
                "path": ["many"],
                "amount": money(np.array([3000.0])),
                "currency": ["USD"],
                "source": ["books"],
            }
        ),
        batch="spend",
    )
    book.compact()

    said = {
        picks: which_half(
            book,
            channels=[Channel("mail", path="many", picks=picks)],
            margin=0.5,
            since=SINCE.date(),
            until=UNTIL.date(),
            seed=1,
        ).units[0]
        for picks in ("random", "hot", "unknown")
    }

    widths = {p: one.incremental.high - one.incremental.low for p, one in said.items()}
    assert widths["random"] < widths["hot"] < widths["unknown"]
    assert said["unknown"].verdict == "unknown"
    assert "it picks at random" in said["random"].evidence
    assert "at most" in said["hot"].evidence


@pytest.mark.slow
def test_in_companies_drawn_by_chance_the_truth_lies_on_the_side_that_the_bound_says(tmp_path):
    """Of hot channels at most, of cold ones at least, give or take noise and the curve's form."""
    outside = told = 0
    for seed in range(31, 43):
        company = Company.random(seed=seed, people=12_000, experiments=False)
        book = Ledger.create(tmp_path / str(seed))
        simulate(company, seed=seed).write(book)
        book.compact()
        since, until = (
            datetime.combine(day, datetime.min.time(), UTC)
            for day in (company.since, company.until)
        )
        known = truth(company, seed=seed)
        ways = {one.name: one for one in company.channels if one.picks in ("hot", "cold")}
        worth = doors(book, since=since, until=until, currency=company.currency).worth
        for one in attributable(
            book,
            list(ways),
            by="channel",
            since=since,
            until=until,
            currency=company.currency,
            door_worth=worth,
        ):
            sign = 1 if ways[one.unit].picks == "hot" else -1
            slack = 1.64 * np.hypot(one.se, 0.15 * one.revenue)
            told += 1
            outside += sign * (known.units[one.unit].incremental - one.revenue) > slack
    assert told > 60
    assert outside <= 0.1 * told
