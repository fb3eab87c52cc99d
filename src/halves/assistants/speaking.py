"""One message of the protocol, answered by the protocol's own server."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from halves.api.door import Caller
from halves.assistants.server import server_for


async def answered(request: HttpRequest, caller: Caller, house: str) -> HttpResponse:
    """What the server says to a message; nothing is kept between two of them."""
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


def _body(content: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
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
