"""Rows at the door: cast to the schema, or refused by table, column, row and value."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from halves.ledger.errors import BadRow
from halves.ledger.schema import COUNT, DAY, MOMENT, MONEY, NAMES, NUMBER, RATE, TEXT, Column, Table

CHUNK_ROWS = 1_000_000  # rows checked, deduplicated and staged at a time


def checked(table: Table, rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield the rows as the schema wants them, a chunk at a time, keys unique within a chunk.

    Raises:
        BadRow: the first value that the schema refuses; rows count from 1 over the whole input.
    """
    _check_columns(table, rows.schema)
    first_row = 1
    for chunk in _chunks(rows):
        yield _unique(table, _conform(table, chunk, first_row))
        first_row += chunk.num_rows


def _chunks(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
    if isinstance(rows, pa.Table):
        for start in range(0, rows.num_rows, CHUNK_ROWS):
            yield rows.slice(start, CHUNK_ROWS)
        return
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in rows:
        held.append(batch)
        count += batch.num_rows
        if count >= CHUNK_ROWS:
            yield pa.Table.from_batches(held)
            held, count = [], 0
    if count:
        yield pa.Table.from_batches(held)


def _check_columns(table: Table, schema: pa.Schema) -> None:
    for name in schema.names:
        if name not in table.columns:
            known = ", ".join(table.columns)
            raise BadRow(
                table.name, name, None, name, because=f"no such column; {table.name} has {known}"
            )
        if schema.names.count(name) > 1:
            raise BadRow(table.name, name, None, name, because="the column comes twice")
    for name, column in table.columns.items():
        if name not in schema.names:
            if column.required:
                raise BadRow(
                    table.name,
                    name,
                    None,
                    ", ".join(schema.names),
                    because="a required column is missing",
                )
            continue
        _check_type(table, name, column, schema.field(name).type)


def _check_type(table: Table, name: str, column: Column, found: pa.DataType) -> None:
    if pa.types.is_timestamp(found) and column.type == MOMENT and found.tz is None:
        raise BadRow(
            table.name, name, None, str(found), because="a time needs a time zone (UTC, say)"
        )
    if not _may_become(found, column.type):
        raise BadRow(table.name, name, None, str(found), because=f"must be {column.type}")


def _may_become(found: pa.DataType, wanted: pa.DataType) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found) or found == wanted:
        return True
    is_text = pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view
    is_number = pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal
    if wanted == NAMES:
        return (pa.types.is_list(found) or pa.types.is_large_list(found)) and _may_become(
            found.value_type, TEXT
        )
    tests = {
        TEXT: is_text,
        MOMENT: (pa.types.is_timestamp,),
        DAY: (pa.types.is_date,),
        COUNT: (pa.types.is_integer,),
        NUMBER: is_number,
        MONEY: is_number,
        RATE: is_number,
    }[wanted]
    return any(test(found) for test in tests)


def _conform(table: Table, chunk: pa.Table, first_row: int) -> pa.Table:
    arrays = []
    for name, column in table.columns.items():
        if name not in chunk.column_names:
            arrays.append(pa.nulls(chunk.num_rows, column.type))
            continue
        values = _cast(table, name, column, chunk.column(name), first_row)
        _check_values(table, name, column, values, first_row)
        arrays.append(values)
    return pa.table(arrays, schema=table.arrow)


def _cast(
    table: Table, name: str, column: Column, values: pa.ChunkedArray, first_row: int
) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type):
        _refuse(table, name, values, pc.invert(pc.is_finite(values)), first_row, "must be finite")
    if values.type == column.type:
        return values
    try:
        return _to(column.type, values)
    except pa.ArrowInvalid:
        row = _first_that_fails(values, column.type)
        found = values[row].as_py()
        raise BadRow(
            table.name, name, first_row + row, found, because=f"does not fit {column.type}"
        ) from None


def _to(wanted: pa.DataType, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_decimal(wanted) and not pa.types.is_decimal(values.type):
        # By way of a wider decimal: a float is rounded to the column's places, an integer fits.
        values = values.cast(pa.decimal128(38, wanted.scale))
    return values.cast(wanted)


def _first_that_fails(values: pa.ChunkedArray, wanted: pa.DataType) -> int:
    low, high = 0, len(values)
    while high - low > 1:  # the cast tells only that one fails, so halve until it is found
        middle = (low + high) // 2
        try:
            _to(wanted, values.slice(low, middle - low))
        except pa.ArrowInvalid:
            high = middle
        else:
            low = middle
    return low


def _check_values(
    table: Table, name: str, column: Column, values: pa.ChunkedArray, first_row: int
) -> None:
    if column.required:
        _refuse(table, name, values, pc.is_null(values), first_row, "may not be null")
        if column.type == TEXT:
            _refuse(table, name, values, pc.equal(values, ""), first_row, "may not be empty")
        if column.type == NAMES:
            words = "must name at least one, and no nulls"
            none = pc.equal(pc.list_value_length(values), 0)
            _refuse(table, name, values, none, first_row, words)
            nameless = pc.filter(
                pc.list_parent_indices(values), pc.is_null(pc.list_flatten(values))
            )
            rows = pa.array(range(len(values)), nameless.type)
            _refuse(table, name, values, pc.is_in(rows, nameless), first_row, words)
    if column.one_of:
        known = pc.is_in(values, value_set=pa.array([*column.one_of, None], TEXT))
        words = f"must be one of {', '.join(column.one_of)}"
        _refuse(table, name, values, pc.invert(known), first_row, words)
    if name == "currency":
        code = pc.match_substring_regex(values, "^[A-Z]{3}$")
        words = "must be an ISO 4217 code such as EUR"
        _refuse(table, name, values, pc.invert(code), first_row, words)
    for bound, outside, words in (
        (column.least, pc.less, "must be at least"),
        (column.above, pc.less_equal, "must be above"),
        (column.most, pc.greater, "must be at most"),
    ):
        if bound is not None:
            limit = pa.scalar(float(bound)).cast(column.type)
            _refuse(table, name, values, outside(values, limit), first_row, f"{words} {bound:g}")


def _refuse(
    table: Table,
    name: str,
    values: pa.ChunkedArray,
    bad: pa.ChunkedArray,
    first_row: int,
    because: str,
) -> None:
    row = pc.index(bad, True).as_py()
    if row >= 0:
        raise BadRow(table.name, name, first_row + row, values[row].as_py(), because=because)


def _unique(table: Table, chunk: pa.Table) -> pa.Table:
    key = list(table.key)
    if len(key) == 1 and pc.count_distinct(chunk.column(key[0])).as_py() == chunk.num_rows:
        return chunk
    numbered = chunk.select(key).append_column("row", pa.array(range(chunk.num_rows)))
    pick = "min" if table.winner.value == "first" else "max"
    kept = numbered.group_by(key).aggregate([("row", pick)]).column(f"row_{pick}")
    if len(kept) == chunk.num_rows:
        return chunk
    return chunk.take(kept.combine_chunks().sort())
