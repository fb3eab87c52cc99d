"""What people type of an experiment, and of a test that somebody else ran."""

from collections.abc import Sequence
from datetime import date, timedelta
from secrets import token_hex
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.experiments.detecting import midnight
from halves.experiments.models import Experiment, Measure, Outcome, Unit
from halves.people.models import Tag
from halves.web.forms import Fields

_DAY = {"type": "date"}
_REVENUE = "revenue"


class ExperimentForm(Fields):
    """A design: what is withheld, from whom, for how long, and what is compared."""

    title = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Such as: What does the newsletter bring?")
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels that are withheld"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    campaigns = forms.CharField(
        label=_("Campaigns that are withheld"),
        required=False,
        help_text=_("By their names, divided by commas; of a channel above, all are withheld"),
    )
    unit_kind = forms.ChoiceField(
        label=_("Hold out"),
        choices=[
            (Unit.PERSON, _("people, drawn by chance")),
            (Unit.ACCOUNT, _("accounts, drawn by chance")),
            (Unit.REGION, _("whole regions: for what reaches nobody by name")),
        ],
    )
    share = forms.IntegerField(
        label=_("How many in 100 are held out"),
        min_value=1,
        max_value=99,
        initial=20,
        help_text=_("More are seen more clearly; of regions, you choose them next"),
    )
    region = forms.ChoiceField(label=_("Only people of the region"), required=False)
    tag = forms.ChoiceField(label=_("Only people with the tag"), required=False)
    outcome = forms.ChoiceField(label=_("Compare"), choices=Outcome.choices)
    of = forms.ChoiceField(label=_("By"), choices=Measure.choices)
    starts = forms.DateField(label=_("First day"), widget=forms.DateInput(_DAY))
    last = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(_DAY), help_text=_("Days begin at 0:00 UTC")
    )
    notes = forms.CharField(
        label=_("What you expect, and what you will do with the answer"),
        widget=forms.Textarea({"rows": 3}),
        required=False,
        max_length=4000,
    )

    def __init__(
        self, *args: Any, channels: Sequence[str], regions: Sequence[str], **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.fields["channels"].choices = [(name, name) for name in channels]
        if not channels:
            del self.fields["channels"]
        anywhere = [("", _("anywhere"))]
        self.fields["region"].choices = anywhere + [(name, name) for name in regions]
        tags = Tag.objects.order_by("name").values_list("name", flat=True)[:200]
        self.fields["tag"].choices = [("", _("any or none")), *((name, name) for name in tags)]

    @staticmethod
    def typed(experiment: Experiment, channels: Sequence[str]) -> dict[str, Any]:
        """What was typed of a design."""
        names = ("title", "unit_kind", "region", "tag", "outcome", "of", "notes")
        return {name: getattr(experiment, name) for name in names} | {
            "channels": [name for name in experiment.withheld if name in channels],
            "campaigns": ", ".join(n for n in experiment.withheld if n not in channels),
            "share": round(100 * experiment.share),
            "starts": experiment.starts.date(),
            "last": (experiment.ends - timedelta(days=1)).date(),
        }

    @staticmethod
    def usual(today: date) -> dict[str, Any]:
        """Eight weeks from the next Monday on."""
        starts = today + timedelta(days=7 - today.weekday())
        return {"starts": starts, "last": starts + timedelta(days=55)}

    @property
    def said(self) -> dict[str, Any]:
        """As the room takes it."""
        typed = self.cleaned_data
        names = ("title", "unit_kind", "region", "tag", "outcome", "of", "notes")
        return {name: typed[name] for name in names} | {
            "withheld": [*typed.get("channels", []), *_names(typed["campaigns"])],
            "share": typed["share"] / 100,
            "starts": midnight(typed["starts"]),
            "ends": midnight(typed["last"] + timedelta(days=1)),
        }

    def refuse(self, field: str, words: str) -> None:
        """Put what the room refused next to the field it is about."""
        first = "channels" if "channels" in self.fields else "campaigns"
        super().refuse({"ends": "last", "withheld": first}.get(field, field), words)


class LiftForm(Fields):
    """What a lift study found."""

    source = forms.CharField(
        label=_("Who ran it"), max_length=100, help_text=_("Such as: the ad platform's lift study")
    )
    withheld = forms.CharField(
        label=_("What was withheld"),
        help_text=_("Channels or campaigns as the ledger names them, divided by commas"),
    )
    starts = forms.DateField(label=_("First day"), widget=forms.DateInput(_DAY))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(_DAY))
    region = forms.CharField(
        label=_("In the region"), required=False, max_length=100, help_text=_("Empty: everywhere")
    )
    outcome = forms.ChoiceField(
        label=_("It counted"),
        choices=[(_REVENUE, _("revenue, in the currency of reports")), *Outcome.choices],
    )
    lift = forms.FloatField(
        label=_("How much more there was"),
        help_text=_("In all, of what was withheld: money, or a number; below 0 if there was less"),
    )
    se = forms.FloatField(
        label=_("Give or take (standard error)"),
        min_value=1e-9,
        help_text=_("Where the study gives a 90% interval: its width divided by 3.29"),
    )
    spend_withheld = forms.DecimalField(
        label=_("Spend that was withheld"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=_("Empty: all that was spent there and then"),
    )
    form = forms.CharField(widget=forms.HiddenInput, max_length=40)

    @classmethod
    def fresh(cls) -> "LiftForm":
        """An empty one; its own name tells one that is sent twice."""
        return cls(initial={"form": token_hex(16)})

    @property
    def said(self) -> dict[str, Any]:
        """As the room takes it."""
        typed = dict(self.cleaned_data)
        last = typed.pop("last")
        return typed | {
            "withheld": _names(typed["withheld"]),
            "starts": midnight(typed["starts"]),
            "ends": midnight(last + timedelta(days=1)),
        }

    def refuse(self, field: str, words: str) -> None:
        """Put what the room refused next to the field it is about."""
        super().refuse({"ends": "last"}.get(field, field), words)


def _names(typed: str) -> list[str]:
    return [name.strip() for name in typed.split(",") if name.strip()]
