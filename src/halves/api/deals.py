"""Deals: pipelines and stages, deals and their moves, quotes, the forecast."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from halves.access.rules import Verb
from halves.api import deal_shapes as shapes
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.referring import account_said, one_said, owner_said, person_said
from halves.api.work_shapes import JobOut
from halves.concerns.queries import concerns_of
from halves.deals import actions, forecasting, pipelines, queries
from halves.deals.models import Deal
from halves.deals.pipelines import Wanted, default_pipeline
from halves.deals.quote_models import Quote
from halves.deals.stage_models import Pipeline, Stage

router = Router(tags=["deals"])
_PLAIN = ("title", "problem", "solution", "value", "currency", "expected_close")


@operation(router, "GET", "/pipelines", Verb.SEE, "pipeline", gives=list[shapes.PipelineOut])
def pipeline_list(request: HttpRequest) -> Any:
    """List pipelines with their stages, the default one first."""
    default_pipeline(at=timezone.now())
    return list(pipelines.pipelines())


@operation(router, "POST", "/pipelines", Verb.ADD, "pipeline", gives=shapes.PipelineOut, status=201)
def pipeline_begin(request: HttpRequest, said: shapes.PipelineIn) -> Any:
    """Begin another pipeline, with the usual stages."""
    return pipelines.add_pipeline(said.name, by=request.auth.user, at=timezone.now())


@operation(
    router,
    "PUT",
    "/pipelines/{int:key}/stages",
    Verb.CHANGE,
    "pipeline",
    gives=shapes.PipelineOut,
)
def pipeline_stages(request: HttpRequest, key: int, said: shapes.StagesIn) -> Any:
    """Make the stages on the way these, in this order."""
    found = _pipeline(key)
    wanted = [Wanted(one.name, one.id) for one in said.stages]
    pipelines.set_stages(
        found, wanted, by=request.auth.user, at=timezone.now(), version=said.version
    )
    return _pipeline(key)


@operation(
    router,
    "GET",
    "/pipelines/{int:key}/forecast",
    Verb.SEE,
    "forecast",
    gives=shapes.ForecastOut,
    refuses=[404],
)
def pipeline_forecast(request: HttpRequest, key: int) -> Any:
    """Read the forecast that was computed last; 404 where none was."""
    found = forecasting.newest(_pipeline(key))
    if found is None:
        raise Http404
    return found


@operation(
    router,
    "POST",
    "/pipelines/{int:key}/forecast",
    Verb.ADD,
    "forecast",
    gives=JobOut,
    status=202,
)
def pipeline_forecast_ask(request: HttpRequest, key: int) -> Any:
    """Ask for the forecast to be computed anew."""
    return forecasting.ask_forecast(_pipeline(key), by=request.auth.user, at=timezone.now())


@operation(router, "GET", "/deals", Verb.SEE, "deal", gives=shapes.DealPage)
def deal_list(
    request: HttpRequest,
    search: str = "",
    state: shapes.State | None = None,
    stage_id: int | None = None,
    person_id: int | None = None,
    account_id: int | None = None,
    lost_kind: shapes.LostKind | None = None,
    order: shapes.Order = "newest",
    after: str = "",
) -> Any:
    """List deals that sellers work on."""
    keys = {"stage": stage_id, "person": person_id, "account": account_id}
    wanted = queries.Wanted(
        search=search[:200].replace("\0", ""),
        state=state or "",
        lost=lost_kind or "",
        **{name: "" if key is None else str(key) for name, key in keys.items()},
    )
    return queries.listed(request.auth.user, wanted, order=order, after=after)


@operation(router, "POST", "/deals", Verb.ADD, "deal", gives=shapes.DealWhole, status=201)
def deal_add(request: HttpRequest, said: shapes.DealIn) -> Any:
    """Open a deal with somebody."""
    user = request.auth.user
    person = person_said(user, said.person_id)
    stage = one_said(Stage.objects.filter(retired_at=None), "stage_id", said.stage_id)
    made = actions.open_deal(person, by=user, at=timezone.now(), stage=stage, **_fields(user, said))
    return _met(user, made.pk)


@operation(router, "GET", "/deals/{int:key}", Verb.SEE, "deal", gives=shapes.DealWhole)
def deal_read(request: HttpRequest, key: int) -> Any:
    """Read one deal with its lines, and how its door opened."""
    return _met(request.auth.user, key)


@operation(router, "PATCH", "/deals/{int:key}", Verb.CHANGE, "deal", gives=shapes.DealWhole)
def deal_change(request: HttpRequest, key: int, said: shapes.DealChange) -> Any:
    """Change what we wrote down of a deal."""
    user = request.auth.user
    fields = _fields(user, said)
    actions.change_deal(_met(user, key), by=user, at=timezone.now(), version=said.version, **fields)
    return _met(user, key)


@operation(router, "PUT", "/deals/{int:key}/lines", Verb.CHANGE, "deal", gives=shapes.DealWhole)
def deal_lines(request: HttpRequest, key: int, said: shapes.DealLinesIn) -> Any:
    """Say what is bought; the deal is worth the sum of it."""
    user = request.auth.user
    lines = [actions.Line(one.words, one.quantity, one.price) for one in said.lines]
    found = _met(user, key)
    actions.set_lines(found, lines, by=user, at=timezone.now(), version=said.version)
    return _met(user, key)


@operation(router, "POST", "/deals/{int:key}/move", Verb.CHANGE, "deal", gives=shapes.DealWhole)
def deal_move(request: HttpRequest, key: int, said: shapes.DealMoveIn) -> Any:
    """Move a deal to a stage; one that ends deals closes it."""
    user = request.auth.user
    found = _met(user, key)
    stage = one_said(Stage.objects.filter(retired_at=None), "stage_id", said.stage_id)
    ending = actions.Ending(said.lost_kind or "", said.words)
    now = timezone.now()
    actions.move(found, stage, by=user, at=now, version=said.version, ending=ending)
    return _met(user, key)


@operation(router, "POST", "/deals/{int:key}/nurture", Verb.CHANGE, "deal", gives=shapes.DealWhole)
def deal_nurture(request: HttpRequest, key: int, said: shapes.NurtureIn) -> Any:
    """Give somebody back to marketing, with what holds them back."""
    user = request.auth.user
    concern = one_said(concerns_of(user), "concern_id", said.concern_id)
    found = _met(user, key)
    actions.back_to_nurture(found, concern, by=user, at=timezone.now(), words=said.words)
    return _met(user, key)


@operation(router, "GET", "/deals/{int:key}/quotes", Verb.SEE, "quote", gives=list[shapes.QuoteOut])
def quote_list(request: HttpRequest, key: int) -> Any:
    """List the quotes of a deal, the newest first."""
    user = request.auth.user
    return list(queries.quotes_of(user).filter(deal=_met(user, key)))


@operation(
    router, "POST", "/deals/{int:key}/quotes", Verb.ADD, "quote", gives=shapes.QuoteOut, status=201
)
def quote_draft(request: HttpRequest, key: int, said: shapes.QuoteIn) -> Any:
    """Draft a quote of a deal's lines; nobody but colleagues sees it."""
    user = request.auth.user
    fields = said.model_dump(exclude={"promises"})
    fields["promises"] = [actions.promise_said(**one.model_dump()) for one in said.promises]
    return actions.draft_quote(_met(user, key), by=user, at=timezone.now(), **fields)


