"""One table on disk: Parquet files that a Delta log makes visible, whole commits at a time.

A file is in one of three states (a Delta partition column):

- `tail`: appended and not yet compacted; may hold repeats.
- `settled`: compacted: sorted by person, and known to hold each key once.
- `replaced`: rows that lost to another of the same key, kept in case the winner is undone.
"""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake import Field as DeltaField
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from halves.ledger import locks
from halves.ledger.schema import Table

STATES = TAIL, SETTLED, REPLACED = "tail", "settled", "replaced"
BATCH, ARRIVAL = "batch", "arrival"
FILE_ROWS = 5_000_000
GROUP_ROWS = 250_000


class ConcurrentCommit(Exception):
    """Someone else's commit came between reading the table and writing it."""


@dataclass(frozen=True)
class Snapshot:
    """One version of a table: the files visible in it, by state."""

    delta: DeltaTable
    files: dict[str, list[str]]  # state → absolute paths, in order

    @property
    def version(self) -> int:
        """The Delta version."""
        return int(self.delta.version())

    def rows(self, state: str) -> int:
        """How many rows the files of one state hold."""
        return sum(pq.read_metadata(path).num_rows for path in self.files[state])

    def batch_turn(self, batch: str) -> int:
        """Say how often the batch was written and undone: odd is present, even is absent."""
        return self.delta.transaction_version(_transaction(batch)) or 0


