"""Rows of one key as one row: what is added up, and what the first row says."""

from collections.abc import Sequence

from halves.connect.cells import SQL_TYPES
from halves.connect.quoting import identifier, literal
from halves.connect.reading import FILE, ROW
from halves.ledger.schema import Table

ROWS_IN_ONE = "_rows"  # how many rows of the file a row was added up from


def added_up(
    query: str, *, table: Table, columns: Sequence[str], add_up: Sequence[str], problem: str
) -> str:
    """SQL that makes one row of the rows of a key, and counts them in `_rows`.

    Rows of two files are never added: the later file restates the days of the earlier, and the
    ledger takes its word. Where one row of a sum is refused all are, so that no part of it stands
    for the whole: the fixed row, brought in alone, would replace the rest of its day.

    Args:
        query: SQL with the columns, `_file`, `_row` and the problem.
        table: the ledger's table.
        columns: its columns that the query has.
        add_up: those that are added up.
        problem: the column that tells why a row is refused; null if it is not.
    """
    key = ", ".join(identifier(name) for name in table.key)
    named = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in table.key)
    refused = f"min({ROW}) FILTER (WHERE {problem} IS NOT NULL) OVER same"
    told = (
        f"{literal(table.key[0])} || chr(31) || chr(31) || {identifier(table.key[0])} || chr(31) "
        f"|| 'would be added to row ' || {refused} || ', which is refused' || chr(30)"
    )
    whole = f"CASE WHEN {named} THEN coalesce({problem}, {told}) ELSE {problem} END"
    taken = []
    for name in columns:
        place = identifier(name)
        if name in add_up:
            sql_type = SQL_TYPES[table.columns[name].type]
            taken.append(f"CAST(sum({place}) AS {sql_type}) AS {place}")
        else:
            taken.append(f"arg_min({place}, ({FILE}, {ROW})) AS {place}")
    first = f"min(({FILE}, {ROW}))"
    return (
        f"WITH apart AS MATERIALIZED (SELECT * REPLACE ({whole} AS {problem}) FROM ({query}) "
        f"WINDOW same AS (PARTITION BY {key}, {FILE})) "
        f"SELECT {', '.join(taken)}, ({first})[1] AS {FILE}, ({first})[2] AS {ROW}, "
        f"CAST(NULL AS VARCHAR) AS {problem}, count(*) AS {ROWS_IN_ONE} "
        f"FROM apart WHERE {problem} IS NULL GROUP BY {key}, {FILE} "
        f"UNION ALL SELECT *, 1 FROM apart WHERE {problem} IS NOT NULL"
    )
