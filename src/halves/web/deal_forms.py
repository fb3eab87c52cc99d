"""What is typed about deals and quotes."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.concerns.models import Concern
from halves.deals.actions import Line, promise_said
from halves.deals.errors import DealRefused
from halves.deals.models import Deal, LostKind
from halves.deals.quote_models import Quote
from halves.stories.models import Offer, Story
from halves.web.forms import Fields

_BLANK_LINES, _BLANK_PROMISES = 3, 2
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DealForm(Fields):
    """A deal in words and figures."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("What it is about, such as: Coffee for the office"),
    )
    problem = forms.CharField(
        label=gettext_lazy("Their problem"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("What this person needs fixed, in their words"),
    )
    solution = forms.CharField(
        label=gettext_lazy("Our solution"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("How what we sell fixes it"),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Seller"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )
    offer = forms.ModelChoiceField(
        label=gettext_lazy("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        empty_label=gettext_lazy("none"),
    )
    value = forms.DecimalField(
        label=gettext_lazy("Value"), min_value=0, required=False, decimal_places=2
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, required=False)
    expected_close = forms.DateField(
        label=gettext_lazy("Expected to close on"), widget=_DAY, required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name")
        self.fields["offer"].queryset = Offer.objects.order_by("name")

    @property
    def said(self) -> dict[str, Any]:
        """What the room is told; what was left empty says nothing of money."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        for name in ("value", "currency"):
            if found[name] in (None, ""):
                found.pop(name)
        return found

    @staticmethod
    def typed(deal: Deal) -> dict[str, Any]:
        """The form as the deal is."""
        plain = ("title", "problem", "solution", "owner", "offer", "currency", "expected_close")
        found = {name: getattr(deal, name) for name in plain}
        return found | {"value": deal.value.quantize(Decimal("0.01")), "version": deal.version}


class LoseForm(Fields):
    """Why a deal was lost."""

    lost_kind = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[("", gettext_lazy("choose a reason")), *LostKind.choices],
    )
    words = forms.CharField(
        label=gettext_lazy("In their words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


class NurtureForm(Fields):
    """What holds somebody back, for marketing to answer."""

    concern = forms.ModelChoiceField(
        label=gettext_lazy("What holds them back"),
        queryset=Concern.objects.none(),
        required=False,
        empty_label=gettext_lazy("only in words"),
    )
    words = forms.CharField(
        label=gettext_lazy("In their words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        known = Concern.objects.filter(retired_at=None).order_by("name")
        self.fields["concern"].queryset = known


class QuoteForm(Fields):
    """What a quote says around its lines."""

    words = forms.CharField(
        label=gettext_lazy("Before the lines"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("Their problem, and how this fixes it"),
    )
    terms = forms.CharField(
        label=gettext_lazy("After the lines"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=gettext_lazy("Terms of payment and delivery, taxes"),
    )
    valid_until = forms.DateField(label=gettext_lazy("Holds until"), widget=_DAY, required=False)
    story = forms.ModelChoiceField(
        label=gettext_lazy("Story that comes with it"),
        queryset=Story.objects.none(),
        required=False,
        empty_label=gettext_lazy("none"),
        help_text=gettext_lazy("What it promises is promised with the quote"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        told = Story.objects.filter(retired_at=None).order_by("name")
        self.fields["story"].queryset = told

    def clean_valid_until(self) -> date | None:
        """A day that somebody can still say yes on."""
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("Its last day has passed: give it a later one."))
        return day

    @staticmethod
    def typed(quote: Quote) -> dict[str, Any]:
        """The form as the quote is."""
        found = {name: getattr(quote, name) for name in ("words", "terms", "valid_until")}
        story = quote.told.story_id if quote.told is not None else None
        return found | {"story": story, "version": quote.version}


@dataclass(frozen=True)
class Row:
    """A line of a table that is filled in, as it was typed."""

    number: int
    words: str = ""
    quantity: str = "1"
    price: str = ""
    amount: str = ""
    unit: str = ""
    is_at_most: bool = field(default=False, kw_only=True)
    within_days: str = ""
    due_on: str = ""


def rows_of(deal: Deal) -> list[Row]:
    """The lines of a deal to fill in, with some empty ones."""
    found = [
        Row(place, one.words, f"{one.quantity.normalize():f}", f"{one.price:.2f}")
        for place, one in enumerate(deal.lines.all())
    ]
    return _with_blanks(found, _BLANK_LINES)


def rows_typed(said: QueryDict) -> list[Row]:
    """The same as it was typed."""
    return [
        Row(
            place,
            *(said.get(f"{name}-{place}", "").strip()[:300] for name in ("words", "quantity")),
            said.get(f"price-{place}", "").strip()[:30],
        )
        for place in range(_count(said, "words"))
    ]


def lines_typed(said: QueryDict) -> list[Line]:
    """What is bought, of what was typed; rows without words and price are left out.

    Raises:
        DealRefused: a number that is none.
    """
    rows = [one for one in rows_typed(said) if one.words or one.price]
    return [Line(one.words, _number(one.quantity or "1"), _number(one.price)) for one in rows]


def promise_rows(quote: Quote | None) -> list[Row]:
    """The promises of a quote to fill in, with some empty ones."""
    found = [
        Row(
            place,
            one["words"],
            amount=one["amount"] or "",
            unit=one["unit"],
            is_at_most=one["is_at_most"],
            within_days="" if one["within_days"] is None else str(one["within_days"]),
            due_on=one["due_on"] or "",
        )
        for place, one in enumerate(quote.promises if quote else [])
    ]
    return _with_blanks(found, _BLANK_PROMISES)


def promise_rows_typed(said: QueryDict) -> list[Row]:
    """The same as it was typed."""
    names = ("amount", "unit", "within_days", "due_on")
    return [
        Row(
            place,
            said.get(f"promise-{place}", "").strip()[:1_000],
            is_at_most=f"is_at_most-{place}" in said,
            **{name: said.get(f"{name}-{place}", "").strip()[:60] for name in names},
        )
        for place in range(_count(said, "promise"))
    ]


def promises_typed(said: QueryDict, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is promised, of what was typed; what the page does not ask stays as it was before.

    Raises:
        DealRefused: what is wrong with it.
    """
    unasked = {one["words"]: {n: one[n] for n in ("measure", "keeper")} for one in before}
    return [
        promise_said(
            one.words,
            amount=_number(one.amount) if one.amount else None,
            unit=one.unit,
            is_at_most=one.is_at_most,
            within_days=_days(one.within_days) if one.within_days else None,
            due_on=_day(one.due_on) if one.due_on else None,
            **unasked.get(one.words, {}),
        )
        for one in promise_rows_typed(said)
        if one.words
    ]


def _with_blanks(rows: list[Row], count: int) -> list[Row]:
    return [*rows, *(Row(len(rows) + place) for place in range(count))]


def _count(said: QueryDict, name: str) -> int:
    places = [one.rpartition("-")[2] for one in said if one.startswith(f"{name}-")]
    known = [int(one) for one in places if one.isdecimal() and len(one) < 4]
    return min(max(known, default=-1) + 1, 300)


def _number(said: str) -> Decimal:
    try:
        found = Decimal(said.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise DealRefused("lines", _("“%(said)s” is no number: write 1200.50.") % {"said": said})
    return found


def _days(said: str) -> int:
    if not (said.isdecimal() and len(said) < 5):
        raise DealRefused("promises", _("“%(said)s” is no number of days.") % {"said": said})
    return int(said)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        words = _("“%(said)s” is no day: write 2026-12-24.") % {"said": said}
        raise DealRefused("promises", words) from None
