"""What campaigns give to rooms below: who may, the sending, where stories are told, their part."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from halves.access.models import User
from halves.access.rules import EVERYONE, LEADERS, MARKETERS, OWNERS, Verb, may, rule
from halves.campaigns import actions, ad_registry, looking, results, sending, ways
from halves.campaigns.models import Signal, Step
from halves.jobs.running import job_kind
from halves.jobs.standing import standing
from halves.keeping.restoring import after_restore
from halves.people.everything import Part, part
from halves.people.models import Person
from halves.stories import uses
from halves.stories.models import Story

_LOOK_S = 1.0
_RESULTS_S = 600.0
_RESTORED = (
    "Restored from a backup: mails sent since are not known here. Look before you resume it."
)


def register() -> None:
    """Say who may see and send campaigns, and that the worker sends them."""
    rights = {
        Verb.SEE: EVERYONE,
        Verb.ADD: MARKETERS,
        Verb.CHANGE: MARKETERS,
        Verb.REMOVE: MARKETERS,
    }
    rule("campaign", rights)
    uses.use(_uses)
    ways.register()
    rule("mail", {Verb.SEE: MARKETERS, Verb.CHANGE: OWNERS | LEADERS})
    job_kind(looking.CHECK, looking.find)
    standing("campaigns", sending.look_after, every_s=_LOOK_S)
    job_kind(results.KIND, results.compute)
    standing("campaign results", results.look_after, every_s=_RESULTS_S)
    after_restore(_pause_all)
    part("opened and clicked", Part(_signals, _no_signals))
    ad_registry.register()


def _uses(stories: list[Story], user: User) -> Iterable[tuple[int, uses.Use]]:
    if not may(user, Verb.SEE, "campaign"):
        return
    steps = Step.objects.filter(story__in=stories).select_related("campaign")
    told = {(one.story_id, one.campaign_id): one.campaign for one in steps.order_by("campaign")}
    for (story, key), campaign in told.items():
        words = f"{campaign} ({campaign.get_state_display()})"
        yield story, uses.Use(words, "campaign", key)


def _pause_all(at: datetime) -> str:
    paused = actions.pause_all(at=at, why=_RESTORED)
    return f"{paused:,} campaigns are paused until somebody resumes them." if paused else ""


def _signals(people: list[Person]) -> list[dict[str, Any]]:
    rows = Signal.objects.filter(message__person__in=people).select_related("message", "link")
    return [
        {
            "table": "signal",
            "kind": one.kind,
            "campaign": one.message.campaign_id,
            "link": one.link.url if one.link else "",
            "at": one.at.isoformat(),
            "machine": one.machine,
        }
        for one in rows.order_by("pk")
    ]


def _no_signals(people: list[Person]) -> int:
    return Signal.objects.filter(message__person__in=people).delete()[0]
