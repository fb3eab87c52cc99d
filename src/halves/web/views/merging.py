"""Two people whom a colleague knows to be one: found, seen side by side, merged."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from halves.access.rules import Verb
from halves.people.errors import MergeRefused
from halves.people.merging import foreseen, merge
from halves.people.models import CustomField, Person
from halves.people.queries import Asked, people_asked, people_of
from halves.web.needs import needs

_SHOWN = 20
_FIELDS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail to write to"),
    "phone": gettext_lazy("Phone to call"),
    "title": gettext_lazy("Job title"),
    "account": gettext_lazy("Account"),
    "owner": gettext_lazy("Owner"),
    "region": gettext_lazy("Region"),
    "language": gettext_lazy("Language"),
    "time_zone": gettext_lazy("Time zone"),
}


@require_GET
@needs(Verb.CHANGE, "person")
def merge_search(request: HttpRequest, key: int) -> HttpResponse:
    """Find the other one."""
    whom = get_object_or_404(people_of(request.user), pk=key)
    said = request.GET.get("search", "").strip()
    found = people_asked(request.user, Asked(search=said)) if said else Person.objects.none()
    found = found.exclude(pk=key).select_related("account", "owner").order_by("name", "id")
    context = {"person": whom, "said": said, "found": found[:_SHOWN]}
    return render(request, "people/merge.html", context)


@needs(Verb.CHANGE, "person")
def merge_with(request: HttpRequest, key: int, other: int) -> HttpResponse:
    """The two side by side, with what stays; then one."""
    people = people_of(request.user).select_related("account", "owner")
    kept = get_object_or_404(people, pk=key)
    gone = people.filter(pk=other).first()
    if gone is None or gone.pk == kept.pk:
        return _refused(request, kept, other)
    if request.method == "POST":
        try:
            merge(kept, gone, by=request.user, at=timezone.now(), why=_("chosen by hand"))
        except MergeRefused as refused:
            messages.error(request, str(refused))
            return redirect("person_merge", key)
        messages.success(request, _("Merged. It can be undone at the end of this page."))
        return redirect("person", kept.pk)
    context = {
        "person": kept,
        "other": gone,
        "rows": _rows(kept, gone),
        "belongings": [_belongings(one) for one in (kept, gone)],
    }
    return render(request, "people/merge_with.html", context)


def _refused(request: HttpRequest, kept: Person, other: int) -> HttpResponse:
    """Say why these two cannot be merged, if the user may meet the other at all."""
    if other == kept.pk:
        messages.error(request, _("This is the same person: choose another one to merge with."))
        return redirect("person_merge", kept.pk)
    away = get_object_or_404(Person.objects.exclude(merged_into=None), pk=other)
    survivor = people_of(request.user).filter(pk=away.merged_into_id).first()
    if survivor is None:
        raise Http404
    words = _("%(gone)s was merged into %(kept)s already: choose %(kept)s instead.")
    messages.error(request, words % {"gone": away, "kept": survivor})
    return redirect("person_merge", kept.pk)


def _rows(kept: Person, gone: Person) -> list[dict[str, Any]]:
    """Each field of either, and what it is afterwards."""
    after = foreseen(kept, gone)
    rows = [
        {
            "label": label,
            "kept": getattr(kept, name) or "",
            "gone": getattr(gone, name) or "",
            "after": getattr(after, name) or "",
        }
        for name, label in _FIELDS.items()
    ]
    labels = {one.key: one.label for one in CustomField.objects.filter(of="person")}
    for key in dict.fromkeys([*kept.fields, *gone.fields]):
        said = {name: one.fields.get(key, "") for name, one in (("kept", kept), ("gone", gone))}
        rows.append({"label": labels.get(key, key), "after": after.fields.get(key, ""), **said})
    return [row for row in rows if row["kept"] or row["gone"]]


def _belongings(person: Person) -> dict[str, Any]:
    return {
        "known_by": [f"{one.kind}: {one.value}" for one in person.identifiers.order_by("id")[:10]],
        "notes": person.notes.count(),
        "tasks": person.tasks.count(),
        "tags": ", ".join(str(one) for one in person.tags.order_by("name")),
        "is_do_not_contact": person.is_do_not_contact,
    }
