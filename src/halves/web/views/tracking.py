"""Sites and servers that send events: their keys, what arrives, whose visits they are."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from halves.access.rules import Verb, insist, may
from halves.people.errors import FieldRefused, IdentifierTaken
from halves.tracking import sources, stitching
from halves.tracking.door import NOBODY
from halves.tracking.errors import SourceRefused, StitchRefused
from halves.tracking.models import Event, EventState, Source, Stitch, StitchState
from halves.web.forms import Fields
from halves.web.needs import needs
from halves.web.tracking_words import verdict_in_words

_SHOWN = 50
_SHOWN_OF_NOBODY = 20
_COOKIE, _ONCE_S = "secret_to_see", 60
_STATES = ("", *EventState.values)
_LINES = forms.Textarea({"rows": 3})


class SourceForm(Fields):
    """A site, an app or a server."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    origins = forms.CharField(
        label=gettext_lazy("Sites whose browsers may send"),
        required=False,
        max_length=5_000,
        widget=_LINES,
        help_text=gettext_lazy(
            "One a line, such as https://www.example.org; * for all. None: servers and apps only"
        ),
    )

    def clean_origins(self) -> list[str]:
        """Line by line."""
        return str(self.cleaned_data["origins"]).split()


class ChangeForm(SourceForm):
    """The same of one that there is, with what its events mean."""

    doors = forms.CharField(
        label=gettext_lazy("Events that open a door"),
        required=False,
        max_length=5_000,
        widget=_LINES,
        help_text=gettext_lazy("Names of events, one a line, such as Signed Up"),
    )
    user_ids = forms.CharField(
        label=gettext_lazy("Kind of its user ids"),
        max_length=40,
        help_text=gettext_lazy("Sources of one product share it, such as user_id"),
    )
    is_on = forms.BooleanField(label=gettext_lazy("On"), required=False)

    def clean_doors(self) -> list[str]:
        """Line by line."""
        return str(self.cleaned_data["doors"]).splitlines()


@dataclass(frozen=True)
class Shown:
    """One event in the live view."""

    event: Event
    words: str
    body: str


@needs(Verb.SEE, "source")
def all_sources(request: HttpRequest) -> HttpResponse:
    """Who sends events; a new one is added here."""
    form = SourceForm(request.POST or None)
    if request.method == "POST":
        insist(request.user, Verb.ADD, "source")
        if form.is_valid():
            try:
                made = sources.add_source(**form.cleaned_data, by=request.user, at=timezone.now())
            except SourceRefused as refused:
                form.refuse(refused.field, refused.words)
            else:
                return _to_see_once(made.source, made.secret)
    context = {
        "form": form,
        "refused": Event.objects.filter(source=NOBODY).order_by("-pk")[:_SHOWN_OF_NOBODY],
        "sources": Source.objects.order_by("-is_on", "name", "pk"),
        "may_add": may(request.user, Verb.ADD, "source"),
    }
    return render(request, "tracking/list.html", context, status=422 if form.errors else 200)


@needs(Verb.SEE, "source")
def source(request: HttpRequest, key: int) -> HttpResponse:
    """One source: its keys, its snippet, what arrives."""
    one = get_object_or_404(Source, pk=key)
    if request.method != "POST":
        return _page(request, one, secret=_to_see_now(request, one))
    insist(request.user, Verb.CHANGE, "source")
    form = ChangeForm(request.POST)
    if form.is_valid():
        try:
            sources.change_source(one, **form.cleaned_data, by=request.user, at=timezone.now())
        except SourceRefused as refused:
            form.refuse(refused.field, refused.words)
        else:
            messages.success(request, _("Saved."))
            return redirect("source", key)
    return _page(request, Source.objects.get(pk=key), form=form)


@require_POST
@needs(Verb.CHANGE, "source")
def new_key(request: HttpRequest, key: int) -> HttpResponse:
    """Make a new key; the one before is useless."""
    one, now = get_object_or_404(Source, pk=key), timezone.now()
    if request.POST.get("which") == "secret":
        return _to_see_once(one, sources.new_key(one, "secret", by=request.user, at=now))
    sources.new_key(one, "write", by=request.user, at=now)
    messages.success(request, _("There is a new write key. Pages with the old one send nothing."))
    return redirect("source", key)


@needs(Verb.SEE, "source")
def live(request: HttpRequest, key: int) -> HttpResponse:
    """The newest events and what became of each; asked for every other second."""
    one = get_object_or_404(Source, pk=key)
    return render(request, "tracking/live.html", {"source": one, **_events(request, one)})


@require_POST
@needs(Verb.CHANGE, "stitch")
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Say whether visits are whose someone said they are."""
    stitch = get_object_or_404(Stitch.objects.select_related("source"), pk=key)
    try:
        if request.POST.get("is_so") == "yes":
            person = stitching.believe(stitch, by=request.user, at=timezone.now())
            messages.success(request, _("The visits are those of %(who)s.") % {"who": person})
        else:
            stitching.refuse(stitch, by=request.user, at=timezone.now())
            messages.success(request, _("The visits stay nobody's."))
    except (StitchRefused, FieldRefused, IdentifierTaken) as refused:
        messages.error(request, str(refused))
    return redirect("source", stitch.source_id)


def _to_see_once(one: Source, secret: str) -> HttpResponse:
    """To the source's page, which shows the secret once: loading it again makes no second one.

    The browser that gets to see it carries it there, so that no disk of ours ever holds it.
    """
    response = redirect("source", one.pk)
    response.set_signed_cookie(
        _COOKIE,
        secret,
        salt=_salt(one),
        max_age=_ONCE_S,
        path=reverse("source", args=[one.pk]),
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _to_see_now(request: HttpRequest, one: Source) -> str:
    return request.get_signed_cookie(_COOKIE, "", salt=_salt(one), max_age=_ONCE_S) or ""


def _salt(one: Source) -> str:
    return f"secret-of-source-{one.pk}"


def _page(
    request: HttpRequest, one: Source, *, form: ChangeForm | None = None, secret: str = ""
) -> HttpResponse:
    initial = {
        "name": one.name,
        "origins": "\n".join(one.origins),
        "doors": "\n".join(one.doors),
        "user_ids": one.user_ids,
        "is_on": one.is_on,
    }
    host = request.build_absolute_uri("/").rstrip("/")
    unverified = one.stitches.filter(state=StitchState.UNVERIFIED)
    context = {
        "source": one,
        "secret": secret,
        "host": host,
        "snippet": f'<script async src="{host}{reverse("track_script")}" '
        f'data-key="{one.write_key}"></script>',
        "form": form or ChangeForm(initial=initial),
        "may_change": may(request.user, Verb.CHANGE, "source"),
        "may_decide": may(request.user, Verb.CHANGE, "stitch"),
        "stitches": unverified.order_by("-pk")[:_SHOWN],
        **_events(request, one),
    }
    status = 422 if form is not None and form.errors else 200
    response = render(request, "tracking/source.html", context, status=status)
    if secret:
        response.delete_cookie(_COOKIE, path=reverse("source", args=[one.pk]), samesite="Strict")
        response["Cache-Control"] = "no-store"
    return response


def _events(request: HttpRequest, one: Source) -> dict[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    rows = Event.objects.filter(source=one.pk)
    rows = rows.filter(state=state) if state else rows
    shown = [
        Shown(event, verdict_in_words(event), _pretty(event.body))
        for event in rows.order_by("-pk")[:_SHOWN]
    ]
    return {"events": shown, "state": state, "states": EventState.choices}


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
