"""Lists for ad platforms: planned, brought up to date, taken as files."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from halves.access.models import User
from halves.access.rules import Verb, visible
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.api.shapes import asked, example
from halves.audiences.queries import audiences_of
from halves.campaigns import ad_files, ad_lists
from halves.campaigns.ad_models import AdFile, AdList

router = Router(tags=["ads"])
_ONE = "/ad-lists/{int:key}"
_WHEN = "2026-01-05T09:00:00Z"
_LIST: dict[str, Any] = {
    "id": 3,
    "title": "Sailors",
    "name": "ads--sailors",
    "platform": "google",
    "campaign": "spring",
    "audience_id": 4,
    "topic": "",
    "holdout_share": 0.1,
    "days": 56,
    "outcome": "deal_closed",
    "of": "value",
    "found": {"reached": 900, "left_out": {"never_agreed": 100}},
    "experiment_id": None,
    "made_at": _WHEN,
    "version": 1,
}


class AdListOut(Schema):
    """A list for an ad platform; `found` says whom it would take, once a worker looked."""

    id: int
    title: str
    name: str
    platform: str
    campaign: str
    audience_id: int
    topic: str
    holdout_share: float
    days: int
    outcome: str
    of: str
    found: dict[str, Any] | None
    experiment_id: int | None
    made_at: datetime
    version: int
    model_config = example(**_LIST)


class AdListPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[AdListOut]
    after: str


class AdListIn(BaseModel):
    """Whose list, where, and who is held out of it."""

    audience: int
    title: Annotated[str, Field(max_length=120)]
    platform: Literal["google", "meta"]
    campaign: Annotated[str, Field(max_length=120)] = ""
    topic: Annotated[str, Field(max_length=80)] = ""
    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    days: Annotated[int, Field(ge=1, le=730)] = 56
    outcome: Literal["deal_closed", "door_opened", "renewed", "referred"] = "deal_closed"
    of: Literal["value", "outcomes"] = "value"
    model_config = asked(audience=4, title="Sailors", platform="google", holdout_share=0.1)


class AdFileOut(Schema):
    """One time that a list was brought up to date; not made yet where `made_at` is empty."""

    number: int
    asked_at: datetime
    made_at: datetime | None
    on_list: int
    added: int
    removed: int
    held_out: int
    left_out: dict[str, int]
    model_config = example(
        number=1,
        asked_at=_WHEN,
        made_at=_WHEN,
        on_list=810,
        added=810,
        removed=0,
        held_out=90,
        left_out={"never_agreed": 100},
    )


@operation(router, "GET", "/ad-lists", Verb.SEE, "ad_list", gives=AdListPage)
def ad_list_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List all lists for ad platforms, the newest first."""
    return paged(visible(request.auth.user, "ad_list", AdList.objects.all()), said, "-id")


@operation(
    router, "POST", "/ad-lists", Verb.ADD, "ad_list", gives=AdListOut, status=201, refuses=[404]
)
def ad_list_add(request: HttpRequest, response: HttpResponse, said: AdListIn) -> Any:
    """Plan a list; a worker looks at whom it would take."""
    user = request.auth.user
    fields = said.model_dump(exclude={"audience"})
    audience = get_object_or_404(audiences_of(user), pk=said.audience)
    made = ad_lists.plan(audience, by=user, at=timezone.now(), **fields)
    response["Location"] = f"/api/v1/ad-lists/{made.pk}"
    return made


@operation(router, "GET", _ONE, Verb.SEE, "ad_list", gives=AdListOut)
def ad_list(request: HttpRequest, key: int) -> Any:
    """Read one list."""
    return _met(request.auth.user, key)


@operation(router, "GET", f"{_ONE}/files", Verb.SEE, "ad_list", gives=list[AdFileOut])
def ad_list_files(request: HttpRequest, key: int) -> Any:
    """List the newest 100 times that a list was brought up to date."""
    return list(_met(request.auth.user, key).files.order_by("-number")[:100])


@operation(
    router,
    "POST",
    f"{_ONE}/files",
    Verb.EXPORT,
    "ad_list",
    gives=AdFileOut,
    status=202,
    scope="export",
    refuses=[409],
)
def ad_list_make(request: HttpRequest, key: int) -> AdFile:
    """Bring a list up to date; a worker makes the file."""
    user = request.auth.user
    return ad_lists.ask_file(_met(user, key), by=user, at=timezone.now())


@operation(
    router,
    "GET",
    f"{_ONE}/export",
    Verb.EXPORT,
    "ad_list",
    gives=None,
    scope="export",
    file=["text/csv"],
    refuses=[409],
)
def ad_list_take(
    request: HttpRequest, key: int, part: Literal["everyone", "added", "removed"] = "everyone"
) -> StreamingHttpResponse:
    """Take the newest file away; who took it is written down."""
    user = request.auth.user
    file = ad_lists.newest_file(_met(user, key))
    said = ad_files.take(file, part, by=user, at=timezone.now())
    return StreamingHttpResponse(said.chunks, content_type=said.media_type, headers=said.headers)


def _met(user: User, key: int) -> AdList:
    return get_object_or_404(visible(user, "ad_list", AdList.objects.all()), pk=key)
