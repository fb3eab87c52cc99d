"""Several conditions on the same records, in one pass: each person's rows are counted once.

Each condition by itself would read all rows of its table. Here they are read once, grouped by
person, with `count(*) FILTER (…)` for each condition; what all of them ask is asked before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """SQL, and what stands for its question marks."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is worked out of the rows of which some things hold.

    Args:
        what: `count(*)`, or a sum over `r`.
        wheres: all must hold of a row.
    """

    what: str
    wheres: tuple[Part, ...]


def tally(source: str, wanted: Sequence[Wanted]) -> Part:
    """By `person_id`, `n0`, `n1`… in the order of what is wanted; only of whom there is a row.

    Args:
        source: the rows, as SQL.
        wanted: at least one.
    """
    common = [one for one in wanted[0].wheres if all(one in other.wheres for other in wanted)]
    rests = [[one for one in each.wheres if one not in common] for each in wanted]
    counted = [_counted(each.what, rest) for each, rest in zip(wanted, rests, strict=True)]
    wheres = [Part("r.person_id IS NOT NULL"), *common]
    if all(rests):
        # Rows that no condition is about need not be grouped.
        wheres.append(joined([joined(rest, " AND ") for rest in rests], " OR "))
    columns = ", ".join(f"{one.sql} AS n{place}" for place, one in enumerate(counted))
    where = joined(wheres, " AND ")
    values = (*(value for one in counted for value in one.values), *where.values)
    return Part(
        f"(SELECT r.person_id, {columns} FROM {source} r WHERE {where.sql} GROUP BY r.person_id)",
        values,
    )


def joined(parts: Sequence[Part], how: str) -> Part:
    """Parts with AND, OR or + between them."""
    return Part(
        f"({how.join(one.sql for one in parts)})", tuple(v for one in parts for v in one.values)
    )


def _counted(what: str, rest: Sequence[Part]) -> Part:
    if not rest:
        return Part(what)
    where = joined(rest, " AND ")
    return Part(f"{what} FILTER (WHERE {where.sql})", where.values)
