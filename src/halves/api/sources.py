"""Sources of events: who may send them, with which keys; and whose visits they turn out to be."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from halves.access.rules import Verb
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.api.shapes import asked, example
from halves.tracking import sources, stitching
from halves.tracking.models import Event, Source, Stitch

router = Router(tags=["sources"])
_ONE = "/sources/{int:key}"
_WHEN = "2026-01-05T09:00:00Z"
_SOURCE: dict[str, Any] = {
    "id": 1,
    "name": "Site",
    "write_key": "hw_5lM2…",
    "secret_begins": "hs_Zk1a…",
    "origins": ["https://www.example.org"],
    "doors": ["Signed Up"],
    "user_ids": "user_id",
    "is_on": True,
    "made_at": _WHEN,
}
_Lines = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)]


class SourceOut(Schema):
    """A site, an app or a server that sends events; its write key is public."""

    id: int
    name: str
    write_key: str
    secret_begins: str
    origins: list[str]
    doors: list[str]
    user_ids: str
    is_on: bool
    made_at: datetime
    model_config = example(**_SOURCE)


class SourceMade(SourceOut):
    """The same, with its secret key, which is shown this once."""

    secret: str
    model_config = example(**_SOURCE, secret="hs_…")  # noqa: S106


class SourceIn(BaseModel):
    """Who is to send events; `origins` are where browsers may send from."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    origins: _Lines = []
    doors: _Lines | None = None
    user_ids: Annotated[str, Field(max_length=40)] = "user_id"
    model_config = asked(name="Site", origins=["https://www.example.org"])


class SourceChange(BaseModel):
    """What to change; what is not said stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    origins: _Lines = []
    doors: _Lines = []
    user_ids: Annotated[str, Field(max_length=40)] = "user_id"
    is_on: bool = True
    model_config = asked(is_on=False)


class KeyWanted(BaseModel):
    """Which of the two keys to make anew."""

    which: Literal["write", "secret"]
    model_config = asked(which="secret")


class KeyMade(Schema):
    """A new key; a secret one is shown this once."""

    key: str
    model_config = example(key="hs_…")


class EventOut(Schema):
    """An event as it was sent, and what it was taken as, or why it was refused."""

    id: int
    received_at: datetime
    at: datetime
    kind: str
    name: str
    message_id: str
    anonymous_id: str
    user_id: str
    is_trusted: bool
    state: str
    verdict: str
    detail: str
    body: str
    model_config = example(
        id=1,
        received_at=_WHEN,
        at=_WHEN,
        kind="page",
        name="Pricing",
        message_id="8f1c",
        anonymous_id="v1",
        user_id="",
        is_trusted=False,
        state="taken",
        verdict="touch",
        detail="paid_search",
        body='{"anonymousId":"v1"}',
    )


class StitchOut(Schema):
    """Someone said that these visits are of whoever is known by this key."""

    id: int
    source_id: int
    visits: str
    kind: str
    value: str
    is_trusted: bool
    state: str
    person_id: int | None
    said_at: datetime
    how: str
    model_config = example(
        id=1,
        source_id=1,
        visits="anon:1:v1",
        kind="email",
        value="grace@example.org",
        is_trusted=False,
        state="unverified",
        person_id=None,
        said_at=_WHEN,
        how="",
    )

    @staticmethod
    def resolve_visits(one: Stitch) -> str:
        """Under which id the ledger has them."""
        return one.ledger_id


class StitchPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[StitchOut]
    after: str


class Decided(BaseModel):
    """Whether the visits are theirs."""

    is_so: bool
    model_config = asked(is_so=True)


class StitchesAsked(Pages):
    """Which, page by page."""

    state: Literal["unverified", "confirmed", "refused"] = "unverified"


@operation(router, "GET", "/sources", Verb.SEE, "source", gives=list[SourceOut])
def source_list(request: HttpRequest) -> Any:
    """List who sends events."""
    return list(Source.objects.order_by("-is_on", "name", "pk"))


@operation(
    router, "POST", "/sources", Verb.ADD, "source", gives=SourceMade, status=201, secret=True
)
def source_add(request: HttpRequest, response: HttpResponse, said: SourceIn) -> Any:
    """Let a site, an app or a server send events; the answer has its secret key, this once."""
    made = sources.add_source(**said.model_dump(), by=request.auth.user, at=timezone.now())
    response["Location"] = f"/api/v1/sources/{made.source.pk}"
    return SourceOut.from_orm(made.source).model_dump() | {"secret": made.secret}


@operation(router, "GET", _ONE, Verb.SEE, "source", gives=SourceOut)
def source(request: HttpRequest, key: int) -> Any:
    """Read one source."""
    return get_object_or_404(Source, pk=key)


@operation(router, "PATCH", _ONE, Verb.CHANGE, "source", gives=SourceOut)
def source_change(request: HttpRequest, key: int, said: SourceChange) -> Any:
    """Change what it is called, where browsers may send from, what opens a door, if it is on."""
    one = get_object_or_404(Source, pk=key)
    fields = {name: getattr(one, name) for name in SourceChange.model_fields}
    fields |= said.model_dump(exclude_unset=True)
    return sources.change_source(one, **fields, by=request.auth.user, at=timezone.now())


@operation(
    router,
    "POST",
    f"{_ONE}/keys",
    Verb.CHANGE,
    "source",
    gives=KeyMade,
    secret=True,
)
def source_new_key(request: HttpRequest, key: int, said: KeyWanted) -> Any:
    """Make a new key; the one before is useless at once."""
    one = get_object_or_404(Source, pk=key)
    return {"key": sources.new_key(one, said.which, by=request.auth.user, at=timezone.now())}


@operation(router, "GET", f"{_ONE}/events", Verb.SEE, "source", gives=list[EventOut])
def source_events(
    request: HttpRequest,
    key: int,
    state: Literal["", "waiting", "taken", "refused"] = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Read what arrived, newest first; `before` is the last id of the page before."""
    rows = Event.objects.filter(source=get_object_or_404(Source, pk=key).pk)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__lt=before) if before is not None else rows
    return list(rows.order_by("-pk")[:size])


@operation(router, "GET", "/stitches", Verb.SEE, "stitch", gives=StitchPage)
def stitch_list(request: HttpRequest, said: Query[StitchesAsked]) -> Any:
    """List visits that someone said are a person's, the newest first."""
    return paged(Stitch.objects.filter(state=said.state), said, "-id")


@operation(
    router,
    "PUT",
    "/stitches/{int:key}/decision",
    Verb.CHANGE,
    "stitch",
    gives=StitchOut,
    refuses=[409],
)
def stitch_decide(request: HttpRequest, key: int, said: Decided) -> Any:
    """Say whether visits are whose someone said; who is not known yet is made known."""
    stitch, user = get_object_or_404(Stitch, pk=key), request.auth.user
    if said.is_so:
        stitching.believe(stitch, by=user, at=timezone.now())
    else:
        stitching.refuse(stitch, by=user, at=timezone.now())
    stitch.refresh_from_db()
    return stitch
