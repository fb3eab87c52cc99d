"""Which database the queue lies in."""

from typing import Any

from django.conf import settings


class QueueApart:
    """The queue has a file of its own on SQLite, so that claiming never makes a page wait."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        """Where to read."""
        return _home(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, *_: Any, **__: Any) -> bool | None:
        """No opinion."""
        return None

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        """Each table in one database only."""
        if "queue" not in settings.DATABASES:
            return None
        return (db == "queue") == (app_label == "django_tasks_db")


def _home(app_label: str) -> str | None:
    is_apart = "queue" in settings.DATABASES and app_label == "django_tasks_db"
    return "queue" if is_apart else None
