"""Who outside is told of what, and how the telling went."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from halves.access.rules import Verb, insist
from halves.web.forms import Fields
from halves.web.needs import needs
from halves.webhooks import actions
from halves.webhooks.errors import EndpointRefused
from halves.webhooks.events import kinds
from halves.webhooks.models import State, WebhookDelivery, WebhookEndpoint

_SHOWN = 50
_AGAIN = timedelta(days=3)


class EndpointForm(Fields):
    """An address, and what it is told of."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        help_text=gettext_lazy("It begins with https:// and is on the public internet"),
    )
    words = forms.CharField(label=gettext_lazy("What it is for"), max_length=120, required=False)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Told of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: of everything"),
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)
        self.fields["kinds"].choices = [(key, f"{key}: {words}") for key, words in kinds().items()]


class ChangeForm(EndpointForm):
    """The same of one that there is."""

    is_on = forms.BooleanField(label=gettext_lazy("On"), required=False)


@needs(Verb.SEE, "webhook")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Who is told; a new one is added here."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST":
        insist(request.user, Verb.ADD, "webhook")
        if form.is_valid():
            try:
                made = actions.add_endpoint(**form.cleaned_data, by=request.user, at=timezone.now())
            except EndpointRefused as refused:
                form.refuse("url", str(refused))
            else:
                messages.success(request, _("Added. Send it a test now."))
                return redirect("webhook", made.pk)
    endpoints = WebhookEndpoint.objects.order_by("-is_on", "pk")
    context = {"form": form, "endpoints": endpoints}
    return render(request, "webhooks/list.html", context, status=422 if form.errors else 200)


@needs(Verb.CHANGE, "webhook")
def webhook(request: HttpRequest, key: int) -> HttpResponse:
    """One endpoint: what it is told, its secret, and what it was told."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    names = ("url", "words", "kinds", "is_on")
    form = ChangeForm(request.POST or None, initial={one: getattr(endpoint, one) for one in names})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_endpoint(
                endpoint, **form.cleaned_data, by=request.user, at=timezone.now()
            )
        except EndpointRefused as refused:
            form.refuse("url", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("webhook", key)
    told = endpoint.deliveries.select_related("event").prefetch_related("attempts")
    context = {
        "form": form,
        "endpoint": endpoint,
        "deliveries": told.order_by("-pk")[:_SHOWN],
        "lost": endpoint.deliveries.filter(state=State.GIVEN_UP).count(),
    }
    return render(request, "webhooks/endpoint.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Verb.CHANGE, "webhook")
def test(request: HttpRequest, key: int) -> HttpResponse:
    """Send it a test."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    actions.try_endpoint(endpoint, by=request.user, at=timezone.now())
    messages.success(request, _("A test is on its way; look below in a moment."))
    return redirect("webhook", key)


@require_POST
@needs(Verb.CHANGE, "webhook")
def rotate(request: HttpRequest, key: int) -> HttpResponse:
    """Make a new secret."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    actions.rotate_secret(endpoint, by=request.user, at=timezone.now())
    messages.success(request, _("There is a new secret. For a day the old one signs beside it."))
    return redirect("webhook", key)


@require_POST
@needs(Verb.REMOVE, "webhook")
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Tell it nothing more."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    actions.remove_endpoint(endpoint, by=request.user, at=timezone.now())
    messages.success(request, _("It is told nothing more."))
    return redirect("webhooks")


@require_POST
@needs(Verb.CHANGE, "webhook")
def tell_again(request: HttpRequest, key: int) -> HttpResponse:
    """Tell one event, or all that were lost lately, once more."""
    endpoint, now = get_object_or_404(WebhookEndpoint, pk=key), timezone.now()
    one = request.POST.get("delivery", "")
    if one.isdecimal():
        delivery = get_object_or_404(WebhookDelivery, pk=int(one), endpoint=endpoint)
        actions.tell_again(delivery, by=request.user, at=now)
        count = 1
    else:
        count = actions.tell_again_since(endpoint, now - _AGAIN, by=request.user, at=now)
    words = ngettext("%(n)s event is told again.", "%(n)s events are told again.", count)
    messages.success(request, words % {"n": count})
    return redirect("webhook", key)
