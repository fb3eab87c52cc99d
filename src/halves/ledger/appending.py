"""What an append leaves on a table: rows that carry their batch, committed once."""

from dataclasses import dataclass

import pyarrow as pa
from deltalake.transaction import AddAction

from halves.ledger.store import ARRIVAL, BATCH, ConcurrentCommit, Snapshot, Store


@dataclass(frozen=True)
class Appended:
    """What became of an append: how many rows, and whether the batch was new."""

    rows: int
    is_new: bool


def committed(store: Store, snapshot: Snapshot, adds: list[AddAction], batch: str) -> bool:
    """Commit a batch's files; False where someone else's commit came first."""
    try:
        store.commit(snapshot, adds, batch=batch)
    except ConcurrentCommit:
        return False
    return True


def is_present(snapshot: Snapshot, batch: str) -> bool:
    """Say whether a batch is on the table."""
    return snapshot.batch_turn(batch) % 2 == 1


def first_arrival(snapshot: Snapshot) -> int:
    """Order rows by the version their writer saw, then by their chunk's place in the batch."""
    return snapshot.version + 1 << 20


def stamped(chunk: pa.Table, batch: str, arrival: int) -> pa.Table:
    """Rows with their batch, and their place among all that arrived."""
    size = chunk.num_rows
    return chunk.append_column(BATCH, pa.repeat(batch, size)).append_column(
        ARRIVAL, pa.repeat(arrival, size)
    )
