"""Who asks."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from halves.access.actions import SCOPES
from halves.access.rules import Verb
from halves.api import house_shapes
from halves.api.door import operation

router = Router(tags=["me"])


@operation(router, "GET", "/me", Verb.SEE, "user", gives=house_shapes.Me)
def me(request: HttpRequest) -> Any:
    """Say who I am, and what my token may."""
    token = request.auth.token
    return {
        "user": request.auth.user,
        "scopes": token.scopes if token else list(SCOPES),
        "by": "token" if token else "session",
    }
