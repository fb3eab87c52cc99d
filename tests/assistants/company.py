"""Colleagues whose assistants ask for something."""

from django.utils import timezone

from halves.access.actions import make_token
from halves.access.models import ApiToken, User
from halves.api.door import Caller
from halves.assistants.models import Proposal
from halves.assistants.proposing import propose
from halves.assistants.tools import tools
from halves.people import actions
from tests.house import MONDAY


def asked(user: User, tool: str = "view_remove", **arguments: object) -> Proposal:
    """Something that every role may do."""
    make_token(user, name="assistant", scopes=["read", "write"], at=MONDAY)
    caller = Caller(user, ApiToken.objects.filter(user=user).latest("pk"))
    return propose(tools()[tool], arguments or {"key": 1}, caller, at=timezone.now())


def person(name: str, **said: object):
    return actions.add_person(by=None, at=MONDAY, source="t", name=name, **said)
