"""The one Django app: when it is ready, every room has said its rules."""

from importlib import import_module

from django.apps import AppConfig

# Rooms with a `registry.py`: what they give to rooms below (rules, lines of the timeline, jobs).
ROOMS = (
    "access",
    "webhooks",
    "people",
    "stories",
    "experiments",
    "keeping",
    "tracking",
    "promises",
    "deals",
    "concerns",
    "audiences",
    "campaigns",
    "pages",
    "conversations",
    "imports",
    "scoreboard",
    "api",
    "assistants",
)


class HalvesConfig(AppConfig):
    """All rooms of halves."""

    name = "halves"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let each room register what reaches across rooms."""
        for room in ROOMS:
            import_module(f"halves.{room}.registry").register()
