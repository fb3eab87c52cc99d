"""What is typed in about promises and surveys."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from halves.promises.models import Promise, SurveyKind
from halves.web.forms import Fields


class DeliveryForm(Fields):
    """What came of a promise."""

    amount = forms.DecimalField(label=_("How much came"), max_digits=15, decimal_places=3)
    day = forms.DateField(label=_("When"), widget=forms.DateInput({"type": "date"}))
    words = forms.CharField(label=_("More about it"), max_length=300, required=False)

    def __init__(self, *args: Any, promise: Promise, **named: Any) -> None:
        super().__init__(*args, **named)
        if promise.amount is None:
            del self.fields["amount"]
        else:
            self.fields["amount"].help_text = promise.unit or promise.measure
        self.promise = promise

    def moment(self, now: datetime) -> datetime:
        """Noon of that day; today, now; never before the promise on the day it was made."""
        day = self.cleaned_data["day"]
        if day == timezone.localdate(now):
            return now
        noon = timezone.make_aware(datetime.combine(day, time(12)))
        is_its_day = day == timezone.localdate(self.promise.made_at)
        return max(noon, self.promise.made_at) if is_its_day else noon


class ProofForm(Fields):
    """A customer's sentence that others may read."""

    claim = forms.CharField(
        label=_("Their words"), max_length=300, widget=forms.Textarea({"rows": 3})
    )
    agreed = forms.BooleanField(
        label=_("They said yes to being quoted"),
        error_messages={"required": _("Ask them first: nobody is quoted without their yes.")},
    )


class SurveyForm(Fields):
    """One question."""

    kind = forms.ChoiceField(label=_("About"), choices=SurveyKind.choices, widget=forms.RadioSelect)
    question = forms.CharField(
        label=_("Question"),
        max_length=200,
        help_text=_("Answered from 0 to 10: How did we keep what we promised you?"),
    )
