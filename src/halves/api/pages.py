"""Pages that sell by themselves, what came of them, and orders."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from halves.access.rules import Verb, visible
from halves.api.asking import version_wanted
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.shapes import asked, example
from halves.deals.actions import agree_on_invoice, cancel_order, take_payment
from halves.deals.errors import PaidAlready
from halves.deals.models import Order
from halves.pages import actions, queries
from halves.pages.errors import PageChangedMeanwhile, PageRefused
from halves.pages.models import Page
from halves.stories.errors import StoryRetired, StoryUnfit
from halves.stories.models import Story

router = Router(tags=["pages"])
_WHEN = "2026-01-05T09:00:00Z"
Money = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]


class Step(BaseModel):
    """Something to do after signing up, and where."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    words: Annotated[str, Field(max_length=500)] = ""
    url: Annotated[str, Field(max_length=500)] = ""


class PageFields(BaseModel):
    """What a page is; what is not said stays as it is."""

    slug: Annotated[str, Field(min_length=1, max_length=80)] = ""
    story_id: int | None = None
    asks: Literal["contact", "sign_up", "order"] = "contact"
    button: Annotated[str, Field(min_length=1, max_length=60)] = ""
    sells: Annotated[str, Field(max_length=200)] = ""
    price: Money | None = None
    currency: Annotated[str, Field(max_length=3)] = ""
    providers: Annotated[list[str], Field(max_length=10)] = []
    trial_days: Annotated[int, Field(ge=0, le=365)] | None = None
    steps: Annotated[list[Step], Field(max_length=10)] = []
    topic: Annotated[str, Field(max_length=80)] = ""
    consent_words: Annotated[str, Field(max_length=300)] = ""
    variants: Annotated[list[str], Field(max_length=26)] = []
    may_embed: bool = False
    is_listed: bool = True
    model_config = asked(slug="quiet-mornings", story_id=1, asks="contact", button="Tell me more")


class PageChange(PageFields):
    """The same, with the version that was read."""

    version: int | None = None
    model_config = asked(button="Show me", version=1)


class PageOut(Schema):
    """A page."""

    id: int
    slug: str
    story_id: int
    asks: str
    button: str
    sells: str
    price: Decimal | None
    currency: str
    providers: list[str]
    trial_days: int | None
    steps: list[dict[str, Any]]
    topic: str
    consent_words: str
    variants: list[str]
    may_embed: bool
    is_listed: bool
    state: str
    version: int
    model_config = example(
        id=1,
        slug="quiet-mornings",
        story_id=1,
        asks="contact",
        button="Tell me more",
        sells="",
        price=None,
        currency="",
        providers=[],
        trial_days=None,
        steps=[],
        topic="",
        consent_words="",
        variants=["A"],
        may_embed=False,
        is_listed=True,
        state="published",
        version=1,
    )


class CameOut(Schema):
    """What came of one variant; the share has its 90% interval."""

    variant: str
    shown: int
    sent: int
    confirmed: int
    bought: int
    share: float | None
    low: float | None
    high: float | None
    model_config = example(
        variant="A", shown=1000, sent=81, confirmed=60, bought=4, share=0.081, low=0.068, high=0.096
    )


class OrderOut(Schema):
    """An order of somebody who bought by themselves."""

    id: int
    number: str
    person_id: int
    deal_id: str
    page: str
    words: str
    quantity: int
    total: Decimal
    currency: str
    provider: str
    state: str
    placed_at: datetime
    paid_at: datetime | None
    model_config = example(
        id=1,
        number="2026-00001",
        person_id=1,
        deal_id="deal-0c1d",
        page="box",
        words="Starter box",
        quantity=2,
        total="99.90",
        currency="EUR",
        provider="invoice",
        state="invoiced",
        placed_at=_WHEN,
        paid_at=None,
    )


class OrderNews(BaseModel):
    """What happened with an order."""

    what: Literal["agreed", "paid", "cancelled"]
    model_config = asked(what="paid")


@operation(router, "GET", "/pages", Verb.SEE, "page", gives=list[PageOut])
def page_list(request: HttpRequest) -> Any:
    """List pages."""
    return list(Page.objects.order_by("slug")[:500])


@operation(router, "POST", "/pages", Verb.ADD, "page", gives=PageOut, status=201)
def page_add(request: HttpRequest, response: HttpResponse, said: PageFields) -> Any:
    """Make a page of a story; nobody sees it yet."""
    try:
        made = actions.add_page(by=request.auth.user, at=timezone.now(), **_said(said))
    except PageRefused as refused:
        raise _refused(refused) from refused
    response["Location"] = f"/api/v1/pages/{made.pk}"
    return made


@operation(router, "GET", "/pages/{int:key}", Verb.SEE, "page", gives=PageOut)
def page(request: HttpRequest, key: int) -> Any:
    """Read one page."""
    return get_object_or_404(Page, pk=key)


