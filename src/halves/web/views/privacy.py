"""A person's right to see what is known of them, and to be forgotten; the lock after a restore."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, insist, may
from halves.keeping.actions import lift_lock
from halves.keeping.erasing import erase_person, export_person
from halves.keeping.models import RestoreLock
from halves.people.models import Person
from halves.people.queries import people_of
from halves.web.needs import needs


@require_GET
@needs(Verb.SEE, "privacy")
def person_privacy(request: HttpRequest, key: int) -> HttpResponse:
    """What can be done about a person's data."""
    context = {
        "person": _met(request, key),
        "may_erase": may(request.user, Verb.REMOVE, "privacy"),
    }
    return render(request, "people/privacy.html", context)


@require_POST
@needs(Verb.EXPORT, "privacy")
def person_export(request: HttpRequest, key: int) -> HttpResponse:
    """A file with all that is known of a person."""
    found = export_person(_met(request, key), by=request.user, at=timezone.now())
    told = json.dumps(found, indent=1, ensure_ascii=False)
    name = f'attachment; filename="person-{key}.json"'
    return HttpResponse(
        told, content_type="application/json", headers={"Content-Disposition": name}
    )


@require_POST
@needs(Verb.REMOVE, "privacy")
def person_erase(request: HttpRequest, key: int) -> HttpResponse:
    """Erase a person everywhere, once their name was typed."""
    whom = _met(request, key)
    if request.POST.get("name", "").strip() != str(whom):
        messages.error(request, _("Type the name as it stands there. Nothing was erased."))
        return redirect("person_privacy", key)
    gone = erase_person(whom, by=request.user, at=timezone.now())
    words = ", ".join(f"{count} {where}" for where, count in gone.items())
    messages.success(request, _("Erased everywhere: %(words)s.") % {"words": words})
    return redirect("people")


@needs(Verb.SEE, "restore_lock")
def restore_lock(request: HttpRequest) -> HttpResponse:
    """Why nothing is sent after a restore, and saying that it may be."""
    locks = RestoreLock.objects.filter(lifted_at=None)
    if request.method == "POST":
        insist(request.user, Verb.CHANGE, "restore_lock")
        for lock in locks:
            lift_lock(lock, by=request.user, at=timezone.now())
        messages.success(request, _("Sending is open again."))
        return redirect("restore_lock")
    context = {"locks": locks, "may_lift": may(request.user, Verb.CHANGE, "restore_lock")}
    return render(request, "settings/restore_lock.html", context)


def _met(request: HttpRequest, key: int) -> Person:
    return get_object_or_404(people_of(request.user), pk=key)
