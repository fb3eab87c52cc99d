"""Promises: what is open, late and kept, deliveries, who keeps them, and what customers say."""

from dataclasses import asdict, fields
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.rules import Verb, visible
from halves.api import promise_shapes as shapes
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.people.models import Person
from halves.promises import expecting, queries
from halves.promises.delivering import deliver
from halves.promises.learning import report
from halves.promises.models import Delivery, Promise, Survey, SurveyAsked
from halves.promises.surveys import close_survey, make_survey
from halves.scoreboard.errors import SettingsMissing
from halves.scoreboard.queries import insist_on_ledger

router = Router(tags=["promises"])
_ONE = "/promises/{int:key}"


@operation(router, "GET", "/promises", Verb.SEE, "promise", gives=shapes.PromisePage)
def promise_list(
    request: HttpRequest,
    said: Query[Pages],
    is_open: bool | None = None,
    is_at_risk: bool = False,
    person_id: int | None = None,
) -> Any:
    """List promises to people whom the caller sees, the newest first."""
    rows = queries.promises_of(request.auth.user).select_related("keeper")
    if is_at_risk:
        rows = rows.filter(pk__in=queries.at_risk(today=timezone.localdate()).values("pk"))
    if is_open is not None:
        rows = rows.filter(delivered_at__isnull=is_open)
    if person_id is not None:
        rows = rows.filter(person=person_id if 0 < person_id < 2**63 else 0)
    return paged(rows, said, "-id")


@operation(
    router,
    "GET",
    "/promises/expectations",
    Verb.SEE,
    "promise",
    gives=list[shapes.ExpectationOut],
)
def promise_expectations(request: HttpRequest, by: expecting.By = "story") -> Any:
    """Read who was led to expect what, and what came of it; the most often broken first."""
    return expecting.expectations(request.auth.user, by, today=timezone.localdate())


@operation(
    router,
    "GET",
    "/promises/report",
    Verb.SEE,
    "answer",
    gives=list[shapes.KeptOut],
    refuses=[409],
)
def promise_report(request: HttpRequest) -> Any:
    """Read how promises were kept by measure, and what that did to what customers said."""
    insist_on_ledger()
    return report().measures


@operation(
    router,
    "GET",
    "/promises/cost",
    Verb.SEE,
    "answer",
    gives=shapes.BreakingOut,
    refuses=[409],
)
def promise_cost(request: HttpRequest) -> Any:
    """Read what a broken promise costs, by the ledger, and whose cost how much."""
    insist_on_ledger()
    found = report()
    if found.breaking is None:
        raise SettingsMissing(found.refused)
    lost = found.breaking.all
    promisers = [
        {"by": by, "cost": lost.of(one.under) if lost else None, **asdict(one)}
        for by, rows in found.promisers.items()
        for one in rows
    ]
    told = {one.name: getattr(found.breaking, one.name) for one in fields(found.breaking)}
    return {**told, "lacks": found.breaking.lacks, "promisers": promisers}


@operation(router, "GET", _ONE, Verb.SEE, "promise", gives=shapes.PromiseOut)
def promise_one(request: HttpRequest, key: int) -> Promise:
    """Read a promise."""
    return _met(request, key)


@operation(
    router,
    "POST",
    f"{_ONE}/deliveries",
    Verb.CHANGE,
    "promise",
    gives=shapes.PromiseDeliveryOut,
    status=201,
)
def promise_deliver(request: HttpRequest, key: int, said: shapes.DeliveryIn) -> Delivery:
    """Say what came of a promise; the newest delivery decides how it was kept."""
    return deliver(
        _met(request, key), by=request.auth.user, now=timezone.now(), **said.model_dump()
    )


@operation(router, "GET", "/surveys", Verb.SEE, "survey", gives=list[shapes.SurveyOut])
def survey_list(request: HttpRequest) -> Any:
    """List the newest questions to customers."""
    return Survey.objects.order_by("-pk")[:200]


@operation(router, "POST", "/surveys", Verb.ADD, "survey", gives=shapes.SurveyOut, status=201)
def survey_make(request: HttpRequest, said: shapes.SurveyIn) -> Survey:
    """Write a question down."""
    return make_survey(**said.model_dump(), by=request.auth.user, at=timezone.now())


@operation(
    router, "POST", "/surveys/{int:key}/close", Verb.CHANGE, "survey", gives=shapes.SurveyOut
)
def survey_end(request: HttpRequest, key: int) -> Survey:
    """Take no more answers."""
    close_survey(get_object_or_404(Survey, pk=key), by=request.auth.user, at=timezone.now())
    return get_object_or_404(Survey, pk=key)


@operation(
    router,
    "GET",
    "/surveys/{int:key}/answers",
    Verb.SEE,
    "survey",
    gives=shapes.SurveyAnswerPage,
)
def survey_answers(request: HttpRequest, key: int, said: Query[Pages]) -> Any:
    """List answers of people whom the caller sees, the newest first."""
    survey = get_object_or_404(Survey, pk=key)
    people = visible(request.auth.user, "person", Person.objects.all())
    rows = SurveyAsked.objects.filter(survey=survey, score__isnull=False, person__in=people)
    return paged(rows, said, "-id")


def _met(request: HttpRequest, key: int) -> Promise:
    rows = queries.promises_of(request.auth.user)
    return get_object_or_404(rows.select_related("person__account", "keeper", "version"), pk=key)
