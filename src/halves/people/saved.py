"""Lists kept under a name: whose there are, and throwing one away."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from halves.access import audit
from halves.access.models import User
from halves.people.models import SavedView


def views_of(user: User, of: str = "people") -> "QuerySet[SavedView]":
    """The user's own views, and those shown to everyone."""
    rows = SavedView.objects.filter(of=of)
    seen = rows.filter(user=user) | rows.filter(is_shared=True)
    return seen.select_related("user").distinct().order_by("name", "id")


def own_views(user: User) -> "QuerySet[SavedView]":
    """Those that the user may throw away."""
    return SavedView.objects.filter(user=user)


def remove_view(view: SavedView, *, by: User, at: datetime) -> None:
    """Throw a view of one's own away; nobody is on it any less."""
    with transaction.atomic():
        before = {"of": view.of, "name": view.name, "query": view.query}
        audit.record("view.remove", view, by=by, at=at, before=before)
        view.delete()