class Store:
    """The files and the log of one table."""

    def __init__(self, root: Path, table: Table, lock_folder: Path) -> None:
        self.root = root
        self.table = table
        self.schema = table.arrow.append(pa.field(BATCH, pa.string())).append(
            pa.field(ARRIVAL, pa.int64())
        )
        self._logged = self.schema.append(pa.field("state", pa.string()))
        self._files_lock = lock_folder / f"{table.name}.files.lock"
        self._rewrite_lock = lock_folder / f"{table.name}.rewrite.lock"

    def create(self) -> None:
        """Make the empty table if it is not there."""
        DeltaTable.create(
            self.root,
            schema=self._logged,
            partition_by=["state"],
            mode="ignore",
            # No statistics of any column in the log, so that an erased id cannot linger there.
            configuration={"delta.dataSkippingNumIndexedCols": "0"},
        )

    def later(self, columns: Iterable[str]) -> list[pa.Field]:
        """The columns of this version that these, of an earlier one, do not have."""
        known = set(columns)
        return [one for one in self.schema if one.name not in known]

    def snapshot(self) -> Snapshot:
        """Read the newest version; a table of an earlier version gets the columns it lacks."""
        delta = DeltaTable(self.root)
        if late := self.later(one.name for one in delta.schema().fields):
            with suppress(CommitFailedError):  # someone else is adding them
                delta.alter.add_columns([DeltaField.from_arrow(one) for one in late])
            delta = DeltaTable(self.root)
        files: dict[str, list[str]] = {state: [] for state in STATES}
        actions = pa.table(delta.get_add_actions(flatten=True))
        states = actions.column("partition.state").to_pylist()
        for path, state in zip(actions.column("path").to_pylist(), states, strict=True):
            files[state].append(str(self.root / path))
        return Snapshot(delta, {state: sorted(paths) for state, paths in files.items()})

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep files that are staged and not yet committed safe from `sweep`."""
        with locks.shared(self._files_lock):
            yield

    @contextmanager
    def rewriting(self) -> Iterator[None]:
        """Be the only one who rewrites files that others wrote; appends go on."""
        with locks.exclusive(self._rewrite_lock), self.writing():
            yield

    def stage(
        self, chunks: Iterable[pa.Table], state: str, *, in_place_of: str | None = None
    ) -> list[AddAction]:
        """Write rows to new files, in order; invisible until they are committed.

        Nothing is left behind if `chunks` raises. Files sort by name in the order of their rows;
        with `in_place_of` the new ones sort where that file did.
        """
        stem = uuid.uuid4().hex
        if in_place_of is not None:
            stem = f"{Path(in_place_of).stem}.{stem[:8]}"
        adds: list[AddAction] = []
        writer: pq.ParquetWriter | None = None
        path, count = "", 0
        folder = self.root / f"state={state}"
        folder.mkdir(exist_ok=True)
        try:
            for chunk in chunks:
                if writer is None:
                    path, count = f"state={state}/{stem}-{len(adds):05d}.parquet", 0
                    writer = self._writer(path)
                for late in self.later(chunk.column_names):
                    chunk = chunk.append_column(late, pa.nulls(chunk.num_rows, late.type))
                rows = chunk.select(self.schema.names).cast(self.schema)
                writer.write_table(rows, row_group_size=GROUP_ROWS)
                count += chunk.num_rows
                if count >= FILE_ROWS:
                    writer.close()
                    writer = None
                    adds.append(self._add(path, state, count))
            if writer is not None:
                writer.close()
                writer = None
                adds.append(self._add(path, state, count))
        except BaseException:
            if writer is not None:
                writer.close()
            for leftover in folder.glob(f"{stem}-*.parquet"):
                leftover.unlink(missing_ok=True)
            raise
        return adds

    def _writer(self, path: str) -> pq.ParquetWriter:
        # Times and keys hardly repeat, and a dictionary of them is wasted work; a person's id
        # repeats, and needs room for all those of a row group.
        unique = self._hardly_repeat()
        return pq.ParquetWriter(
            self.root / path,
            self.schema,
            compression="zstd",
            use_dictionary=[name for name in self.schema.names if name not in unique],
            dictionary_pagesize_limit=16 << 20,
        )

    def _add(self, path: str, state: str, rows: int) -> AddAction:
        size = os.path.getsize(self.root / path)
        stats = json.dumps({"numRecords": rows})
        return AddAction(path, size, {"state": state}, _now_ms(), True, stats)

    def settled_rows(self, snapshot: Snapshot, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Read settled rows straight from their files, in order; repeating text as dictionaries.

        Raises:
            FileNotFoundError: the snapshot is older than an erasure.
        """
        unique = self._hardly_repeat()
        texts = [
            name
            for name in columns
            if name not in unique and self.schema.field(name).type == pa.string()
        ]
        for path in snapshot.files[SETTLED]:
            with pq.ParquetFile(path, read_dictionary=texts) as file:
                yield from file.iter_batches(batch_size=GROUP_ROWS, columns=columns)

    def _hardly_repeat(self) -> set[str]:
        return {self.table.when, *self.table.key} - {"person_id"}

    def commit(
        self,
        snapshot: Snapshot,
        adds: list[AddAction],
        *,
        removes: Iterable[str] = (),
        batch: str | None = None,
    ) -> None:
        """Make new files visible and old ones invisible, all at once.

        With `batch`, the batch's turn moves on by one in the same commit.

        Raises:
            ConcurrentCommit: since the snapshot someone wrote the same batch, or took files away.
        """
        actions: list[AddAction | RemoveAction] = [*adds]
        for path in removes:
            relative = str(Path(path).relative_to(self.root))
            state = relative.split("/")[0].removeprefix("state=")
            size = os.path.getsize(path)
            actions.append(RemoveAction(relative, True, _now_ms(), size, {"state": state}))
        turns = []
        if batch is not None:
            turns = [Transaction(_transaction(batch), snapshot.batch_turn(batch) + 1)]
        try:
            snapshot.delta.create_write_transaction(
                actions,
                "append",
                self._logged,
                ["state"],
                commit_properties=CommitProperties(
                    app_transactions=turns or None, max_commit_retries=100
                ),
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
            )
        except CommitFailedError as failed:
            raise ConcurrentCommit(str(failed)) from failed

    def discard(self, adds: Iterable[AddAction]) -> None:
        """Remove staged files that will not be committed."""
        for add in adds:
            (self.root / add.path).unlink(missing_ok=True)

    def sweep(self, *, keep_hours: int) -> None:
        """Delete files that no version newer than `keep_hours` shows.

        With 0, also what crashed writers left; waits until nobody is writing.
        """
        if keep_hours:
            self._vacuum(keep_hours, everything=False)
            return
        with locks.exclusive(self._files_lock):
            self._vacuum(0, everything=True)

    def _vacuum(self, hours: int, *, everything: bool) -> None:
        DeltaTable(self.root).vacuum(
            retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=everything
        )


def _transaction(batch: str) -> str:
    # Hashed, so that a name made from a person's id does not outlive their erasure in the log.
    return hashlib.sha256(batch.encode()).hexdigest()


def _now_ms() -> int:
    return int(time.time() * 1000)
