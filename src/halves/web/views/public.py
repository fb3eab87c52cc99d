"""Pages that the world sees: the story, its form, what comes after it. Nobody signs in here.

Forms carry no cookie and act on nobody's session, so there is nothing for another site to misuse;
what they carry is signed, of one page, and of a few days.
"""

from hashlib import sha256
from typing import Any

from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from halves.deals.actions import take_payment
from halves.deals.errors import PaidAlready
from halves.deals.models import Order, OrderState
from halves.pages import arriving, showing
from halves.pages.errors import FormRefused, PaymentRefused
from halves.pages.models import Sending
from halves.pages.payments import provider_called, providers
from halves.people.letters import house_url
from halves.people.visiting import PARAMETER, visitor_of
from halves.web.needs import anyone

_TYPED = ("name", "email", "company", "words", "provider")
_BILLING = ("billing_name", "billing_address", "billing_tax")
_MOST_TOLD = 256 * 1024


@anyone
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The story, and its form."""
    return _page(request, slug, "public/page.html")


@anyone
@csrf_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_http_methods(["GET", "HEAD", "POST"])
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The form alone, to stand in another site."""
    response = _page(request, slug, "public/embed.html")
    response.xframe_options_exempt = (
        True  # the policy above says the same, and newer browsers ask it
    )
    return response


@anyone
@require_GET
def icon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon of what names none: a mail as a page, a quote on paper."""
    return redirect(static("halves/logo.svg"), permanent=True)


@anyone
@require_GET
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """What comes after a form: thanks, the steps to the first value, the order."""
    sending = _sending(token)
    steps = [
        {**step, "number": number, "done": str(number) in sending.steps_done}
        for number, step in enumerate(sending.page.steps)
    ]
    done = sum(step["done"] for step in steps)
    context = {"sending": sending, "page": sending.page, "steps": steps, "done": done}
    return _private(render(request, "public/sent.html", context))


@anyone
@csrf_exempt
@require_POST
def step(request: HttpRequest, token: str) -> HttpResponse:
    """A step was taken."""
    sending = _sending(token)
    number = request.POST.get("step", "")
    try:
        arriving.do_step(sending, int(number) if number.isdecimal() else -1, at=timezone.now())
    except FormRefused:
        raise Http404 from None
    return redirect("public_sent", token)


@anyone
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail: programs that follow it change nothing, a person presses the button."""
    sending = arriving.sending_to_confirm(token)
    if sending is None:
        raise Http404
    if request.method == "POST":
        arriving.confirm(sending, at=timezone.now())
        return redirect("public_sent", sending.token)
    context = {"sending": sending, "page": sending.page}
    return _private(render(request, "public/confirm.html", context))


@anyone
@csrf_exempt
@csp_update({"form-action": ["https://checkout.stripe.com"]})
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer's own page of an order; pressing the button leads to where it is paid."""
    found = get_object_or_404(
        Order.objects.select_related("deal__person", "version", "sending__page"), token=token
    )
    provider, failed = provider_called(found.provider), ""
    if request.method == "POST" and provider and found.state == OrderState.PLACED:
        try:
            return redirect(provider.begin(found, back=_whole(request)))
        except PaymentRefused as refused:
            failed = str(refused)
    context = {
        "order": found,
        "provider": provider,
        "failed": failed,
        "promises": found.version.told["promises"] if found.version else [],
    }
    return _private(render(request, "public/order.html", context))