@operation(router, "PATCH", "/pages/{int:key}", Verb.CHANGE, "page", gives=PageOut)
def page_change(request: HttpRequest, key: int, said: PageChange) -> Any:
    """Change a page; of one that is out, all but its story shows at once."""
    found = get_object_or_404(Page, pk=key)
    version = version_wanted(request, said.version, found.version)
    fields = _said(said)
    fields.pop("version", None)
    try:
        return actions.change_page(
            found, by=request.auth.user, at=timezone.now(), version=version, **fields
        )
    except PageRefused as refused:
        raise _refused(refused) from refused
    except PageChangedMeanwhile as refused:
        raise Problem(409, "changed-meanwhile", str(refused)) from refused


@operation(
    router,
    "POST",
    "/pages/{int:key}/publish",
    Verb.CHANGE,
    "page",
    gives=PageOut,
    refuses=(422,),
)
def page_publish(request: HttpRequest, key: int) -> Any:
    """Show the world the story as it is now."""
    found = get_object_or_404(Page, pk=key)
    try:
        return actions.publish(found, by=request.auth.user, at=timezone.now())
    except StoryUnfit as unfit:
        errors = [Wrong(one.field, one.words) for one in unfit.findings]
        raise Problem(422, "story-unfit", str(unfit), errors=errors) from None
    except StoryRetired as retired:
        raise Problem(422, "story-retired", str(retired)) from None
    except PageRefused as refused:
        raise _refused(refused) from refused


@operation(router, "POST", "/pages/{int:key}/take-off", Verb.CHANGE, "page", gives=PageOut)
def page_take_off(request: HttpRequest, key: int) -> Any:
    """Show it no more."""
    found = get_object_or_404(Page, pk=key)
    return actions.take_off(found, by=request.auth.user, at=timezone.now())


@operation(router, "GET", "/pages/{int:key}/results", Verb.SEE, "page", gives=list[CameOut])
def page_results(request: HttpRequest, key: int) -> Any:
    """Read what came of each variant."""
    return [
        {
            "variant": one.variant,
            "shown": one.shown,
            "sent": one.sent,
            "confirmed": one.confirmed,
            "bought": one.bought,
            "share": one.share and one.share.mean,
            "low": one.share and one.share.low,
            "high": one.share and one.share.high,
        }
        for one in queries.came_of(get_object_or_404(Page, pk=key))
    ]


@operation(router, "GET", "/orders", Verb.SEE, "order", gives=list[OrderOut])
def order_list(
    request: HttpRequest,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Any:
    """List orders, the newest first; `before` is the last id of the page before."""
    rows = visible(request.auth.user, "order", Order.objects.select_related("deal"))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_order(one) for one in rows.order_by("-pk")[:size]]


@operation(
    router,
    "POST",
    "/orders/{int:key}/news",
    Verb.CHANGE,
    "order",
    gives=OrderOut,
    refuses=(409,),
)
def order_news(request: HttpRequest, key: int, said: OrderNews) -> Any:
    """Write down that an order was agreed by other means, paid, or cancelled."""
    user, now = request.auth.user, timezone.now()
    found = get_object_or_404(visible(user, "order", Order.objects.all()), pk=key)
    if not _happened(found, said.what, user, now):
        raise Problem(409, "order-over", "that cannot happen to this order any more")
    found.refresh_from_db()
    return _order(found)


def _happened(found: Order, what: str, user: Any, now: datetime) -> bool:
    if what == "agreed":
        return agree_on_invoice(found, by=user, at=now)
    if what == "cancelled":
        return cancel_order(found, by=user, at=now)
    said = {"provider": "invoice", "event": f"hand:{found.pk}", "kind": "by hand"}
    try:
        return take_payment(found, **said, reference=f"hand:{found.pk}", at=now, by=user)
    except PaidAlready:
        return False


def _order(one: Order) -> dict[str, Any]:
    names = ("number", "page", "words", "quantity", "total", "currency", "provider", "state")
    return {name: getattr(one, name) for name in names} | {
        "id": one.pk,
        "person_id": one.deal.person_id,
        "deal_id": one.deal.ledger_id,
        "placed_at": one.placed_at,
        "paid_at": one.paid_at,
    }


def _said(said: PageFields) -> dict[str, Any]:
    fields = said.model_dump(exclude_unset=True)
    if "story_id" in fields:
        story = Story.objects.filter(pk=fields.pop("story_id"), retired_at=None).first()
        if story is None:
            words = "there is no such story"
            raise Problem(422, "field-refused", words, errors=[Wrong("story_id", words)])
        fields["story"] = story
    return fields


def _refused(refused: PageRefused) -> Problem:
    field = "story_id" if refused.field == "story" else refused.field
    return Problem(422, "field-refused", str(refused), errors=[Wrong(field, str(refused))])
