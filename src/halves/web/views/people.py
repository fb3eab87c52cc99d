"""People: the list, a person's page, and what can be done there."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.models import User
from halves.access.rules import Verb, may
from halves.audiences import referring
from halves.pages.showing import published
from halves.people import actions, consenting, exporting, queries, saved
from halves.people.errors import ChangedMeanwhile, FieldRefused, IdentifierTaken
from halves.people.merging import merges_into
from halves.people.models import CustomField, Person, Tag
from halves.people.tasks import add_task
from halves.people.timeline import Span, timeline
from halves.web.forms import ConsentForm, NoteForm, PersonForm, TagForm, TaskForm, ViewForm
from halves.web.needs import needs
from halves.web.views.asking import as_query, asked_of, form_asked

KINDS = (
    ("touch", _("Touches")),
    ("outcome", _("Outcomes")),
    ("conversation", _("Conversations")),
    ("note", _("Notes")),
    ("consent", _("Consent")),
    ("task", _("Tasks")),
)
PATHS = (("many", _("To many")), ("one", _("To one")), ("self", _("By themselves")))
_PAGES = 50
_FILTERS = ("search", "owner", "tag", "region", "account", "reach")


@require_GET
@needs(Verb.SEE, "person")
def people(request: HttpRequest) -> HttpResponse:
    """The list of people."""
    asked = asked_of(request.GET)
    matching = queries.people_asked(request.user, asked).select_related("account", "owner")
    listed = queries.page_of(matching, asked, queries.PEOPLE_ORDERS)
    return render(
        request,
        "people/rows.html" if request.htmx else "people/list.html",
        {
            "asked": asked,
            "listed": listed,
            "is_filtered": any(getattr(asked, name) for name in _FILTERS) or bool(asked.fields),
            "next": as_query(request.GET, after="") + f"&after={listed.after}",
            "query": as_query(request.GET),
            "by_name": as_query(request.GET, order="name"),
            "by_newest": as_query(request.GET, order="newest"),
            "owners": User.objects.filter(is_active=True).order_by("name"),
            "tags": Tag.objects.order_by("name")[:200],
            "views": saved.views_of(request.user),
            "view_form": ViewForm(initial={"query": as_query(request.GET)}),
            "may_add": may(request.user, Verb.ADD, "person"),
            "may_export": may(request.user, Verb.EXPORT, "person"),
            "may_duplicates": may(request.user, Verb.SEE, "duplicate"),
        },
    )


@require_GET
@needs(Verb.EXPORT, "person")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All people of the list as a file."""
    asked = asked_of(request.GET)
    rows = queries.people_asked(request.user, asked)
    file = exporting.export(
        exporting.PEOPLE, rows, asked, form=form_asked(request), by=request.user, at=timezone.now()
    )
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@needs(Verb.ADD, "person")
def add(request: HttpRequest) -> HttpResponse:
    """Write down someone new."""
    form = PersonForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # a new account too, or neither
                person = actions.add_person(
                    by=request.user,
                    at=timezone.now(),
                    source=_source(request),
                    **_said(form, request),
                )
        except (FieldRefused, IdentifierTaken) as refused:
            _refuse(form, refused, request.user)
        else:
            messages.success(request, _("%(name)s is written down.") % {"name": person})
            return redirect("person", person.pk)
    return render(request, "people/edit.html", {"form": form}, status=_status(form))


