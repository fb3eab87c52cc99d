"""Where the links of a mail lead: out by a click, away for good, to one's choices. No sign-in.

Opening a page changes nothing that a person has said: programs follow links. What is posted carries
a token that this house made for that person, and no cookie.
"""

from collections.abc import Callable
from typing import Any

from csp.constants import NONE
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from halves.campaigns import hearing, links
from halves.campaigns.composing import Composer, Recipient
from halves.campaigns.errors import TokenUnknown
from halves.campaigns.links import Kind, Meant
from halves.campaigns.told import hear
from halves.mail.errors import (
    MailRefused,
    MailSettingsRefused,
    NotListening,
    NotSigned,
    ToldBadly,
)
from halves.mail.settings import MailSettings
from halves.mail.told import told as told_by
from halves.people.letters import house_url
from halves.people.visiting import led_by_mail
from halves.stories import facts
from halves.stories.errors import StoryError
from halves.stories.rendering import Rendered
from halves.web.needs import anyone

_READ = ["GET", "HEAD"]
_GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
# A mail has its styles at its elements; nothing of it runs, since no source of scripts is allowed.
# The sandbox takes it out of our origin. It must not switch scripts off as such: what looks a page
# over for those who cannot see it, as axe does from outside, would wait for its timers for ever.
_AS_MAIL = {
    "sandbox": ["allow-scripts", "allow-popups", "allow-top-navigation-by-user-activation"],
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
}
_STATUS = {NotListening: 403, NotSigned: 401, ToldBadly: 400}
Page = Callable[[HttpRequest, Meant, str], HttpResponse]


def _of(kind: Kind) -> Callable[[Page], Callable[..., HttpResponse]]:
    """A page of a token: forged and broken ones are told apart from none."""

    def guarded(page: Page) -> Callable[..., HttpResponse]:
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            try:
                meant = links.read(kind, token)
            except TokenUnknown:
                return _private(render(request, "public/unknown_link.html", status=404))
            return _private(page(request, meant, token))

        return opened

    return guarded


@anyone
@require_http_methods(_READ)
@_of(Kind.CLICK)
def click(request: HttpRequest, meant: Meant, token: str) -> HttpResponse:
    """Write the click down, and lead where the link led when it was sent."""
    url = hearing.clicked(meant, agent=_agent(request), method=request.method, at=timezone.now())
    if url is None:
        return render(request, "public/unknown_link.html", status=404)
    campaign = meant.campaign.name if meant.campaign else ""
    house = house_url()
    there = led_by_mail(url, person=meant.person.pk, campaign=campaign, house=house)
    return HttpResponseRedirect(there)


@anyone
@csrf_exempt
@require_http_methods([*_READ, "POST"])
@_of(Kind.UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, meant: Meant, token: str) -> HttpResponse:
    """Ask whether to leave; a mail program's POST, or the button's, is obeyed at once."""
    context = _context(meant)
    if request.method == "POST":
        is_program = request.POST.get("List-Unsubscribe") == "One-Click"
        how = "one click in their mail program" if is_program else "unsubscribe page"
        hearing.unsubscribe(meant, how=how, at=timezone.now())
        if is_program:
            return HttpResponse("done", content_type="text/plain")
        return render(request, "public/left.html", context)
    return render(request, "public/unsubscribe.html", context)


@anyone
@csrf_exempt
@require_http_methods([*_READ, "POST"])
@_of(Kind.PREFERENCES)
def choices(request: HttpRequest, meant: Meant, token: str) -> HttpResponse:
    """What a person wants mail about."""
    now, is_saved = timezone.now(), request.method == "POST"
    if is_saved and request.POST.get("all") == "no":
        hearing.leave_all(meant, how="preference page", at=now)
    elif is_saved and not hearing.is_left_alone(meant.person):
        wanted = request.POST.getlist("topic")[:500]
        hearing.choose(meant, wanted, how="preference page", at=now)
    context = _context(meant) | {
        "choices": hearing.choices_of(meant, at=timezone.now()),
        "is_left_alone": hearing.is_left_alone(meant.person),
        "is_saved": is_saved,
    }
    return render(request, "public/choices.html", context)


@csp(_AS_MAIL)
@anyone
@require_http_methods(_READ)
@_of(Kind.VIEW)
def view(request: HttpRequest, meant: Meant, token: str) -> HttpResponse:
    """The mail as a page."""
    message = meant.message
    try:
        said = MailSettings.read(settings.PLACE.settings_file)
        if message is None:
            raise StoryError
        person = meant.person
        known = facts.of_people([person.pk])[person.pk]
        to = Recipient(person.pk, person.ledger_id, person.email, known)
        composer = Composer(message.campaign, message.step, said)
        return _read(composer.rendered(message.variant, to))
    except (StoryError, MailSettingsRefused, ValueError):
        return render(request, "public/unknown_link.html", status=404)


def _read(mail: Rendered) -> HttpResponse:
    """A mail as it is, with what it is about as the page's title; of a short message the words."""
    if not mail.html:
        return HttpResponse(mail.text, content_type="text/plain; charset=utf-8")
    title = f"<title>{escape(mail.subject)}</title>"
    return HttpResponse(mail.html.replace("<title></title>", title, 1))


@anyone
@require_http_methods(_READ)
@_of(Kind.OPEN)
def opened(request: HttpRequest, meant: Meant, token: str) -> HttpResponse:
    """A picture of one point; that it was fetched is a weak sign."""
    agent, method = _agent(request), request.method
    hearing.signal(meant, "open", link=None, agent=agent, method=method, at=timezone.now())
    return HttpResponse(_GIF, content_type="image/gif")


@anyone  # a provider has no account here: its signature is checked instead
@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def told(request: HttpRequest, provider: str) -> HttpResponse:
    """A mail provider tells what became of mails; it is told 200 once it is written down."""
    if request.method == "HEAD":  # some ask so whether anybody is there
        return HttpResponse()
    now = timezone.now()
    try:
        said = MailSettings.read(settings.PLACE.settings_file)
        hear(told_by(provider, said, request, at=now), provider=provider, at=now)
    except MailRefused as refused:
        status = _STATUS.get(type(refused), 503)
        words = str(refused) if status != 503 else "not set up"
        response = HttpResponse(words, status=status, content_type="text/plain")
        if status == 401:
            response["WWW-Authenticate"] = 'Basic realm="mailed"'
        return response
    return HttpResponse("thanks", content_type="text/plain")


def _context(meant: Meant) -> dict[str, Any]:
    topic = meant.campaign.topic if meant.campaign else ""
    try:
        company = MailSettings.read(settings.PLACE.settings_file).company
    except MailSettingsRefused:
        company = ""
    return {"topic": topic, "company": company, "choices_token": _choices_token(meant)}


def _choices_token(meant: Meant) -> str:
    return links.token(
        Kind.PREFERENCES,
        person=meant.person.pk,
        ledger_id=meant.person.ledger_id,
        campaign=meant.campaign.pk if meant.campaign else 0,
        place=meant.place,
    )


def _agent(request: HttpRequest) -> str:
    return request.headers.get("user-agent", "")


def _private(response: HttpResponse) -> HttpResponse:
    """One person's own: nobody keeps it, and no link out of it says where it was."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
