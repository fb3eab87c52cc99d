"""Quotes: written, sent, withdrawn; and the buyer's own page, where one is accepted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from halves.access.models import House
from halves.access.rules import Verb, may
from halves.deals import actions, queries
from halves.deals.errors import DealError, DealRefused, QuoteNotOpen, QuoteStands
from halves.deals.models import DealState
from halves.deals.printing import as_pdf
from halves.deals.quote_models import Quote, QuoteState
from halves.deals.quoting import promises_of, quote_of
from halves.deals.showing import due_of, lines_of, standing_of
from halves.people.letters import NOWHERE, house_url
from halves.stories.actions import freeze
from halves.stories.errors import StoryError
from halves.web.deal_forms import (
    QuoteForm,
    Row,
    promise_rows,
    promise_rows_typed,
    promises_typed,
)
from halves.web.needs import anyone, needs
from halves.web.views.deals import met, status_of


@needs(Verb.ADD, "quote")
def add(request: HttpRequest, key: int) -> HttpResponse:
    """Write a quote of what a deal is made of."""
    deal = met(request, key)
    if deal.state != DealState.OPEN or not deal.lines.exists():
        words = _("Say first what is bought: a quote is made of the deal's lines.")
        closed = _("The deal is closed: nothing is offered any more.")
        messages.error(request, words if deal.state == DealState.OPEN else closed)
        return redirect("deal", key)
    initial = {"words": "\n\n".join(one for one in (deal.problem, deal.solution) if one)}
    form, rows = QuoteForm(request.POST or None, initial=initial), promise_rows(None)
    if request.method == "POST":
        rows = promise_rows_typed(request.POST)
        if form.is_valid():
            try:
                said = _said(form, request, [])
                quote = actions.draft_quote(deal, by=request.user, at=timezone.now(), **said)
            except DealError as refused:
                form.refuse("", str(refused))
            else:
                return redirect("quote", quote.pk)
    return _edit(request, form, rows, {"deal": deal})


@require_GET
@needs(Verb.SEE, "quote")
def quote(request: HttpRequest, key: int) -> HttpResponse:
    """A quote as its buyer sees it, and what can be done with it."""
    return _page(request, _met(request, key))


@needs(Verb.CHANGE, "quote")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a draft; what was sent stays as it was."""
    found = _met(request, key)
    if found.state != QuoteState.DRAFT:
        messages.error(request, _("It was sent, and stays as it was: make another one instead."))
        return redirect("quote", key)
    form, rows = QuoteForm(request.POST or None, initial=QuoteForm.typed(found)), []
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or found.version
        try:
            said = _said(form, request, found.promises)
            actions.change_quote(found, by=request.user, at=timezone.now(), version=version, **said)
        except DealError as refused:
            form.refuse("", str(refused))
        else:
            return redirect("quote", key)
    rows = promise_rows_typed(request.POST) if request.method == "POST" else promise_rows(found)
    return _edit(request, form, rows, {"deal": found.deal, "quote": found})


@require_POST
@needs(Verb.CHANGE, "quote")
def send(request: HttpRequest, key: int) -> HttpResponse:
    """Send the buyer the link, or open their page for whoever gives it to them."""
    found, to = _met(request, key), request.POST.get("to", "")[:254]
    by_mail = request.POST.get("how") != "link"
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 10 else found.version
    try:
        said = {"to": to if by_mail else None, "version": version}
        actions.send_quote(found, by=request.user, at=timezone.now(), **said)
    except DealRefused as refused:
        return _page(request, _met(request, key), to=to, wrong=str(refused))
    except DealError as refused:
        messages.error(request, str(refused))
    else:
        mailed = _("On its way: the mail has the link to the quote's page.")
        opened = _("Their page is open: copy its link below, and give it to them.")
        messages.success(request, mailed if by_mail else opened)
    return redirect("quote", key)


@require_POST
@needs(Verb.CHANGE, "quote")
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take a quote back."""
    try:
        actions.withdraw_quote(_met(request, key), by=request.user, at=timezone.now())
    except QuoteStands as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back: it can be accepted no more."))
    return redirect("quote", key)


@require_GET
@needs(Verb.SEE, "quote")
def paper(request: HttpRequest, key: int) -> HttpResponse:
    """The quote as a PDF."""
    return _pdf(_met(request, key))


@anyone
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def public(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer's page: to look at it changes nothing; it is accepted by a name and a button."""
    found = quote_of(token)
    if found is None:
        raise Http404
    name, wrong = "", ""
    if request.method == "POST":
        name = request.POST.get("name", "")[:200]
        try:
            actions.accept_quote(found, name=name, at=timezone.now())
        except QuoteNotOpen:
            pass  # the page says where it is
        except DealRefused as refused:
            wrong = str(refused)
        else:
            return redirect("public_quote", token)
        found = quote_of(token)
    context = _shown(found) | {"name": name, "wrong": wrong}
    response = render(request, "public/quote.html", context, status=422 if wrong else 200)
    return _private(response)


@anyone
@require_GET
def public_paper(request: HttpRequest, token: str) -> HttpResponse:
    """The same as a PDF."""
    found = quote_of(token)
    if found is None:
        raise Http404
    return _private(_pdf(found))


def _page(
    request: HttpRequest, found: Quote, *, to: str | None = None, wrong: str = ""
) -> HttpResponse:
    context = _shown(found) | {
        "to": found.deal.person.email if to is None else to,
        "wrong": wrong,
        "link": _link(request, found),
        "nowhere": "" if house_url() else NOWHERE,
        "may_change": may(request.user, Verb.CHANGE, "quote"),
        "is_open": found.deal.state == DealState.OPEN,
    }
    return render(request, "deals/quote.html", context, status=422 if wrong else 200)


def _link(request: HttpRequest, found: Quote) -> str:
    """Of the buyer's page, as the house was set to be reached; else as this request did."""
    path = reverse("public_quote", args=[found.token])
    return f"{house_url()}{path}" if house_url() else request.build_absolute_uri(path)


def _shown(found: Quote) -> dict[str, Any]:
    return {
        "quote": found,
        "deal": found.deal,
        "lines": lines_of(found),
        "promises": [(one["words"], due_of(one)) for one in promises_of(found)],
        "standing": standing_of(found, today=timezone.localdate()),
        "house": House.get(),
    }


def _edit(
    request: HttpRequest, form: QuoteForm, rows: list[Row], context: dict[str, Any]
) -> HttpResponse:
    context |= {"form": form, "rows": rows}
    return render(request, "deals/quote_edit.html", context, status=status_of(form))


def _said(form: QuoteForm, request: HttpRequest, before: list[dict[str, Any]]) -> dict[str, Any]:
    """What the room is told; a story is told as it is now."""
    names = ("words", "terms", "valid_until")
    said = {name: form.cleaned_data[name] for name in names}
    story, told = form.cleaned_data["story"], None
    if story is not None:
        try:
            told = freeze(story, at=timezone.now(), by=request.user)
        except StoryError as refused:
            raise DealRefused("story", str(refused)) from None
    return said | {"promises": promises_typed(request.POST, before), "told": told}


def _met(request: HttpRequest, key: int) -> Quote:
    rows = queries.quotes_of(request.user).select_related("deal__account", "deal__owner")
    return get_object_or_404(rows, pk=key)


def _pdf(found: Quote) -> HttpResponse:
    name = f"quote-{found}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(as_pdf(found), content_type="application/pdf", headers=headers)


def _private(response: HttpResponse) -> HttpResponse:
    """A page of one buyer: no cache keeps it, no search engine shows it, no link tells of it."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
