"""What people type in, and what is wrong with it, said next to the field."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from halves.access.actions import SCOPES
from halves.access.models import House, Role, Team, User
from halves.people.models import Account, CustomField, FieldKind
from halves.people.queries import accounts_of
from halves.people.tasks import doers

_MORNING = time(9)


class Fields(forms.Form):
    """A form that marks its fields for screen readers where something is wrong."""

    def refuse(self, field: str, words: str) -> None:
        """Put what a room refused next to the field it is about."""
        self.add_error(field if field in self.fields else None, words)


class PersonForm(Fields):
    """What we write down of a person."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("With the country, such as +49 30 901820"),
    )
    title = forms.CharField(label=_("Job title"), max_length=200, required=False)
    account = forms.CharField(
        label=_("Account"),
        max_length=200,
        required=False,
        help_text=_("The organisation; a new name makes a new account"),
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )
    region = forms.CharField(label=_("Region"), max_length=100, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, **named: Any) -> None:
        super().__init__(*args, **named)
        self.user = user
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name")
        _add_custom(self, "person")

    def account_named(self) -> Account | None:
        """The account that was typed, if the user may meet one of that name."""
        name = self.cleaned_data["account"].strip()
        return accounts_of(self.user).filter(name__iexact=name).first() if name else None

    @property
    def custom(self) -> dict[str, Any]:
        """What was typed into the company's own fields."""
        return _custom_of(self)


class AccountForm(Fields):
    """What we write down of an organisation."""

    name = forms.CharField(label=_("Name"), max_length=200)
    domain = forms.CharField(label=_("Domain"), max_length=200, required=False)
    website = forms.URLField(
        label=_("Website"), max_length=300, required=False, assume_scheme="https"
    )
    industry = forms.CharField(label=_("Industry"), max_length=100, required=False)
    region = forms.CharField(label=_("Region"), max_length=100, required=False)
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name")
        _add_custom(self, "account")

    @property
    def custom(self) -> dict[str, Any]:
        """What was typed into the company's own fields."""
        return _custom_of(self)


class NoteForm(Fields):
    """Something to write down."""

    words = forms.CharField(label=_("Note"), widget=forms.Textarea({"rows": 3}), max_length=20_000)


class TagForm(Fields):
    """A word to put on a person."""

    name = forms.CharField(label=_("Tag"), max_length=60)


