"""Audiences: the list, the builder with its live count, one audience, why somebody is in it."""

from secrets import token_hex
from typing import Any, Literal, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.audiences import actions, queries, saying
from halves.audiences.definition import read
from halves.audiences.errors import AudienceRefused, CountOvertaken, DefinitionRefused
from halves.audiences.exporting import export_audience
from halves.audiences.models import Audience, Kind
from halves.people.queries import people_of
from halves.web.audience_builder import Builder
from halves.web.needs import needs

_MOST = 500


@require_GET
@needs(Verb.SEE, "audience")
def audiences(request: HttpRequest) -> HttpResponse:
    """All audiences."""
    rows = queries.audiences_of(request.user).order_by("name").select_related("by")
    context = {"rows": rows[:_MOST], "may_add": may(request.user, Verb.ADD, "audience")}
    return render(request, "audiences/list.html", context)


@needs(Verb.ADD, "audience")
def add(request: HttpRequest) -> HttpResponse:
    """Build a new audience."""
    return _built(request, None)


@needs(Verb.CHANGE, "audience")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change an audience."""
    found = _met(request, key)
    if found.kind == Kind.STATIC:
        messages.error(request, _("This is a list: people are put on it, and it has no question."))
        return redirect("audience", key)
    return _built(request, found)


@require_POST
@needs(Verb.ADD, "audience")
def count(request: HttpRequest) -> HttpResponse:
    """How many answer what is in the builder, and a few of them; an edit stops it."""
    builder = Builder(queries.known(), currency=_currency()).read(request.POST)
    context = _counted(request, builder)
    return render(request, "audiences/count.html", context) if context else HttpResponse(status=204)


@require_GET
@needs(Verb.SEE, "audience")
def audience(request: HttpRequest, key: int) -> HttpResponse:
    """One audience: what is asked, how many answer, a few of them."""
    found, now = _met(request, key), timezone.now()
    context: dict[str, Any] = {
        "audience": found,
        "is_list": found.kind == Kind.STATIC,
        "may_change": may(request.user, Verb.CHANGE, "audience"),
        "may_export": may(request.user, Verb.EXPORT, "audience"),
        "may_take_to_ads": may(request.user, Verb.ADD, "ad_list"),
    }
    try:
        if found.kind == Kind.COMPUTED:
            context["tree"] = _tree(found)
        context["count"] = queries.size(found, at=now)
        context["people"] = queries.sample_of(found, request.user, at=now)
    except DefinitionRefused as refused:
        context["refused"] = str(refused)
    return render(request, "audiences/audience.html", context)


@require_GET
@needs(Verb.SEE, "audience")
def why(request: HttpRequest, key: int) -> HttpResponse:
    """Why somebody is in it, or is not."""
    found, now = _met(request, key), timezone.now()
    said = request.GET.get("person", "")
    if not said:  # somebody typed the address: the people to ask about are listed there
        return redirect("audience", key)
    number = int(said) if said.isdecimal() and len(said) < 18 else 0
    person = get_object_or_404(people_of(request.user), pk=number)
    context: dict[str, Any] = {"audience": found, "person": person}
    try:
        context["is_in"] = bool(queries.still_in(found, [person.pk], at=now))
        if found.kind == Kind.COMPUTED:
            context["why"] = queries.why(found.definition, person, at=now)
    except DefinitionRefused as refused:
        context["refused"] = str(refused)
    return render(request, "audiences/why.html", context)


@require_GET
@needs(Verb.EXPORT, "audience")
def export(request: HttpRequest, key: int) -> HttpResponse | StreamingHttpResponse:
    """Take its people away, as a file."""
    said = request.GET.get("form", "csv")
    form = cast(Literal["csv", "parquet"], said if said == "parquet" else "csv")
    try:
        file = export_audience(_met(request, key), form=form, by=request.user, at=timezone.now())
    except DefinitionRefused as refused:
        messages.error(request, str(refused))
        return redirect("audience", key)
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@require_POST
@needs(Verb.ADD, "audience")
def freeze(request: HttpRequest, key: int) -> HttpResponse:
    """Make a list of whoever is in it now."""
    found = _met(request, key)
    name = request.POST.get("name", "").strip() or _("%(name)s, as of %(day)s") % {
        "name": found.name[:90],
        "day": f"{timezone.localtime():%Y-%m-%d %H:%M}",
    }
    try:
        made = actions.freeze(found, name=name, by=request.user, at=timezone.now())
    except AudienceRefused as refused:
        messages.error(request, str(refused))
        return redirect("audience", key)
    return redirect("audience", made.pk)


@require_POST
@needs(Verb.CHANGE, "audience")
def put_on(request: HttpRequest, key: int) -> HttpResponse:
    """Put people on a list, by their addresses or by who is asked about."""
    found = _met(request, key)
    words = request.POST.get("people", "")[:200_000]
    wanted = {one.strip().lower() for one in words.replace(";", "\n").split("\n") if one.strip()}
    rows = people_of(request.user).filter(
        identifiers__kind="email", identifiers__value__in=sorted(wanted)[:5_000]
    )
    known = dict(rows.values_list("identifiers__value", "pk"))
    try:
        new = actions.put_on(found, set(known.values()), by=request.user, at=timezone.now())
    except AudienceRefused as refused:
        messages.error(request, str(refused))
        return redirect("audience", key)
    lost = sorted(wanted - set(known))
    said = ngettext("%(count)s person was put on it.", "%(count)s people were put on it.", new)
    messages.success(request, said % {"count": new})
    if lost:
        said = _("Nobody whom you see has these addresses: %(lost)s")
        messages.error(request, said % {"lost": ", ".join(lost[:20])})
    return redirect("audience", key)


@require_POST
@needs(Verb.CHANGE, "audience")
def take_off(request: HttpRequest, key: int) -> HttpResponse:
    """Take a person off a list."""
    said = request.POST.get("person", "")
    number = int(said) if said.isdecimal() and len(said) < 18 else 0
    met = people_of(request.user).filter(pk=number).values_list("pk", flat=True)
    try:
        actions.take_off(_met(request, key), list(met), by=request.user, at=timezone.now())
    except AudienceRefused as refused:
        messages.error(request, str(refused))
    return redirect("audience", key)


@require_POST
@needs(Verb.REMOVE, "audience")
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Throw it away; its people stay."""
    found = _met(request, key)
    try:
        actions.remove(found, by=request.user, at=timezone.now())
    except AudienceRefused as refused:
        messages.error(request, str(refused))
        return redirect("audience", key)
    messages.success(request, _("%(name)s is thrown away. The people stay.") % {"name": found.name})
    return redirect("audiences")


