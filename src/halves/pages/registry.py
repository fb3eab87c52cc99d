"""What pages give to rooms below: who may, their events, a person's part."""

from django.utils.translation import gettext_lazy as _

from halves.access.rules import EVERYONE, MARKETERS, Verb, rule
from halves.webhooks.events import event_kind


def register() -> None:
    """Say who may see and change pages, and what is told of them."""
    rights = {Verb.SEE: EVERYONE, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS}
    rule("page", rights)
    event_kind("page.published", _("a page was shown to the world"))
    event_kind("page.sent", _("somebody sent a form of a page"))
    event_kind("page.step", _("somebody who signed up took a step"))
