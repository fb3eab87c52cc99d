"""One query over the snapshot and the ledger: where its rows are, who may stop it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from halves.audiences import snapshot
from halves.audiences.copying import copied, rows_of
from halves.audiences.errors import CountOvertaken
from halves.ledger import Ledger
from halves.people.fields import records
from halves.people.models import Person
from halves.posting.book import book

_TRIES = 5

Run = Callable[[str, Sequence[Any]], pa.Table]


class Sources:
    """Where rows are: the copy of operations, or what operations hold of a few people right now.

    Args:
        connection: of the engine.
        ledger: of the house.
        pks: only these people, as they are now; everyone in the snapshot if None.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        ledger: Ledger,
        pks: Sequence[int] | None = None,
    ) -> None:
        self._connection, self._ledger, self._pks = connection, ledger, pks
        self._known: dict[str, str] = {}
        self._copied = {one.name: one for one in copied()}
        self._snapshot: snapshot.Snapshot | None = None

    def __call__(self, name: str) -> str:
        """The rows of a table, as SQL."""
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> str:
        many = records().get(name)
        if many is not None and many.table:
            return self._from_ledger(many.table)
        if self._pks is not None:
            return self._live(name)
        if self._snapshot is None:  # one for all tables of a query
            self._snapshot = snapshot.fresh(settings.PLACE.home)
        return self._snapshot.source(name)

    def _from_ledger(self, table: str) -> str:
        rows = f"({self._ledger.engine.written(self._ledger.table(table))})"
        if self._pks is None:
            return rows
        few = self("people")
        return f"(SELECT * FROM {rows} l WHERE l.person_id IN (SELECT ledger_id FROM {few}))"

    def _live(self, name: str) -> str:
        assert self._pks is not None
        keys = list(self._pks)
        if name == "accounts":
            keys = list(
                Person.objects.filter(pk__in=keys, account__isnull=False)
                .values_list("account_id", flat=True)
                .distinct()
            )
        view = f"live_{name}"
        self._connection.register(view, rows_of(self._copied[name], keys))
        return view


def asked(
    sql: Callable[[Sources], tuple[str, Sequence[Any]]], *, pks: Sequence[int] | None = None
) -> pa.Table:
    """Run a query; again, where files were replaced while it read them.

    Args:
        sql: makes the query, and what stands for its question marks.
        pks: as for `Sources`.
    """
    for _attempt in range(_TRIES - 1):
        try:
            return _run(sql, pks, "")
        except duckdb.IOException:
            continue
    return _run(sql, pks, "")


def asked_for(token: str, sql: Callable[[Sources], tuple[str, Sequence[Any]]]) -> pa.Table:
    """The same for somebody who edits meanwhile: who asks again by this token stops it.

    Raises:
        CountOvertaken: that happened.
    """
    for _attempt in range(_TRIES - 1):
        try:
            return _run(sql, None, token)
        except duckdb.IOException:
            continue
    return _run(sql, None, token)


def _run(
    sql: Callable[[Sources], tuple[str, Sequence[Any]]], pks: Sequence[int] | None, token: str
) -> pa.Table:
    ledger = book()
    with ledger.engine.apart() as connection, _stoppable(token, connection) as is_overtaken:
        text, values = sql(Sources(connection, ledger, pks))
        try:
            found = connection.sql(text, params=list(values)).to_arrow_table()
        except duckdb.InterruptException:
            raise CountOvertaken(token) from None
        if is_overtaken():
            raise CountOvertaken(token)
    return found


# One process serves all pages, so that whoever edits finds the counts that run.
_running: dict[str, list[duckdb.DuckDBPyConnection]] = {}
_lock = threading.Lock()


@contextmanager
def _stoppable(token: str, connection: duckdb.DuckDBPyConnection) -> Iterator[Callable[[], bool]]:
    if not token:
        yield lambda: False
        return
    with _lock:
        before = _running.setdefault(token, [])
        # All of them: one that had not begun yet when it was stopped is still at it.
        for one in before:
            one.interrupt()
        before.append(connection)
    try:
        yield lambda: _running[token][-1] is not connection
    finally:
        with _lock:
            _running[token].remove(connection)
            if not _running[token]:
                del _running[token]
