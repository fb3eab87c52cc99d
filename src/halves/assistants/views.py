"""`/mcp/`: the protocol over HTTP, one POST at a time, for whoever has a key."""

from collections.abc import MutableMapping
from typing import Any
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
        if int(request.headers.get("Content-Length") or 0) > _LARGEST:
            raise Problem(413, "too-large", f"a message may have {_LARGEST:,} bytes")
    except Problem as problem:
        return answer(problem)
    house = settings.HALVES_URL or f"{request.scheme}://{request.get_host()}"
    return async_to_sync(_served)(request, caller, house)


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


async def _served(request: HttpRequest, caller: Caller, house: str) -> HttpResponse:
    # Imported where it is used: the pages need none of it.
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from halves.assistants.server import server_for

    manager = StreamableHTTPSessionManager(
        server_for(caller, house=house), json_response=True, stateless=True
    )
    said = _Said()
    async with manager.run():
        await manager.handle_request(_scope(request), _body(request.body), said.send)
    return said.response()


def _scope(request: HttpRequest) -> dict[str, Any]:
    headers = [
        (name.lower().encode(), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
        if name.lower() != "authorization"
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": headers,
    }


def _body(content: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return receive


class _Said:
    """What a server of ASGI sent, as Django's response."""

    def __init__(self) -> None:
        self._status, self._headers, self._parts = 500, [], []

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", [])
        else:
            self._parts.append(message.get("body", b""))

    def response(self) -> HttpResponse:
        found = HttpResponse(b"".join(self._parts), status=self._status)
        del found.headers["Content-Type"]
        for name, value in self._headers:
            if name.lower() != b"content-length":
                found.headers[name.decode("latin-1")] = value.decode("latin-1")
        found.headers["Cache-Control"] = "no-store"
        return found
