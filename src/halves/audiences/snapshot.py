"""A copy of operations as Parquet, kept up to date by what the database says has changed.

Each table has a base, and a tail with the rows of everyone who changed since: a row of the base
counts only if its key is not among those. A tail that grows long is written into a new base. What
is read is always the newest: `fresh` takes in all changes that are committed before it returns.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Max

from halves.audiences.copying import Copied, copied, rows_of
from halves.audiences.models import Changed, SnapshotMark
from halves.ledger import locks
from halves.people.models import Account, Person

_CHUNK, _FEW = 10_000, 500
_LONG, _SHARE = 5_000, 0.05  # a tail that is longer than both is written into a new base
_GROUP = 120_000  # rows of a row group: one thread reads one


@dataclass(frozen=True)
class Snapshot:
    """One version of the copy.

    Args:
        folder: where its files lie.
        said: what its manifest says.
    """

    folder: Path
    said: dict[str, Any]

    @property
    def version(self) -> str:
        """Another one whenever anything changed."""
        return str(self.said["now"])

    def source(self, name: str) -> str:
        """The rows of a table, as SQL."""
        files = self.said["tables"][name]
        base = f"read_parquet({_text(self.folder / files['base'])})"
        if not files["tail"]:
            return base
        tail = f"read_parquet({_text(self.folder / files['tail'])})"
        gone = f"read_parquet({_text(self.folder / files['gone'])})"
        return (
            f"(SELECT * FROM {base} b WHERE b.{files['key']} NOT IN (SELECT key FROM {gone}) "
            f"UNION ALL SELECT * FROM {tail})"
        )


def fresh(home: Path) -> Snapshot:
    """The snapshot with every change that is committed; made if there is none."""
    folder = home / "snapshot"
    found = _read(folder)
    if found is not None and not Changed.objects.exists():
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with locks.exclusive(folder / "lock"):
        found = _read(folder)  # another may have done it meanwhile
        keys = _changes()
        if found is not None and not keys:
            return found
        made = _Making(folder, found, keys).made()
        _forget(keys, made)
        _sweep(folder, made)
    return made


def tidy(home: Path) -> None:
    """Take changes in where anybody ever asked, so that the next who asks need not wait."""
    if (home / "snapshot" / "manifest.json").exists() and Changed.objects.exists():
        fresh(home)


def without(home: Path, people: Iterable[int]) -> int:
    """Write the copy anew without some people, and remove every file that they were in."""
    folder = home / "snapshot"
    if not (folder / "manifest.json").exists():
        return 0
    with locks.exclusive(folder / "lock"):
        found = _read(folder)
        if found is None:  # nobody will read it any more
            _sweep(folder, None)
            return 0
        out = set(people)
        made = _Making(folder, found, [], out=out).made()
        _forget([], made)
        _sweep(folder, made)
    return len(out)


def _read(folder: Path) -> Snapshot | None:
    """The newest version; None if there is none that belongs to this database."""
    try:
        said = json.loads((folder / "manifest.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    mark = SnapshotMark.objects.filter(pk=True).values_list("token", flat=True).first()
    # A crash between the file and the database leaves the token before: the lines of what the file
    # has already are still there, and taking them in twice does no harm.
    if said.get("columns") != _columns() or mark not in (said["now"], said["before"]):
        return None
    return Snapshot(folder, said)


def _columns() -> str:
    """What the tables look like, so that another version of halves makes them anew."""
    told = [(one.name, str(one.schema)) for one in copied()]
    return sha256(repr(told).encode()).hexdigest()


def _changes() -> list[tuple[int, str, int]]:
    return list(Changed.objects.order_by("id").values_list("id", "kind", "key"))


class _Making:
    """A new version from the one before and what changed."""

    def __init__(
        self,
        folder: Path,
        before: Snapshot | None,
        changes: Sequence[tuple[int, str, int]],
        *,
        out: Iterable[int] = (),
    ) -> None:
        self._folder, self._before, self._out = folder, before, set(out)
        self._keys: dict[str, list[int]] = {"person": [], "account": []}
        for kind, key in {(kind, key) for _id, kind, key in changes}:
            self._keys[kind].append(key)

    def made(self) -> Snapshot:
        tables = {one.name: self._table(one) for one in copied()}
        before = self._before.version if self._before else ""
        said = {
            "now": token_hex(16),
            # Inside a transaction nobody knows yet whether what was read will be: if it is taken
            # back, so is the token, and then this version is none that the database knows.
            "before": "" if connection.in_atomic_block else before,
            "columns": _columns(),
            "tables": tables,
        }
        _write(self._folder / "manifest.json", json.dumps(said))
        return Snapshot(self._folder, said)

    def _table(self, table: Copied) -> dict[str, Any]:
        keys = self._keys[table.kind]
        if self._before is None:
            return self._anew(table)
        files = self._before.said["tables"][table.name]
        if self._out and table.kind == "person":
            return self._merged(table, files, self._out)
        if not keys:
            return dict(files)
        gone = set(keys)
        if files["gone"]:
            gone |= set(_keys_in(self._folder / files["gone"]))
        longer = self._longer(table, files, keys, sorted(gone))
        if len(gone) > max(_LONG, _SHARE * files["rows"]) or self._is_erased(table, keys):
            return self._merged(table, longer, ())
        return longer

    def _is_erased(self, table: Copied, keys: list[int]) -> bool:
        """Say whether someone is no more: nothing of them may stay, not even in old rows."""
        model = Account if table.kind == "account" else Person
        there = sum(model.objects.filter(pk__in=few).count() for few in _few(keys))
        return there < len(keys)

    def _merged(self, table: Copied, files: dict[str, Any], out: Iterable[int]) -> dict[str, Any]:
        """The base with its tail in it, without some."""
        gone = set(out)
        tail = None
        if files["tail"]:
            tail = pq.read_table(self._folder / files["tail"], schema=table.schema)
            tail = _lacking(tail, table.key, gone)
            gone |= set(_keys_in(self._folder / files["gone"]))
        name, rows = _new_name(table, "base"), 0
        base = pq.ParquetFile(self._folder / files["base"])
        with pq.ParquetWriter(self._folder / name, table.schema) as out_file:
            for group in range(base.num_row_groups):
                kept = _lacking(base.read_row_group(group), table.key, gone)
                rows += _put(out_file, [kept] if kept.num_rows else [])
            rows += _put(out_file, [tail] if tail is not None and tail.num_rows else [])
        return {"base": name, "rows": rows, "key": table.key, "tail": "", "gone": ""}

    def _longer(
        self, table: Copied, files: dict[str, Any], keys: list[int], gone: list[int]
    ) -> dict[str, Any]:
        parts = [rows_of(table, few) for few in _few(sorted(keys))]
        if files["tail"]:
            old = pq.read_table(self._folder / files["tail"], schema=table.schema)
            parts.append(_lacking(old, table.key, keys))
        tail, lost = _new_name(table, "tail"), _new_name(table, "gone")
        pq.write_table(pa.concat_tables(parts), self._folder / tail)
        pq.write_table(pa.table({"key": pa.array(gone, pa.int64())}), self._folder / lost)
        return dict(files) | {"tail": tail, "gone": lost}

    def _anew(self, table: Copied) -> dict[str, Any]:
        name, rows = _new_name(table, "base"), 0
        with pq.ParquetWriter(self._folder / name, table.schema) as out:
            held: list[pa.Table] = []
            for chunk in _chunks(table):
                held.append(rows_of(table, chunk))
                if sum(one.num_rows for one in held) >= _GROUP:
                    rows += _put(out, held)
                    held = []
            rows += _put(out, held)
        return {"base": name, "rows": rows, "key": table.key, "tail": "", "gone": ""}


def _lacking(rows: pa.Table, key: str, gone: Iterable[int]) -> pa.Table:
    among = pc.is_in(rows.column(key), pa.array(sorted(gone), pa.int64()))
    return rows.filter(pc.invert(among))


def _keys_in(file: Path) -> list[int]:
    return list(pq.read_table(file).column("key").to_pylist())


def _put(out: pq.ParquetWriter, held: list[pa.Table]) -> int:
    if not held:
        return 0
    table = pa.concat_tables(held)
    out.write_table(table, row_group_size=_GROUP)
    return int(table.num_rows)


def _chunks(table: Copied) -> Iterator[range]:
    model = Account if table.kind == "account" else Person
    last = model.objects.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last + 1, _CHUNK):
        yield range(start, start + _CHUNK)


def _few(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), _FEW):
        yield keys[start : start + _FEW]


def _forget(changes: Sequence[tuple[int, str, int]], made: Snapshot) -> None:
    """Say which version has them, and take their lines out: those that were read, and no others."""
    SnapshotMark.objects.update_or_create(only=True, defaults={"token": made.version})
    for first, last in _runs([one[0] for one in changes]):
        with transaction.atomic():
            Changed.objects.filter(id__gte=first, id__lte=last).delete()


def _runs(ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ids that follow each other without a gap, so many at once that no writer waits long."""
    first = last = None
    for one in ids:
        if first is None or last is None or one != last + 1 or one - first >= _CHUNK:
            if first is not None and last is not None:
                yield first, last
            first = one
        last = one
    if first is not None and last is not None:
        yield first, last


def _sweep(folder: Path, made: Snapshot | None) -> None:
    """Remove files of older versions; whoever was reading one of them reads again."""
    tables = made.said["tables"].values() if made else ()
    used = {name for one in tables for name in one.values()}
    for file in folder.glob("*.parquet"):
        if file.name not in used:
            with suppress(FileNotFoundError):
                file.unlink()


def _new_name(table: Copied, what: str) -> str:
    return f"{table.name}-{what}-{token_hex(6)}.parquet"


def _write(file: Path, words: str) -> None:
    beside = file.with_suffix(".new")
    with beside.open("w") as out:
        out.write(words)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, file)


def _text(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
