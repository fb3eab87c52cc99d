"""Offers with their positioning, and the library of proof."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.stories import offering, queries
from halves.stories.errors import StoryError, StoryRefused
from halves.stories.models import Offer, Proof
from halves.stories.telling import POSITIONING
from halves.web.needs import needs
from halves.web.story_forms import Fields, OfferForm, ProofForm


@require_GET
@needs(Verb.SEE, "offer")
def offers(request: HttpRequest) -> HttpResponse:
    """What we sell, each with the statement that its stories inherit."""
    rows = queries.offers_of(request.user).annotate(told=Count("story", distinct=True))
    context = {
        "offers": [(one, queries.positioning(one)) for one in rows[:200]],
        "may_add": may(request.user, Verb.ADD, "offer"),
    }
    return render(request, "stories/offers.html", context)


@needs(Verb.ADD, "offer")
def add_offer(request: HttpRequest) -> HttpResponse:
    """Write an offer down."""
    form = OfferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in POSITIONING}
        try:
            offering.write_offer(by=request.user, at=timezone.now(), **said)
        except StoryRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("offers")
    return _offer_page(request, form, None)


@needs(Verb.CHANGE, "offer")
def offer(request: HttpRequest, key: int) -> HttpResponse:
    """Change where an offer stands."""
    found = get_object_or_404(queries.offers_of(request.user), pk=key)
    initial = {name: getattr(found, name) for name in (*POSITIONING, "version")}
    form = OfferForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in POSITIONING}
        version = form.cleaned_data["version"] or 0
        try:
            offering.change_offer(
                found, by=request.user, at=timezone.now(), version=version, **said
            )
        except StoryRefused as refused:
            form.refuse(refused.field, str(refused))
        except StoryError as refused:
            form.refuse("", str(refused))
        else:
            messages.success(request, _("Saved. What was told before stays as it was."))
            return redirect("offers")
    return _offer_page(request, form, found)


@require_GET
@needs(Verb.SEE, "proof")
def proofs(request: HttpRequest) -> HttpResponse:
    """All proof, with its source and where it is used."""
    rows = queries.proofs_of(request.user).annotate(told=Count("stories", distinct=True))
    context = {
        "proofs": rows[:500],
        "may_add": may(request.user, Verb.ADD, "proof"),
        "may_change": may(request.user, Verb.CHANGE, "proof"),
    }
    return render(request, "stories/proofs.html", context)


@needs(Verb.ADD, "proof")
def add_proof(request: HttpRequest) -> HttpResponse:
    """Write proof down."""
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            offering.write_proof(by=request.user, at=timezone.now(), **form.cleaned_data)
        except StoryRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("proofs")
    return _proof_page(request, form, None)


@needs(Verb.CHANGE, "proof")
def proof(request: HttpRequest, key: int) -> HttpResponse:
    """Change proof."""
    found = get_object_or_404(queries.proofs_of(request.user), pk=key)
    initial = {name: getattr(found, name) for name in offering.PROOF}
    form = ProofForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            offering.change_proof(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except StoryRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("proofs")
    return _proof_page(request, form, found)


@require_POST
@needs(Verb.CHANGE, "proof")
def retire_proof(request: HttpRequest, key: int) -> HttpResponse:
    """Tell it no more, or again."""
    found = get_object_or_404(queries.proofs_of(request.user), pk=key)
    wanted = request.POST.get("is_wanted") != "no"
    offering.retire_proof(found, by=request.user, at=timezone.now(), is_wanted=wanted)
    return redirect("proofs")


def _offer_page(request: HttpRequest, form: Fields, found: Offer | None) -> HttpResponse:
    context = {"form": form, "offer": found}
    return render(request, "stories/offer.html", context, status=_status(form))


def _proof_page(request: HttpRequest, form: Fields, found: Proof | None) -> HttpResponse:
    context = {"form": form, "proof": found}
    return render(request, "stories/proof.html", context, status=_status(form))


def _status(form: Fields) -> int:
    return 422 if form.is_bound and form.errors else 200
