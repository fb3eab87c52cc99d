"""Which database events lie in."""

from typing import Any

from django.conf import settings

_APART = frozenset({"event", "eventbatch"})
_HERE = "events"


class EventsApart:
    """Events have a file of their own on SQLite, so that a crowd of visitors makes no page wait."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        """Where to read."""
        is_apart = model._meta.app_label == "halves" and model._meta.model_name in _APART
        return _HERE if is_apart and _HERE in settings.DATABASES else None

    db_for_write = db_for_read

    def allow_relation(self, *_: Any, **__: Any) -> bool | None:
        """No opinion."""
        return None

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **_: Any
    ) -> bool | None:
        """Each table in one database only."""
        if _HERE not in settings.DATABASES:
            return None
        if app_label == "halves" and model_name in _APART:
            return db == _HERE
        return False if db == _HERE else None
