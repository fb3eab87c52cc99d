"""Noticing changes: the database itself writes down whose rows changed, whoever changed them.

`changed_at` is not enough: a tag, a consent or a membership changes no person's row, a bulk update
may forget it, and a deleted row has none. So each table is stamped by triggers: every insert,
update and delete adds a line to `halves_changed`, in the same transaction; nothing gets past it.
"""

from collections.abc import Iterator

_EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def stamps(
    vendor: str, table: str, column: str, *, kind: str = "person", through: str = ""
) -> Iterator[str]:
    """Statements that make a table tell of each change.

    Args:
        vendor: `sqlite` or `postgresql`.
        table: of the database.
        column: holds the key of whom a row is about.
        kind: of what the key is: `person` or `account`.
        through: the table whose row `column` names, where it is that row which is of a person.
    """
    if vendor == "postgresql":
        yield from _postgresql(table, column, kind, through)
        return
    for event, rows in _EVENTS.items():
        inserts = " ".join(
            f"INSERT INTO halves_changed(kind, key) SELECT '{kind}', {_of(row, column, through)} "
            f"WHERE {_of(row, column, through)} IS NOT NULL{_once(event, row, column)};"
            for row in rows
        )
        name = f"{table}_{column}_{event.lower()}_stamped"
        yield f'CREATE TRIGGER "{name}" AFTER {event} ON {table} BEGIN {inserts} END'


def unstamped(vendor: str, table: str, column: str) -> Iterator[str]:
    """Statements that take the triggers off again."""
    for event in _EVENTS:
        on = f" ON {table}" if vendor == "postgresql" else ""
        yield f'DROP TRIGGER IF EXISTS "{table}_{column}_{event.lower()}_stamped"{on}'


def _of(row: str, column: str, through: str) -> str:
    if not through:
        return f"{row}.{column}"
    return f"(SELECT t.person_id FROM {through} t WHERE t.id = {row}.{column})"


def _once(event: str, row: str, column: str) -> str:
    """An update that leaves the key as it was is one line, not two."""
    if event == "UPDATE" and row == "OLD":
        return f" AND OLD.{column} IS NOT NEW.{column}"
    return ""


def _postgresql(table: str, column: str, kind: str, through: str) -> Iterator[str]:
    # By statement, over all of its rows at once: an import of a million is a few lines of work.
    tables = {"INSERT": "new_rows", "UPDATE": "old_rows", "DELETE": "old_rows"}
    for event in _EVENTS:
        name = f"{table}_{column}_{event.lower()}_stamped"
        found = f"SELECT {column} FROM {tables[event]}"
        if event == "UPDATE":
            found += f" UNION SELECT {column} FROM new_rows"
        yield (
            f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f"INSERT INTO halves_changed(kind, key) SELECT '{kind}', k.key FROM "
            f"(SELECT {_of('f', column, through)} AS key FROM ({found}) f) k "
            f"WHERE k.key IS NOT NULL; RETURN NULL; END $$"
        )
        olds = " OLD TABLE AS old_rows" if event != "INSERT" else ""
        news = " NEW TABLE AS new_rows" if event != "DELETE" else ""
        yield (
            f'CREATE TRIGGER "{name}" AFTER {event} ON {table} REFERENCING{olds}{news} '
            f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
        )
