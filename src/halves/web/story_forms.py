"""What people type of a story, an offer, proof, a concern and its answer."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from halves.access.models import Role, User
from halves.concerns.models import Concern, ConcernKind
from halves.stories.actions import FIELDS, PROMISE
from halves.stories.models import Kind, Offer, Proof, Story
from halves.stories.telling import VARIED
from halves.web.forms import Fields


def _line(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


def _lines(label: Any, rows: int, help_text: Any = "", most: int = 50_000) -> forms.CharField:
    area = forms.Textarea({"rows": rows})
    return forms.CharField(
        label=label, widget=area, max_length=most, required=False, help_text=help_text
    )


class StoryForm(Fields):
    """A story, its own words."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Among ourselves"))
    kind = forms.ChoiceField(
        label=_("What it promises"),
        widget=forms.RadioSelect,
        choices=[
            (Kind.BELONGING, _("Belonging: this is for people like you")),
            (Kind.SOLUTION, _("A solution: this will solve your problem")),
        ],
        initial=Kind.BELONGING,
    )
    offer = forms.ModelChoiceField(
        label=_("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        empty_label=_("none yet"),
        help_text=_("The story inherits where the offer stands"),
    )
    for_whom = _line(_("For whom"), 300, _("Empty: as the offer says"))
    aspiration = _line(_("What they want to become"), 500)
    group = _line(_("The group"), 300, _("Whom they would belong to"))
    vision = _lines(_("What life becomes"), 3)
    problem = _lines(_("The problem"), 3)
    fix = _lines(_("The fix"), 3)
    headline = _line(_("Headline"), 200)
    subject = _line(_("Subject of the mail"), 200)
    preheader = _line(_("The line after the subject"), 200)
    body = _lines(
        _("Body"),
        14,
        _(
            "Empty lines part paragraphs; **bold**, *slanted*, - lists, # headings, "
            "[words](https://…). A fact: {{ person.first_name | default: “friend” }}"
        ),
    )
    short = _line(_("Short text, for an ad"), 300)
    call_words = _line(_("Call to action"), 80, _("Such as: See how it works"))
    call_url = _line(_("Where it leads"), 500, _("Empty: the story's own page"))
    proofs = forms.ModelMultipleChoiceField(
        label=_("Proof"),
        queryset=Proof.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    concerns = forms.ModelMultipleChoiceField(
        label=_("Concerns that it answers"),
        queryset=Concern.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, story: Story | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        held = story.proofs.all() if story else Proof.objects.none()
        self.fields["offer"].queryset = Offer.objects.order_by("name")
        self.fields["proofs"].queryset = (
            Proof.objects.filter(retired_at=None) | Proof.objects.filter(pk__in=held)
        ).order_by("claim")
        self.fields["concerns"].queryset = Concern.objects.filter(retired_at=None).order_by("name")

    @classmethod
    def typed(cls, story: Story) -> dict[str, Any]:
        """As it is."""
        own = {name: getattr(story, name) for name in FIELDS}
        return own | {
            "proofs": [one.pk for one in story.proofs.all()],
            "concerns": [one.pk for one in story.concerns.all()],
            "version": story.version,
        }


class PromiseForm(Fields):
    """One promise; a row without words is none."""

    words = _line(_("What is promised"), 300, _("As people hear it"))
    measure = _line(_("What is counted"), 120, _("Such as: hours saved a week"))
    amount = forms.DecimalField(
        label=_("How much"), required=False, min_value=0, max_digits=15, decimal_places=3
    )
    unit = _line(_("Unit"), 40)
    is_at_most = forms.BooleanField(label=_("At most, less is better"), required=False)
    within_days = forms.IntegerField(
        label=_("Within days"), required=False, min_value=0, max_value=3_650
    )
    due_on = forms.DateField(
        label=_("Or by this day"), required=False, widget=forms.DateInput({"type": "date"})
    )
    keeper = forms.ModelChoiceField(
        label=_("Who keeps it"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody yet"),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        able = User.objects.filter(is_active=True).exclude(role=Role.VIEWER)
        self.fields["keeper"].queryset = able.order_by("name")

    def clean(self) -> dict[str, Any]:
        """A promise has words."""
        said = super().clean() or {}
        if not said.get("words") and any(said.get(name) for name in ("measure", "amount", "unit")):
            self.add_error("words", _now("Say what is promised, as people hear it."))
        return said


class VariantForm(Fields):
    """The same story in other words; a row with none is none."""

    headline = _line(_("Headline"), 200)
    subject = _line(_("Subject of the mail"), 200)
    preheader = _line(_("The line after the subject"), 200)
    body = _lines(_("Body"), 8)
    short = _line(_("Short text, for an ad"), 300)
    call_words = _line(_("Call to action"), 80)


class OfferForm(Fields):
    """What we sell, and where it stands."""

    name = forms.CharField(label=_("Offer"), max_length=120)
    for_whom = _line(_("For whom"), 300, _("Such as: bookkeepers in small firms"))
    need = _line(_("Who"), 300, _("Such as: are tired of posting twice"))
    what = _line(_("It is"), 300, _("Such as: a ledger that posts itself"))
    alternative = _line(_("Unlike"), 300, _("What they would do without it: a spreadsheet"))
    why_us = _line(_("Why us"), 300, _("Such as: it reads the bank's own files"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ProofForm(Fields):
    """Something that shows a claim to be true."""

    claim = forms.CharField(
        label=_("What it shows"), max_length=300, help_text=_("As it may be told, with its number")
    )
    source = forms.CharField(
        label=_("Source"), max_length=300, help_text=_("Who measured or said it, and when")
    )
    url = _line(_("Where to read it"), 500)
    offer = forms.ModelChoiceField(
        label=_("Offer"), queryset=Offer.objects.none(), required=False, empty_label=_("any")
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["offer"].queryset = Offer.objects.order_by("name")


class ConcernForm(Fields):
    """What holds buyers back."""

    name = forms.CharField(
        label=_("What holds people back"), max_length=200, help_text=_("In their words")
    )
    kind = forms.ChoiceField(
        label=_("What it is about"), choices=ConcernKind.choices, initial=ConcernKind.OTHER
    )


class AnswerForm(Fields):
    """What settles a concern."""

    words = forms.CharField(
        label=_("What settles it"), widget=forms.Textarea({"rows": 3}), max_length=5_000
    )
    source = _line(_("How we know"), 300)


class Sheet:
    """A story's form with its promises and variants, as one sheet of paper."""

    def __init__(
        self, data: Mapping[str, Any] | None, story: Story | None, *, more: str = ""
    ) -> None:
        self.story = story
        self.form = StoryForm(data, story=story, initial=StoryForm.typed(story) if story else None)
        held = list(story.promises.all()) if story else []
        own = [{name: getattr(one, name) for name in PROMISE} for one in held]
        self.promises = _rows(PromiseForm, "promise", data, own, is_more=more == "promise")
        others = list(story.variants.all()) if story else []
        texts = [{name: getattr(one, name) for name in VARIED} for one in others]
        self.variants = _rows(VariantForm, "variant", data, texts, is_more=more == "variant")

    def is_valid(self) -> bool:
        """Say whether all of it is."""
        wrong = [one for one in (self.form, *self.promises, *self.variants) if not one.is_valid()]
        return not wrong

    @property
    def said(self) -> dict[str, Any]:
        """As the actions take it."""
        own = {name: value for name, value in self.form.cleaned_data.items() if name != "version"}
        own["promises"] = [
            {name: one.cleaned_data.get(name) for name in PROMISE}
            for one in self.promises
            if one.cleaned_data.get("words")
        ]
        variants = [one for one in self.variants if any(one.cleaned_data.values())]
        own["variants"] = [
            {"name": chr(ord("B") + place)} | dict(one.cleaned_data)
            for place, one in enumerate(variants)
        ]
        return own

    def refuse(self, field: str, words: str) -> None:
        """Put what was refused where it can be mended."""
        kind, _dash, rest = field.partition("-")
        if kind == "promise" and rest:
            place, _dash, name = rest.partition("-")
            written = [one for one in self.promises if one.cleaned_data.get("words")]
            written[int(place)].refuse(name, words)
        else:
            self.form.refuse(field, words)


def _rows(
    kind: type[Fields],
    name: str,
    data: Mapping[str, Any] | None,
    held: list[dict[str, Any]],
    *,
    is_more: bool,
) -> list[Fields]:
    """A form for each that there is, and one for another."""
    least = 1 if name == "promise" else 0
    if data is None:
        count = max(len(held), least)
        rows = held + [{}] * (count - len(held))
        return [kind(prefix=f"{name}-{place}", initial=one) for place, one in enumerate(rows)]
    said = str(data.get(f"{name}s", ""))
    count = min(int(said), 20) if said.isdecimal() and len(said) < 4 else least
    count = min(count + is_more, 20)
    return [kind(data, prefix=f"{name}-{place}") for place in range(count)]
