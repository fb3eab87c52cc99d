"""The audit log: every change, who made it, what was there before and after."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from halves.access.models import AuditEntry, User

_SECRET = frozenset({"password", "digest", "password_state"})


def record(
    what: str,
    thing: models.Model,
    *,
    by: User | None,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write down one change, inside the transaction that makes it.

    Args:
        what: `person.change`, `person.add`…
        thing: what was changed.
        by: who did; None for halves itself, such as an import that runs.
        at: when.
        before: fields as they were, plain values.
        after: fields as they are now.
    """
    was, now = _plain(before or {}), _plain(after or {})
    same = [name for name in was if name in now and was[name] == now[name]]
    return AuditEntry.objects.create(
        at=at,
        by=by,
        by_words=str(by) if by else "halves",
        what=what,
        kind=what.partition(".")[0],
        key=str(thing.pk),
        before={name: value for name, value in was.items() if name not in same},
        after={name: value for name, value in now.items() if name not in same},
    )


def fields_of(thing: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of a row; relations by their key."""
    fields = {name: thing._meta.get_field(name) for name in names}
    return {name: getattr(thing, field.attname) for name, field in fields.items()}


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, bool | int | float | list | dict | None) else str(value)
        for name, value in fields.items()
        if name not in _SECRET
    }
