"""Brand in its parts; who is left alone; links that people pass on."""

from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.audiences import referring
from halves.audiences.errors import LinkUnknown
from halves.experiments.baseline import baseline, leave_some_alone
from halves.experiments.errors import BaselineRefused
from halves.pages.showing import published
from halves.people.queries import people_of
from halves.posting.book import book
from halves.scoreboard.brand import Brand, newest_brand
from halves.scoreboard.queries import has_ledger
from halves.web.needs import anyone, needs

_NOTHING = Brand()


@require_GET
@needs(Verb.SEE, "score")
def brand(request: HttpRequest) -> HttpResponse:
    """What people do by themselves, whom they bring, and what they say."""
    return _page(request)


def _page(request: HttpRequest, *, refused: str | None = None) -> HttpResponse:
    today, now = timezone.localdate(), timezone.now()
    found = _NOTHING
    if has_ledger():
        currency = settings.PLACE.settings().currency
        found = newest_brand(book(), today=today, now=now, currency=currency)
    alone = baseline()
    context = {
        "brand": found,
        "by_day": sorted(found.referrals.by_day.items()) if found.referrals else [],
        "visits": list(zip(found.direct, found.branded, strict=True)),
        "has_visits": any(one.of for one in found.direct),
        "has_searches": any(one.share for one in found.branded),
        "baseline": alone,
        "share": f"{100 * alone.share:g}" if alone else "0",
        "typed": refused,
        "may_change": may(request.user, Verb.CHANGE, "baseline"),
    }
    status = 200 if refused is None else 422
    return render(request, "brand/brand.html", context, status=status)


@require_POST
@needs(Verb.CHANGE, "baseline")
def baseline_set(request: HttpRequest) -> HttpResponse:
    """Leave a share of people alone, or nobody."""
    typed = request.POST.get("share", "")[:20]
    said = typed.strip().rstrip("%").replace(",", ".")[:12]
    try:
        share = float(Decimal(said)) / 100
        made = leave_some_alone(share, by=request.user, at=timezone.now())
    except (InvalidOperation, ValueError):
        messages.error(request, _("Say a percentage such as 2.5, or 0 to leave nobody alone."))
    except BaselineRefused as refused:
        messages.error(request, str(refused))
    else:
        words = _("They are left alone from now on.") if made else _("Nobody is left alone.")
        messages.success(request, words)
        return redirect("brand")
    return _page(request, refused=typed)


@anyone
@require_GET
def referral(request: HttpRequest, token: str) -> HttpResponse:
    """A link that somebody passed on: its visit is counted, and it leads to a page of ours."""
    try:
        found = referring.follow(token[:24])
    except LinkUnknown as unknown:
        raise Http404 from unknown
    return redirect(f"{found.leads_to}?{referring.PARAMETER}={found.token}")


@require_POST
@needs(Verb.CHANGE, "person")
def person_link(request: HttpRequest, key: int) -> HttpResponse:
    """Make the link by which a person brings others to a page; to the newest if none is named."""
    person = get_object_or_404(people_of(request.user), pk=key)
    pages = published().order_by("-pk")
    asked = request.POST.get("page", "")
    page = pages.filter(slug=asked).first() if asked else pages.first()
    if page is None:
        messages.error(request, _("Publish a page first: a link has to lead somewhere."))
        return redirect("person", key)
    found = referring.make_link(person, f"/p/{page.slug}/", by=request.user, at=timezone.now())
    words = _("Their link, to pass on: %(link)s")
    messages.success(request, words % {"link": request.build_absolute_uri(f"/r/{found.token}/")})
    return redirect("person", key)
