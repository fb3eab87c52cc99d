"""Names and values inside SQL, quoted so that nothing in them can be taken for SQL."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """Quote a column's name.

    >>> print(identifier('odd "name'))
    "odd ""name"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text.

    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """Quote several texts, with commas between.

    >>> print(literals(["a", "b"]))
    'a', 'b'
    """
    return ", ".join(literal(value) for value in values)
