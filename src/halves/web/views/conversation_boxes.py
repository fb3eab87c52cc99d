"""One's own mailbox and calendar, and conversations out of files."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb
from halves.connect.calendars import CalendarRefused, calendar
from halves.conversations.box_models import CalendarFeed, Mailbox
from halves.conversations.boxes import connect_mailbox, disconnect_mailbox
from halves.conversations.calendars import (
    end_feed,
    entries_of,
    make_feed,
    reader_of,
    take_meetings,
)
from halves.conversations.errors import ConversationRefused
from halves.conversations.mail_files import MailsTaken, take_mails
from halves.conversations.servers import servers
from halves.web.conversation_forms import FilesForm, MailboxForm
from halves.web.needs import anyone, needs

MOST_BYTES = 30_000_000


@needs(Verb.ADD, "mailbox")
def mailbox(request: HttpRequest) -> HttpResponse:
    """One's own mailbox, and the address of one's calendar."""
    box = Mailbox.objects.filter(user=request.user).first()
    known = servers(settings.PLACE.settings_file)
    form = MailboxForm(request.POST or None, servers=list(known), initial=_as_typed(request, box))
    if request.method == "POST" and form.is_valid():
        try:
            connect_mailbox(user=request.user, at=timezone.now(), **form.cleaned_data)
        except ConversationRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            words = _("Connected. Mail with people whom we know comes in within minutes.")
            messages.success(request, words)
            return redirect("mailbox")
    return _box_page(request, form, box)


@require_POST
@needs(Verb.REMOVE, "mailbox")
def leave(request: HttpRequest) -> HttpResponse:
    """Look into it no more."""
    for box in Mailbox.objects.filter(user=request.user):
        disconnect_mailbox(box, by=request.user, at=timezone.now())
        messages.success(request, _("Disconnected, and its password forgotten. Its mails stay."))
    return redirect("mailbox")


@require_POST
@needs(Verb.CHANGE, "mailbox")
def feed(request: HttpRequest) -> HttpResponse:
    """Make a new secret address for one's calendar, or end the one that there is."""
    now = timezone.now()
    if request.POST.get("end"):
        end_feed(request.user, at=now)
        messages.success(request, _("The address is dead."))
        return redirect("mailbox")
    token = make_feed(request.user, at=now)
    link = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    box = Mailbox.objects.filter(user=request.user).first()
    known = list(servers(settings.PLACE.settings_file))
    form = MailboxForm(servers=known, initial=_as_typed(request, box))
    return _box_page(request, form, box, link=link)


@require_GET
@anyone  # calendar programs send no cookie: the address itself is the secret, and can be ended
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A colleague's calendar."""
    now = timezone.now()
    reader = reader_of(token, at=now)
    if reader is None:
        raise Http404
    told = calendar(entries_of(reader, at=now), name=f"halves, {reader}")
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HttpResponse(told, content_type="text/calendar; charset=utf-8", headers=headers)


@needs(Verb.ADD, "conversation")
def files(request: HttpRequest) -> HttpResponse:
    """Mail or meetings out of a file."""
    form = FilesForm(request.POST or None, request.FILES or None)
    taken: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            taken = _taken(request, form.cleaned_data["file"])
        except (ConversationRefused, CalendarRefused) as refused:
            form.refuse("file", str(refused))
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, **taken}
    return render(request, "conversations/files.html", context, status=status)


def _taken(request: HttpRequest, file: Any) -> dict[str, Any]:
    if file.size > MOST_BYTES:
        raise ConversationRefused("file", _("It has more than 30 MB: cut it in parts."))
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    if file.name.lower().endswith(".ics"):
        found = take_meetings(file.read(), **who)
        words = ngettext("%(n)s meeting came in.", "%(n)s meetings came in.", found.new)
        said = [words % {"n": found.new}]
        said += [_("%(n)s changed.") % {"n": found.changed}] if found.changed else []
        said += [_with_nobody(found.passed_over)] if found.passed_over else []
        return {"said": " ".join(said), "left_out": found.left_out}
    return _mails_said(take_mails(file, **who))


def _mails_said(found: MailsTaken) -> dict[str, Any]:
    words = ngettext("%(n)s mail in it.", "%(n)s mails in it.", found.mails) % {"n": found.mails}
    turns = ngettext("%(n)s turn is new.", "%(n)s turns are new.", found.turns)
    said = [words, turns % {"n": found.turns}]
    said += [_with_nobody(found.passed_over)] if found.passed_over else []
    return {"said": " ".join(said), "unknown": found.unknown}


def _with_nobody(count: int) -> str:
    words = ngettext(
        "%(n)s is with nobody whom we know, was there before, or was written by a machine.",
        "%(n)s are with nobody whom we know, were there before, or were written by machines.",
        count,
    )
    return words % {"n": count}


def _as_typed(request: HttpRequest, box: Mailbox | None) -> dict[str, Any]:
    if box is None:
        return {"address": request.user.email}
    return {name: getattr(box, name) for name in ("server", "address", "login", "since")}


def _box_page(
    request: HttpRequest, form: MailboxForm, box: Mailbox | None, *, link: str = ""
) -> HttpResponse:
    known = servers(settings.PLACE.settings_file)
    context = {
        "form": form,
        "box": box,
        "servers": known,
        "copies_to": [one.copies_to for one in known.values() if one.copies_to],
        "copies_said": Mailbox.objects.filter(user=None).exclude(said=""),
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "link": link,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "conversations/mailbox.html", context, status=status)
