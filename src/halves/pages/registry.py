"""What pages give to rooms below: who may, their events, where stories are told."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from halves.access.models import User
from halves.access.rules import EVERYONE, MARKETERS, Verb, may, rule
from halves.pages.models import Page
from halves.stories import uses
from halves.stories.models import Story
from halves.webhooks.events import event_kind


def register() -> None:
    """Say who may see and change pages, and what is told of them."""
    rights = {Verb.SEE: EVERYONE, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS}
    rule("page", rights)
    uses.use(_uses)
    event_kind("page.published", _("a page was shown to the world"))
    event_kind("page.sent", _("somebody sent a form of a page"))
    event_kind("page.step", _("somebody who signed up took a step"))


def _uses(stories: list[Story], user: User) -> Iterable[tuple[int, uses.Use]]:
    if not may(user, Verb.SEE, "page"):
        return
    for page in Page.objects.filter(story__in=stories):
        words = f"{page} ({page.get_state_display()})"
        yield page.story_id, uses.Use(words, "page", page.pk)
