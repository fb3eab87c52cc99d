"""What people type on the call queue: how it is drawn, why one is skipped, what a call said."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.access.models import User
from halves.conversations.actions import MOST_MINUTES
from halves.conversations.queue import MOST_CALLS
from halves.conversations.queue_models import Caller, CallQueue
from halves.conversations.queue_queries import could_call
from halves.web.forms import Fields

REASONS = (
    _("Spoke with them lately"),
    _("Not the right person"),
    _("Bad moment: later"),
    _("No number that works"),
    _("Wants mail, not calls"),
)


class SkipForm(Fields):
    """Why somebody is not called."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "list": "skip_reasons"}),
    )


class CalledForm(Fields):
    """A call that was made, in a few words."""

    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=MOST_MINUTES)
    summary = forms.CharField(
        label=_("What was said"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 2}),
    )
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)


class QueueForm(Fields):
    """How the queue is drawn, and for whom."""

    is_on = forms.BooleanField(label=_("Draw a call queue each working day"), required=False)
    callers = forms.ModelMultipleChoiceField(
        label=_("For whom"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    calls_a_day = forms.IntegerField(
        label=_("Calls a day, for each"), min_value=1, max_value=MOST_CALLS
    )
    minutes = forms.IntegerField(
        label=_("Minutes that a call takes"),
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=_("Times the wage in halves.toml, this is what a call costs"),
    )
    period_days = forms.IntegerField(
        label=_("Days before somebody may be drawn again"),
        min_value=7,
        max_value=90,
        help_text=_("For as long, those whom the dice leave alone are not called"),
    )
    held_out_percent = forms.IntegerField(
        label=_("Left alone, of those drawn (%)"),
        min_value=10,
        max_value=50,
        help_text=_("More teach faster and cost more; 50 where nobody knows whether calls pay"),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["callers"].queryset = could_call()

    @classmethod
    def typed(cls, queue: CallQueue) -> dict[str, Any]:
        """What holds now."""
        return {
            "is_on": queue.is_on,
            "callers": list(Caller.objects.values_list("seller", flat=True)),
            "calls_a_day": queue.calls_a_day,
            "minutes": queue.minutes,
            "period_days": queue.period_days,
            "held_out_percent": round(queue.held_out_share * 100),
        }

    @property
    def said(self) -> dict[str, Any]:
        """As the action takes it."""
        found = {name: self.cleaned_data[name] for name in ("is_on", "calls_a_day", "minutes")}
        found["period_days"] = self.cleaned_data["period_days"]
        found["held_out_share"] = self.cleaned_data["held_out_percent"] / 100
        return found
