"""Segment's HTTP tracking API: whoever speaks it changes one URL.

Open to all, since browsers of strangers send here; what they send is kept by key and origin.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition

from halves.api.track_pace import keep_pace
from halves.tracking import door, events, reading, sources
from halves.tracking.errors import EventsRefused, KeyUnknown, OriginRefused, TooFast, TrackingError

View = Callable[..., HttpResponse]
_SHORT = {
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": "batch",
}
_STATUS = {EventsRefused: 400, KeyUnknown: 401, OriginRefused: 403, TooFast: 429}
_TAKEN = b'{"success":true}'
_A_DAY = "86400"


def open_to_all(why: str) -> Callable[[View], View]:
    """Open an address to strangers; a test asks for the reason."""

    def opened(view: View) -> View:
        view.open_to_all = why
        return view

    return opened


@open_to_all("browsers and servers of sources send events; the key says what they may")
@csrf_exempt
def take(request: HttpRequest, kind: str) -> HttpResponse:
    """Take events: they are on the disk before the answer."""
    kind = _SHORT.get(kind, kind)
    if kind not in (*reading.KINDS, "batch"):
        return _said(
            404, "there is no such call: identify, track, page, screen, group, alias, batch"
        )
    if request.method == "OPTIONS":
        return _preflight(request)
    if request.method != "POST":
        return _said(405, "send events by POST")
    now, origin = timezone.now(), request.headers.get("Origin", "")
    try:
        response = _taken(request, kind, origin, now)
    except TrackingError as refused:
        response = _said(_STATUS[type(refused)], str(refused))
        if isinstance(refused, TooFast):
            response["Retry-After"] = str(refused.wait_s)
        if isinstance(refused, KeyUnknown):
            response["WWW-Authenticate"] = 'Basic realm="halves"'
    if origin and (response.status_code not in (401, 403)):
        _let_read(response, origin)
    return response


@open_to_all("pages of sources load the script from here")
def script(request: HttpRequest) -> HttpResponse:
    """The script that a page sends events with."""
    return _script(request)


def _etag(_: HttpRequest) -> str:
    return f'"{sha256(_content()).hexdigest()[:16]}"'


@condition(etag_func=_etag)
def _script(_: HttpRequest) -> HttpResponse:
    response = HttpResponse(_content(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={_A_DAY}"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _content() -> bytes:
    with open(finders.find("halves/track.js"), "rb") as file:
        return file.read()


def _taken(request: HttpRequest, kind: str, origin: str, now: datetime) -> HttpResponse:
    whole = reading.parsed(_body(request))
    try:
        one = sources.shown(_key(request, whole))
    except KeyUnknown as refused:
        door.note(refused.source, refused, origin=origin, at=now)
        raise
    try:
        sources.insist_on_origin(one, origin)
        said = reading.events_of(kind, whole, received_at=now)
        keep_pace(one, _address(request), len(said), now_s=time.monotonic())
        if kind != "batch" and said[0].wrong:
            raise EventsRefused(_WRONG[said[0].wrong])
    except TrackingError as refused:
        door.note(one.source, refused, origin=origin, at=now)
        raise
    events.put(one.source, said, is_trusted=one.is_trusted, received_at=now)
    return HttpResponse(_TAKEN, content_type="application/json")


_WRONG = {
    "id_wrong": "userId and anonymousId must be text of at most 200 letters",
    "nobody": "send userId or anonymousId",
    "no_event": "send the name of the event as `event`",
    "no_group": "send groupId",
    "no_alias": "send previousId and userId",
    "moment_wrong": "the timestamp is before the year 2000",
}


def _body(request: HttpRequest) -> bytes:
    """The body, and never more of it than a batch may have."""
    most = reading.MOST_OF_BATCH
    found = request.read(most + 1)
    if len(found) > most:
        raise EventsRefused(f"a batch may have {most} bytes")
    if request.headers.get("Content-Encoding", "").lower() == "gzip" or found[:2] == b"\x1f\x8b":
        return reading.unzipped(found)
    return found


def _key(request: HttpRequest, whole: dict[str, Any]) -> str:
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            plain = base64.b64decode(said.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return plain.partition(":")[0]
    if scheme.lower() == "bearer":
        return said.strip()
    found = whole.get("writeKey")
    return found if isinstance(found, str) and "\x00" not in found else ""


def _address(request: HttpRequest) -> str:
    """Where it comes from; behind a proxy the last that it names, which it saw itself."""
    if settings.IS_HTTPS:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if named:
            return named[:60]
    return str(request.META.get("REMOTE_ADDR", ""))


def _preflight(request: HttpRequest) -> HttpResponse:
    """Whether a browser may send at all; which key it has is not known yet."""
    origin, response = request.headers.get("Origin", ""), HttpResponse(status=204)
    if origin and sources.is_some_origin(origin):
        _let_read(response, origin)
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "authorization, content-type, content-encoding"
        response["Access-Control-Max-Age"] = _A_DAY
    return response


def _let_read(response: HttpResponse, origin: str) -> None:
    response["Access-Control-Allow-Origin"] = origin
    response["Vary"] = "Origin"


def _said(status: int, words: str) -> HttpResponse:
    said = json.dumps({"success": False, "message": words})
    return HttpResponse(said, content_type="application/json", status=status)
