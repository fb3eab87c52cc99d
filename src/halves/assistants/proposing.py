"""A proposal's life: an assistant asks, its user confirms or refuses, and it is done once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.actions import insist_on_live
from halves.access.errors import MayNot, TokenUnknown
from halves.access.models import User
from halves.access.rules import insist
from halves.api.door import Caller
from halves.api.problems import Problem
from halves.assistants.calling import Answered, call
from halves.assistants.errors import ProposalOver
from halves.assistants.models import Proposal, ProposalState
from halves.assistants.tools import Tool, address, tools

KEPT = timedelta(days=7)
_MOST = 200  # that wait for one person: an assistant that goes wild is told to stop


def propose(tool: Tool, arguments: Mapping[str, Any], caller: Caller, *, at: datetime) -> Proposal:
    """Write down what an assistant wants done; nothing happens. The same twice is one.

    Raises:
        ArgumentWrong: an argument is missing or strange.
        MayNot: their role does not allow it anyway.
        Problem: their token lacks the scope, or too much waits already.
    """
    insist(caller.user, tool.verb, tool.of)
    if caller.token is not None and tool.scope not in caller.token.scopes:
        raise Problem(403, "scope-missing", f"this token has no scope {tool.scope}")
    address(tool, arguments)
    with transaction.atomic():
        mine = waiting(caller.user, at=at)
        known = mine.filter(tool=tool.name, arguments=dict(arguments), token=caller.token).first()
        if known is not None:
            return known
        if mine.count() >= _MOST:
            words = f"{_MOST} proposals wait for {caller.user} already: ask them to look first"
            raise Problem(429, "too-many-proposals", words)
        return Proposal.objects.create(
            user=caller.user,
            token=caller.token,
            token_name=caller.token.name if caller.token else "",
            tool=tool.name,
            arguments=dict(arguments),
            made_at=at,
            lapses_at=at + KEPT,
        )


def waiting(user: User, *, at: datetime) -> QuerySet[Proposal]:
    """What waits for somebody, the oldest first."""
    rows = Proposal.objects.filter(user=user, state=ProposalState.WAITING, lapses_at__gt=at)
    return rows.order_by("pk")


def confirm(proposal: Proposal, *, by: User, at: datetime) -> Proposal:
    """Do it, as its user; said again, nothing more happens.

    Raises:
        ProposalOver: it was refused, is done, lapsed, or its key holds no more.
    """
    _insist_on_its_own(proposal, by)
    tool = tools().get(proposal.tool)
    caller = _caller_of(proposal, tool, at=at)
    begun = _decided(proposal, ProposalState.CONFIRMED, at=at, by=by)
    if not begun and Proposal.objects.get(pk=proposal.pk).state != ProposalState.CONFIRMED:
        raise ProposalOver(_("This was decided already, or waited too long."))
    # Whoever died between the two finds it confirmed and says it again: the key lets it be once.
    found = call(tool, proposal.arguments, caller, key=f"proposal-{proposal.pk}")
    return _settled(proposal, found)


def refuse(proposal: Proposal, *, by: User, at: datetime) -> None:
    """Leave it undone.

    Raises:
        ProposalOver: it was decided before.
    """
    _insist_on_its_own(proposal, by)
    if not _decided(proposal, ProposalState.REFUSED, at=at, by=by):
        raise ProposalOver(_("This was decided already, or waited too long."))


def about(proposal: Proposal, user: User) -> str:
    """What the thing is called that it is about, as its user sees it; empty where unknown."""
    tool, key = tools().get(proposal.tool), proposal.arguments.get("key")
    if tool is None or key is None or "{key}" not in tool.path:
        return ""
    there = tool.path[: tool.path.index("{key}") + len("{key}")]
    reader = next(
        (one for one in tools().values() if (one.method, one.path) == ("GET", there)), None
    )
    if reader is None:
        return ""
    found = call(reader, {"key": key}, Caller(user, None)).said or {}
    # A person's title is their job; anything else goes by its title.
    names = ("name",) if tool.room == "people" else ("title", "name", "words")
    called = next((found[name] for name in names if found.get(name)), "")
    return str(called)[:200]


def _insist_on_its_own(proposal: Proposal, by: User) -> None:
    if proposal.user_id != by.pk:
        raise MayNot("change", "proposal", [str(proposal.user)])


def _caller_of(proposal: Proposal, tool: Tool | None, *, at: datetime) -> Caller:
    """The key it was asked with must hold still, and the role must still allow it."""
    try:
        if tool is None or proposal.token is None:
            raise TokenUnknown(_("the key that asked for this is gone"))
        insist_on_live(proposal.token, at=at)
        insist(proposal.user, tool.verb, tool.of)
    except (TokenUnknown, MayNot) as failed:
        _decided(proposal, ProposalState.LAPSED, at=at, by=proposal.user)
        raise ProposalOver(str(failed)) from failed
    return Caller(proposal.user, proposal.token)


def _decided(proposal: Proposal, state: str, *, at: datetime, by: User) -> bool:
    """Of two who decide at once, one does."""
    with transaction.atomic():
        mine = Proposal.objects.filter(
            pk=proposal.pk, state=ProposalState.WAITING, lapses_at__gt=at
        )
        if not mine.update(state=state, decided_at=at):
            return False
        said = {"tool": proposal.tool, "key": proposal.token_name, "state": state}
        audit.record(f"proposal.{state}", proposal, by=by, at=at, after=said)
    return True


def _settled(proposal: Proposal, found: Answered) -> Proposal:
    proposal.state = ProposalState.DONE if found.is_well else ProposalState.FAILED
    proposal.status, proposal.answer = found.status, found.said
    proposal.save(update_fields=["state", "status", "answer"])
    return proposal
