"""What may hold a person back, and what they want to become, of what the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.access.rules import visible
from halves.concerns import queries
from halves.concerns.models import Answer, Heard
from halves.concerns.queries import Best, Holding
from halves.people.models import Person
from halves.report.words import percent


@dataclass(frozen=True)
class Fear:
    """A concern that a person voiced, or may have, and what settles it.

    Args:
        concern: its key.
        name: in words.
        is_voiced: they said so.
        low, high: the chance that they have it; 1 where they said so.
        how_likely: the same in words.
        answer: to give; empty if there is none.
        how_sure: how well it is known to settle it.
    """

    concern: int
    name: str
    is_voiced: bool
    low: float
    high: float
    how_likely: str
    answer: str = ""
    how_sure: str = ""


def fears_of(person: Person, *, user: User, at: datetime) -> list[Fear]:
    """The voiced ones first; nothing of talks that are not this user's to see."""
    seen = visible(user, "heard", Heard.objects.filter(person=person, at__lte=at))
    told = set(seen.exclude(concern=None).values_list("concern_id", flat=True))
    found = queries.likely(person.pk, at=at)
    return [_fear(one) for one in found if one.voiced_at is None or one.concern.pk in told]


def aspirations_of(person: Person, *, user: User, at: datetime) -> Sequence[Heard]:
    """What they said that they want to become, the newest first."""
    rows = Heard.objects.filter(person=person, is_aspiration=True, at__lte=at)
    return list(visible(user, "heard", rows).order_by("-at", "-pk")[:3])


def _fear(one: Holding) -> Fear:
    is_voiced = one.voiced_at is not None
    return Fear(
        concern=one.concern.pk,
        name=str(one.concern),
        is_voiced=is_voiced,
        low=one.low,
        high=one.high,
        how_likely=_how_likely(one),
        answer=one.best.answer.words if one.best else "",
        how_sure=_how_sure(one.best) if one.best else "",
    )


def _how_likely(one: Holding) -> str:
    if one.voiced_at is not None:
        return _("said on %(day)s") % {"day": date_format(one.voiced_at, "j F Y")}
    if (one.low, one.high) == (0.0, 1.0):
        return _("nobody can tell how likely")
    said = {"low": percent(one.low), "high": percent(one.high)}
    words = _("not said; between %(low)s and %(high)s likely") % said
    return f"{words}: {one.because}" if one.because else words


def _how_sure(best: Best) -> str:
    answer: Answer = best.answer
    if not best.is_winner:
        return _("no winner yet")
    if answer.effect_low is None or answer.effect_high is None:
        return _("has won")
    said = {"low": percent(answer.effect_low), "high": percent(answer.effect_high)}
    return _("has won: %(low)s to %(high)s more deals closed after it") % said
