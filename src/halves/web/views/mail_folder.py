"""Mails that were written into the folder instead of going out: to read what people would get."""

from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from halves.access.rules import Verb
from halves.mail.errors import MailSettingsRefused
from halves.mail.folder import folder_of, newest, one_of
from halves.mail.settings import MailSettings
from halves.web.needs import needs

_SHOWN = 200


@needs(Verb.SEE, "mail")
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The mails that were written last."""
    context = {
        "mails": newest(_folder(), _SHOWN),
        "most": _SHOWN,
        "folder": _folder().name,
        "is_folder": _is_folder(),
    }
    return render(request, "settings/mail_sent.html", context)


@needs(Verb.SEE, "mail")
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, in words."""
    found = one_of(_folder(), name)
    if found is None:
        return _gone(request)
    kept, read, _raw = found
    context = {"kept": kept, "sender": read["From"], "words": _words(read)}
    return render(request, "settings/mail_sent_one.html", context)


@needs(Verb.SEE, "mail")
@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, as a mail program opens it."""
    found = one_of(_folder(), name)
    if found is None:
        return _gone(request)
    response = HttpResponse(found[2], content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{found[0].name}.eml"'
    return response


def _folder() -> Path:
    return folder_of(settings.PLACE.home)


def _is_folder() -> bool:
    try:
        return MailSettings.read(settings.PLACE.settings_file).is_folder
    except MailSettingsRefused:
        return False


def _gone(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("That mail is not there any more."))
    return redirect("mail_sent")


def _words(read: EmailMessage) -> str:
    part = read.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
