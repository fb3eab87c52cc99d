"""What colleagues type in to make a page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.pages.models import Asks, Page
from halves.pages.payments import providers
from halves.stories.models import Story
from halves.stories.telling import OWN
from halves.web.forms import Fields

_STEPS = _("One step a line: what to do, and after a | where: Print a label | https://…")


class PageForm(Fields):
    """A page: its story, what it asks for, and what an order costs."""

    story = forms.ModelChoiceField(label=_("Story"), queryset=Story.objects.none())
    slug = forms.CharField(
        label=_("Address"),
        max_length=80,
        help_text=_(
            "Small letters, digits and hyphens: quiet-mornings is shown at /p/quiet-mornings/"
        ),
    )
    asks = forms.ChoiceField(label=_("It asks its reader to"), choices=Asks.choices)
    button = forms.CharField(label=_("Words on the button"), max_length=60)
    sells = forms.CharField(
        label=_("What is ordered"), max_length=200, required=False, help_text=_("Of an order only")
    )
    price = forms.DecimalField(
        label=_("Price of one"), required=False, max_digits=12, decimal_places=2, min_value=0
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, help_text=_("By its code, such as EUR")
    )
    providers = forms.MultipleChoiceField(
        label=_("How it may be paid"), required=False, widget=forms.CheckboxSelectMultiple
    )
    trial_days = forms.IntegerField(
        label=_("Days to try it"), required=False, min_value=0, max_value=365
    )
    steps = forms.CharField(
        label=_("Steps to the first value"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_STEPS,
    )
    topic = forms.CharField(
        label=_("They may agree to be written to about"), max_length=80, required=False
    )
    consent_words = forms.CharField(label=_("In these words"), max_length=300, required=False)
    variants = forms.CharField(
        label=_("Variants to try"),
        max_length=40,
        required=False,
        help_text=_("Of the story, by commas: A, B. Readers are split by chance"),
    )
    may_embed = forms.BooleanField(label=_("Its form may stand in other sites"), required=False)
    is_listed = forms.BooleanField(label=_("Search engines may find it"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["story"].queryset = Story.objects.filter(retired_at=None).order_by("name")
        self.fields["providers"].choices = [(one.name, one.label) for one in providers().values()]

    @property
    def said(self) -> dict[str, Any]:
        """Fields as `pages.actions` takes them."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        found["variants"] = [one.strip() for one in found["variants"].split(",") if one.strip()]
        found["steps"] = [_step(line) for line in found["steps"].splitlines() if line.strip()]
        found["currency"] = found["currency"].upper()
        found["trial_days"] = found["trial_days"] or None
        return found


def initial_of(page: Page) -> dict[str, Any]:
    """A page as its form shows it."""
    names = (
        *("story", "slug", "asks", "button", "sells", "price", "currency", "providers"),
        *("trial_days", "topic", "consent_words", "may_embed", "is_listed", "version"),
    )
    steps = [" | ".join(filter(None, (s["title"], s.get("url", "")))) for s in page.steps]
    return {name: getattr(page, name) for name in names} | {
        "variants": ", ".join(page.variants or [OWN]),
        "steps": "\n".join(steps),
    }


def _step(line: str) -> dict[str, str]:
    title, _bar, url = line.partition("|")
    return {"title": title.strip()[:120], "url": url.strip()[:500]}
