"""Reads: the library of concerns, and what settles each."""

from django.db.models import QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.concerns.models import Concern


def concerns_of(user: User) -> "QuerySet[Concern]":
    """Concerns with their answers, by what they are about."""
    rows = Concern.objects.filter(retired_at=None).prefetch_related("answers", "stories")
    return visible(user, "concern", rows.order_by("kind", "name"))
