"""What people type of a campaign."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.access.models import User
from halves.audiences.models import Audience
from halves.audiences.queries import audiences_of
from halves.campaigns import ways
from halves.campaigns.models import Campaign
from halves.experiments.models import Measure, Outcome
from halves.people.errors import FieldRefused
from halves.people.identity import normalised
from halves.stories.models import Story
from halves.web.forms import Fields

_HOURS = [("", "—"), *((str(hour), f"{hour}:00") for hour in range(25))]
_MOST_STEPS = 4
_TYPED = (
    "title",
    "audience",
    "channel",
    "topic",
    "send_from",
    "opens",
    "closes",
    "outcome",
    "of",
    "days",
    "cost",
    "exit_on",
)
_WAYS = {
    "email": _("e-mail"),
    "sms": _("text messages"),
    "webhook": _("a program of yours"),
}


class CampaignForm(Fields):
    """One story told to an audience: whom, what, when, who is held out."""

    title = forms.CharField(label=_("Name"), max_length=120)
    audience = forms.ModelChoiceField(
        label=_("Audience"), queryset=Audience.objects.none(), empty_label=None
    )
    story = forms.ModelChoiceField(
        label=_("Story"), queryset=Story.objects.none(), empty_label=None
    )
    channel = forms.ChoiceField(
        label=_("Over"),
        choices=lambda: [(name, _WAYS.get(name, name)) for name in ways.names()],
        initial="email",
        required=False,
    )
    is_split = forms.BooleanField(label=_("Split evenly over the story's variants"), required=False)
    topic = forms.CharField(
        label=_("Topic"),
        max_length=80,
        required=False,
        help_text=_("What people agree to, and leave by the link in the mail: such as News"),
    )
    send_from = forms.DateTimeField(
        label=_("Not before"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: as soon as it is launched"),
    )
    opens = forms.TypedChoiceField(
        label=_("From hour, where the person is"),
        choices=_HOURS,
        coerce=int,
        empty_value=None,
        required=False,
    )
    closes = forms.TypedChoiceField(
        label=_("To hour"), choices=_HOURS, coerce=int, empty_value=None, required=False
    )
    holdout_share = forms.FloatField(
        label=_("Held out, in percent"),
        min_value=0,
        max_value=99,
        initial=10,
        help_text=_("Drawn by chance and left alone: what the others do more is what it brought"),
    )
    outcome = forms.ChoiceField(label=_("Compare"), choices=Outcome.choices)
    of = forms.ChoiceField(label=_("By"), choices=Measure.choices)
    days = forms.IntegerField(label=_("For days"), min_value=1, max_value=730, initial=28)
    cost = forms.DecimalField(
        label=_("Cost of one mail"), min_value=0, max_digits=12, decimal_places=6, required=False
    )
    exit_on = forms.MultipleChoiceField(
        label=_("Write no more to who did this"),
        choices=Outcome.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, currency: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self._currency = currency
        stories = Story.objects.filter(retired_at=None).order_by("name")
        self.fields["audience"].queryset = audiences_of(user).order_by("name")
        self.fields["story"].queryset = stories
        for place in range(1, _MOST_STEPS):
            self.fields[f"story_{place}"] = forms.ModelChoiceField(
                label=_("Then, story"), queryset=stories, required=False, empty_label="—"
            )
            self.fields[f"wait_{place}"] = forms.IntegerField(
                label=_("After hours"), min_value=1, max_value=24 * 365, required=False
            )

    def clean_channel(self) -> str:
        """By mail, if nothing is said."""
        return self.cleaned_data["channel"] or "email"

    @staticmethod
    def typed(campaign: Campaign) -> dict[str, Any]:
        """A campaign as it is typed."""
        said = {name: getattr(campaign, name) for name in _TYPED}
        said |= {"holdout_share": campaign.holdout_share * 100, "version": campaign.version}
        for one in campaign.steps.select_related("story"):
            if one.place == 0:
                said |= {"story": one.story, "is_split": one.is_split}
            else:
                said |= {f"story_{one.place}": one.story, f"wait_{one.place}": one.wait_hours}
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What was typed, as `actions.draft` takes it."""
        typed = self.cleaned_data
        found = {name: typed[name] for name in _TYPED}
        steps = [{"story": typed["story"], "is_split": typed["is_split"]}]
        for place in range(1, _MOST_STEPS):
            if typed.get(f"story_{place}"):
                wait = typed.get(f"wait_{place}") or 24
                steps.append({"story": typed[f"story_{place}"], "wait_hours": wait})
        return found | {
            "holdout_share": round(typed["holdout_share"] / 100, 6),
            "currency": self._currency if typed["cost"] is not None else "",
            "steps": steps,
        }


class TestForm(Fields):
    """Where a mail to try goes; or a message, for a campaign over another channel."""

    to = forms.CharField(label=_("To"), max_length=254)

    def __init__(self, *args: Any, channel: str = "email", **named: Any) -> None:
        super().__init__(*args, **named)
        self._kind = ways.address_of(channel)
        if self._kind == "email":
            self.fields["to"].widget = forms.EmailInput()

    def clean_to(self) -> str:
        """As an address or a number is written."""
        try:
            return normalised(self._kind, self.cleaned_data["to"])
        except FieldRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
