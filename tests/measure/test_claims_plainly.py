"""Claims from sorted rows, against loops over people and touches."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halves import Channel, Ledger
from halves.measure.claims import RULES, all_claims, claims_of_rows
from halves.measure.journeys import Window
from halves.measure.units import Units
from tests.measure import naive_claims as naive
from tests.measure.naive_claims import Outcome, Touch

SINCE, UNTIL = date(2026, 1, 11), date(2026, 1, 21)
OPENS = datetime(2026, 1, 11, tzinfo=UTC)
LOOK_BACK = timedelta(days=4)
HALF_LIFE = timedelta(days=2)
CHANNELS = [Channel(name, path="many") for name in "ABCDE"]
TEXTS = ("person_id", "path", "channel")

# Half-days from the look-back's first to the period's last: few moments, so that touches and
# outcomes often fall together and on the look-back's edge.
moments = st.integers(0, 27).map(lambda half_days: OPENS - LOOK_BACK + half_days * HALF_LIFE / 4)
people = st.sampled_from(["ada", "ben", "cyd"])
touches = st.lists(st.builds(Touch, people, moments, st.sampled_from("ABCDE")), max_size=30)
outcomes = st.lists(st.builds(Outcome, people, moments, st.integers(1, 9).map(float)), max_size=8)


def touch_rows(rows: Sequence[Touch]) -> pa.Table:
    columns = {
        "person_id": [row.person for row in rows],
        "at": pa.array([row.at for row in rows], pa.timestamp("us", "UTC")),
        "path": ["many"] * len(rows),
        "channel": pa.array([row.unit for row in rows], pa.string()),
    }
    return pa.table(columns)


def outcome_rows(rows: Sequence[Outcome]) -> pa.Table:
    return pa.table(
        {
            "person_id": pa.array([row.person for row in rows], pa.string()),
            "at": pa.array([row.at for row in rows], pa.timestamp("us", "UTC")),
            "value": pa.array([row.value for row in rows], pa.float64()),
        }
    )


def batches(rows: pa.Table, *, size: int, encoded: bool) -> list[pa.RecordBatch]:
    """The rows in small batches; text as one dictionary a batch, if encoded."""
    cut = [rows.slice(start, size) for start in range(0, rows.num_rows, size)]
    if encoded:
        for name in TEXTS:
            cut = [
                part.set_column(
                    part.schema.get_field_index(name), name, part[name].dictionary_encode()
                )
                for part in cut
            ]
    return [batch for part in cut for batch in part.combine_chunks().to_batches()]


def assert_same(table: pa.Table, expected: dict[str, dict[str, float]]) -> None:
    for rule in RULES:
        found = dict(zip(table["unit"].to_pylist(), table[rule].to_pylist(), strict=True))
        wanted = {unit: expected[rule].get(unit, 0.0) for unit in found}
        assert found == pytest.approx(wanted, abs=1e-9), rule


@settings(max_examples=300, deadline=None)
@given(touches, outcomes, st.integers(1, 30), st.booleans(), st.sampled_from(["value", "outcomes"]))
def test_all_rules_agree_with_plain_loops(
    touches: list[Touch],
    outcomes: list[Outcome],
    size: int,
    encoded: bool,
    of: Literal["value", "outcomes"],
) -> None:
    touches = sorted(touches, key=lambda row: (row.person, row.at))
    outcomes = sorted(outcomes, key=lambda row: (row.person, row.at))
    table = claims_of_rows(
        batches(touch_rows(touches), size=size, encoded=encoded),
        outcome_rows(outcomes),
        window=Window(since=SINCE, until=UNTIL, look_back=LOOK_BACK),
        units=Units("channel", CHANNELS),
        rules=RULES,
        of=of,
        half_life=HALF_LIFE,
    )
    walked = naive.journeys(touches, outcomes, opens=OPENS, look_back=LOOK_BACK)
    expected = {rule: naive.claims(walked, rule, of=of, half_life=HALF_LIFE) for rule in RULES}
    assert_same(table, expected)
    converted = sum(row.value if of == "value" else 1 for row in outcomes if row.at >= OPENS)
    for rule in RULES:
        assert sum(table[rule].to_pylist()) == pytest.approx(converted)


def test_rows_that_are_not_sorted_by_person_are_refused() -> None:
    rows = touch_rows([Touch("ben", OPENS, "A"), Touch("ada", OPENS, "A")])
    with pytest.raises(ValueError, match="sorted by person, got 'ada' after 'ben'"):
        claims_of_rows(
            batches(rows, size=1, encoded=False),
            outcome_rows([]),
            window=Window(since=SINCE, until=UNTIL, look_back=LOOK_BACK),
            units=Units("channel", CHANNELS),
            rules=("linear",),
            of="value",
            half_life=HALF_LIFE,
        )


@pytest.mark.parametrize("is_compact", [True, False])
def test_a_ledger_of_many_people_agrees_with_plain_loops(tmp_path: Path, is_compact: bool) -> None:
    rng = np.random.default_rng(1)
    names = [f"person {place}" for place in range(200)]
    days = 14 * rng.random(1_500)
    touches = [
        Touch(
            names[rng.integers(200)],
            OPENS - LOOK_BACK + timedelta(days=day),
            rng.choice([*"ABCDE"]),
        )
        for day in days
    ]
    outcomes = [
        Outcome(
            names[rng.integers(200)], OPENS - LOOK_BACK + timedelta(days=day), round(100 * day, 2)
        )
        for day in 14 * rng.random(150)
    ]
    book = Ledger.create(tmp_path / "book")
    rows = touch_rows(touches)
    ids = pa.array([f"t{place:04d}" for place in range(len(touches))])
    rows = rows.append_column("touch_id", ids).append_column("source", pa.repeat("test", len(ids)))
    book.append("touches", rows, batch="touches")
    rows = outcome_rows(outcomes)
    ids = pa.array([f"o{place:04d}" for place in range(len(outcomes))])
    rows = rows.append_column("outcome_id", ids).append_column(
        "source", pa.repeat("test", len(ids))
    )
    rows = rows.append_column("kind", pa.repeat("deal_closed", len(ids)))
    book.append("outcomes", rows, batch="outcomes")
    if is_compact:
        book.compact()

    table = all_claims(
        book,
        channels=CHANNELS,
        since=SINCE,
        until=UNTIL,
        look_back=LOOK_BACK,
        half_life=HALF_LIFE,
    )
    walked = naive.journeys(touches, outcomes, opens=OPENS, look_back=LOOK_BACK)
    expected = {rule: naive.claims(walked, rule, of="value", half_life=HALF_LIFE) for rule in RULES}
    assert_same(table, expected)
