"""The rules for what access itself keeps."""

from django.db.models import QuerySet

from halves.access.models import ApiToken, User
from halves.access.rules import EVERYONE, LEADERS, OWNERS, Verb, rule


def register() -> None:
    """Say who may do what to colleagues, teams, keys, the log and the house's rules."""
    rule("user", {Verb.SEE: EVERYONE, Verb.ADD: OWNERS, Verb.CHANGE: OWNERS})
    rule(
        "team",
        {Verb.SEE: EVERYONE, Verb.ADD: OWNERS, Verb.CHANGE: OWNERS, Verb.REMOVE: OWNERS},
    )
    rule("house", {Verb.SEE: EVERYONE, Verb.CHANGE: OWNERS})
    rule("audit", {Verb.SEE: LEADERS, Verb.EXPORT: LEADERS})
    rule("token", {Verb.SEE: EVERYONE, Verb.ADD: EVERYONE, Verb.REMOVE: EVERYONE}, narrow=_own)


def _own(user: User, tokens: "QuerySet[ApiToken]") -> "QuerySet[ApiToken]":
    return tokens.filter(user=user)
