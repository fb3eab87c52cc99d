"""Stories: the list, writing one with the check at its side, and how it looks to a person."""

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.people.models import Person
from halves.people.queries import Asked, people_asked, people_of
from halves.stories import actions, facts, queries, uses
from halves.stories.checking import Finding, Weight, check, check_told
from halves.stories.errors import StoryError, StoryRefused, StoryUnfit, TemplateRefused
from halves.stories.models import Kind, Story, Version
from halves.stories.rendering import Channel, Links, Rendered, prepared_of
from halves.stories.telling import OWN, as_told
from halves.web.needs import needs
from halves.web.story_forms import Sheet

# Mail has its styles at its elements; nothing of it runs, leads out of its frame or loads.
_FRAMED = {
    "sandbox": True,
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
}
_SAMPLE = Links(
    unsubscribe="https://example.org/u",
    preferences="https://example.org/p",
    view_in_browser="https://example.org/m",
    page="https://example.org/page",
)
CHANNELS = (
    (Channel.EMAIL, gettext_lazy("E-mail")),
    (Channel.PAGE, gettext_lazy("Page")),
    (Channel.CALL, gettext_lazy("Call brief")),
    (Channel.AD, gettext_lazy("Ad")),
    (Channel.TEXT, gettext_lazy("Plain words")),
)


@require_GET
@needs(Verb.SEE, "story")
def stories(request: HttpRequest) -> HttpResponse:
    """All stories, by what they promise."""
    kind = request.GET.get("kind", "")
    rows = queries.stories_of(request.user)
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    context = {
        "stories": queries.shown(list(rows[:500]), request.user),
        "kind": kind,
        "may_add": may(request.user, Verb.ADD, "story"),
    }
    return render(request, "stories/list.html", context)


@csp_update({"frame-src": [SELF]})
@needs(Verb.ADD, "story")
def add(request: HttpRequest) -> HttpResponse:
    """Write a story."""
    sheet = Sheet(request.POST or None, None, more=request.POST.get("more", ""))
    if request.method == "POST" and not request.POST.get("more") and sheet.is_valid():
        try:
            found = actions.write_story(by=request.user, at=timezone.now(), **sheet.said)
        except StoryRefused as refused:
            sheet.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("Written down. Nothing is told yet."))
            return redirect("story", found.pk)
    return _edited(request, sheet, None)


