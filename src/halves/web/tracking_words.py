"""What became of an event, in words that say what to do."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.people.timeline import OUTCOMES
from halves.tracking.models import Event, EventState

_WORDS = {
    "told": gettext_lazy("kept; it means nothing to the ledger"),
    "named": gettext_lazy("says who it is: {detail}, with the secret key"),
    "claimed": gettext_lazy("says that it is {detail}: unverified until a trusted source says so"),
    "touch": gettext_lazy("a touch: {detail}"),
    "undeclared": gettext_lazy(
        "a visit: {detail} is not declared under Settings, Money and channels"
    ),
    "sale_needs_secret": gettext_lazy("a sale needs the secret key: send it from your server"),
    "too_old": gettext_lazy("older than 30 days: only the secret key may tell of that"),
    "no_value": gettext_lazy("`revenue`, `total` or `value` must be an amount, got {detail}"),
    "no_currency": gettext_lazy("`currency` must be a code such as EUR, got {detail}"),
    "source_gone": gettext_lazy("its source is gone"),
    "id_wrong": gettext_lazy("userId and anonymousId must be text of at most 200 letters"),
    "nobody": gettext_lazy("send userId or anonymousId"),
    "no_event": gettext_lazy("send the name of the event as `event`"),
    "no_group": gettext_lazy("send groupId"),
    "no_alias": gettext_lazy("send previousId and userId"),
    "origin": gettext_lazy(
        "this site is not among those whose browsers may send, or it has the secret key"
    ),
    "no_events": gettext_lazy("not taken: open it to read why"),
    "key_unknown": gettext_lazy("no source has this key, or its source is switched off"),
    "too_fast": gettext_lazy("more than may be sent in a minute"),
    "moment_wrong": gettext_lazy("the timestamp is before the year 2000"),
}


def verdict_in_words(event: Event) -> str:
    """What an event was taken as, or why it was refused."""
    if event.state == EventState.WAITING:
        return _("on its way to the ledger")
    if event.verdict == "outcome":
        return _("an outcome: {kind}").format(kind=OUTCOMES.get(event.detail, event.detail))
    return str(_WORDS.get(event.verdict, event.verdict)).replace("{detail}", event.detail)
