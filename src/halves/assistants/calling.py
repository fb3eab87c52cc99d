"""Calling an operation in this process, through the door and the middleware that programs meet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.utils import timezone
from django.utils.translation import get_language, override

from halves.api.door import Caller
from halves.assistants.tools import ArgumentWrong, Tool, address


@dataclass(frozen=True)
class Answered:
    """What came of a call.

    Args:
        status: of HTTP.
        said: the answer, or the problem, as plain values; None where there is nothing to say.
    """

    status: int
    said: Any

    @property
    def is_well(self) -> bool:
        """Say whether it was done."""
        return self.status < 400


def call(tool: Tool, arguments: Mapping[str, Any], caller: Caller, *, key: str = "") -> Answered:
    """Do what a tool does, as somebody.

    Args:
        tool: which.
        arguments: by name; what the operation does not take, it refuses.
        caller: who asks: their role, their records, their token's scopes hold.
        key: an `Idempotency-Key`: with the same one it happens once.
    """
    try:
        path, query, body = address(tool, arguments)
    except ArgumentWrong as wrong:
        return Answered(422, {"title": "Argument wrong", "detail": str(wrong)})
    request = _request(tool.method, path, query, body, key)
    request.acts_as = caller
    # The middleware sets a zone and a language, and takes them off: the page around keeps its own.
    with timezone.override(timezone.get_current_timezone()), override(get_language()):
        response = _handler().get_response(request)
    # Never closed: that would end the request, and the database connection, that this is part of.
    content = b"" if response.streaming else response.content
    return Answered(response.status_code, json.loads(content) if content else None)


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _request(
    method: str, path: str, query: Mapping[str, Any], body: Mapping[str, Any], key: str
) -> Any:
    content = b"" if method == "GET" else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),  # as WSGI has it
        "QUERY_STRING": urlencode(query, doseq=True),
        "SERVER_NAME": settings.ALLOWED_HOSTS[0].strip(".*") or "localhost",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(content),
    }
    if key:
        environ["HTTP_IDEMPOTENCY_KEY"] = key
    return WSGIRequest(environ)
