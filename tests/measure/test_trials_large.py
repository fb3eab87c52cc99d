"""A million people and ten million touches: the same numbers, in seconds."""

import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.measure.trials import trial
from tests.measure.made_up_trial import DAY, END, START

MICROSECONDS = pa.timestamp("us", "UTC")


def _moments(rng: np.random.Generator, rows: int) -> np.ndarray:
    first, last = (int(moment.timestamp() * 1e6) for moment in (START - 300 * DAY, END))
    return rng.integers(first, last, rows)


def _ids(letter: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(letter, numbers.astype(str))


def _touches(rng: np.random.Generator, people: int, rows: int) -> Iterator[pa.RecordBatch]:
    step = 500_000
    for first in range(0, rows, step):
        size = min(step, rows - first)
        yield pa.record_batch(
            {
                "touch_id": _ids("t", np.arange(first, first + size)),
                "person_id": _ids("p", rng.integers(0, people, size)),
                "at": pa.array(_moments(rng, size), MICROSECONDS),
                "path": pa.repeat("many", size),
                "channel": np.array(["email", "search"])[rng.integers(0, 2, size)],
                "source": pa.repeat("made up", size),
            }
        )


def _fill(book: Ledger, rng: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray]:
    """Write the ledger; return who is held out, and what each bought in the window."""
    held_out = rng.random(people) < 0.15
    book.append(
        "experiments",
        pa.table(
            {
                "experiment": ["large"],
                "withheld": [["email"]],
                "unit_kind": ["person"],
                "starts": [START],
                "ends": [END],
            }
        ),
        batch="design",
    )
    book.append(
        "assignments",
        pa.table(
            {
                "experiment": pa.repeat("large", people),
                "unit_kind": pa.repeat("person", people),
                "unit_id": _ids("p", np.arange(people)),
                "arm": np.where(held_out, "held_out", "treated"),
                "propensity": np.where(held_out, 0.15, 0.85),
                "at": pa.repeat(pa.scalar(START, MICROSECONDS), people),
            }
        ),
        batch="dice",
    )
    batches = _touches(rng, people, 10 * people)
    first = next(batches)

    def all_batches() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    reader = pa.RecordBatchReader.from_batches(first.schema, all_batches())
    book.append("touches", reader, batch="touches")
    sales = people // 5
    who, at = rng.integers(0, people, sales), _moments(rng, sales)
    value = np.round(rng.lognormal(4.0, 1.0, sales), 2)
    book.append(
        "outcomes",
        pa.table(
            {
                "outcome_id": _ids("o", np.arange(sales)),
                "person_id": _ids("p", who),
                "at": pa.array(at, MICROSECONDS),
                "kind": pa.repeat("deal_closed", sales),
                "value": pa.array(value).cast(pa.decimal128(18, 6)),
                "source": pa.repeat("made up", sales),
            }
        ),
        batch="sales",
    )
    during = at >= int(START.timestamp() * 1e6)
    return held_out, np.bincount(who[during], value[during], minlength=people)


@pytest.mark.parametrize(
    ("people", "cpu_seconds"),
    [(20_000, 20.0), pytest.param(1_000_000, 60.0, marks=pytest.mark.slow)],
)
def test_a_large_trial_is_read_exactly_and_soon(tmp_path, people, cpu_seconds):
    book = Ledger.create(tmp_path / "book")
    held_out, bought = _fill(book, np.random.default_rng(7), people)

    started = time.process_time()
    found = trial(book, "large")
    taken = time.process_time() - started

    arms = [bought[~held_out], bought[held_out]]
    variance = sum(arm.var(ddof=1) / len(arm) for arm in arms)
    assert found.unadjusted.mean == pytest.approx(arms[0].mean() - arms[1].mean(), abs=1e-9)
    assert found.unadjusted_standard_error == pytest.approx(variance**0.5, rel=1e-9)
    assert found.n_held_out == held_out.sum()
    assert taken < cpu_seconds
