"""What holds for everyone: colleagues, teams, the house, own fields, keys, the log."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access import actions
from halves.access.models import ApiToken, AuditEntry, House, Role, Team, User
from halves.access.rules import Verb, visible
from halves.api import house_shapes as shapes
from halves.api.door import Caller, operation
from halves.api.problems import Problem, Wrong
from halves.api.referring import team_said
from halves.people.actions import keep_field
from halves.people.models import CustomField

router = Router(tags=["house"])


@operation(router, "GET", "/users", Verb.SEE, "user", gives=list[shapes.UserOut])
def user_list(request: HttpRequest) -> Any:
    """List colleagues."""
    return list(User.objects.select_related("team").order_by("-is_active", "name", "id"))


@operation(router, "POST", "/users", Verb.ADD, "user", gives=shapes.UserOut, status=201)
def user_add(request: HttpRequest, said: shapes.UserIn) -> User:
    """Let a colleague in."""
    try:
        validate_email(said.email)
    except ValidationError:
        raise _refused("email", f"must be an address, got {said.email!r}") from None
    return actions.add_user(
        email=said.email,
        name=_named(said.name),
        role=Role(said.role),
        password=said.password,
        team=team_said(said.team_id),
        time_zone=_zone(said.time_zone),
        by=request.auth.user,
        at=timezone.now(),
    )


@operation(router, "GET", "/users/{int:key}", Verb.SEE, "user", gives=shapes.UserOut)
def user(request: HttpRequest, key: int) -> User:
    """Read one colleague."""
    return get_object_or_404(User.objects.select_related("team"), pk=key)


@operation(router, "PATCH", "/users/{int:key}", Verb.CHANGE, "user", gives=shapes.UserOut)
def user_change(request: HttpRequest, key: int, said: shapes.UserChange) -> User:
    """Change what a colleague is called, may do, and belongs to."""
    whom = get_object_or_404(User, pk=key)
    changes = said.model_dump(exclude_unset=True)
    if "team_id" in changes:
        changes["team"] = team_said(changes.pop("team_id"))
    if "time_zone" in changes:
        changes["time_zone"] = _zone(said.time_zone)
    if "name" in changes:
        changes["name"] = _named(said.name)
    if not changes:
        return whom
    return actions.change_user(whom, by=request.auth.user, at=timezone.now(), **changes)


@operation(router, "GET", "/teams", Verb.SEE, "team", gives=list[shapes.TeamOut])
def team_list(request: HttpRequest) -> Any:
    """List teams, and who is in them."""
    return list(Team.objects.prefetch_related("user_set").order_by("name"))


@operation(router, "POST", "/teams", Verb.ADD, "team", gives=shapes.TeamOut, status=201)
def team_add(request: HttpRequest, said: shapes.TeamIn) -> Team:
    """Make a team; one of that name stays as it is."""
    return actions.add_team(_named(said.name), by=request.auth.user, at=timezone.now())


@operation(router, "GET", "/house", Verb.SEE, "house", gives=shapes.HouseOut)
def house(request: HttpRequest) -> House:
    """Read what holds for everyone."""
    return House.get()


@operation(router, "PATCH", "/house", Verb.CHANGE, "house", gives=shapes.HouseOut)
def house_change(request: HttpRequest, said: shapes.HouseChange) -> House:
    """Change what holds for everyone."""
    now = House.get()
    changes = {"name": now.name, "is_by_team": now.is_by_team}
    changes |= said.model_dump(exclude_unset=True)
    return actions.change_house(by=request.auth.user, at=timezone.now(), **changes)


@operation(router, "GET", "/fields", Verb.SEE, "custom_field", gives=list[shapes.CustomFieldOut])
def field_list(request: HttpRequest) -> Any:
    """List the fields that this company keeps of people and accounts."""
    return list(CustomField.objects.all())


@operation(
    router,
    "POST",
    "/fields",
    Verb.ADD,
    "custom_field",
    gives=shapes.CustomFieldOut,
    status=201,
)
def field_add(request: HttpRequest, said: shapes.CustomFieldIn) -> CustomField:
    """Keep a field from now on; one of the same key stays as it is."""
    return keep_field(by=request.auth.user, at=timezone.now(), **said.model_dump())


@operation(router, "GET", "/tokens", Verb.SEE, "token", gives=list[shapes.TokenOut])
def token_list(request: HttpRequest) -> Any:
    """List my keys for programs."""
    return list(visible(request.auth.user, "token", ApiToken.objects.order_by("-made_at", "-id")))


@operation(
    router,
    "POST",
    "/tokens",
    Verb.ADD,
    "token",
    gives=shapes.TokenMade,
    status=201,
    secret=True,
)
def token_add(request: HttpRequest, said: shapes.TokenIn) -> Any:
    """Make a key for programs; one made with a key may do no more, and lasts no longer."""
    _insist_on_no_more(request.auth, said)
    secret = actions.make_token(
        request.auth.user,
        name=said.name,
        scopes=said.scopes,
        expires_at=said.expires_at,
        at=timezone.now(),
    )
    return {"secret": secret}


@operation(router, "DELETE", "/tokens/{int:key}", Verb.REMOVE, "token", gives=None, status=204)
def token_remove(request: HttpRequest, key: int) -> None:
    """Make a key of mine useless."""
    me = request.auth.user
    mine = visible(me, "token", ApiToken.objects.all())
    actions.remove_token(get_object_or_404(mine, pk=key), by=me, at=timezone.now())


@operation(router, "GET", "/audit", Verb.SEE, "audit", gives=shapes.AuditPage)
def audit(
    request: HttpRequest,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    kind: Annotated[str, Query(max_length=40)] = "",
    key: Annotated[str, Query(max_length=120)] = "",
    size: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Any:
    """Read every change, newest first: who, what, before, after."""
    entries = AuditEntry.objects.select_related("by").order_by("-id")
    if before is not None:
        entries = entries.filter(id__lt=before)
    if kind:
        entries = entries.filter(kind=kind)
    if key:
        entries = entries.filter(key=key)
    rows = list(entries[:size])
    return {"rows": rows, "before": rows[-1].pk if len(rows) == size else None}


def _insist_on_no_more(caller: Caller, said: shapes.TokenIn) -> None:
    """Else whoever finds a key that reads could make one that exports, for ever."""
    token = caller.token
    if token is None:
        return
    more = sorted(set(said.scopes) - set(token.scopes))
    if more:
        words = f"this token has no scope {', '.join(more)} to give on"
        raise Problem(403, "scope-missing", words)
    if token.expires_at and (said.expires_at is None or said.expires_at > token.expires_at):
        words = f"must be {token.expires_at.isoformat()} at most, when this token runs out"
        raise _refused("expires_at", words)


def _named(said: str) -> str:
    if not said.strip():
        raise _refused("name", "give a name")
    return said.strip()


def _zone(said: str) -> str:
    if said not in available_timezones():
        raise _refused("time_zone", f"must be a zone such as Europe/Berlin, got {said!r}")
    return said


def _refused(field: str, words: str) -> Problem:
    return Problem(422, "field-refused", f"{field}: {words}", errors=[Wrong(field, words)])
