"""People who cannot be compared, and tests that cannot be: left open, and never a crash."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from halves import Channel, Ledger
from halves.measure import Answer
from tests.measure.test_which_half_bad_input import asked, leaves_open, said, unit

SINCE, OPENS = date(2025, 1, 6), datetime(2025, 1, 6, tzinfo=UTC)
DAYS, PEOPLE, MAILINGS = 364, 1200, 8
EMAIL = Channel("email", path="many", picks="hot")
CALL = Channel("call", path="one", picks="hot")
PATHS = {"email": "many", "call": "one"}


def mailing_days(seed: int = 3) -> np.ndarray:
    """When each of the people is reached; every other one never is."""
    days = np.random.default_rng(seed).integers(0, DAYS, (PEOPLE, MAILINGS)).astype(float)
    days[1::2] = np.nan
    return days


def touched(days: np.ndarray, *, cost: float, channels: tuple[str, ...]) -> pa.Table:
    rows = [
        {
            "touch_id": f"{channel} {person} {place}",
            "person_id": f"p{person}",
            "at": OPENS + timedelta(days=day, hours=9),
            "path": PATHS[channel],
            "channel": channel,
            "cost": cost,
            "source": "mailer",
        }
        for person, of_person in enumerate(days)
        for place, day in enumerate(of_person)
        if not np.isnan(day)
        for channel in channels
    ]
    return pa.Table.from_pylist(rows)


def bought(days: np.ndarray, *, times: float, doors: bool = True, worth: float = 100.0) -> pa.Table:
    """People open doors by chance, `times` as often in the four weeks after a touch."""
    rng = np.random.default_rng(4)
    rows = []
    for day in range(0, DAYS, 7):
        with np.errstate(invalid="ignore"):
            is_recent = ((day - days >= 0) & (day - days < 28)).any(axis=1)
        opens = rng.random(PEOPLE) < 0.02 * np.where(is_recent, times, 1.0)
        for person in np.flatnonzero(opens):
            row = {"person_id": f"p{person}", "source": "crm"}
            at = OPENS + timedelta(days=day, hours=15)
            deal_at = at + timedelta(days=int(rng.integers(1, 30)))
            if doors:
                rows.append(
                    row | {"outcome_id": f"door {person} {day}", "kind": "door_opened", "at": at}
                )
            if rng.random() < 0.5:
                deal = {"outcome_id": f"deal {person} {day}", "kind": "deal_closed"}
                rows.append(row | deal | {"at": deal_at, "value": worth})
    columns = {name for row in rows for name in row}
    return pa.Table.from_pylist([dict.fromkeys(columns) | row for row in rows])


def listed() -> pa.Table:
    rows = [
        {"person_id": f"p{place}", "region": "north", "since": OPENS} for place in range(PEOPLE)
    ]
    return pa.Table.from_pylist(rows)


def hold(book: Ledger, **tables: pa.Table) -> None:
    for name, rows in tables.items():
        book.append(name, rows, batch=name)


def answered(book: Ledger, tmp_path: Path) -> Answer:
    return asked(book, tmp_path, channels=[EMAIL, CALL], until=SINCE + timedelta(days=DAYS))


def test_of_channels_that_always_reach_people_together_neither_is_judged(book, tmp_path):
    # together they bring about 30,000, worth 15,000, at 2 · 4,800 · 1.5 = 14,400 spent: which of
    # them does, nobody can tell
    days = mailing_days()
    both = touched(days, cost=1.5, channels=("email", "call"))
    hold(book, people=listed(), touches=both, outcomes=bought(days, times=3.0))

    answer = answered(book, tmp_path)

    for name in ("email", "call"):
        assert unit(answer, name).basis == "people like them"
        assert unit(answer, name).verdict == "unknown"


def test_where_nobody_is_listed_people_are_not_compared(book, tmp_path):
    days = mailing_days()
    mails = touched(days, cost=1.5, channels=("email",))
    hold(book, touches=mails, outcomes=bought(days, times=1.0))

    email = unit(answered(book, tmp_path), "email")

    assert leaves_open(email)
    assert email.evidence == "nothing was withheld: nobody can tell yet"


def test_where_no_doors_are_recorded_people_are_not_compared(book, tmp_path):
    days = mailing_days()
    mails = touched(days, cost=1.5, channels=("email",))
    hold(book, people=listed(), touches=mails, outcomes=bought(days, times=1.0, doors=False))

    email = unit(answered(book, tmp_path), "email")

    assert leaves_open(email)
    assert email.evidence == "nothing was withheld: nobody can tell yet"


def test_where_most_sales_came_through_no_door_people_are_not_compared(book, tmp_path):
    days = mailing_days()
    till = bought(days, times=1.0, doors=False, worth=1000.0).to_pylist()
    more = [
        row | {"outcome_id": f"till {row['outcome_id']}", "person_id": f"walk-in {place}"}
        for place, row in enumerate(till)
    ]
    mails = touched(days, cost=1.5, channels=("email",))
    hold(book, people=listed(), touches=mails, outcomes=bought(days, times=1.0))
    book.append("outcomes", pa.Table.from_pylist(more), batch="till")

    assert leaves_open(unit(answered(book, tmp_path), "email"))


def test_touches_after_everything_was_bought_tell_nothing(book, tmp_path):
    last = np.full((PEOPLE, 1), DAYS - 1.0)
    mails = touched(last, cost=1.5, channels=("email",))
    hold(book, people=listed(), touches=mails, outcomes=bought(mailing_days(), times=1.0))

    assert leaves_open(unit(answered(book, tmp_path), "email"))


def test_a_ledger_of_one_person_tells_nothing(book, tmp_path):
    days = np.arange(0.0, 100.0, 2.0)[None, :]
    one = [
        {
            "outcome_id": f"{kind} {day}",
            "person_id": "p0",
            "at": OPENS + timedelta(days=day + later),
            "kind": kind,
            "value": value,
            "source": "crm",
        }
        for day in range(0, 100, 5)
        for kind, value, later in (("door_opened", None, 0), ("deal_closed", 100.0, 1))
    ]
    mails = touched(days, cost=1.5, channels=("email",))
    people = listed().slice(0, 1)
    hold(book, people=people, touches=mails, outcomes=pa.Table.from_pylist(one))

    assert leaves_open(unit(answered(book, tmp_path), "email"))


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ({"lift": 1e300}, "a lift of 1e+300, give or take 50 (one standard error), is out of all"),
        pytest.param(
            *({"se": 1e300}, "give or take 1e+300 (one standard error), is out of all proportion"),
            marks=pytest.mark.slow,
        ),
        ({"se": 1e-300}, "give or take 1e-300 (one standard error), is out of all proportion"),
        ({"spend_withheld": 1e9}, "it says that 1,000,000,000 was withheld, and 1,"),
        pytest.param(
            *({"spend_withheld": 0.0}, "what was withheld is unknown: give spend_withheld"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *({"region": "mars"}, "give spend_withheld, or the spend in mars"),
            marks=pytest.mark.slow,
        ),
        ({"withheld": ["billboards"]}, "it withheld billboards, which is no channel"),
    ],
)
def test_a_lift_that_cannot_be_is_left_out_and_that_is_said(book, tmp_path, study, words):
    row = {
        "lift_id": "study",
        "withheld": ["email"],
        "starts": OPENS + timedelta(weeks=4),
        "ends": OPENS + timedelta(weeks=12),
        "outcome": "revenue",
        "lift": 100.0,
        "se": 50.0,
        "source": "agency",
    }
    days = mailing_days()
    mails = touched(days, cost=1.5, channels=("email",))
    lifts = pa.Table.from_pylist([row | study])
    hold(book, touches=mails, lifts=lifts, outcomes=bought(days, times=1.0))

    answer = answered(book, tmp_path)

    assert said(answer, "the lift study 'study' is not used", words)
    assert not unit(answer, "email").is_tested
    assert leaves_open(unit(answer, "email"))
