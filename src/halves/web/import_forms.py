"""What is asked of a file that is to be brought in."""

from collections.abc import Sequence
from typing import Any

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from halves.imports.answering import CHOICES, as_kept
from halves.imports.models import ImportRun
from halves.imports.queries import Question, answer_to, questions_of
from halves.imports.understanding import TABLES

_TABLES = {
    "people": _("people"),
    "touches": _("touches: moments when a story reached someone"),
    "outcomes": _("outcomes: deals, renewals, people who left"),
    "spend": _("spend: money on a channel, by day"),
}
_ROLES = {
    "person": _("Who it is: an id or an address"),
    "account": _("Account's id"),
    "at": _("When"),
    "campaign": _("Campaign"),
    "channel": _("Channel"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "region": _("Region"),
    "stage": _("Stage"),
    "seller": _("Owner or seller"),
    "clicks": _("Clicks"),
    "impressions": _("Impressions"),
    "id": _("The row's own id"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "title": _("Job title"),
    "account_name": _("Account's name"),
}


class AnswersForm(forms.Form):
    """The questions that a recipe asks, and two that a colleague may answer."""

    def __init__(self, *args: Any, run: ImportRun, zones: Sequence[str], **named: Any) -> None:
        super().__init__(*args, **named)
        self._run = run
        self._names: dict[str, Question] = {}
        for place, question in enumerate(questions_of(run)):
            name = f"question_{place}"
            self._names[name] = question
            self.fields[name] = _field(question, zones)
            self.initial[name] = _shown(answer_to(run, question))
        if any(one in run.recipe for one in ('table = "contacts"', 'table = "companies"')):
            self._add_of_people(run)

    @property
    def said(self) -> dict[str, Any]:
        """As `ImportRun.answers` keeps it."""
        typed = {
            question.name: _plain(question, self.cleaned_data[name])
            for name, question in self._names.items()
        }
        found = as_kept(self._run, typed)
        for name in ("country", "is_newer"):
            if name in self.fields:
                found[name] = self.cleaned_data[name]
        return found

    def _add_of_people(self, run: ImportRun) -> None:
        countries = [(code, code) for code in sorted(phonenumbers.SUPPORTED_REGIONS)]
        self.fields["country"] = forms.ChoiceField(
            label=_("Country of telephone numbers without +"),
            choices=[("", "—"), *countries],
            required=False,
        )
        self.fields["is_newer"] = forms.BooleanField(
            label=_("This file is newer: replace what we know already"),
            required=False,
            help_text=_("Otherwise it only fills what is empty."),
        )
        self.initial["country"] = run.answers.get("country", "")
        self.initial["is_newer"] = run.answers.get("is_newer", False)


class ColumnsForm(forms.Form):
    """Which column of a file is what."""

    table = forms.ChoiceField(
        label=_("A row is about"), choices=[(name, _TABLES[name]) for name in TABLES]
    )

    def __init__(self, *args: Any, run: ImportRun, **named: Any) -> None:
        super().__init__(*args, **named)
        self._was = run.understood.get("table", "people")
        self.initial["table"] = self._was
        headers = [("", "—"), *((one, one) for one in run.understood.get("headers", []))]
        self._roles = list(run.understood.get("columns", {}))
        for role in self._roles:
            label = _ROLES.get(role, role)
            self.fields[f"role_{role}"] = forms.ChoiceField(
                label=label, choices=headers, required=False
            )
            self.initial[f"role_{role}"] = run.understood["columns"][role]

    @property
    def said(self) -> dict[str, Any]:
        """As `ImportRun.answers` keeps it; what was chosen for another table counts no more."""
        chosen = {role: self.cleaned_data[f"role_{role}"] for role in self._roles}
        table = self.cleaned_data["table"]
        return {"table": table, "columns": chosen if table == self._was else {}}


def _field(question: Question, zones: Sequence[str]) -> forms.Field:
    label = question.about[:1].upper() + question.about[1:]
    shared: dict[str, Any] = {"label": label, "required": question.needed}
    if question.name in CHOICES:
        named = [(one, one.replace("_", " ")) for one in CHOICES[question.name]]
        return forms.ChoiceField(choices=[("", "—"), *named], **shared)
    match question.kind:
        case "number":
            return forms.DecimalField(min_value=0, **shared)
        case "day":
            return forms.DateField(widget=forms.DateInput({"type": "date"}), **shared)
        case "zone":
            return forms.ChoiceField(choices=[("", "—"), *((z, z) for z in zones)], **shared)
        case "yes_no":
            said = [("", "—"), ("yes", _("yes")), ("no", _("no"))]
            return forms.ChoiceField(choices=said, **shared)
        case "mark":
            return forms.ChoiceField(choices=[("", "—"), (".", "."), (",", ",")], **shared)
    return forms.CharField(max_length=200, **shared)


def _plain(question: Question, typed: Any) -> Any:
    """As programs say it too."""
    if typed in (None, ""):
        return None
    return typed == "yes" if question.kind == "yes_no" else str(typed)


def _shown(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value
