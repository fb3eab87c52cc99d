"""Everything that goes wrong, as RFC 9457 says it: `application/problem+json`."""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as Invalid
from django.db.utils import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from halves.access.errors import LastOwner, MayNot, TokenUnknown, UserExists
from halves.api.refusals import REFUSALS
from halves.people.errors import ChangedMeanwhile, FieldRefused, IdentifierTaken, ViewUnknown

MEDIA = "application/problem+json"
_BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])")
_log = logging.getLogger("halves.api")


@dataclass(frozen=True)
class Wrong:
    """What is wrong with one field of a request."""

    field: str
    detail: str


class Problem(Exception):
    """A refusal of the API itself.

    Args:
        status: the HTTP status.
        kind: the last part of its `type`, such as `scope-missing`.
        detail: what is wrong here and what to do.
        errors: what is wrong with which fields.
        headers: such as Retry-After.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})


def answer(problem: Problem) -> HttpResponse:
    """The answer that says what is wrong."""
    response = HttpResponse(status=problem.status, headers=problem.headers)
    return written(response, problem)


def written(response: HttpResponse, problem: Problem) -> HttpResponse:
    """Put a problem into an answer that there is already."""
    said: dict[str, Any] = {
        "type": f"urn:halves:problem:{problem.kind}",
        "title": problem.kind.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        said["errors"] = [{"field": one.field, "detail": one.detail} for one in problem.errors]
    response.content = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    response["Content-Type"] = MEDIA
    if "Content-Length" in response:
        response["Content-Length"] = str(len(response.content))
    return response


def of_status(status: int) -> Problem:
    """A problem of which nothing but the status is known."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    details = {
        404: "there is nothing here, or nothing that you may see",
        405: "this address does not take that method; Allow says which ones it takes",
        500: "something went wrong in halves itself; its log has it",
    }
    kind = phrase.lower().replace(" ", "-")
    return Problem(status, kind, details.get(status, phrase))


def problem_of(failed: Exception) -> Problem:
    """What a room refused, as a problem."""
    match failed:
        case Problem():
            return failed
        case MayNot():
            return Problem(403, "may-not", str(failed))
        case TokenUnknown():
            return unauthorized(str(failed))
        case FieldRefused():
            wrong = [Wrong(failed.field, failed.words)]
            return Problem(422, "field-refused", str(failed), errors=wrong)
        case IdentifierTaken():
            wrong = [Wrong(failed.kind, str(failed))]
            return Problem(409, "identifier-taken", str(failed), errors=wrong)
        case ChangedMeanwhile():
            return Problem(409, "changed-meanwhile", str(failed))
        case ViewUnknown():
            return Problem(422, "filter-refused", str(failed))
        case LastOwner():
            return Problem(409, "last-owner", str(failed))
        case UserExists():
            wrong = [Wrong("email", str(failed))]
            return Problem(409, "user-exists", str(failed), errors=wrong)
        case Invalid():
            words = " ".join(failed.messages)
            return Problem(422, "field-refused", words, errors=[Wrong("password", words)])
        case ValidationError():
            return _of_fields(failed)
        case Http404():
            return of_status(404)
        case RequestDataTooBig():
            return Problem(413, "too-large", "a request may have 5 MB at most")
        case MultiPartParserError() | SuspiciousOperation():
            return Problem(400, "bad-request", str(failed) or "this cannot be read")
        case OperationalError():
            _log.warning("the database was busy", exc_info=failed)
            words = "the database is busy; nothing was done: send it again"
            return Problem(503, "busy", words, headers={"Retry-After": "2"})
        case HttpError(__cause__=Problem() as why):  # ninja hides what reading a body met
            return why
        case HttpError():
            kind = of_status(failed.status_code).kind
            return Problem(failed.status_code, kind, str(failed))
    return _of_rooms(failed)


def _of_rooms(failed: Exception) -> Problem:
    for refused, (status, kind, field) in REFUSALS.items():
        if isinstance(failed, refused):
            where = getattr(failed, field, "") if field else ""
            errors = [Wrong(str(where), str(failed))] if where else []
            said = kind or _BETWEEN.sub("-", type(failed).__name__).lower()
            return Problem(status, said, str(failed), errors=errors)
    _log.error("the API failed", exc_info=failed)
    return of_status(500)


_NO_BODY = "the body is missing: send JSON, {} at least"


def unauthorized(detail: str) -> Problem:
    """Nobody whom we know asked for this."""
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def handle_all(api: NinjaAPI) -> None:
    """Answer whatever an operation raises with a problem."""

    def handler(request: HttpRequest, failed: Exception) -> HttpResponse:
        return answer(problem_of(failed))

    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, handler)


def _of_fields(failed: ValidationError) -> Problem:
    errors = []
    for one in failed.errors:
        where = [str(part) for part in one["loc"] if part not in ("body", "query", "path", "said")]
        is_empty = one["type"] == "missing" and not where
        errors.append(Wrong(".".join(where), _NO_BODY if is_empty else str(one["msg"])))
    words = "; ".join(f"{one.field}: {one.detail}" if one.field else one.detail for one in errors)
    return Problem(422, "misread", words[:1000], errors=errors)
