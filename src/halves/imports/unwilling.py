"""How many rows of a file are of people who said no, or were erased: told before it comes in."""

from datetime import datetime

import pyarrow as pa

from halves.people.models import Identifier
from halves.people.reachable import Refusal, who_may_be_told
from halves.people.suppressed import Address, suppressed

_KINDS = ("email", "phone")
_AT_ONCE = 500
_A_NO = (Refusal.SAID_NO, Refusal.LEFT_ALONE)


def counted(rows: pa.RecordBatch, *, at: datetime) -> dict[str, int]:
    """Rows on the suppression list, and rows of those we know who said no.

    Args:
        rows: contacts, as they were read: addresses and numbers are normalised.
        at: now.
    """
    columns = [[(kind, one) for one in rows.column(kind).to_pylist()] for kind in _KINDS]
    said = [{key for key in keys if key[1]} for keys in zip(*columns, strict=True)]
    keys: set[Address] = set().union(*said)
    held, refused = set(suppressed(keys)), _refused(keys, at)
    return {
        "suppressed": sum(bool(one & held) for one in said),
        "said_no": sum(bool(one & refused) for one in said),
    }


def _refused(keys: set[Address], at: datetime) -> set[Address]:
    """Those by which someone is known who said no on that channel."""
    found = set()
    for kind in _KINDS:
        values = sorted(value for one, value in keys if one == kind)
        for place in range(0, len(values), _AT_ONCE):
            rows = Identifier.objects.filter(kind=kind, value__in=values[place : place + _AT_ONCE])
            # Someone merged away is asked about under whom they became; the rows moved there.
            known = dict(rows.values_list("value", "person_id"))
            told = who_may_be_told(sorted(set(known.values())), channel=kind, topic="", at=at)
            found |= {(kind, value) for value, pk in known.items() if told[pk] in _A_NO}
    return found
