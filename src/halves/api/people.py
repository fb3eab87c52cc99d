"""People: the list, one person, and what can happen to them."""

from datetime import UTC
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import shapes
from halves.api.asking import EXPORTED, Filters, Paged, asked_of, version_wanted
from halves.api.door import operation
from halves.api.referring import account_said, owner_said
from halves.api.written import notes_and_tags
from halves.people import actions, consenting, queries
from halves.people.exporting import PEOPLE, export
from halves.people.models import Person
from halves.people.timeline import Span, timeline

router = Router(tags=["people"])
Kind = Literal["touch", "outcome", "note", "consent", "task"]
Path = Literal["many", "one", "self"]


@operation(router, "GET", "/people", Verb.SEE, "person", gives=shapes.PersonPage)
def people_list(request: HttpRequest, said: Query[Paged]) -> Any:
    """List people."""
    asked = asked_of(request, said)
    rows = _whole(queries.people_asked(request.auth.user, asked))
    return queries.page_of(rows, asked, queries.PEOPLE_ORDERS, size=said.size)


@operation(router, "POST", "/people", Verb.ADD, "person", gives=shapes.PersonOut, status=201)
def person_add(request: HttpRequest, response: HttpResponse, said: shapes.PersonIn) -> Any:
    """Write down someone new."""
    user = request.auth.user
    made = actions.add_person(
        by=user, at=timezone.now(), source=_source(user), **_fields(user, said, {})
    )
    response["Location"] = f"/api/v1/people/{made.pk}"
    return _shown(response, _met(user, made.pk))


@operation(
    router,
    "GET",
    "/people/export",
    Verb.EXPORT,
    "person",
    gives=None,
    scope="export",
    file=EXPORTED,
)
def people_export(
    request: HttpRequest, said: Query[Filters], format: Literal["csv", "parquet"] = "csv"
) -> StreamingHttpResponse:
    """Take all people of a list away, as a file."""
    asked, user = asked_of(request, said), request.auth.user
    rows = queries.people_asked(user, asked)
    file = export(PEOPLE, rows, asked, form=format, by=user, at=timezone.now())
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@operation(router, "GET", "/people/{int:key}", Verb.SEE, "person", gives=shapes.PersonOut)
def person(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one person; who was merged is found as whom they became."""
    return _shown(response, _met(request.auth.user, _survivor(key)))


@operation(router, "PATCH", "/people/{int:key}", Verb.CHANGE, "person", gives=shapes.PersonOut)
def person_change(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.PersonChange
) -> Any:
    """Change what we wrote down of someone."""
    user = request.auth.user
    whom = _met(user, key)
    version = version_wanted(request, said.version, whom.version)
    actions.change_person(
        whom,
        by=user,
        at=timezone.now(),
        version=version,
        source=_source(user),
        **_fields(user, said, whom.fields),
    )
    return _shown(response, _again(key))


@operation(router, "GET", "/people/{int:key}/timeline", Verb.SEE, "person", gives=shapes.Lines)
def person_timeline(
    request: HttpRequest,
    key: int,
    before: shapes.Moment | None = None,
    kind: Annotated[list[Kind], Query()] = [],  # noqa: B006
    path: Annotated[list[Path], Query()] = [],  # noqa: B006
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Read what happened with someone, newest first."""
    user = request.auth.user
    span = Span(size=size, before=before, kinds=frozenset(kind), paths=frozenset(path))
    lines = timeline(_met(user, key), user=user, span=span)
    # To the microsecond, which JSON's usual times are not, so that no line falls between pages.
    last = lines[-1].at.astimezone(UTC).isoformat() if len(lines) == size else ""
    return {"rows": lines, "before": last.replace("+00:00", "Z") or None}


@operation(router, "GET", "/people/{int:key}/consents", Verb.SEE, "person", gives=shapes.Consents)
def person_consents(request: HttpRequest, key: int) -> Any:
    """Read what someone said about being contacted."""
    whom = _met(request.auth.user, key)
    return {"now": queries.consents_now(whom), "ever": list(whom.consents.all()[:500])}


@operation(
    router,
    "POST",
    "/people/{int:key}/consents",
    Verb.CHANGE,
    "person",
    gives=shapes.ConsentOut,
    status=201,
)
def person_consent_add(request: HttpRequest, key: int, said: shapes.ConsentIn) -> Any:
    """Write down what someone said about being contacted."""
    user = request.auth.user
    return consenting.consent(_met(user, key), by=user, at=timezone.now(), **said.model_dump())


@operation(
    router, "PUT", "/people/{int:key}/leave-alone", Verb.CHANGE, "person", gives=shapes.PersonOut
)
def person_leave_alone(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.LeaveAloneIn
) -> Any:
    """Never contact someone, or lift that."""
    user = request.auth.user
    now = timezone.now()
    consenting.leave_alone(_met(user, key), is_wanted=said.is_wanted, by=user, at=now)
    return _shown(response, _again(key))


@operation(router, "GET", "/people/{int:key}/tasks", Verb.SEE, "person", gives=list[shapes.TaskOut])
def person_tasks(request: HttpRequest, key: int) -> Any:
    """Read what colleagues mean to do for someone."""
    tasks = _met(request.auth.user, key).tasks.filter(done_at=None)
    return list(tasks.select_related("owner").order_by("due_on", "id")[:200])


def _met(user: User, key: int) -> Person:
    """The person, if the user may meet them; else there is no such person."""
    return get_object_or_404(_whole(queries.people_of(user)), pk=key)


def _again(key: int) -> Person:
    """As they are after a change, also where it moved them out of the user's sight."""
    return _whole(Person.objects.all()).get(pk=key)


def _survivor(key: int) -> int:
    """Whom a merged person became."""
    for _ in range(20):
        now = Person.objects.filter(pk=key).values_list("merged_into", flat=True).first()
        if now is None:
            return key
        key = now
    raise Http404


def _whole(rows: Any) -> Any:
    return rows.select_related("account", "owner", "team").prefetch_related("tags")


def _shown(response: HttpResponse, whom: Person) -> Person:
    response["ETag"] = f'"{whom.version}"'
    return whom


def _fields(user: User, said: shapes.PersonIn, held: dict[str, Any]) -> dict[str, Any]:
    """What was said, as actions take it."""
    found = said.model_dump(exclude_unset=True, exclude={"version"})
    if "account_id" in found:
        found["account"] = account_said(user, found.pop("account_id"))
    if "owner_id" in found:
        found["owner"] = owner_said(found.pop("owner_id"))
    if "fields" in found:
        found["fields"] = held | found["fields"]
    return found


def _source(user: User) -> str:
    return f"API, {user}"[:100]


notes_and_tags(
    router,
    "/people/{int:key}",
    "person",
    gives=shapes.PersonOut,
    met=_met,
    shown=lambda response, key: _shown(response, _again(key)),
)