def _built(request: HttpRequest, found: Audience | None) -> HttpResponse:
    builder = Builder(queries.known(), own=found.pk if found else None, currency=_currency())
    name, errors, counted, status = found.name if found else "", {}, None, 200
    if request.method == "POST":
        builder.read(request.POST)
        name = request.POST.get("name", "")
        does = request.POST.get("do", "save")
        if does == "save":
            try:
                return redirect("audience", _saved(request, found, builder, name).pk)
            except DefinitionRefused as refused:
                errors["tree"] = builder.mark(refused.place, refused.words)
            except AudienceRefused as refused:
                errors["name"] = str(refused)
            status = 422
        elif does == "count":
            counted = _counted(request, builder)
    else:
        builder.fill(found.definition if found else None)
    context = {
        "audience": found,
        "builder": builder,
        "root": builder.root,
        "name": name,
        "errors": errors,
        "is_wrong": bool(errors),
        "version": request.POST.get("version", found.version if found else 1),
        "token": request.POST.get("builder", "") or token_hex(12),
        **(counted or {}),
    }
    if request.htmx:
        return render(request, "audiences/tree.html", context)
    return render(request, "audiences/edit.html", context, status=status)


def _currency() -> str:
    return settings.PLACE.settings().currency or ""


def _saved(request: HttpRequest, found: Audience | None, builder: Builder, name: str) -> Audience:
    said: dict[str, Any] = {"name": name, "definition": builder.as_data()}
    said |= {"by": request.user, "at": timezone.now()}
    if found is None:
        return actions.save_question(**said)
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 9 else 0
    return actions.change_question(found, version=number, **said)


def _counted(request: HttpRequest, builder: Builder) -> dict[str, Any] | None:
    """What the builder's question comes to; None where a newer one is being counted."""
    now, definition = timezone.now(), builder.as_data()
    # Only one's own count is stopped, whatever token a browser sends.
    token = f"{request.user.pk}-{request.POST.get('builder', '')[:40]}"
    try:
        found = queries.count(definition, at=now, token=token)
        people = queries.sample(definition, request.user, at=now)
    except DefinitionRefused as refused:
        return {"is_counted": True, "refused": str(refused)}
    except CountOvertaken:
        return None
    return {"is_counted": True, "count": found, "people": people}


def _tree(found: Audience) -> dict[str, Any]:
    return saying.tree(read(found.definition, queries.known(), within=(found.pk,)))


def _met(request: HttpRequest, key: int) -> Audience:
    return get_object_or_404(queries.audiences_of(request.user), pk=key)
