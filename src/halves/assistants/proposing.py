"""A proposal's life: an assistant asks, its user confirms or refuses, and it is done once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.actions import insist_on_live
from halves.access.errors import MayNot, TokenUnknown
from halves.access.models import AuditEntry, User
from halves.access.rules import insist
from halves.api.door import Caller
from halves.api.problems import Problem
from halves.api.remembering import KEPT as REMEMBERED
from halves.assistants.calling import Answered, call
from halves.assistants.errors import ProposalOver, ProposalStale
from halves.assistants.models import Proposal, ProposalState
from halves.assistants.tools import STEERS, Kind, Tool, address, tools
from halves.campaigns.queries import will_ask_again

KEPT = timedelta(days=7)
_REMEMBERED = REMEMBERED - timedelta(hours=1)  # how long a key is sure to let it be once
_TOO_OFTEN, _BUSY = 429, 503
_MOST = 200  # that wait for one person: an assistant that goes wild is told to stop


def asks(tool: Tool) -> bool:
    """Say whether a person must confirm it, as things stand now."""
    return tool.kind == Kind.ASKS or (tool.name in STEERS and will_ask_again())


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


def seen_by(user: User) -> int:
    """A number that changes with whatever they, or their assistants, change: what a page shows.

    Their decisions about proposals do not count.
    """
    mine = AuditEntry.objects.filter(by=user).exclude(kind="proposal")
    return mine.aggregate(newest=Max("pk"))["newest"] or 0


def confirm(proposal: Proposal, *, by: User, at: datetime, seen: int) -> Proposal:
    """Do it, as its user; said again, nothing more happens.

    Args:
        proposal: which.
        by: its user.
        at: now.
        seen: `seen_by`, as it was when they were shown the proposal.

    Raises:
        ProposalOver: it was refused, is done, lapsed, or its key holds no more.
        ProposalStale: their assistant, or they, changed something meanwhile.
    """
    _insist_on_its_own(proposal, by)
    tool = tools().get(proposal.tool)
    caller = _caller_of(proposal, tool, at=at)
    if seen != seen_by(by) and _state_of(proposal) == ProposalState.WAITING:
        words = _("something was changed since this page was opened; look at it again")
        raise ProposalStale(words)
    if not _decided(proposal, ProposalState.CONFIRMED, at=at, by=by):
        _insist_on_unfinished(proposal, at)
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
    found = call(reader, {"key": key}, Caller(user, None))
    if not found.is_well:
        return ""
    # A person's title is their job; anything else goes by its title.
    names = ("name",) if tool.room == "people" else ("title", "name", "words")
    called = next((found.said[name] for name in names if found.said.get(name)), "")
    return str(called)[:200]


def _insist_on_its_own(proposal: Proposal, by: User) -> None:
    if proposal.user_id != by.pk:
        raise MayNot("change", "proposal", [str(proposal.user)])


def _state_of(proposal: Proposal) -> str:
    """As it is now: another window may have confirmed it."""
    return Proposal.objects.values_list("state", flat=True).get(pk=proposal.pk)


def _insist_on_unfinished(proposal: Proposal, at: datetime) -> None:
    """It was confirmed, nobody knows how it ended, and its key still lets it happen only once."""
    now = Proposal.objects.get(pk=proposal.pk)
    if now.state != ProposalState.CONFIRMED or now.decided_at is None:
        raise ProposalOver(_("This was decided already, or waited too long."))
    if now.decided_at <= at - _REMEMBERED:
        words = _("It was cut off long ago: look whether it was done, and let it be asked anew.")
        raise ProposalOver(words)


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
    """Write down how it ended, unless it did not begin or another press of the button does it."""
    state = ProposalState.DONE if found.is_well else ProposalState.FAILED
    if found.status == _TOO_OFTEN:
        state = ProposalState.WAITING
    elif found.status == _BUSY or _is_under_way(found):
        state = ProposalState.CONFIRMED
    mine = Proposal.objects.filter(pk=proposal.pk)
    if state != ProposalState.DONE:  # what another window was told hides not that it was done
        mine = mine.filter(state=ProposalState.CONFIRMED)
    mine.update(state=state, status=found.status, answer=found.said)
    proposal.state, proposal.status, proposal.answer = state, found.status, found.said
    return proposal


def _is_under_way(found: Answered) -> bool:
    return found.status == 409 and str(found.said.get("type", "")).endswith("under-way")
