"""The rule for showing and erasing everything about a person, and for lifting a restore's lock."""

from halves.access.rules import LEADERS, OWNERS, Verb, rule


def register() -> None:
    """Say who may."""
    rule("privacy", {Verb.SEE: LEADERS, Verb.EXPORT: LEADERS, Verb.REMOVE: OWNERS})
    rule("restore_lock", {Verb.SEE: LEADERS, Verb.CHANGE: OWNERS})
