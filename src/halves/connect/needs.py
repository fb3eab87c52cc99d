"""Which columns a recipe needs of each file."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import Any

from halves.connect.parts import RESERVED, Condition, Field
from halves.connect.recipe import Recipe


def needed_columns(recipe: Recipe) -> dict[str, list[str]]:
    """The columns that each file must have, by the recipe's name of the file."""
    needed: dict[str, dict[str, None]] = {name: {} for name in recipe.files}
    for rows in recipe.rows:
        joins = {join.alias: join for join in rows.join}
        names = [name for given in (rows.fields, rows.keep) for name in _names_in(given)]
        names += [here for join in rows.join for here in join.on]
        for name in names:
            alias, _, rest = name.partition(".")
            if alias in RESERVED and rest:
                continue
            if alias in joins and rest:
                if not joins[alias].take:
                    needed[joins[alias].file][rest] = None
            elif rows.file is not None:
                needed[rows.file][name] = None
        for join in rows.join:
            there = [*join.on.values(), *(take.column for take in join.take.values())]
            needed[join.file].update(dict.fromkeys(there))
    return {name: list(columns) for name, columns in needed.items()}


def _names_in(part: Any) -> Iterator[str]:
    """The columns that a part of a recipe names and cannot do without."""
    if isinstance(part, Field) and part.optional:
        return
    if isinstance(part, Mapping):
        for one in part.values():
            yield from _names_in(one)
    elif isinstance(part, tuple):
        for one in part:
            yield from _names_in(one)
    elif is_dataclass(part):
        if isinstance(part, Field | Condition) and part.column is not None:
            yield part.column
        if isinstance(part, Field) and part.same_as is not None:
            yield part.same_as
        if isinstance(part, Field) and part.template is not None:
            yield from (name for _, name, _, _ in Formatter().parse(part.template) if name)
        for one in fields(part):
            yield from _names_in(getattr(part, one.name))
