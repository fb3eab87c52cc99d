"""What concerns give to the audience builder: who voiced what, and who is likely to hold it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.concerns.models import Because, Concern, ConcernKind, Heard, Likely
from halves.people.fields import Choices, Field, Holds, Records, records_of_people


def register() -> None:
    """Say what can be asked of what was heard."""
    records_of_people(_VOICED)
    records_of_people(_LIKELY)


def _concerns() -> Choices:
    rows = Concern.objects.filter(retired_at=None, merged_into=None).order_by("name")
    return [(str(key), name) for key, name in rows.values_list("pk", "name")[:500]]


def _voiced(who: Q) -> Iterable[tuple[Any, ...]]:
    rows = Heard.objects.filter(who).exclude(concern=None)
    columns = ("person_id", "concern_id", "concern__kind", "is_aspiration", "at")
    for person, concern, kind, is_aspiration, at in rows.values_list(*columns):
        yield person, str(concern), kind, is_aspiration, at


def _likely(who: Q) -> Iterable[tuple[Any, ...]]:
    columns = ("person_id", "concern_id", "low", "high", "because")
    for person, concern, *said in Likely.objects.filter(who).values_list(*columns):
        yield person, str(concern), *said


_TEXT = Holds.TEXT
_CONCERN = Field("concern", _("Concern"), _TEXT, "r.concern", choices=_concerns, is_open=False)
_VOICED = Records(
    "concerns_voiced",
    _("Concerns and aspirations that they voiced"),
    (
        _CONCERN,
        Field("kind", _("About"), _TEXT, "r.kind", choices=lambda: ConcernKind.choices,
              is_open=False),
        Field("is_aspiration", _("An aspiration"), Holds.YES_NO, "r.is_aspiration"),
        Field("at", _("When"), Holds.MOMENT, "r.at"),
    ),
    when="at",
    rows=_voiced,
)  # fmt: skip
_LIKELY = Records(
    "concerns_likely",
    _("Concerns that they are likely to hold, and never voiced"),
    (
        _CONCERN,
        Field("low", _("Chance at least"), Holds.NUMBER, "r.low"),
        Field("high", _("Chance at most"), Holds.NUMBER, "r.high"),
        Field("because", _("Why"), _TEXT, "r.because", choices=lambda: Because.choices,
              is_open=False),
    ),
    rows=_likely,
)  # fmt: skip
