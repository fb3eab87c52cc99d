"""Experiments: draft, register, start, look, stop, read; what to test next; others' tests."""

from secrets import token_hex
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.rules import Verb, visible
from halves.api import experiment_shapes as shapes
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.work_shapes import JobOut
from halves.experiments import actions, detecting, lifts, queries, suggesting
from halves.experiments.detecting import midnight
from halves.experiments.models import Experiment, Look, PlatformLift, State
from halves.jobs import running
from halves.jobs.models import Job
from halves.scoreboard.queries import tests_weighed

router = Router(tags=["experiments"])
_ONE = "/experiments/{int:key}"
_WHOLE = shapes.ExperimentWhole


@operation(router, "GET", "/experiments", Verb.SEE, "experiment", gives=shapes.ExperimentPage)
def experiment_list(
    request: HttpRequest,
    said: Query[Pages],
    state: Annotated[
        list[Literal["draft", "registered", "running", "stopped", "read"]], Query()
    ] = [],  # noqa: B006
) -> Any:
    """List experiments, the newest first."""
    rows = visible(request.auth.user, "experiment", Experiment.objects.select_related("by"))
    return paged(rows.filter(state__in=state) if state else rows, said, "-id")


@operation(router, "POST", "/experiments", Verb.ADD, "experiment", gives=_WHOLE, status=201)
def experiment_draft(
    request: HttpRequest, response: HttpResponse, said: shapes.ExperimentIn
) -> Any:
    """Write a design down; nobody is held out yet."""
    made = actions.draft(**_who(request), **_fields(said.model_dump()))
    response["Location"] = f"/api/v1/experiments/{made.pk}"
    return _whole(made)


@operation(router, "GET", "/experiments/next", Verb.SEE, "experiment", gives=shapes.NextOut)
def experiment_next(request: HttpRequest) -> Any:
    """Read which experiment is best to run next."""
    at, tests = tests_weighed()
    return {"weighed_at": at, "tests": tests, "job": suggesting.under_way() or suggesting.failed()}


@operation(router, "POST", "/experiments/next", Verb.ADD, "experiment", gives=JobOut, status=202)
def experiment_weigh(request: HttpRequest) -> Job:
    """Ask which experiment is best to run next; what is under way is not asked again."""
    return suggesting.ask_next_test(**_who(request))


@operation(
    router,
    "POST",
    "/experiments/next/draft",
    Verb.ADD,
    "experiment",
    gives=_WHOLE,
    status=201,
)
def experiment_draft_next(request: HttpRequest, said: shapes.NextIn) -> Any:
    """Make a draft of a test that is suggested."""
    _at, tests = tests_weighed()
    offered = {one["unit"]: one for one in (tests or {"tests": []})["tests"]}
    if said.unit not in offered:
        words = f"is not suggested; suggested are: {', '.join(offered) or 'none'}"
        raise Problem(422, "field-refused", f"unit: {words}", errors=[Wrong("unit", words)])
    return _whole(suggesting.draft_of(offered[said.unit], **_who(request)))


@operation(router, "GET", _ONE, Verb.SEE, "experiment", gives=_WHOLE)
def experiment(request: HttpRequest, key: int) -> Any:
    """Read one: the design, what it can detect, who is in it, what it shows, how far work is."""
    return _whole(_met(request, key))


@operation(router, "PATCH", _ONE, Verb.CHANGE, "experiment", gives=_WHOLE)
def experiment_change(request: HttpRequest, key: int, said: shapes.ExperimentChange) -> Any:
    """Change a draft."""
    changes = {
        name: value
        for name, value in said.model_dump(exclude_unset=True).items()
        if value is not None
    }
    return _whole(actions.change_draft(_met(request, key), **_who(request), **_fields(changes)))


@operation(router, "DELETE", _ONE, Verb.CHANGE, "experiment", gives=None, status=204)
def experiment_withdraw(request: HttpRequest, key: int) -> None:
    """Throw a draft away; what is registered stays, so that no result can be hidden."""
    actions.withdraw(_met(request, key), **_who(request))


@operation(router, "POST", f"{_ONE}/regions", Verb.CHANGE, "experiment", gives=_WHOLE)
def experiment_regions(request: HttpRequest, key: int, said: shapes.RegionsIn) -> Any:
    """Choose one of the designs of regions in `power.designs`."""
    return _whole(actions.choose_regions(_met(request, key), said.place, **_who(request)))


