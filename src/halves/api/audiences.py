"""Audiences and groups: what can be asked, who answers, who belongs."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import audience_shapes as shapes
from halves.api.asking import Pages, paged, version_wanted
from halves.api.door import operation
from halves.audiences import actions, groups, queries
from halves.audiences.definition import OPS
from halves.audiences.exporting import export_audience
from halves.audiences.models import Audience, Group
from halves.people.fields import Field
from halves.people.queries import people_of

router = Router(tags=["audiences"])
SEE, ADD, CHANGE = Verb.SEE, Verb.ADD, Verb.CHANGE


@operation(router, "GET", "/audiences", SEE, "audience", gives=shapes.AudiencePage)
def audience_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List audiences."""
    return paged(queries.audiences_of(request.auth.user).select_related("by"), said, "name")


@operation(router, "POST", "/audiences", ADD, "audience", gives=shapes.AudienceOut, status=201)
def audience_add(request: HttpRequest, response: HttpResponse, said: shapes.AudienceIn) -> Any:
    """Save a question about people; without a definition, make a list."""
    who: dict[str, Any] = {"by": request.auth.user, "at": timezone.now()}
    if said.definition is None:
        made = actions.make_list(name=said.name, **who)
    else:
        made = actions.save_question(name=said.name, definition=said.definition, **who)
    response["Location"] = f"/api/v1/audiences/{made.pk}"
    return _shown(response, made)


@operation(router, "GET", "/audiences/questions", SEE, "audience", gives=shapes.QuestionsOut)
def audience_questions(request: HttpRequest) -> Any:
    """Say what can be asked about people."""
    known = queries.known()
    return {
        "fields": [_question(one) for one in known.fields.values()],
        "records": [
            {
                "name": one.name,
                "label": str(one.label),
                "is_dated": bool(one.when),
                "amount": one.amount,
                "fields": [_question(part) for part in one.fields],
            }
            for one in known.records.values()
            if one.is_shown
        ],
    }


@operation(router, "POST", "/audiences/count", ADD, "audience", gives=shapes.CountOut)
def audience_count(request: HttpRequest, said: shapes.DefinitionIn) -> Any:
    """Count who answers a definition now; the same token again stops the count before."""
    now = timezone.now()
    token = f"{request.auth.user.pk}-api-{said.token}" if said.token else ""
    return {"count": queries.count(said.definition, at=now, token=token), "at": now}


