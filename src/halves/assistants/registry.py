"""What assistants give to rooms below: the rule of proposals, and their part of what is held."""

import re

from django.db.models import QuerySet

from halves.access.models import User
from halves.access.rules import EVERYONE, Verb, rule
from halves.assistants.models import Proposal
from halves.people.everything import Facts, Part, part
from halves.people.models import Person


def register() -> None:
    """Everyone sees and decides what their own assistants ask; an erased person goes from it."""
    rule("proposal", {Verb.SEE: EVERYONE, Verb.CHANGE: EVERYONE}, narrow=_own)
    part("proposals", Part(_told, _forget))


def _own(user: User, rows: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
    return rows.filter(user=user)


def _told(people: list[Person]) -> Facts:
    return [
        {
            "tool": one.tool,
            "arguments": one.arguments,
            "state": one.state,
            "at": one.made_at.isoformat(),
        }
        for one in _about(people)
    ]


def _forget(people: list[Person]) -> int:
    return Proposal.objects.filter(pk__in=[one.pk for one in _about(people)]).delete()[0]


def _about(people: list[Person]) -> list[Proposal]:
    return [one for one in Proposal.objects.iterator() if any(_names(one, whom) for whom in people)]


def _names(proposal: Proposal, person: Person) -> bool:
    """It is about them by key, or says their name, address or number in whole."""
    said = proposal.arguments
    if proposal.tool.startswith("person_") and str(said.get("key")) == str(person.pk):
        return True
    if person.pk in (said.get("person_id"), said.get("gone")):
        return True
    held = f"{said} {proposal.answer}"
    known = (person.ledger_id, person.email, person.phone, person.name)
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", held) for one in known if one)