@require_GET
@needs(Verb.SEE, "person")
def person(request: HttpRequest, key: int) -> HttpResponse:
    """Everything about one person."""
    whom = get_object_or_404(Person, pk=key)
    if whom.merged_into_id is not None:
        return redirect("person", whom.merged_into_id)
    whom = _met(request, key)
    labels = {one.key: one.label for one in CustomField.objects.filter(of="person")}
    span = _span(request)
    shown = timeline(whom, user=request.user, span=span)
    return render(
        request,
        "people/person.html",
        {
            "person": whom,
            "fields": [(labels.get(k, k), value) for k, value in whom.fields.items()],
            "lines": shown,
            "older": _older(request, shown, span),
            "kinds": KINDS,
            "paths": PATHS,
            "span": span,
            "consents": queries.consents_now(whom),
            "merges": merges_into(whom),
            "brought_by": referring.brought_by(whom, request.user),
            "branches": referring.tree(whom, request.user),
            "pages": published().order_by("-pk")[:_PAGES],
            "open_tasks": whom.tasks.filter(done_at=None)
            .select_related("owner")
            .order_by("due_on"),
            "today": timezone.localdate(),
            "note_form": NoteForm(),
            "tag_form": TagForm(),
            "task_form": TaskForm(user=request.user),
            "consent_form": ConsentForm(),
            "may_change": may(request.user, Verb.CHANGE, "person"),
            "may_privacy": may(request.user, Verb.SEE, "privacy"),
        },
    )


@require_GET
@needs(Verb.SEE, "person")
def lines(request: HttpRequest, key: int) -> HttpResponse:
    """More of a person's timeline."""
    whom, span = _met(request, key), _span(request)
    shown = timeline(whom, user=request.user, span=span)
    older = _older(request, shown, span)
    context = {"person": whom, "lines": shown, "older": older}
    return render(request, "people/lines.html", context)


@needs(Verb.CHANGE, "person")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change what we wrote down of someone."""
    whom = _met(request, key)
    form = PersonForm(request.POST or None, user=request.user, initial=_as_typed(whom))
    theirs = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.change_person(
                    whom,
                    by=request.user,
                    at=timezone.now(),
                    version=form.cleaned_data["version"] or whom.version,
                    source=_source(request),
                    **_said(form, request),
                )
        except ChangedMeanwhile as refused:
            theirs = Person.objects.get(pk=key)
            typed = request.POST.copy()
            typed["version"] = str(theirs.version)
            form = PersonForm(typed, user=request.user)
            form.is_valid()
            form.refuse("", str(refused))
        except (FieldRefused, IdentifierTaken) as refused:
            _refuse(form, refused, request.user)
        else:
            messages.success(request, _("Saved."))
            return redirect("person", key)
    context = {"form": form, "person": whom, "theirs": theirs}
    return render(request, "people/edit.html", context, status=_status(form))


@require_POST
@needs(Verb.CHANGE, "person")
def note(request: HttpRequest, key: int) -> HttpResponse:
    """Write something down."""
    whom, form = _met(request, key), NoteForm(request.POST)
    if form.is_valid():
        actions.note(whom, form.cleaned_data["words"], by=request.user, at=timezone.now())
        messages.success(request, _("Written down."))
    return _back(request, key, form)


@require_POST
@needs(Verb.CHANGE, "person")
def tag(request: HttpRequest, key: int) -> HttpResponse:
    """Put a word on someone, or take it off."""
    whom, form = _met(request, key), TagForm(request.POST)
    if form.is_valid():
        change = actions.untag if "off" in request.POST else actions.tag
        change(whom, form.cleaned_data["name"], by=request.user, at=timezone.now())
    return _back(request, key, form)


@require_POST
@needs(Verb.CHANGE, "person")
def task(request: HttpRequest, key: int) -> HttpResponse:
    """Mean to do something for someone."""
    whom, form = _met(request, key), TaskForm(request.POST, user=request.user)
    if form.is_valid():
        now, owner = timezone.now(), form.cleaned_data["owner"] or request.user
        try:
            add_task(
                title=form.cleaned_data["title"],
                due_on=form.cleaned_data["due_on"],
                remind_at=form.remind_at(now),
                owner=owner,
                by=request.user,
                at=now,
                person=whom,
            )
        except FieldRefused as refused:
            form.refuse(refused.field, refused.words)
        else:
            words = _("On your list.") if owner == request.user else _("On the list of %(name)s.")
            messages.success(request, words % {"name": owner})
    return _back(request, key, form)


@require_POST
@needs(Verb.CHANGE, "person")
def consent(request: HttpRequest, key: int) -> HttpResponse:
    """Write down what someone said about being contacted."""
    whom, form = _met(request, key), ConsentForm(request.POST)
    if form.is_valid():
        consenting.consent(whom, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Written down, with when and by whom."))
    return _back(request, key, form)


@require_POST
@needs(Verb.CHANGE, "person")
def leave_alone(request: HttpRequest, key: int) -> HttpResponse:
    """Never contact this person, or lift that."""
    is_wanted = request.POST.get("is_wanted") == "yes"
    whom = _met(request, key)
    consenting.leave_alone(whom, is_wanted=is_wanted, by=request.user, at=timezone.now())
    return redirect("person", key)


@require_POST
@needs(Verb.SEE, "person")
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is shown, under a name."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the view a name first."))
        return redirect("people")
    said = form.cleaned_data
    actions.save_view(of="people", by=request.user, at=timezone.now(), **said)
    messages.success(request, _("The view is saved as %(name)s.") % {"name": said["name"]})
    return redirect(f"{request.path.removesuffix('views/')}?{said['query']}")


@require_POST
@needs(Verb.SEE, "person")
def remove_view(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a view of my own away."""
    view = get_object_or_404(saved.own_views(request.user), pk=key)
    saved.remove_view(view, by=request.user, at=timezone.now())
    messages.success(request, _("The view %(name)s is gone.") % {"name": view.name})
    return redirect("people")


