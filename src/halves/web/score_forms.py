"""What people type on the scoreboard: targets, questions, what measuring needs to know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.ledger import Channel
from halves.ledger.settings import Settings
from halves.scoreboard.models import Measure, Unit
from halves.scoreboard.periods import Period
from halves.web.forms import Fields

_MOST_TIMES = 10.0
_DAY = {"type": "date"}


class TargetForm(Fields):
    """How much of a measure by when."""

    measure = forms.ChoiceField(
        label=_("What"),
        choices=Measure.choices,
        help_text=_("The brand's is in points, to 100: promoters less detractors"),
    )
    amount = forms.DecimalField(
        label=_("How much"), min_value=0, max_digits=18, decimal_places=2, localize=False
    )
    period = forms.CharField(widget=forms.HiddenInput, max_length=10)

    @classmethod
    def of(cls, period: Period) -> "TargetForm":
        """An empty one for this period."""
        return cls(initial={"period": period.name})


class AskForm(Fields):
    """Which days, and what is judged."""

    since = forms.DateField(
        label=_("First day"),
        required=False,
        widget=forms.DateInput(_DAY),
        help_text=_("Empty: the ledger's first with a touch or spend"),
    )
    last = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(_DAY),
        help_text=_("Empty: the ledger's last"),
    )
    unit = forms.ChoiceField(
        label=_("Judge each"), choices=Unit.choices, initial=Unit.CHANNEL, required=False
    )

    def clean(self) -> dict[str, Any]:
        """The last day does not lie before the first."""
        said = super().clean()
        since, last = said.get("since"), said.get("last")
        if since and last and last < since:
            self.add_error("last", _("This lies before the first day."))
        return said

    @property
    def until(self) -> date | None:
        """The day after the last."""
        last = self.cleaned_data.get("last")
        return last + timedelta(days=1) if last else None


class MeasuringForm(Fields):
    """Currency, margin, and what each channel of the ledger is."""

    currency = forms.RegexField(
        "^[A-Z]{3}$",
        label=_("Currency of reports"),
        help_text=_("Three letters, such as EUR"),
        error_messages={"invalid": _("Give three capital letters, such as EUR.")},
    )
    margin = forms.FloatField(
        label=_("Profit in each 1 of sales, before marketing and sales"),
        min_value=0.0001,
        max_value=1,
        help_text=_("Such as 0.6: of 100 sold, 60 are left after making and delivering it"),
    )

    def __init__(self, *args: Any, said: Settings, met: Sequence[Channel], **named: Any) -> None:
        initial = {"currency": said.currency or "", "margin": said.margin}
        known = {one.name: one for one in said.channels}
        self.said, self.names = said, sorted({*known, *(one.name for one in met)})
        guessed = {one.name: one for one in met}
        for place, name in enumerate(self.names):
            one = known.get(name)
            # The path is in the ledger; how a channel meets people nobody has said yet.
            initial[f"path_{place}"] = one.path if one else guessed[name].path
            initial[f"meets_{place}"] = one.meets if one else ""
            initial[f"picks_{place}"] = one.picks if one else "unknown"
        super().__init__(*args, initial=initial, **named)
        for place, name in enumerate(self.names):
            self.fields[f"path_{place}"] = _choice(_("path"), name, _PATHS)
            self.fields[f"meets_{place}"] = _choice(_("how it meets people"), name, _MEETS)
            self.fields[f"picks_{place}"] = _choice(_("whom it picks"), name, _PICKS)

    @property
    def rows(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each channel and its three fields."""
        return [
            (name, [self[f"{part}_{place}"] for part in ("path", "meets", "picks")])
            for place, name in enumerate(self.names)
        ]

    @property
    def changed(self) -> Settings:
        """The settings as they are now typed."""
        typed = self.cleaned_data
        channels = tuple(
            Channel(
                name,
                path=typed[f"path_{place}"],
                meets=typed[f"meets_{place}"],
                picks=typed[f"picks_{place}"],
            )
            for place, name in enumerate(self.names)
        )
        return replace(
            self.said, currency=typed["currency"], margin=typed["margin"], channels=channels
        )


_PATHS = [("many", _("one to many: marketing")), ("one", _("one to one: sales"))]
_MEETS = [
    ("", _("choose")),
    ("broadcast", _("broadcast: nobody is known by name")),
    ("targeted", _("targeted: chosen people, written down")),
    ("reactive", _("reactive: follows demand, such as search")),
]
_PICKS = [
    ("unknown", _("nobody knows")),
    ("hot", _("those close to buying")),
    ("cold", _("those far from buying")),
    ("random", _("at random")),
]


def _choice(label: Any, name: str, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    field = forms.ChoiceField(label=_("%(name)s: %(what)s") % {"name": name, "what": label})
    field.choices = choices
    return field


class WhatIfForm(Fields):
    """A budget, and for each unit an amount, or the least and the most in times of today."""

    budget = forms.FloatField(label=_("Budget"), min_value=0.01, required=False)
    move_all = forms.BooleanField(label=_("Move also what nobody can tell of"), required=False)

    def __init__(self, *args: Any, units: Sequence[tuple[str, float]], **named: Any) -> None:
        super().__init__(*args, **named)
        self.units = units
        for place, (name, spend) in enumerate(units):
            self.fields[f"amount_{place}"] = _number(
                _("%(name)s: spend") % {"name": name}, 0, _MOST_TIMES * spend
            )
            for part, label in (
                ("least", _("%(name)s: at least, in times today's")),
                ("most", _("%(name)s: at most, in times today's")),
            ):
                self.fields[f"{part}_{place}"] = _number(label % {"name": name}, 0, _MOST_TIMES)
            self.fields[f"lock_{place}"] = forms.BooleanField(
                label=_("%(name)s: leave as it is") % {"name": name}, required=False
            )

    def clean(self) -> dict[str, Any]:
        """The least is not above the most."""
        said = super().clean()
        for place, _unit in enumerate(self.units):
            least, most = said.get(f"least_{place}"), said.get(f"most_{place}")
            if least is not None and most is not None and least > most:
                self.add_error(f"most_{place}", _("This is below the least."))
        return said

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each unit, what it spends today, and its fields."""
        parts = ("amount", "least", "most", "lock")
        return [
            {"unit": name, "today": spend} | {part: self[f"{part}_{place}"] for part in parts}
            for place, (name, spend) in enumerate(self.units)
        ]


def _number(label: Any, least: float, most: float) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        min_value=least,
        max_value=most,
        required=False,
        error_messages={
            "min_value": _("At least %(limit_value).0f."),
            "max_value": _("At most %(limit_value).0f, ten times today's."),
        },
    )