@csp_update({"frame-src": [SELF]})
@needs(Verb.CHANGE, "story")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a story."""
    found = _met(request, key)
    sheet = Sheet(request.POST or None, found, more=request.POST.get("more", ""))
    if request.method == "POST" and not request.POST.get("more") and sheet.is_valid():
        version = sheet.form.cleaned_data["version"] or 0
        try:
            actions.change_story(
                found, by=request.user, at=timezone.now(), version=version, **sheet.said
            )
        except StoryRefused as refused:
            sheet.refuse(refused.field, str(refused))
        except StoryError as refused:
            sheet.form.refuse("", str(refused))
        else:
            messages.success(request, _("Saved. What was told before stays as it was."))
            return redirect("story", key)
    return _edited(request, sheet, found)


@require_POST
@needs(Verb.ADD, "story")
def checked(request: HttpRequest) -> HttpResponse:
    """The check of what is being written; nothing is kept."""
    sheet = Sheet(request.POST, None)
    found = _findings(sheet, request)
    context = {"findings": found, "places": _places(sheet, found)}
    return render(request, "stories/checked.html", context)


@require_POST
@xframe_options_sameorigin
@csp(_FRAMED)
@needs(Verb.ADD, "story")
def draft_frame(request: HttpRequest) -> HttpResponse:
    """How what is being written looks to someone, in a frame of its own; nothing is kept."""
    told = _told(Sheet(request.POST, None), request)
    if told is None:
        return _framed(_problem(_("Mend what is marked in the form first.")))
    return _shown(request, told, request.POST)


@require_GET
@needs(Verb.SEE, "story")
def story(request: HttpRequest, key: int) -> HttpResponse:
    """One story: what it says, what the check finds, what was told."""
    found = _met(request, key)
    findings = check(found)
    context = {
        "story": found,
        "told": as_told(found),
        "standing": queries.standing(found),
        "positioning": queries.positioning(found.offer) if found.offer else "",
        "findings": findings,
        "stops": [one for one in findings if one.weight == Weight.STOP],
        "versions": found.versions.select_related("by").order_by("-number")[:50],
        "uses": uses.of([found], request.user)[found.pk],
        "may_change": may(request.user, Verb.CHANGE, "story"),
    }
    return render(request, "stories/story.html", context)


@require_POST
@needs(Verb.CHANGE, "story")
def freeze(request: HttpRequest, key: int) -> HttpResponse:
    """Keep what is told from now on."""
    try:
        made = actions.freeze(_met(request, key), at=timezone.now(), by=request.user)
    except StoryUnfit as unfit:
        for one in unfit.findings:
            messages.error(request, one.words)
    except StoryError as refused:
        messages.error(request, str(refused))
    else:
        words = _("Version %d is kept as it is: campaigns, calls and pages may tell it.")
        messages.success(request, words % made.number)
    return redirect("story", key)


@require_POST
@needs(Verb.CHANGE, "story")
def retire(request: HttpRequest, key: int) -> HttpResponse:
    """Tell it no more, or again."""
    wanted = request.POST.get("is_wanted") != "no"
    actions.retire(_met(request, key), by=request.user, at=timezone.now(), is_wanted=wanted)
    return redirect("story", key)


@csp_update({"frame-src": [SELF]})
@require_GET
@needs(Verb.SEE, "story")
def preview(request: HttpRequest, key: int) -> HttpResponse:
    """How it looks to a person whom one chooses, over each channel."""
    found = _met(request, key)
    told = _asked_telling(request, found)
    person = _person(request, request.GET)
    search = request.GET.get("search", "").strip()
    people = people_asked(request.user, Asked(search=search)).order_by("name", "pk")[:8]
    context = {
        "story": found,
        "versions": found.versions.order_by("-number")[:50],
        "variants": sorted(told["words"]),
        "channels": CHANNELS,
        "people": people.select_related("account"),
        "person": person,
        "search": search,
        "said": request.GET,
        "query": request.GET.urlencode(),
        **_words(request, told, person),
    }
    return render(request, "stories/preview.html", context)


@require_GET
@xframe_options_sameorigin
@csp(_FRAMED)
@needs(Verb.SEE, "story")
def frame(request: HttpRequest, key: int) -> HttpResponse:
    """The same, alone in its frame."""
    return _shown(request, _asked_telling(request, _met(request, key)), request.GET)


def _edited(request: HttpRequest, sheet: Sheet, found: Story | None) -> HttpResponse:
    findings = check(found) if found else []
    is_wrong = sheet.form.is_bound and not request.POST.get("more")
    context = {
        "sheet": sheet,
        "form": sheet.form,
        "story": found,
        "findings": findings,
        "facts": facts.names(),
        "channels": CHANNELS,
    }
    status = 422 if is_wrong else 200
    return render(request, "stories/edit.html", context, status=status)


def _told(sheet: Sheet, request: HttpRequest) -> dict[str, Any] | None:
    """What is being written, as it would be told; None if a field holds what it cannot."""
    sheet.is_valid()
    if any(one.errors for one in (*sheet.promises, *sheet.variants)):
        return None
    if set(sheet.form.errors) - {"name"}:
        return None
    said = {"name": _("no name yet"), **sheet.said}
    story = Story(**{name: said[name] for name in actions.FIELDS}, by=request.user)
    return as_told(story, actions.parts_said(said, story))


def _findings(sheet: Sheet, request: HttpRequest) -> list[Finding]:
    try:
        told = _told(sheet, request)
    except StoryRefused as refused:
        return [Finding(Weight.STOP, refused.field, str(refused))]
    if told is not None:
        return check_told(told)
    return [
        Finding(Weight.STOP, form.add_prefix(name), f"{form.fields[name].label}: {words}")
        for form in (sheet.form, *sheet.promises, *sheet.variants)
        for name, problems in form.errors.items()
        for words in problems
        if name in form.fields
    ]


def _places(sheet: Sheet, findings: list[Finding]) -> list[dict[str, Any]]:
    """What stands next to each field: its findings, or nothing any more."""
    names = [name for name in sheet.form.fields if name != "version"]
    names += [one.add_prefix(name) for one in sheet.promises for name in one.fields]
    stops = [one for one in findings if one.weight == Weight.STOP]
    return [
        {"name": name, "findings": [one for one in stops if one.field == name]} for name in names
    ]


def _met(request: HttpRequest, key: int) -> Story:
    return get_object_or_404(queries.stories_of(request.user), pk=key)


def _asked_telling(request: HttpRequest, found: Story) -> dict[str, Any]:
    """The version that was asked for, or the story as it stands."""
    number = request.GET.get("version", "")
    if number.isdecimal() and len(number) < 9:
        return dict(get_object_or_404(Version, story=found, number=int(number)).told)
    return as_told(found)


def _person(request: HttpRequest, said: Any) -> Person | None:
    key = said.get("person", "")
    if not (key.isdecimal() and len(key) < 18):
        return None
    return people_of(request.user).filter(pk=int(key)).first()


def _rendered(request: HttpRequest, told: dict[str, Any], said: Any) -> Rendered:
    person = _person(request, said)
    known = facts.of_people([person.pk])[person.pk] if person else facts.nobody()
    channel, variant = said.get("channel", ""), said.get("variant", OWN)
    ready = prepared_of(
        told,
        variant=variant if variant in told["words"] else OWN,
        channel=Channel(channel) if channel in list(Channel) else Channel.EMAIL,
    )
    return ready.for_person(known, _SAMPLE)


def _words(request: HttpRequest, told: dict[str, Any], person: Person | None) -> dict[str, Any]:
    try:
        got = _rendered(request, told, request.GET)
    except StoryError as refused:
        return {"problem": _problem_words(refused)}
    return {"got": got}


def _shown(request: HttpRequest, told: dict[str, Any], said: Any) -> HttpResponse:
    try:
        got = _rendered(request, told, said)
    except StoryError as refused:
        return _framed(_problem(_problem_words(refused)))
    if got.html:
        return _framed(got.html)
    return _framed(f"<p><strong>{escape(got.subject)}</strong></p><pre>{escape(got.text)}</pre>")


def _problem_words(refused: StoryError) -> str:
    if isinstance(refused, TemplateRefused):
        return _("Line %(line)d, column %(column)d: %(words)s") % {
            "line": refused.line,
            "column": refused.column,
            "words": refused.words,
        }
    return str(refused)


def _problem(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _framed(html: str) -> HttpResponse:
    return HttpResponse(html, headers={"Cache-Control": "no-store"})
