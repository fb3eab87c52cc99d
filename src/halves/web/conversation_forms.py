"""What people type of a talk, a note to begin with, a mailbox."""

from secrets import token_hex
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from halves.access.models import User
from halves.concerns.models import Concern
from halves.concerns.queries import concerns_of
from halves.conversations.actions import MOST_MINUTES
from halves.conversations.models import Direction, Kind
from halves.conversations.queries import deals_for
from halves.deals.models import Deal
from halves.people.models import Person
from halves.stories.models import Story
from halves.stories.queries import stories_of
from halves.web.forms import Fields

_MOMENT = "%Y-%m-%dT%H:%M"
_NOTES = {"rows": 4}


def _once() -> str:
    return token_hex(16)


class LogForm(Fields):
    """A talk that took place: what matters first, the rest below."""

    QUICK = ("who", "subject", "kind", "minutes", "next_step", "due_on")
    who = forms.CharField(
        label=_("With whom"),
        max_length=254,
        help_text=_("The beginning of a name, or an address"),
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    kind = forms.ChoiceField(label=_("What it was"), choices=Kind.choices, initial=Kind.CALL)
    subject = forms.CharField(
        label=_("In one line"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=0, max_value=MOST_MINUTES, required=False
    )
    next_step = forms.CharField(
        label=_("Next step"), max_length=200, required=False, help_text=_("Becomes a task of yours")
    )
    due_on = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput({"type": "date"})
    )
    summary = forms.CharField(
        label=_("Notes"), required=False, max_length=20_000, widget=forms.Textarea(_NOTES)
    )
    at = forms.DateTimeField(
        label=_("When it began"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=_MOMENT),
        help_text=_("Empty: just now"),
    )
    direction = forms.ChoiceField(
        label=_("Who began"), choices=Direction.choices, initial=Direction.OUT, required=False
    )
    deal = forms.ModelChoiceField(
        label=_("Deal"), queryset=Deal.objects.none(), required=False, empty_label=_("none")
    )
    story = forms.ModelChoiceField(
        label=_("Story that was told"),
        queryset=Story.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("Its promises are open to them from now on"),
    )
    concern = forms.ModelChoiceField(
        label=_("What held them back"),
        queryset=Concern.objects.none(),
        required=False,
        empty_label=_("nothing that was said"),
    )
    transcript = forms.CharField(
        label=_("Transcript"),
        required=False,
        widget=forms.Textarea(_NOTES),
        help_text=_("“Name: words” lines, WebVTT, SRT or JSON; a file can be given afterwards"),
    )
    is_private = forms.BooleanField(label=_("Private: only you see it"), required=False)
    once = forms.CharField(widget=forms.HiddenInput, initial=_once, max_length=64, required=False)

    def __init__(self, *args: Any, user: User, person: Person | None, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["story"].queryset = stories_of(user).filter(retired_at=None).order_by("name")
        self.fields["concern"].queryset = concerns_of(user).filter(retired_at=None).order_by("name")
        if person is not None:
            del self.fields["who"]
            self.fields["deal"].queryset = _as_choices(deals_for(person, user))
            self.fields["subject"].widget.attrs["autofocus"] = True

    @property
    def quick(self) -> list[Any]:
        """Those that are filled in every time."""
        return [self[name] for name in self.QUICK if name in self.fields]

    @property
    def rest(self) -> list[Any]:
        """Those that are filled in now and then."""
        return [field for field in self if field.name not in self.QUICK]

    @property
    def is_rest_open(self) -> bool:
        """Say whether something was typed into, or is wrong with, what is folded away."""
        typed = any(self.data.get(field.name) for field in self.rest if field.name in _FOLDED)
        return typed or any(field.errors for field in self.rest)


_FOLDED = ("summary", "at", "deal", "story", "concern", "transcript", "is_private")


class ChangeForm(Fields):
    """What may be corrected of a talk."""

    subject = forms.CharField(label=_("In one line"), max_length=300, required=False)
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=0, max_value=MOST_MINUTES, required=False
    )
    summary = forms.CharField(
        label=_("Notes"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 8})
    )
    direction = forms.ChoiceField(label=_("Who began"), choices=Direction.choices)
    deal = forms.ModelChoiceField(
        label=_("Deal"), queryset=Deal.objects.none(), required=False, empty_label=_("none")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, person: Person, now: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        deals = deals_for(person, user)
        held = [one.pk for one in deals] + ([now] if now else [])
        self.fields["deal"].queryset = Deal.objects.filter(pk__in=held)


class TranscriptForm(Fields):
    """What was said, as a file or pasted."""

    file = forms.FileField(
        label=_("File"), required=False, help_text=_("Text, WebVTT, SRT or JSON; at most 5 MB")
    )
    words = forms.CharField(
        label=_("Or paste it"),
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("“Name: words” lines, WebVTT, SRT or JSON"),
    )


class SnippetForm(Fields):
    """Words to begin a note with."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(
        label=_("For"), choices=[("", _("any talk")), *Kind.choices], required=False
    )
    words = forms.CharField(label=_("Words"), max_length=5_000, widget=forms.Textarea({"rows": 4}))
    is_shared = forms.BooleanField(label=_("Show it to everyone"), required=False)


class FilesForm(Fields):
    """Mail or meetings from a file."""

    file = forms.FileField(
        label=_("File"), help_text=_("Mail as .mbox or .eml, meetings as .ics; at most 30 MB")
    )


class MailboxForm(Fields):
    """A mailbox of one's own."""

    server = forms.ChoiceField(label=_("Server"))
    address = forms.EmailField(label=_("Your address there"), max_length=254)
    login = forms.CharField(
        label=_("Name to sign in with"),
        max_length=254,
        required=False,
        help_text=_("Empty: the address"),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("One for this program alone, if your server gives such"),
    )
    since = forms.DateField(
        label=_("Mail from this day on"),
        widget=forms.DateInput({"type": "date"}),
        initial=timezone.localdate,
    )

    def __init__(self, *args: Any, servers: list[str], **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["server"].choices = [(name, name) for name in servers]


def _as_choices(rows: Any) -> Any:
    return Deal.objects.filter(pk__in=[one.pk for one in rows]).order_by("-opened_at")
