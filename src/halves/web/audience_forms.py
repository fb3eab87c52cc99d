"""Forms of groups, and of the page by which people join one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from halves.audiences.models import Group


class GroupForm(forms.Form):
    """What a group is called and stands for."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_(
            "As its members would say it. It is also the topic that they agree to mail on."
        ),
    )
    aspiration = forms.CharField(
        label=_("What those who belong want to become"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In their words, not about us: “We repair what others throw away.”"),
    )
    is_open = forms.BooleanField(label=_("People may join by themselves"), required=False)

    @classmethod
    def typed(cls, found: Group | None) -> dict[str, Any]:
        """What the form begins with."""
        if found is None:
            return {"is_open": True}
        return {"name": found.name, "aspiration": found.aspiration, "is_open": found.is_open}


class JoinForm(forms.Form):
    """What somebody says who wants to belong."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
