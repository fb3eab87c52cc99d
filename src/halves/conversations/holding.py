"""What conversations hold of a person: to show it to them, and to erase it."""

from typing import Any

from halves.access.models import AuditEntry, User
from halves.conversations.models import Conversation
from halves.people.everything import Facts, plain
from halves.people.models import Person

_AT_ONCE = 500


def all_of(people: list[Person]) -> Facts:
    """Every conversation with them, and every turn."""
    return [fact for one in _of(people) for fact in _told(one)]


def shown_to(people: list[Person], by: User) -> Facts:
    """The same; of what is private to a colleague, that it is there, and whom to ask for it."""
    facts: Facts = []
    for one in _of(people):
        if one.is_private and one.seller_id != by.pk:
            facts.append(_named(one))
        else:
            facts += _told(one)
    return facts


def erase(people: list[Person]) -> int:
    """Take out conversations, turns, and what the log copied of them."""
    keys = list(Conversation.objects.filter(person__in=people).values_list("pk", flat=True))
    gone = 0
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        said = AuditEntry.objects.filter(kind="conversation", key__in=[str(key) for key in some])
        said.exclude(before={}, after={}).update(before={}, after={})
        gone += Conversation.objects.filter(pk__in=some).delete()[0]
    return gone


def _of(people: list[Person]) -> Any:
    rows = Conversation.objects.filter(person__in=people).select_related("seller")
    return rows.prefetch_related("turns").order_by("at", "pk")


def _told(one: Conversation) -> Facts:
    return [plain(one), *(plain(turn) for turn in one.turns.all())]


def _named(one: Conversation) -> dict[str, Any]:
    whose = one.seller.email if one.seller else "nobody"
    return {
        "table": "conversation",
        "id": one.pk,
        "at": str(one.at),
        "kind": one.kind,
        "words": f"kept private by {whose}: ask them for it",
    }
