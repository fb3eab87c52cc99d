"""What is chosen when a concern is answered at scale: which answers, about which topic."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from halves.campaigns.topics import Reach
from halves.concerns.models import Concern
from halves.conversations.at_scale import best_answers, told_unasked
from halves.web.forms import Fields

_MOST_TOPICS, _MOST_ANSWERS = 20, 20


class AtScaleForm(Fields):
    """Approved answers, and the topic that reaches most, are chosen beforehand."""

    answers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Answers that the story tells"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    topic = forms.ChoiceField(
        label=gettext_lazy("What the campaign is about"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Who agreed to one topic only is written to about nothing else."),
    )

    def __init__(self, *args: Any, concern: Concern, reach: Reach, **named: Any) -> None:
        usual = [one.pk for one in told_unasked(concern)]
        super().__init__(*args, initial={"answers": usual, "topic": reach.best}, **named)
        known = best_answers(concern)[:_MOST_ANSWERS]
        self.fields["answers"].choices = [(one.pk, _answer(one)) for one in known]
        self.fields["topic"].choices = [
            (topic, _topic(topic, n, reach)) for topic, n in _shown(reach)
        ]
        if not known:
            del self.fields["answers"]

    @property
    def said(self) -> dict[str, Any]:
        """As the action takes it."""
        return {
            "topic": self.cleaned_data["topic"],
            "answers": self.cleaned_data.get("answers"),
        }


def _answer(one: Any) -> str:
    return one.words if one.is_approved else _("Not approved yet: %s") % one.words


def _topic(topic: str, reached: int, reach: Reach) -> str:
    name = topic or _("No topic: only who agreed to all mail")
    said = {"n": f"{reached:,}", "of": f"{reach.of:,}"}
    words = ngettext("reaches %(n)s of %(of)s", "reaches %(n)s of %(of)s", reached) % said
    return f"{name} · {words}"


def _shown(reach: Reach) -> list[tuple[str, int]]:
    """The topics that reach most, and none."""
    first = list(reach.topics[:_MOST_TOPICS])
    return first if any(not topic for topic, _n in first) else [*first, ("", reach.reached(""))]
