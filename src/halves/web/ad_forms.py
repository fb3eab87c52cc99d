"""What people say of a list for an ad platform."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.campaigns.ad_models import AdList, Platform
from halves.experiments.models import Measure, Outcome
from halves.web.forms import Fields


class AdListForm(Fields):
    """Where it goes, and who is held out of it."""

    title = forms.CharField(label=_("Name"), max_length=120)
    platform = forms.ChoiceField(label=_("Platform"), choices=Platform.choices)
    campaign = forms.CharField(
        label=_("The platform's campaign"),
        max_length=120,
        required=False,
        help_text=_("As its costs are called when you import them, so that the two are compared"),
    )
    topic = forms.CharField(
        label=_("Topic"),
        max_length=80,
        required=False,
        help_text=_("What people agreed to hear about; empty: whatever the topic"),
    )
    holdout = forms.FloatField(
        label=_("Held out, in percent"),
        min_value=0,
        max_value=99,
        initial=10,
        help_text=_("Left alone, so that it shows what the ads changed; 0: nobody will know"),
    )
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=730, initial=56)
    outcome = forms.ChoiceField(label=_("What is compared"), choices=Outcome.choices)
    of = forms.ChoiceField(label=_("Counted by"), choices=Measure.choices)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def said(self) -> dict[str, Any]:
        """As the room takes it."""
        said = dict(self.cleaned_data)
        said.pop("version")
        return said | {"holdout_share": said.pop("holdout") / 100}

    def refuse(self, field: str, words: str) -> None:
        """Put what a room refused next to the field it is about."""
        super().refuse("holdout" if field == "holdout_share" else field, words)

    @staticmethod
    def typed(found: AdList) -> dict[str, Any]:
        """One that there is, as it would be typed."""
        names = ("title", "platform", "campaign", "topic", "days", "outcome", "of", "version")
        said = {name: getattr(found, name) for name in names}
        return said | {"holdout": round(found.holdout_share * 100, 4)}
