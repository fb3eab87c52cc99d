"""The door before every operation: who asks, how often, may they, did they ask before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.decorators import decorate_view
from ninja.utils import check_csrf

from halves.access.actions import token_of
from halves.access.models import ApiToken, User
from halves.access.rules import Verb, insist
from halves.api.pace import keep_pace
from halves.api.problems import Problem, answer, problem_of, unauthorized
from halves.api.remembering import once

View = Callable[..., Any]
_READS = ("GET",)


@dataclass(frozen=True)
class Caller:
    """Who asks; a program does so with a token."""

    user: User
    token: ApiToken | None


def operation(
    router: Router,
    method: str,
    path: str,
    verb: Verb,
    kind: str,
    *,
    gives: Any,
    status: int = 200,
    scope: str = "",
    secret: bool = False,
    apart: bool = False,
    file: Sequence[str] = (),
    refuses: Sequence[int] = (),
) -> Callable[[View], View]:
    """Serve an operation to those whose role may do this to things of this kind.

    Args:
        router: where it belongs.
        method, path: its address.
        verb, kind: what it needs of the caller; the OpenAPI document shows it as `x-needs`.
        gives: the shape of its answer; None if there is none.
        status: of an answer that all went well with.
        scope: what a token must have; `read` or `write` by its method, if unsaid.
        secret: its answer must not be kept, even where the request has a key.
        apart: it takes long, and must not hold the database meanwhile; its action is a transaction
            of its own, or safe to say again.
        file: the media types of its answer, where that is a file.
        refuses: statuses that it may answer besides those that its address and body tell of.
    """
    needed = scope or ("read" if method in _READS else "write")
    needs = {"verb": str(verb), "kind": kind, "scope": needed}
    extra = {"x-needs": needs, "x-file": list(file), "x-refuses": list(refuses)}

    def served(view: View) -> View:
        decorate_view(_door(verb, kind, needed, secret=secret, apart=apart))(view)
        words = (view.__doc__ or "").strip()
        add = router.api_operation(
            [method],
            path,
            response={status: gives},
            operation_id=view.__name__,
            summary=words.partition("\n")[0].rstrip("."),
            openapi_extra=extra,
        )
        add(view)
        return view

    return served


def _door(
    verb: Verb, kind: str, scope: str, *, secret: bool, apart: bool
) -> Callable[[View], View]:
    def around(run: View) -> View:
        @wraps(run)
        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
            now = timezone.now()
            try:
                caller = _caller(request)
                if caller.token is not None:
                    keep_pace(caller.token, at=now)
                    _insist_on_scope(caller.token, scope)
                insist(caller.user, verb, kind)
                request.user, request.auth = caller.user, caller
                if request.method in _READS:
                    return run(request, **named)
                return once(
                    request,
                    caller.user,
                    lambda: run(request, **named),
                    at=now,
                    secret=secret,
                    apart=apart,
                )
            except Exception as failed:
                return answer(problem_of(failed))

        return guarded

    return around


def _caller(request: HttpRequest) -> Caller:
    """Whose token it is, or whose browser.

    Raises:
        TokenUnknown: the token is none, or holds no more.
        Problem: there is neither, or the browser was led here by another site.
    """
    known = getattr(request, "acts_as", None)  # set in this process: nothing that is sent can
    if isinstance(known, Caller):
        return known
    said = request.headers.get("Authorization")
    if said is not None:
        scheme, _, secret = said.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized("send Authorization: Bearer hv_…")
        token = token_of(secret.strip(), at=timezone.now())
        return Caller(token.user, token)
    if not request.user.is_authenticated:
        raise unauthorized("sign in, or send a token: Authorization: Bearer hv_…")
    if check_csrf(request) is not None:
        words = "send the header X-CSRFToken that the page has, or use a token"
        raise Problem(403, "csrf-failed", words)
    return Caller(request.user, None)


def _insist_on_scope(token: ApiToken, scope: str) -> None:
    if scope not in token.scopes:
        words = f"this token has the scopes {', '.join(token.scopes)}; this needs {scope}"
        raise Problem(403, "scope-missing", words)