class TaskForm(Fields):
    """Something to do."""

    title = forms.CharField(label=_("To do"), max_length=200)
    due_on = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput({"type": "date"})
    )
    remind = forms.ChoiceField(
        label=_("Remind"),
        required=False,
        choices=[
            ("", _("never")),
            ("hour", _("in an hour")),
            ("tomorrow", _("tomorrow at 9:00")),
            ("week", _("in a week at 9:00")),
            ("day_before", _("the day before, at 9:00")),
            ("day", _("on the day, at 9:00")),
        ],
    )
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("me")
    )

    def __init__(self, *args: Any, user: User, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["owner"].queryset = doers().exclude(pk=user.pk)

    def clean(self) -> dict[str, Any]:
        """The day must be said where the reminder hangs on it."""
        said = super().clean() or {}
        if said.get("remind") in ("day", "day_before") and not said.get("due_on"):
            self.add_error("due_on", _("Say by which day, or choose another moment."))
        return said

    def remind_at(self, now: datetime) -> datetime | None:
        """When to remind, in the zone of whoever typed; None for never."""
        chosen, due_on = self.cleaned_data["remind"], self.cleaned_data["due_on"]
        today = timezone.localdate(now)
        days = {
            "tomorrow": today + timedelta(days=1),
            "week": today + timedelta(days=7),
            "day": due_on,
            "day_before": due_on - timedelta(days=1) if due_on else None,
        }
        if chosen == "hour":
            return now + timedelta(hours=1)
        day = days.get(chosen)
        return timezone.make_aware(datetime.combine(day, _MORNING)) if day else None


class GiveForm(Fields):
    """To whom a task goes."""

    to = forms.ModelChoiceField(label=_("To"), queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["to"].queryset = doers().exclude(pk=user.pk)


class ConsentForm(Fields):
    """What a person said about being contacted."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[
            ("email", _("e-mail")),
            ("phone", _("phone")),
            ("post", _("post")),
            ("sms", _("text messages")),
            ("webhook", _("a program of ours")),
            ("ads", _("lists at ad platforms")),
            ("*", _("all channels")),
        ],
    )
    topic = forms.CharField(
        label=_("Topic"), max_length=80, required=False, help_text=_("Empty: whatever the topic")
    )
    is_given = forms.TypedChoiceField(
        label=_("Said"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda said: said == "yes",
    )
    how = forms.CharField(
        label=_("How"), max_length=200, help_text=_("Such as: said so in a call on Monday")
    )


class ViewForm(Fields):
    """A name for a list as it is shown now."""

    name = forms.CharField(label=_("Name of this view"), max_length=80)
    query = forms.CharField(widget=forms.HiddenInput, max_length=500, required=False)
    is_shared = forms.BooleanField(label=_("Show it to everyone"), required=False)


class HouseForm(Fields):
    """What holds for everyone."""

    name = forms.CharField(label=_("Name of the company"), max_length=100, required=False)
    is_by_team = forms.BooleanField(
        label=_("Sellers see their own team's people only"),
        required=False,
        help_text=_("People whom nobody owns are seen by all."),
    )

    @classmethod
    def of(cls, house: House) -> "HouseForm":
        """As it is."""
        return cls(initial={"name": house.name, "is_by_team": house.is_by_team})


class UserForm(Fields):
    """A colleague."""

    name = forms.CharField(label=_("Name"), max_length=100)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("none")
    )
    time_zone = forms.CharField(label=_("Time zone"), max_length=50, initial="UTC")
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["team"].queryset = Team.objects.order_by("name")

    def clean_time_zone(self) -> str:
        """A zone that there is."""
        found = str(self.cleaned_data["time_zone"]).strip()
        if found not in available_timezones():
            raise forms.ValidationError(_("Give a zone such as Europe/Berlin."))
        return found


class NewUserForm(UserForm):
    """A colleague to let in."""

    email = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 letters; ask them to change it."),
    )
    field_order = ("name", "email", "password", "role", "team", "time_zone")


class TeamForm(Fields):
    """A team's name."""

    name = forms.CharField(label=_("Name of the team"), max_length=100)


class CustomFieldForm(Fields):
    """A field that this company keeps."""

    of = forms.ChoiceField(
        label=_("Of"), choices=[("person", _("people")), ("account", _("accounts"))]
    )
    label = forms.CharField(label=_("Label"), max_length=80)
    kind = forms.ChoiceField(label=_("Holds"), choices=FieldKind.choices)
    choices = forms.CharField(
        label=_("Choices"), required=False, help_text=_("Divided by commas, where it is a list")
    )


class TokenForm(Fields):
    """A key for programs."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[
            (scope, label)
            for scope, label in zip(SCOPES, (_("read"), _("write"), _("export")), strict=True)
        ],
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
    )


def _add_custom(form: Fields, of: str) -> None:
    for one in CustomField.objects.filter(of=of):
        form.fields[f"field_{one.key}"] = _field(one)


def _field(one: CustomField) -> forms.Field:
    match one.kind:
        case FieldKind.NUMBER:
            return forms.FloatField(label=one.label, required=False)
        case FieldKind.DAY:
            widget = forms.DateInput({"type": "date"})
            return forms.DateField(label=one.label, required=False, widget=widget)
        case FieldKind.YES_NO:
            said = [("", "—"), ("yes", _("yes")), ("no", _("no"))]
            return forms.ChoiceField(label=one.label, required=False, choices=said)
        case FieldKind.CHOICE:
            listed = [("", "—"), *((choice, choice) for choice in one.choices)]
            return forms.ChoiceField(label=one.label, required=False, choices=listed)
    return forms.CharField(label=one.label, required=False, max_length=500)


def _custom_of(form: Fields) -> dict[str, Any]:
    start = "field_"
    return {
        name.removeprefix(start): value
        for name, value in form.cleaned_data.items()
        if name.startswith(start)
    }
