"""Reading conversations: those that a user may see, filtered, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.conversations.box_models import Snippet
from halves.conversations.models import Conversation, Kind, State
from halves.deals.models import Deal, DealState
from halves.people.errors import ViewUnknown
from halves.people.models import Person

ORDERS: Mapping[str, tuple[str, str]] = {"newest": ("-at", "-id")}
_MOST_DEALS = 50


@dataclass(frozen=True)
class Wanted:
    """What a list shows, as in a URL.

    Args:
        search: words in the subject or the notes.
        kind: `call`, `meeting`, `mail` or `chat`.
        seller: `me`, or a user's key.
        state: `planned`, `held` or `called_off`; `due`: planned, and its time has passed.
        person: a person's key.
        account: an account's key.
        private: `yes` for one's own private ones.
    """

    search: str = ""
    kind: str = ""
    seller: str = ""
    state: str = ""
    person: str = ""
    account: str = ""
    private: str = ""


def conversations_of(user: User) -> "QuerySet[Conversation]":
    """All that the user may see."""
    rows = visible(user, "conversation", Conversation.objects.all())
    return rows.select_related("person", "account", "seller", "deal", "told")


def wanted_of(user: User, wanted: Wanted, *, at: datetime) -> "QuerySet[Conversation]":
    """Those that a list is about, in no order.

    Raises:
        ViewUnknown: a filter that means nothing.
    """
    rows = conversations_of(user)
    if wanted.search:
        found = wanted.search
        rows = rows.filter(Q(subject__icontains=found) | Q(summary__icontains=found))
    if wanted.kind:
        rows = rows.filter(kind=_one_of("kind", wanted.kind, Kind.values))
    if wanted.seller:
        whose = user.pk if wanted.seller == "me" else _key("seller", wanted.seller)
        rows = rows.filter(seller=whose)
    if wanted.state == "due":
        rows = rows.filter(state=State.PLANNED, at__lte=at)
    elif wanted.state:
        rows = rows.filter(state=_one_of("state", wanted.state, [*State.values, "due"]))
    if wanted.person:
        rows = rows.filter(person=_key("person", wanted.person))
    if wanted.account:
        rows = rows.filter(account=_key("account", wanted.account))
    if wanted.private:
        rows = rows.filter(is_private=_one_of("private", wanted.private, ["yes", "no"]) == "yes")
    return rows


def to_confirm(user: User, *, at: datetime) -> int:
    """How many meetings of the user's were planned for a time that has passed."""
    mine = visible(user, "conversation", Conversation.objects.filter(seller=user))
    return mine.filter(state=State.PLANNED, at__lte=at).count()


def deals_for(person: Person, user: User) -> "QuerySet[Deal]":
    """Open deals that a talk with this person may belong to."""
    theirs = Q(person=person)
    if person.account_id is not None:
        theirs |= Q(account=person.account_id)
    rows = visible(user, "deal", Deal.objects.filter(theirs, state=DealState.OPEN))
    return rows.order_by("-opened_at", "-id")[:_MOST_DEALS]


def snippets_of(user: User, *, kind: str = "") -> "QuerySet[Snippet]":
    """Notes to begin with: one's own, and those that colleagues share."""
    rows = Snippet.objects.filter(Q(by=user) | Q(is_shared=True))
    return rows.filter(kind__in=["", kind]) if kind else rows


def _one_of(name: str, said: str, known: list[str]) -> str:
    if said not in known:
        raise ViewUnknown(f"{name} must be one of {', '.join(known)}, got {said!r}")
    return said


def _key(name: str, said: str) -> int:
    if not said.isdecimal() or len(said) > 18:
        raise ViewUnknown(f"{name} must be the number of one, got {said!r}")
    return int(said)
