"""What audiences gives to rooms below: who may do what, what can be asked, a person's part."""

from django.conf import settings

from halves.access.rules import EVERYONE, MARKETERS, Verb, rule
from halves.audiences import asked, snapshot
from halves.jobs.running import mended_by


def register() -> None:
    """Say who may see and make audiences, and what memberships tell of people."""
    rights = {
        Verb.SEE: EVERYONE,
        Verb.ADD: MARKETERS,
        Verb.CHANGE: MARKETERS,
        Verb.REMOVE: MARKETERS,
        Verb.EXPORT: MARKETERS,
    }
    rule("audience", rights)
    rule("group", rights)
    asked.register()
    mended_by(lambda: snapshot.tidy(settings.PLACE.home))
