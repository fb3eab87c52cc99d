"""`/mcp/`: the protocol over HTTP, one POST at a time, for whoever has a key."""

from importlib import import_module
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from halves.access.actions import token_of
from halves.access.errors import TokenUnknown
from halves.api.door import Caller
from halves.api.problems import Problem, answer, unauthorized

_LARGEST = 1_000_000  # bytes of a request


@csrf_exempt  # no cookie is looked at: the key is in a header that no other site can set
def mcp(request: HttpRequest) -> HttpResponse:
    """Answer one message of a client."""
    try:
        if request.method != "POST":
            raise Problem(405, "method", "send POST; nothing is kept between two messages",
                          headers={"Allow": "POST"})  # fmt: skip
        _insist_on_origin(request)
        caller = _caller(request)
        if _length(request) > _LARGEST:
            raise Problem(413, "too-large", f"a message may have {_LARGEST:,} bytes")
        if not request.body:
            raise Problem(400, "no-message", "send a message of JSON-RPC 2.0")
    except Problem as problem:
        return answer(problem)
    house = settings.HALVES_URL or f"{request.scheme}://{request.get_host()}"
    # Imported where it is used: no page needs it.
    speaking = import_module("halves.assistants.speaking")
    return async_to_sync(speaking.answered)(request, caller, house)


def _length(request: HttpRequest) -> int:
    said = request.headers.get("Content-Length") or "0"
    if not (said.isascii() and said.isdigit()):
        raise Problem(400, "bad-request", "Content-Length must be a number")
    return int(said[:18])


def _caller(request: HttpRequest) -> Caller:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized("send Authorization: Bearer hv_…; make the key under Settings → Keys")
    try:
        token = token_of(secret.strip(), at=timezone.now())
    except TokenUnknown as unknown:
        raise unauthorized(str(unknown)) from unknown
    return Caller(token.user, token)


def _insist_on_origin(request: HttpRequest) -> None:
    """A page of another site that was led to this address may not speak (DNS rebinding)."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.get_host():
        raise Problem(403, "origin", f"a page of {origin[:200]} may not speak to this house")
