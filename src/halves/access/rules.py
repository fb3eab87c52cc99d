"""The one permission layer: who may do what to what, and which records they see.

Each room registers its kinds of things once. Pages, the API, exports, the timeline and search all
ask here, and get their records through `visible`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from halves.access.errors import MayNot
from halves.access.models import Role, User

Row = TypeVar("Row", bound=models.Model)
Narrow = Callable[[User, "QuerySet[Any]"], "QuerySet[Any]"]


class Verb(StrEnum):
    """What can be done to a thing."""

    SEE = "see"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    EXPORT = "export"


Rights = Mapping[Verb, frozenset[Role]]

EVERYONE = frozenset(Role)
WORKERS = EVERYONE - {Role.VIEWER}
LEADERS = frozenset({Role.OWNER, Role.LEADER})
MARKETERS = LEADERS | {Role.MARKETER}
OWNERS = frozenset({Role.OWNER})


@dataclass(frozen=True)
class _Rule:
    rights: Rights
    narrow: Narrow | None


_RULES: dict[str, _Rule] = {}


def rule(kind: str, rights: Rights, *, narrow: Narrow | None = None) -> None:
    """Say who may do what to a kind of thing.

    Args:
        kind: its name, such as `person`.
        rights: verb → roles; a verb that is not there is nobody's.
        narrow: which of a kind's records a user may meet at all; all of them if unsaid.
    """
    _RULES[kind] = _Rule(dict(rights), narrow)


def may(user: User | None, verb: Verb, kind: str) -> bool:
    """Say whether a user may do this to things of this kind, those that they see."""
    if user is None or not user.is_active:
        return False
    return Role(user.role) in _RULES[kind].rights.get(verb, frozenset())


def insist(user: User | None, verb: Verb, kind: str) -> None:
    """Refuse what the user may not do.

    Raises:
        MayNot: names who may.
    """
    if not may(user, verb, kind):
        roles = _RULES[kind].rights.get(verb, frozenset())
        raise MayNot(verb, kind, sorted(str(role.label) for role in roles))


def visible(user: User, kind: str, rows: "QuerySet[Row]") -> "QuerySet[Row]":
    """Those of the rows that the user may meet."""
    if not may(user, Verb.SEE, kind):
        return rows.none()
    narrow = _RULES[kind].narrow
    return narrow(user, rows) if narrow else rows


def kinds() -> list[str]:
    """All kinds that have a rule."""
    return sorted(_RULES)


def roles_that_may(verb: Verb, kind: str) -> frozenset[Role]:
    """The roles that may do this."""
    return _RULES[kind].rights.get(verb, frozenset())
