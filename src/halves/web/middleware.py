"""What happens around every page."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from halves.access.errors import MayNot
from halves.ledger.settings import SettingsRefused
from halves.mail.errors import MailSettingsRefused
from halves.people.errors import ViewUnknown

Respond = Callable[[HttpRequest], HttpResponse]


class UsersZone:
    """Times are shown in the zone of whoever reads them; refusals are pages that say what to do."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "UTC")
        try:
            timezone.activate(ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError):
            timezone.activate(ZoneInfo("UTC"))
        try:
            return self._respond(request)
        finally:
            timezone.deactivate()

    def process_exception(self, request: HttpRequest, failed: Exception) -> HttpResponse | None:
        """Turn what a room refuses into a page."""
        if isinstance(failed, MayNot):
            return render(request, "refused.html", {"failed": failed}, status=403)
        if isinstance(failed, ViewUnknown):
            return render(request, "misread.html", {"failed": failed}, status=400)
        is_ours = isinstance(failed, SettingsRefused | MailSettingsRefused)
        if is_ours and request.user.is_authenticated:  # strangers are told no paths
            return render(request, "unsettled.html", {"failed": failed}, status=503)
        return None