@operation(router, "GET", "/quotes/{int:key}", Verb.SEE, "quote", gives=shapes.QuoteOut)
def quote_read(request: HttpRequest, key: int) -> Any:
    """Read one quote."""
    return _quote(request, key)


@operation(router, "POST", "/quotes/{int:key}/send", Verb.CHANGE, "quote", gives=shapes.QuoteOut)
def quote_send(request: HttpRequest, key: int, said: shapes.QuoteSend) -> Any:
    """Send the buyer the link; from now on the quote stays as it is."""
    found, by = _quote(request, key), request.auth.user
    return actions.send_quote(found, by=by, at=timezone.now(), to=said.to, version=said.version)


@operation(
    router, "POST", "/quotes/{int:key}/withdraw", Verb.CHANGE, "quote", gives=shapes.QuoteOut
)
def quote_withdraw(request: HttpRequest, key: int) -> Any:
    """Take a quote back: it can be accepted no more."""
    found = _quote(request, key)
    return actions.withdraw_quote(found, by=request.auth.user, at=timezone.now())


def _fields(user: Any, said: Any) -> dict[str, Any]:
    given = said.model_dump(exclude_unset=True)
    found = {name: given[name] for name in _PLAIN if name in given}
    for name in ("value", "currency"):
        if name in found and found[name] is None:
            words = "say an amount, or leave it out"
            raise Problem(422, "field-refused", f"{name}: {words}", errors=[Wrong(name, words)])
    if "owner_id" in given:
        found["owner"] = owner_said(given["owner_id"])
    if "account_id" in given:
        found["account"] = account_said(user, given["account_id"])
    return found


def _met(user: Any, key: int) -> Deal:
    rows = queries.deals_of(user).select_related("pipeline", "handover__told")
    return get_object_or_404(rows.prefetch_related("lines"), pk=key)


def _quote(request: HttpRequest, key: int) -> Quote:
    return get_object_or_404(queries.quotes_of(request.auth.user), pk=key)


def _pipeline(key: int) -> Pipeline:
    return get_object_or_404(pipelines.pipelines(), pk=key)