@anyone
@csrf_exempt
@require_POST
def paid(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider tells of a payment; it is told 200 once it is written down."""
    asked = provider_called(provider)
    if asked is None:
        raise Http404
    if int(request.headers.get("content-length") or 0) > _MOST_TOLD:
        return HttpResponse("too long", status=413, content_type="text/plain")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        told = asked.told(request.body, headers)
    except PaymentRefused as refused:
        return HttpResponse(str(refused), status=400, content_type="text/plain")
    if told is not None and told.is_paid:
        try:
            take_payment(
                get_object_or_404(Order, token=told.order),
                provider=provider,
                event=told.event,
                kind=told.kind,
                reference=told.reference,
                at=timezone.now(),
            )
        except PaidAlready as twice:
            return HttpResponse(str(twice), content_type="text/plain")
    return HttpResponse("thanks", content_type="text/plain")


@anyone
@require_GET
def sitemap(request: HttpRequest) -> HttpResponse:
    """Pages for search engines to find."""
    pages = showing.published().filter(is_listed=True).order_by("slug")[:50_000]
    context = {"pages": pages, "root": _root(request)}
    return render(request, "public/sitemap.xml", context, content_type="application/xml")


@anyone
@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """What programs may read: the pages, and nothing else."""
    said = f"User-agent: *\nAllow: /p/\nDisallow: /\nSitemap: {_root(request)}/sitemap.xml\n"
    return HttpResponse(said, content_type="text/plain")


def _page(request: HttpRequest, slug: str, template: str) -> HttpResponse:
    found = get_object_or_404(showing.published(), slug=slug)
    is_embedded = template == "public/embed.html"
    if is_embedded and not found.may_embed:
        raise Http404
    where, now = _where(request), timezone.now()
    shown = showing.shown_to(found, where=where, on=now.date())
    typed, refused = dict.fromkeys(_TYPED, ""), None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:5_000] for name in _TYPED}
        try:
            sending = arriving.send(found, _form(request, typed, where), at=now)
        except FormRefused as failed:
            refused = failed
        else:
            return redirect("public_sent", sending.token)
    elif request.method == "GET" and not showing.is_program(request.headers.get("user-agent", "")):
        showing.count(found, shown.variant, at=now, column="shown")
    context = _context(request, shown, typed, refused)
    response = render(request, template, context, status=422 if refused else 200)
    response["Cache-Control"] = "no-store"  # a form in it is one reader's
    return response


def _context(
    request: HttpRequest, shown: showing.Shown, typed: dict[str, str], refused: FormRefused | None
) -> dict[str, Any]:
    query = {name: value for name, value in request.GET.items() if len(value) < 500}
    referrer = request.headers.get("referer", "")
    token = request.POST.get("issued", "") if refused else ""
    came = arriving.came_with(query, referrer=referrer.split("?")[0])
    ready = [providers()[name] for name in shown.page.providers if not providers()[name].why_not()]
    return {
        "page": shown.page,
        "told": shown.version.told,
        "title": shown.rendered.subject,
        "story": shown.rendered.html,
        "about": " ".join(shown.rendered.text.split())[:200],
        "address": _root(request) + f"/p/{shown.page.slug}/",
        "typed": typed,
        "refused": refused,
        "providers": ready,
        "issued": token
        or arriving.issued(
            shown.page,
            shown.variant,
            at=timezone.now(),
            came=came,
            visitor=visitor_of(request.GET.get(PARAMETER, "")),
        ),
    }


def _form(request: HttpRequest, typed: dict[str, str], where: str) -> arriving.Form:
    said = request.POST
    quantity = said.get("quantity", "1")
    return arriving.Form(
        **typed,
        issued=said.get("issued", ""),
        trap=said.get("website", ""),
        where=where,
        quantity=int(quantity) if quantity.isdecimal() and len(quantity) < 9 else 0,
        agrees=said.get("agrees") == "on",
        billing={name: said.get(name, "") for name in _BILLING if said.get(name)},
    )


def _sending(token: str) -> Sending:
    rows = Sending.objects.select_related("page", "person", "order", "version_shown")
    return get_object_or_404(rows, token=token)


def _where(request: HttpRequest) -> str:
    """A keyed hash of where a request comes from, on this day: it names nobody."""
    said = f"{request.META.get('REMOTE_ADDR', '')}|{request.headers.get('user-agent', '')}"
    mixed = sha256(said.encode()).hexdigest()
    return showing.hashed(f"where:{timezone.now():%Y-%m-%d}:{mixed}")


def _root(request: HttpRequest) -> str:
    return house_url() or f"{request.scheme}://{request.get_host()}"


def _whole(request: HttpRequest) -> str:
    return _root(request) + request.path


def _private(response: HttpResponse) -> HttpResponse:
    """One person's own page: nobody keeps it, and no link out of it says where it was."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
