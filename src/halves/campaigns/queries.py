"""Reading campaigns: which there are, how far they are, who was left out and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.access.rules import visible
from halves.audiences.models import Kind as AudienceKind
from halves.campaigns.models import UNDER_WAY, Campaign, Message, MessageState, Signal
from halves.people.reachable import WORDS, Refusal

OWN_WORDS: Mapping[str, Any] = {
    "same_address": gettext_lazy("another of them has the same address"),
    "held_out": gettext_lazy("held out by an experiment that is under way"),
    "not_in_audience": gettext_lazy("not in the audience any more"),
    "told_before": gettext_lazy("told before, under a name that is theirs too"),
    "exit": gettext_lazy("did what the sequence is for"),
}


@dataclass(frozen=True)
class Progress:
    """How far a campaign is.

    Args:
        waiting, sent, failed, unknown, skipped: messages.
        held_out: people left alone on purpose.
        left_out: why → how many, in words.
        failures: what servers said → how many.
        clicks: clicked by persons, by machines; people, not clicks.
        opens: the same of opened mails.
    """

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    held_out: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    clicks: tuple[int, int] = (0, 0)
    opens: tuple[int, int] = (0, 0)

    @property
    def all(self) -> int:
        """All messages."""
        return self.waiting + self.sent + self.failed + self.unknown + self.skipped

    @property
    def done(self) -> int:
        """Messages that nothing happens to any more."""
        return self.all - self.waiting


def campaigns_of(user: User) -> "QuerySet[Campaign]":
    """All campaigns that the user may meet."""
    return visible(user, "campaign", Campaign.objects.all())


def will_ask_again() -> bool:
    """Say whether a launched campaign is still to ask whom it tells."""
    launched = Campaign.objects.filter(state__in=UNDER_WAY, drawn_at=None)
    return launched.filter(audience__kind=AudienceKind.COMPUTED).exists()


def people_told(campaign: Campaign) -> int:
    """How many people got a message of it."""
    sent = Message.objects.filter(campaign=campaign, state=MessageState.SENT)
    return sent.order_by().values("person").distinct().count()


def progress(campaign: Campaign) -> Progress:
    """How far it is now."""
    rows = Message.objects.filter(campaign=campaign).order_by()
    count = dict(rows.values_list("state").annotate(n=Count("pk")))
    waiting = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.SENDING)
    skipped = dict(
        rows.filter(state=MessageState.SKIPPED).values_list("why").annotate(n=Count("pk"))
    )
    failures = rows.filter(state=MessageState.FAILED).values_list("why").annotate(n=Count("pk"))
    design = campaign.experiment
    held_out = design.members.filter(is_held_out=True).count() if design else 0
    left_out = dict(campaign.left_out)
    for why, n in skipped.items():
        left_out[why] = left_out.get(why, 0) + n
    return Progress(
        waiting=sum(count.get(one, 0) for one in waiting),
        sent=count.get(MessageState.SENT, 0),
        failed=count.get(MessageState.FAILED, 0),
        unknown=count.get(MessageState.UNKNOWN, 0),
        skipped=count.get(MessageState.SKIPPED, 0),
        held_out=held_out,
        left_out=in_words(left_out),
        failures=dict(failures.order_by("-n")[:5]),
        clicks=_people(campaign, "click"),
        opens=_people(campaign, "open"),
    )


def in_words(left_out: Mapping[str, int]) -> dict[str, int]:
    """Why people are left out, in words, the most first."""
    ordered = sorted(left_out.items(), key=lambda one: (-one[1], one[0]))
    return {_word(why): n for why, n in ordered if n}


def _word(why: str) -> str:
    if why in OWN_WORDS:
        return str(OWN_WORDS[why])
    try:
        return str(WORDS[Refusal(why)])
    except ValueError:
        return why or _("unknown")


def _people(campaign: Campaign, kind: str) -> tuple[int, int]:
    rows = Signal.objects.filter(message__campaign=campaign, kind=kind)
    persons = rows.filter(machine="").values("message").distinct().count()
    return persons, rows.values("message").distinct().count() - persons
