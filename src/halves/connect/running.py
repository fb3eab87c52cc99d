"""Bringing files in: every good row onto the ledger, every refused one into a file with why."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from halves.connect.counting import Problems, RowsCount, Tally
from halves.connect.errors import FileRefused, ImportLeft, RecipeRefused
from halves.connect.preparing import Prepared, prepare
from halves.connect.recipe import Recipe
from halves.connect.records import ImportRecord, ImportRecords
from halves.connect.repeats import without_repeats
from halves.connect.targets import OPERATIONS, TARGETS, Keeper
from halves.ledger import Ledger
from halves.ledger.errors import BatchNotFound
from halves.ledger.settings import Settings

_CHUNK_ROWS = 250_000
_MEMORY = "1GB"


@dataclass(frozen=True)
class Progress:
    """How far an import is: rows of all files read, of how many."""

    table: str
    rows: int
    of: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Imported:
    """What became of an import, or would.

    Args:
        id: the import's id; `halves undo` takes it.
        is_new: False if the same files came in before, by the same recipe and parameters.
        rows: rows that came in, by table.
        counts: for each set of rows, what its fields hold.
        refused: how many rows of the files were refused.
        refused_files: where they are written, with the reasons.
        absent: optional files that were not there.
        record: the import's record; None for a dry run.
        not_kept: rows that had nowhere to go, by target: contacts where there is no database.
    """

    id: str
    is_new: bool
    rows: Mapping[str, int]
    counts: tuple[RowsCount, ...]
    refused: int
    refused_files: tuple[Path, ...]
    absent: tuple[str, ...]
    record: ImportRecord | None = None
    not_kept: Mapping[str, int] = field(default_factory=dict)


def dry_run(
    files: Sequence[Path],
    *,
    recipe: Recipe,
    settings: Settings,
    stated: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
    keeper: Keeper | None = None,
) -> Imported:
    """Say what an import would bring in and refuse, field by field; nothing is written.

    Arguments and refusals as for `run_import`.
    """
    with tempfile.TemporaryDirectory(prefix="halves-import-") as scratch:
        prepared = prepare(
            files, recipe, settings=settings, stated=stated or {}, folder=Path(scratch)
        )
        with _Run(prepared, Path(scratch), on_progress, keeper) as run:
            rows = {
                table: sum(batch.num_rows for batch in run.good_rows(table)) for table in run.tables
            }
            return run.result(rows, refused_folder=None)


def run_import(
    book: Ledger,
    files: Sequence[Path],
    *,
    recipe: Recipe,
    imports: Path,
    settings_file: Path,
    at: datetime,
    stated: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
    keeper: Keeper | None = None,
) -> Imported:
    """Bring files in by a recipe. Good rows come in, whatever becomes of the others.

    The same files, recipe and parameters again change nothing. After a crash the same call
    completes what was begun; an exception leaves the ledger as it was.

    Args:
        book: the ledger.
        files: files, and folders of files.
        recipe: how they become rows.
        imports: the folder for records and refused rows.
        settings_file: halves.toml; the recipe's settings are added where it says nothing.
        at: now.
        stated: parameters, by name; `wages.NAME` for a wage.
        on_progress: told how far it is.
        keeper: takes contacts and companies; without one they are counted as not kept.

    Raises:
        FileRefused: a file that cannot be read as the recipe says.
        RecipeRefused: a recipe that cannot be followed on these files.
        ParameterMissing: something that only the user can say.
    """
    settings, stated = Settings.read(settings_file), stated or {}
    records = ImportRecords(imports)
    with tempfile.TemporaryDirectory(prefix="halves-import-") as scratch:
        prepared = prepare(files, recipe, settings=settings, stated=stated, folder=Path(scratch))
        known = records.read(prepared.id)
        if known is not None and known.state == "undoing":
            undo_import(book, prepared.id, imports=imports, keeper=keeper)
        elif known is not None and known.state == "done" and not (keeper and known.not_kept):
            return _known_already(known)
        started = ImportRecord(
            id=prepared.id,
            recipe=recipe.name,
            files=tuple(str(path) for paths in prepared.files.values() for path in paths),
            parameters={name: str(value) for name, value in prepared.terms.parameters.items()},
            state="started",
            at=at,
        )
        records.write(started)
        with _Run(prepared, Path(scratch), on_progress, keeper) as run:
            try:
                done = _appended(book, run, records, started)
            except ImportLeft:
                raise
            except BaseException:  # Ctrl-C too: what is half in goes out again
                _take_back(book, prepared.id, keeper)
                records.remove(prepared.id)
                raise
    added = settings.filled(replace(recipe.settings, parameters={}))
    if done.rows and added != settings:
        added.write(settings_file)
    return done


def undo_import(
    book: Ledger, import_id: str, *, imports: Path, keeper: Keeper | None = None
) -> dict[str, int]:
    """Take an import back, and whatever it had replaced comes back; it can then run again.

    Returns:
        Rows taken out, by table or target.

    Raises:
        ImportNotFound: no such import.
    """
    records = ImportRecords(imports)
    record = records.find(import_id)
    records.write(record.as_state("undoing"))
    gone = _take_back(book, record.id, keeper)
    records.write(record.as_state("undone"))
    return gone


def was_stopped(error: BaseException) -> bool:
    """Say whether an error is Ctrl-C, which DuckDB and Arrow turn into errors of their own."""
    engines = (duckdb.InterruptException, pa.ArrowCancelled)
    is_query = isinstance(error, RuntimeError) and "interrupted" in str(error).lower()
    return is_query or isinstance(error, (KeyboardInterrupt, *engines))


def _take_back(book: Ledger, batch: str, keeper: Keeper | None) -> dict[str, int]:
    kept = dict(keeper.undo(batch)) if keeper is not None else {}
    try:
        return kept | book.undo(batch)
    except BatchNotFound:
        return kept


def _known_already(record: ImportRecord) -> Imported:
    return Imported(
        id=record.id,
        is_new=False,
        rows=record.rows,
        counts=(),
        refused=record.refused,
        refused_files=tuple(Path(one) for one in record.refused_files),
        absent=(),
        record=record,
    )


def _appended(book: Ledger, run: "_Run", records: ImportRecords, started: ImportRecord) -> Imported:
    rows = {}
    for table in run.tables:
        batches = run.good_rows(table)
        first = next(batches, None)
        if first is None:
            continue  # no row is good: an empty batch would be in the ledger's way later
        if table in OPERATIONS:
            assert run.keeper is not None
            for good_rows in _after(first, batches):
                run.keeper.append(table, good_rows, batch=started.id)
            rows[table] = run.good[table]
            continue
        good = _met(run, table, _after(first, batches), started.id)
        stream = pa.RecordBatchReader.from_batches(first.schema, good)
        book.append(table, stream, batch=started.id)
        for _ in batches:  # it was in already, before a crash: count what was not read
            pass
        rows[table] = run.good[table]
    if run.keeper is not None:
        run.keeper.finish(batch=started.id)
    result = run.result(rows, refused_folder=records.home_of(started.id))
    if not any(rows.values()):
        records.remove(started.id)
        return result
    record = replace(
        started,
        state="done",
        rows=rows,
        refused=result.refused,
        refused_files=tuple(str(path) for path in result.refused_files),
        not_kept=result.not_kept,
    )
    records.write(record)
    return replace(result, record=record)


def _after(first: pa.RecordBatch, others: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from others


def _met(
    run: "_Run", table: str, batches: Iterator[pa.RecordBatch], batch: str
) -> Iterator[pa.RecordBatch]:
    """The same rows; a keeper also hears of people whose file says no more than that they are."""
    is_told = run.keeper is not None and table == "people" and "contacts" not in run.tables
    for rows in batches:
        if is_told and run.keeper is not None:
            run.keeper.append(table, rows, batch=batch)
        yield rows


class _Run:
    """One pass of all queries over the files."""

    def __init__(
        self,
        prepared: Prepared,
        scratch: Path,
        on_progress: OnProgress | None,
        keeper: Keeper | None,
    ) -> None:
        self.not_kept: dict[str, int] = {}
        self.keeper = keeper
        self.prepared = prepared if keeper is not None else self._without_contacts(prepared)
        self.good: dict[str, int] = {}
        self._on_progress = on_progress or (lambda _: None)
        (scratch / "spill").mkdir()
        self._engine = duckdb.connect(
            config={"memory_limit": _MEMORY, "temp_directory": str(scratch / "spill")}
        )
        self._engine.execute("SET TimeZone = 'UTC'")
        self._engine.execute("SET preserve_insertion_order = false")
        self._problems = Problems(scratch / "problems")
        self._tallies = [Tally(query) for query in self.prepared.queries]
        self._read = 0
        self._all = sum(self._rows_of(tally) for tally in self._tallies)

    def __enter__(self) -> "_Run":
        self._check_lone()
        return self

    def __exit__(self, _: object, failed: BaseException | None, __: object) -> None:
        self._engine.close()
        # Copies are ours and whole; a Parquet file is read where it lies, and may be torn inside.
        lying = [source for source in self.prepared.sources.values() if not source.is_copy]
        if lying and isinstance(failed, duckdb.Error | pa.ArrowException | OSError):
            names = ", ".join(str(path) for source in lying for path in source.files)
            raise FileRefused(f"{names} cannot be read to its end: {failed}") from failed

    @property
    def tables(self) -> list[str]:
        """The targets that rows go to: the ledger's in its order, then companies, then contacts."""
        asked = {query.rows.table for query in self.prepared.queries}
        return [name for name in TARGETS if name in asked]

    def good_rows(self, table: str) -> Iterator[pa.RecordBatch]:
        """The rows that the ledger takes; the others are set aside, and all are counted."""
        self.good[table] = 0
        keeper = self.keeper if table in OPERATIONS else None
        tallies = [tally for tally in self._tallies if tally.query.rows.table == table]
        queries = [tally.query for tally in tallies]
        for tally, sql in zip(
            tallies, without_repeats(self._engine, queries, self.prepared), strict=True
        ):
            place = self._tallies.index(tally)
            with self._engine.cursor() as cursor:
                for batch in cursor.sql(sql).to_arrow_reader(_CHUNK_ROWS):
                    good = tally.take(batch, place, self._problems, keeper)
                    self.good[table] += good.num_rows
                    self._step(tally, batch.num_rows)
                    if good.num_rows:
                        yield good
            self._finish(tally)

    def result(self, rows: Mapping[str, int], *, refused_folder: Path | None) -> Imported:
        """What came of it; refused rows are written if there is a folder for them."""
        self._problems.close()
        self._problems.add_sources(self._engine, self.prepared)
        counts = self._problems.counts(self._engine, self.prepared, self._tallies)
        written: tuple[Path, ...] = ()
        if refused_folder is not None:
            written = self._problems.write(self._engine, self.prepared, refused_folder)
        return Imported(
            id=self.prepared.id,
            is_new=True,
            rows=rows,
            counts=counts,
            refused=self._problems.rows(self._engine),
            refused_files=written,
            absent=self.prepared.absent,
            not_kept=self.not_kept,
        )

    def _without_contacts(self, prepared: Prepared) -> Prepared:
        """The same without what only a keeper takes; its rows are counted as not kept."""
        for query in prepared.queries:
            table, file = query.rows.table, query.rows.file
            if table in OPERATIONS and file is not None:
                rows = prepared.sources[file].rows
                self.not_kept[table] = self.not_kept.get(table, 0) + rows
        queries = tuple(one for one in prepared.queries if one.rows.table not in OPERATIONS)
        return replace(prepared, queries=queries)

    def _rows_of(self, tally: Tally) -> int:
        file = tally.query.rows.file
        return 1 if file is None else self.prepared.sources[file].rows

    def _step(self, tally: Tally, rows: int) -> None:
        self._read += rows
        self._on_progress(Progress(tally.query.rows.table, self._read, self._all))

    def _finish(self, tally: Tally) -> None:
        # Rows that a filter left out count as read, too.
        self._step(tally, max(self._rows_of(tally) - tally.rows, 0))

    def _check_lone(self) -> None:
        for query in self.prepared.queries:
            for alias, sql in query.lone.items():
                several = self._engine.execute(sql).fetchall()
                if several:
                    key, rows = several[0]
                    join = next(join for join in query.rows.join if join.alias == alias)
                    where = ", ".join(map(str, self.prepared.files[join.file]))
                    raise RecipeRefused(
                        f"{where}: {', '.join(join.on.values())} {key!r} stands in rows "
                        f"{', '.join(map(str, rows))}, and the join {alias!r} of "
                        f"{query.rows.table} takes one; say what to take of several with take"
                    )
