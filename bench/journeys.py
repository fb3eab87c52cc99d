"""Journeys to bench with: about 4 touches each over 20 channels, of which 3% convert.

python -m bench.journeys LEDGER --rows 1_000_000 --peers TOUCHES.parquet
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from halves import Channel, Ledger
from halves.ledger import TABLES

SINCE, UNTIL = date(2025, 1, 1), date(2026, 1, 1)
CHANNELS = [
    Channel(f"channel_{place:02d}", path="one" if place % 4 == 3 else "many") for place in range(20)
]
PEOPLE_AT_ONCE = 250_000
TOUCHES_A_JOURNEY, MOST_TOUCHES = 4, 40
CONVERTS = 0.03

PEERS = pa.schema(
    [
        ("person_id", pa.string()),
        ("at", pa.timestamp("us")),
        ("channel", pa.string()),
        ("value", pa.float64()),
    ]
)

_HOUR_US = 3_600_000_000
_START_US = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_TOUCH = ("touch_id", "person_id", "at", "path", "channel", "source")
_OUTCOME = ("outcome_id", "person_id", "at", "kind", "value", "source")
_NAMES = pa.array([channel.name for channel in CHANNELS])
_PATHS = pa.array([channel.path for channel in CHANNELS])


def write(folder: Path, rows: int, *, peers_file: Path | None = None, seed: int = 1) -> None:
    """Make a ledger of so many touches, one journey a person, and compact it.

    `peers_file` gets the same touches for packages that keep no ledger, each journey's touches
    together and the outcome's value joined to its last touch already.
    """
    book = Ledger.create(folder)
    schema = _schema("touches", _TOUCH)
    outcomes: list[pa.RecordBatch] = []

    def touches() -> Iterator[pa.RecordBatch]:
        with ExitStack() as open_files:
            writer = None
            if peers_file is not None:
                writer = open_files.enter_context(pq.ParquetWriter(peers_file, PEERS))
            for touch, outcome in _chunks(rows, seed):
                outcomes.append(outcome)
                if writer is not None:
                    writer.write_batch(_for_peers(touch, outcome))
                yield touch

    reader = pa.RecordBatchReader.from_batches(schema, touches())
    book.append("touches", reader, batch="bench")
    book.append("outcomes", pa.Table.from_batches(outcomes), batch="bench")
    book.compact("touches", "outcomes")


def _chunks(rows: int, seed: int) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    rng = np.random.default_rng(seed)
    # Channels differ in how common they are and in what they lead to, as real ones do.
    common = rng.dirichlet(np.full(len(CHANNELS), 3.0))
    people = written = 0
    while written < rows:
        size = np.minimum(rng.geometric(1 / TOUCHES_A_JOURNEY, PEOPLE_AT_ONCE), MOST_TOUCHES)
        size = size[: np.searchsorted(np.cumsum(size), rows - written) + 1]
        yield _chunk(rng, common, size, people, written)
        people, written = people + len(size), written + int(size.sum())


def _chunk(
    rng: np.random.Generator,
    common: np.ndarray,
    size: np.ndarray,
    people: int,
    written: int,
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    person = _ids("p", people + np.arange(len(size)))
    last = np.cumsum(size) - 1
    gaps = rng.exponential(30 * _HOUR_US, size.sum()).astype(np.int64)
    gaps[last - size + 1] = rng.integers(0, 300 * 24 * _HOUR_US, len(size))
    begun = np.cumsum(gaps)
    at = begun - np.repeat((begun - gaps)[last - size + 1], size)
    channel = rng.choice(len(CHANNELS), size.sum(), p=common)
    # A touch's own channel decides a little whether the journey ends in a deal.
    chance = CONVERTS * np.linspace(0.4, 1.6, len(CHANNELS))[channel[last]]
    chance *= CONVERTS / chance.mean()
    buys = np.flatnonzero(rng.random(len(size)) < chance)
    whose = pa.array(np.repeat(np.arange(len(size)), size))
    touches = [
        _ids("t", written + np.arange(size.sum())),
        person.take(whose),
        _moments(at),
        _PATHS.take(pa.array(channel)),
        _NAMES.take(pa.array(channel)),
        pa.repeat("bench", size.sum()),
    ]
    value = pc.cast(pa.array(np.round(rng.gamma(2, 200, len(buys)), 2)), pa.decimal128(18, 6))
    outcomes = [
        _ids("o", people + buys),
        person.take(pa.array(buys)),
        _moments(at[last[buys]] + rng.integers(0, 48 * _HOUR_US, len(buys))),
        pa.repeat("deal_closed", len(buys)),
        value,
        pa.repeat("bench", len(buys)),
    ]
    return (
        pa.record_batch(touches, schema=_schema("touches", _TOUCH)),
        pa.record_batch(outcomes, schema=_schema("outcomes", _OUTCOME)),
    )


def _for_peers(touches: pa.RecordBatch, outcomes: pa.RecordBatch) -> pa.RecordBatch:
    person = touches.column("person_id")
    buys = pc.index_in(person, value_set=outcomes.column("person_id"))
    value = pc.cast(outcomes.column("value"), pa.float64()).take(buys)
    is_last = np.append(pc.not_equal(person[1:], person[:-1]).to_numpy(zero_copy_only=False), True)
    columns = [
        person,
        touches.column("at").cast(pa.timestamp("us")),
        touches.column("channel"),
        pc.if_else(pa.array(is_last), value, None),
    ]
    return pa.record_batch(columns, schema=PEERS)


def _schema(table: str, columns: tuple[str, ...]) -> pa.Schema:
    return pa.schema([TABLES[table].arrow.field(name) for name in columns])


def _ids(letter: str, numbers: np.ndarray) -> pa.Array:
    # Multiplying by an odd number shuffles them, so that the ledger has something to sort.
    shuffled = pa.array(numbers * 2_654_435_761 % 2**32).cast(pa.string())
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(shuffled, 10, "0"), "")


def _moments(microseconds: np.ndarray) -> pa.Array:
    return pa.array(_START_US + microseconds).cast(pa.timestamp("us", "UTC"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--peers", type=Path)
    options = parser.parse_args()
    write(options.folder, options.rows, peers_file=options.peers)


if __name__ == "__main__":
    main()