@operation(router, "POST", f"{_ONE}/register", Verb.CHANGE, "experiment", gives=_WHOLE)
def experiment_register(request: HttpRequest, key: int) -> Any:
    """Freeze the design, before anything is known of its result."""
    return _whole(actions.register(_met(request, key), **_who(request)))


@operation(router, "POST", f"{_ONE}/start", Verb.CHANGE, "experiment", gives=_WHOLE, status=202)
def experiment_start(request: HttpRequest, key: int) -> Any:
    """Draw who is held out; said again later, also those who came since."""
    actions.start(_met(request, key), **_who(request))
    return _whole(_met(request, key))


@operation(router, "POST", f"{_ONE}/look", Verb.CHANGE, "experiment", gives=_WHOLE, status=202)
def experiment_look(request: HttpRequest, key: int) -> Any:
    """Ask what it shows so far; one may look as often as one likes."""
    actions.look(_met(request, key), **_who(request))
    return _whole(_met(request, key))


@operation(router, "GET", f"{_ONE}/looks", Verb.SEE, "experiment", gives=list[shapes.LookOut])
def experiment_looks(request: HttpRequest, key: int) -> list[Look]:
    """Read what it showed at each of the newest 200 looks."""
    return list(_met(request, key).looks.order_by("-at")[:200])


@operation(router, "POST", f"{_ONE}/stop", Verb.CHANGE, "experiment", gives=_WHOLE)
def experiment_stop(request: HttpRequest, key: int) -> Any:
    """End it before its time: from now on nobody is held out."""
    return _whole(actions.stop(_met(request, key), **_who(request)))


@operation(router, "POST", f"{_ONE}/read", Verb.CHANGE, "experiment", gives=_WHOLE, status=202)
def experiment_read(request: HttpRequest, key: int) -> Any:
    """Read the result, which then stands."""
    actions.read(_met(request, key), **_who(request))
    return _whole(_met(request, key))


@operation(router, "POST", f"{_ONE}/cancel", Verb.CHANGE, "experiment", gives=_WHOLE)
def experiment_cancel(request: HttpRequest, key: int) -> Any:
    """Stop the work that is under way for it."""
    for job in actions.jobs_of(_met(request, key))[:5]:
        running.cancel(job, at=timezone.now())
    return _whole(_met(request, key))


@operation(router, "GET", "/lifts", Verb.SEE, "experiment", gives=shapes.LiftPage)
def lift_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List tests that others ran, such as an ad platform's lift studies, the newest first."""
    return paged(PlatformLift.objects.select_related("by"), said, "-id")


@operation(router, "POST", "/lifts", Verb.ADD, "experiment", gives=shapes.LiftOut, status=201)
def lift_add(request: HttpRequest, said: shapes.LiftIn) -> PlatformLift:
    """Write down a test that somebody else ran."""
    form = token_hex(16)  # sent again, it is told by its Idempotency-Key
    return lifts.record_lift(form=form, **_who(request), **_fields(said.model_dump()))


@operation(
    router, "POST", "/lifts/{int:key}/withdraw", Verb.CHANGE, "experiment", gives=shapes.LiftOut
)
def lift_withdraw(request: HttpRequest, key: int) -> PlatformLift:
    """Take a study off the ledger again."""
    found = get_object_or_404(PlatformLift.objects.select_related("by"), pk=key)
    lifts.withdraw_lift(found, **_who(request))
    found.refresh_from_db()
    return found


def _met(request: HttpRequest, key: int) -> Experiment:
    rows = visible(request.auth.user, "experiment", Experiment.objects.select_related("by"))
    return get_object_or_404(rows, pk=key)


def _whole(found: Experiment) -> Experiment:
    """With what stands beside its row."""
    sizes = queries.sizes(found)
    found.treated, found.held_out = sizes.treated, sizes.held_out
    found.is_power_known = detecting.is_known(found) or found.state != State.DRAFT
    found.job = actions.jobs_of(found).first()
    found.over = found.is_over(timezone.now())
    return found


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.auth.user, "at": timezone.now()}


def _fields(said: dict[str, Any]) -> dict[str, Any]:
    """As actions take it: days begin at midnight."""
    days = {name: midnight(said[name]) for name in ("starts", "ends") if name in said}
    return said | days
