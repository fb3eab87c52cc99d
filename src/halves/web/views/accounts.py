"""Accounts: the list, and one organisation with its people."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.models import User
from halves.access.rules import Verb, may
from halves.people import actions, exporting, queries
from halves.people.errors import ChangedMeanwhile, FieldRefused
from halves.people.ledger_lines import of_account
from halves.people.models import Account
from halves.people.timeline import Span
from halves.web.forms import AccountForm, NoteForm
from halves.web.needs import needs
from halves.web.views.asking import as_query, asked_of, before_of, form_asked

_SHOWN = 50  # lines of the timeline
_NAMES = ("name", "domain", "website", "industry", "region", "owner")


@require_GET
@needs(Verb.SEE, "account")
def accounts(request: HttpRequest) -> HttpResponse:
    """The list of accounts."""
    asked = asked_of(request.GET)
    matching = queries.accounts_asked(request.user, asked).select_related("owner")
    listed = queries.page_of(matching, asked, queries.ACCOUNT_ORDERS)
    context = {
        "asked": asked,
        "listed": listed,
        "is_filtered": bool(asked.search or asked.owner or asked.tag or asked.region),
        "next": as_query(request.GET, after="") + f"&after={listed.after}",
        "owners": User.objects.filter(is_active=True).order_by("name"),
        "may_add": may(request.user, Verb.ADD, "account"),
        "may_export": may(request.user, Verb.EXPORT, "account"),
        "query": as_query(request.GET),
    }
    page = "accounts/rows.html" if request.htmx else "accounts/list.html"
    return render(request, page, context)


@require_GET
@needs(Verb.EXPORT, "account")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All accounts of the list as a file."""
    asked = asked_of(request.GET)
    rows = queries.accounts_asked(request.user, asked)
    file = exporting.export(
        exporting.ACCOUNTS,
        rows,
        asked,
        form=form_asked(request),
        by=request.user,
        at=timezone.now(),
    )
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@needs(Verb.ADD, "account")
def add(request: HttpRequest) -> HttpResponse:
    """Write down a new organisation."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.add_account(by=request.user, at=timezone.now(), **_said(form))
        except FieldRefused as refused:
            form.refuse(refused.field, refused.words)
        else:
            messages.success(request, _("%(name)s is written down.") % {"name": found})
            return redirect("account", found.pk)
    status = 422 if form.errors else 200
    return render(request, "accounts/edit.html", {"form": form}, status=status)


@require_GET
@needs(Verb.SEE, "account")
def account(request: HttpRequest, key: int) -> HttpResponse:
    """One organisation: what we know of it, and its people."""
    found = _met(request, key)
    asked = queries.Asked(account=str(key), after=request.GET.get("after", ""))
    people = queries.people_asked(request.user, asked).select_related("account", "owner")
    span = Span(_SHOWN, before_of(request.GET))
    lines = of_account(found, request.user, span)
    context = {
        "account": found,
        "lines": lines,
        "before": lines[-1].at.isoformat() if len(lines) == _SHOWN else "",
        "listed": queries.page_of(people, asked, queries.PEOPLE_ORDERS),
        "notes": found.notes.select_related("by").order_by("-at", "-id")[:50],
        "note_form": NoteForm(),
        "may_change": may(request.user, Verb.CHANGE, "account"),
    }
    return render(request, "accounts/account.html", context)


@needs(Verb.CHANGE, "account")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change what we wrote down of an organisation."""
    found = _met(request, key)
    typed = {name: getattr(found, name) for name in (*_NAMES, "version")}
    typed |= {f"field_{key}": value for key, value in found.fields.items()}
    form = AccountForm(request.POST or None, initial=typed)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or found.version
        try:
            actions.change_account(
                found, by=request.user, at=timezone.now(), version=version, **_said(form)
            )
        except ChangedMeanwhile as refused:
            typed = request.POST.copy()
            typed["version"] = str(Account.objects.get(pk=key).version)
            form = AccountForm(typed)
            form.is_valid()
            form.refuse("", str(refused))
        except FieldRefused as refused:
            form.refuse(refused.field, refused.words)
        else:
            messages.success(request, _("Saved."))
            return redirect("account", key)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/edit.html", {"form": form, "account": found}, status=status)


@require_POST
@needs(Verb.CHANGE, "account")
def note(request: HttpRequest, key: int) -> HttpResponse:
    """Write something down about an organisation."""
    found, form = _met(request, key), NoteForm(request.POST)
    if form.is_valid():
        actions.note(found, form.cleaned_data["words"], by=request.user, at=timezone.now())
        messages.success(request, _("Written down."))
    else:
        messages.error(request, _("Write something first."))
    return redirect("account", key)


def _met(request: HttpRequest, key: int) -> Account:
    met = queries.accounts_of(request.user).select_related("owner", "team")
    return get_object_or_404(met, pk=key)


def _said(form: AccountForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in _NAMES} | {"fields": form.custom}
