"""What every page knows."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from halves.access.models import House, User
from halves.access.rules import Verb, may
from halves.assistants import proposing
from halves.people.tasks import waiting


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    url: str
    label: str | Promise
    kind: str


NAVIGATION = (
    Place("home", _("Score"), "score"),
    Place("which_half", _("Which half"), "answer"),
    Place("brand", _("Brand"), "score"),
    Place("people", _("People"), "person"),
    Place("accounts", _("Accounts"), "account"),
    Place("stories", _("Stories"), "story"),
    Place("deals", _("Deals"), "deal"),
    Place("calls", _("Calls"), "call_queue"),
    Place("conversations", _("Conversations"), "conversation"),
    Place("concerns", _("Concerns"), "concern"),
    Place("promises", _("Promises"), "promise"),
    Place("pages", _("Pages"), "page"),
    Place("audiences", _("Audiences"), "audience"),
    Place("campaigns", _("Campaigns"), "campaign"),
    Place("experiments", _("Experiments"), "experiment"),
    Place("tasks", _("Tasks"), "task"),
    Place("imports", _("Import"), "import"),
)


def house(request: HttpRequest) -> dict[str, object]:
    """The house's name, and the places that this user may go to."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": ()}
    open_to = [place for place in NAVIGATION if may(user, Verb.SEE, place.kind)]
    return {
        "house": House.get(),
        "navigation": open_to,
        "tasks_waiting": lambda: _tasks_waiting(user),  # counted where it is shown
    }


def _tasks_waiting(user: User) -> int:
    now = timezone.now()
    asked = proposing.waiting(user, at=now).count()  # by their assistants
    return waiting(user, today=timezone.localdate(), at=now).count() + asked