@operation(router, "GET", "/audiences/{int:key}", SEE, "audience", gives=shapes.AudienceOut)
def audience(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one audience."""
    return _shown(response, _met(request.auth.user, key))


@operation(router, "PATCH", "/audiences/{int:key}", CHANGE, "audience", gives=shapes.AudienceOut)
def audience_change(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.AudienceChange
) -> Any:
    """Change an audience's question or name."""
    found = _met(request.auth.user, key)
    version = version_wanted(request, said.version, found.version)
    who: dict[str, Any] = {"version": version, "by": request.auth.user, "at": timezone.now()}
    name = found.name if said.name is None else said.name
    if said.definition is None:
        return _shown(response, actions.rename(found, name, **who))
    changed = actions.change_question(found, name=name, definition=said.definition, **who)
    return _shown(response, changed)


@operation(
    router, "DELETE", "/audiences/{int:key}", Verb.REMOVE, "audience", gives=None, status=204
)
def audience_remove(request: HttpRequest, key: int) -> Any:
    """Throw an audience away; the people stay."""
    user = request.auth.user
    actions.remove(_met(user, key), by=user, at=timezone.now())
    return 204, None


@operation(router, "GET", "/audiences/{int:key}/count", SEE, "audience", gives=shapes.CountOut)
def audience_size(request: HttpRequest, key: int) -> Any:
    """Count who is in an audience now."""
    now = timezone.now()
    return {"count": queries.size(_met(request.auth.user, key), at=now), "at": now}


@operation(
    router,
    "GET",
    "/audiences/{int:key}/members",
    Verb.EXPORT,
    "audience",
    gives=shapes.MembersOut,
    scope="export",
)
def audience_members(
    request: HttpRequest,
    key: int,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    size: int = 1_000,
) -> Any:
    """List the keys of those in an audience whom you see, in order."""
    size = max(1, min(size, 5_000))
    keys = queries.page(_met(request.auth.user, key), at=timezone.now(), after=after, size=size)
    seen = people_of(request.auth.user).filter(pk__in=keys).order_by("pk")
    last = str(keys[-1]) if len(keys) == size else ""
    return {"people": list(seen.values_list("pk", flat=True)), "after": last}


@operation(
    router,
    "GET",
    "/audiences/{int:key}/export",
    Verb.EXPORT,
    "audience",
    gives=None,
    scope="export",
)
def audience_export(
    request: HttpRequest, key: int, format: Literal["csv", "parquet"] = "csv"
) -> StreamingHttpResponse:
    """Take the people of an audience away, as a file."""
    user = request.auth.user
    file = export_audience(_met(user, key), form=format, by=user, at=timezone.now())
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@operation(router, "GET", "/audiences/{int:key}/why", SEE, "audience", gives=shapes.WhyOut)
def audience_why(request: HttpRequest, key: int, person: int) -> Any:
    """Say why a person is in an audience, or is not, part by part."""
    user, now = request.auth.user, timezone.now()
    found = _met(user, key)
    whom = get_object_or_404(people_of(user), pk=person)
    if found.definition:
        return queries.why(found.definition, whom, at=now)
    is_on = bool(queries.still_in(found, [whom.pk], at=now))
    return queries.Why(words=found.name, holds=is_on)


@operation(
    router, "POST", "/audiences/{int:key}/people", CHANGE, "audience", gives=shapes.ChangedOut
)
def audience_put_on(request: HttpRequest, key: int, said: shapes.PeopleIn) -> Any:
    """Put people on a list."""
    user = request.auth.user
    seen = people_of(user).filter(pk__in=said.people).values_list("pk", flat=True)
    count = actions.put_on(_met(user, key), list(seen), by=user, at=timezone.now())
    return {"count": count}


@operation(
    router, "POST", "/audiences/{int:key}/people/off", CHANGE, "audience", gives=shapes.ChangedOut
)
def audience_take_off(request: HttpRequest, key: int, said: shapes.PeopleIn) -> Any:
    """Take people off a list."""
    user = request.auth.user
    seen = people_of(user).filter(pk__in=said.people).values_list("pk", flat=True)
    count = actions.take_off(_met(user, key), list(seen), by=user, at=timezone.now())
    return {"count": count}


@operation(router, "GET", "/groups", SEE, "group", gives=list[shapes.GroupOut])
def group_list(request: HttpRequest) -> Any:
    """List the first 500 groups."""
    return [_group(one) for one in groups.groups_of(request.auth.user).order_by("name")[:500]]


@operation(router, "POST", "/groups", ADD, "group", gives=shapes.GroupOut, status=201)
def group_add(request: HttpRequest, said: shapes.GroupIn) -> Any:
    """Make a group that people can join."""
    user, now = request.auth.user, timezone.now()
    return _group(groups.found_group(name=said.name, aspiration=said.aspiration, by=user, at=now))


@operation(router, "GET", "/groups/{int:key}", SEE, "group", gives=shapes.GroupOut)
def group(request: HttpRequest, key: int) -> Any:
    """Read one group."""
    return _group(get_object_or_404(groups.groups_of(request.auth.user), pk=key))


@operation(router, "GET", "/groups/{int:key}/members", SEE, "group", gives=list[shapes.MemberOut])
def group_members(request: HttpRequest, key: int) -> Any:
    """List the newest 1,000 members whom you see."""
    user = request.auth.user
    found = get_object_or_404(groups.groups_of(user), pk=key)
    return [
        {
            "person_id": one.person_id,
            "name": str(one.person),
            "joined_at": one.joined_at,
            "brought_by_id": one.brought_by.pk if one.brought_by else None,
        }
        for one in groups.members_of(found, user)[:1_000]
    ]


def _met(user: User, key: int) -> Audience:
    return get_object_or_404(queries.audiences_of(user).select_related("by"), pk=key)


def _shown(response: HttpResponse, found: Audience) -> Audience:
    response["ETag"] = f'"{found.version}"'
    return found


def _group(found: Group) -> dict[str, Any]:
    names = ("id", "name", "aspiration", "token", "is_open", "made_at")
    return {name: getattr(found, name) for name in names} | {"members": groups.size_of(found)}


def _question(one: Field) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": str(one.label),
        "holds": str(one.holds),
        "ops": list(OPS[one.holds]),
    }