def _met(request: HttpRequest, key: int) -> Person:
    """The person, if the user may meet them; else there is no such page."""
    met = queries.people_of(request.user).select_related("account", "owner", "team")
    return get_object_or_404(met, pk=key)


def _said(form: PersonForm, request: HttpRequest) -> dict[str, Any]:
    typed = form.cleaned_data
    names = ("name", "email", "phone", "title", "owner", "region")
    said = {name: typed[name] for name in names}
    account = form.account_named()
    if account is None and typed["account"].strip():
        account = actions.add_account(
            by=request.user, at=timezone.now(), name=typed["account"], owner=typed["owner"]
        )
    return said | {"account": account, "fields": form.custom}


def _as_typed(whom: Person) -> dict[str, Any]:
    names = ("name", "email", "phone", "title", "owner", "region", "version")
    typed = {name: getattr(whom, name) for name in names}
    custom = {f"field_{key}": _shown(value) for key, value in whom.fields.items()}
    return typed | custom | {"account": whom.account.name if whom.account else ""}


def _shown(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _refuse(form: PersonForm, refused: FieldRefused | IdentifierTaken, user: User) -> None:
    if isinstance(refused, FieldRefused):
        form.refuse(refused.field, refused.words)
        return
    known = queries.people_of(user).filter(pk=refused.person_id).first()
    who = str(known) if known else _("someone whom you do not see")
    words = _("This belongs to %(who)s already: open them, or give another.") % {"who": who}
    form.refuse(refused.kind, words)


def _source(request: HttpRequest) -> str:
    return f"typed by {request.user}"


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _back(request: HttpRequest, key: int, form: Any) -> HttpResponse:
    for name, problems in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(problems)}")
    return redirect("person", key)


def _span(request: HttpRequest) -> Span:
    said, before = request.GET, None
    try:
        before = datetime.fromisoformat(said["before"]) if said.get("before") else None
    except ValueError:
        before = None
    known = {name for name, _label in KINDS}, {name for name, _label in PATHS}
    return Span(
        before=before,
        kinds=frozenset(said.getlist("kind")) & known[0],
        paths=frozenset(said.getlist("path")) & known[1],
    )


def _older(request: HttpRequest, shown: Any, span: Span) -> str:
    if len(shown) < span.size:
        return ""
    said = request.GET.copy()
    said["before"] = shown[-1].at.isoformat()
    return said.urlencode()
