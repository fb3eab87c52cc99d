"""Pages as colleagues make them: write, publish, see what came of them; and orders."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, insist, may, visible
from halves.deals.actions import agree_on_invoice, cancel_order, take_payment
from halves.deals.errors import PaidAlready
from halves.deals.models import Order
from halves.pages import actions, queries
from halves.pages.errors import PageChangedMeanwhile, PageRefused
from halves.pages.models import Page, Sending
from halves.people.models import Person
from halves.stories.errors import StoryError
from halves.web.needs import needs
from halves.web.page_forms import PageForm, initial_of

_SHOWN = 100


@require_GET
@needs(Verb.SEE, "page")
def pages(request: HttpRequest) -> HttpResponse:
    """All pages, and how often each was shown."""
    rows = Page.objects.select_related("story").order_by("state", "slug")
    rows = rows.annotate(shown=Sum("days__shown"), sent=Sum("days__sent"))
    context = {"pages": rows[:500], "may_add": may(request.user, Verb.ADD, "page")}
    return render(request, "pages/list.html", context)


@needs(Verb.ADD, "page")
def add(request: HttpRequest) -> HttpResponse:
    """Make a page of a story."""
    initial = {"is_listed": True, "providers": ["invoice"], "story": request.GET.get("story")}
    form = PageForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_page(by=request.user, at=timezone.now(), **form.said)
        except PageRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("The page is written down. Nobody sees it yet."))
            return redirect("page", made.pk)
    return _form(request, form, None)


@require_GET
@needs(Verb.SEE, "page")
def page(request: HttpRequest, key: int) -> HttpResponse:
    """One page: what it is, what came of it, who sent its form."""
    found = get_object_or_404(Page.objects.select_related("story", "version_shown"), pk=key)
    told = queries.came_of(found)
    met = visible(request.user, "person", Person.objects.all())
    sendings = Sending.objects.filter(page=found, person__in=met)
    context = {
        "page": found,
        "told": told,
        "best": queries.best_of(found),
        "sendings": sendings.select_related("person", "order").order_by("-at")[:_SHOWN],
        "may_change": may(request.user, Verb.CHANGE, "page"),
    }
    return render(request, "pages/page.html", context)


@needs(Verb.CHANGE, "page")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a page."""
    found = get_object_or_404(Page, pk=key)
    form = PageForm(request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.change_page(
                found, by=request.user, at=timezone.now(), version=version, **form.said
            )
        except PageRefused as refused:
            form.refuse(refused.field, str(refused))
        except PageChangedMeanwhile as refused:
            form.refuse("", str(refused))
        else:
            messages.success(request, _("Saved. Publish it again to show the story as it is now."))
            return redirect("page", key)
    return _form(request, form, found)


@require_POST
@needs(Verb.CHANGE, "page")
def publish(request: HttpRequest, key: int) -> HttpResponse:
    """Show it to the world."""
    found = get_object_or_404(Page, pk=key)
    try:
        actions.publish(found, by=request.user, at=timezone.now())
    except (StoryError, PageRefused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The world sees it now."))
    return redirect("page", key)


@require_POST
@needs(Verb.CHANGE, "page")
def take_off(request: HttpRequest, key: int) -> HttpResponse:
    """Show it no more."""
    actions.take_off(get_object_or_404(Page, pk=key), by=request.user, at=timezone.now())
    messages.success(request, _("Nobody sees it any more."))
    return redirect("page", key)


@require_GET
@needs(Verb.SEE, "order")
def orders(request: HttpRequest) -> HttpResponse:
    """Orders, the newest first."""
    mine = visible(request.user, "order", Order.objects.all())
    context = {
        "orders": mine.select_related("deal__person").order_by("-placed_at", "-pk")[:_SHOWN],
        "may_change": may(request.user, Verb.CHANGE, "order"),
    }
    return render(request, "pages/orders.html", context)


@require_POST
@needs(Verb.CHANGE, "order")
def order(request: HttpRequest, key: int) -> HttpResponse:
    """Write down what happened with an order: agreed by other means, paid, cancelled."""
    found = get_object_or_404(visible(request.user, "order", Order.objects.all()), pk=key)
    insist(request.user, Verb.CHANGE, "order")
    what = request.POST.get("what", "")
    if _happened(found, what, request):
        messages.success(request, _("Written down."))
    else:
        messages.error(request, _("That cannot happen to this order any more."))
    return redirect("orders")


def _happened(found: Order, what: str, request: HttpRequest) -> bool:
    user, now = request.user, timezone.now()
    if what == "agree":
        return agree_on_invoice(found, by=user, at=now)
    if what == "cancel":
        return cancel_order(found, by=user, at=now)
    if what != "paid":
        return False
    said = {"provider": "invoice", "event": f"hand:{found.pk}", "kind": "by hand"}
    try:
        return take_payment(found, **said, reference=f"hand:{found.pk}", at=now, by=user)
    except PaidAlready:
        return False


def _form(request: HttpRequest, form: PageForm, page: Page | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "page": page}
    return render(request, "pages/edit.html", context, status=422 if form.errors else 200)
