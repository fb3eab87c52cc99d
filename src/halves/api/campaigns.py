"""Campaigns: plan, look at whom it goes to, launch, hold, try; how far, and what it changed."""

from secrets import token_hex
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import campaign_shapes as shapes
from halves.api.asking import Pages, paged, version_wanted
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.referring import one_said
from halves.api.work_shapes import JobOut
from halves.audiences.queries import audiences_of
from halves.campaigns import actions, looking, queries, recording, results, trying
from halves.campaigns.errors import NotADraft
from halves.campaigns.models import Campaign
from halves.campaigns.ways import address_of
from halves.jobs.models import Job
from halves.people.errors import FieldRefused
from halves.people.identity import normalised
from halves.stories.queries import stories_of

router = Router(tags=["campaigns"])
_ONE = "/campaigns/{int:key}"
_WHOLE = shapes.CampaignWhole


@operation(router, "GET", "/campaigns", Verb.SEE, "campaign", gives=shapes.CampaignPage)
def campaign_list(
    request: HttpRequest,
    said: Query[Pages],
    state: Annotated[list[shapes.StateName], Query()] = [],  # noqa: B006
) -> Any:
    """List campaigns, the newest first."""
    rows = queries.campaigns_of(request.auth.user).select_related("audience", "by")
    return paged(rows.filter(state__in=state) if state else rows, said, "-id")


@operation(router, "POST", "/campaigns", Verb.ADD, "campaign", gives=_WHOLE, status=201)
def campaign_draft(request: HttpRequest, response: HttpResponse, said: shapes.CampaignIn) -> Any:
    """Write a campaign down; nothing is sent of it."""
    made = actions.draft(**_who(request), **_fields(request.auth.user, said))
    response["Location"] = f"/api/v1/campaigns/{made.pk}"
    return _whole(request, response, made.pk)


@operation(router, "GET", _ONE, Verb.SEE, "campaign", gives=_WHOLE)
def campaign(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one: the plan, its mails, whom it goes to."""
    return _whole(request, response, key)


@operation(router, "PATCH", _ONE, Verb.CHANGE, "campaign", gives=_WHOLE)
def campaign_change(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.CampaignChange
) -> Any:
    """Change one that is not launched; then it is to be looked at again."""
    found = _met(request, key)
    version = version_wanted(request, said.version, found.version)
    fields = {"steps": _steps(found)} | _fields(request.auth.user, said)
    try:
        actions.change(found, version=version, **_who(request), **fields)
    except NotADraft as refused:
        if not _met(request, key).is_planned:
            raise
        raise Problem(409, "changed-meanwhile", str(refused)) from None
    return _whole(request, response, key)


@operation(router, "DELETE", _ONE, Verb.REMOVE, "campaign", gives=None, status=204)
def campaign_remove(request: HttpRequest, key: int) -> None:
    """Throw a draft away; what was launched stays."""
    actions.remove(_met(request, key), **_who(request))


@operation(router, "POST", f"{_ONE}/look", Verb.CHANGE, "campaign", gives=JobOut, status=202)
def campaign_look(request: HttpRequest, key: int) -> Job:
    """Ask whom it goes to, who is left out and why; `found` says so when the work is done."""
    return looking.look(_met(request, key), **_who(request))


@operation(router, "POST", f"{_ONE}/launch", Verb.CHANGE, "campaign", gives=_WHOLE, status=202)
def campaign_launch(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Put it on its way, once somebody looked at it as it is."""
    actions.launch(_met(request, key), **_who(request))
    return _whole(request, response, key)


@operation(router, "POST", f"{_ONE}/pause", Verb.CHANGE, "campaign", gives=_WHOLE)
def campaign_pause(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Send nothing of it until it is resumed."""
    actions.pause(_met(request, key), **_who(request))
    return _whole(request, response, key)


@operation(router, "POST", f"{_ONE}/resume", Verb.CHANGE, "campaign", gives=_WHOLE)
def campaign_resume(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Go on where it was paused; nobody gets a mail twice."""
    actions.resume(_met(request, key), **_who(request))
    return _whole(request, response, key)


@operation(router, "POST", f"{_ONE}/cancel", Verb.CHANGE, "campaign", gives=_WHOLE)
def campaign_cancel(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Send nothing of it any more, for good."""
    actions.cancel(_met(request, key), **_who(request))
    return _whole(request, response, key)


@operation(router, "POST", f"{_ONE}/duplicate", Verb.ADD, "campaign", gives=_WHOLE, status=201)
def campaign_duplicate(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Make the same plan a new draft."""
    made = actions.duplicate(_met(request, key), **_who(request))
    response["Location"] = f"/api/v1/campaigns/{made.pk}"
    return _whole(request, response, made.pk)


@operation(router, "POST", f"{_ONE}/settle", Verb.CHANGE, "campaign", gives=shapes.CampaignSettled)
def campaign_settle(request: HttpRequest, key: int, said: shapes.CampaignSettleIn) -> Any:
    """Say what became of mails nobody knows of."""
    found = _met(request, key)
    return {"mails": recording.settle(found, were_sent=said.were_sent, **_who(request))}


@operation(
    router,
    "POST",
    f"{_ONE}/try",
    Verb.CHANGE,
    "campaign",
    gives=None,
    status=204,
    apart=True,
)
def campaign_try(request: HttpRequest, key: int, said: shapes.CampaignTryIn) -> None:
    """Send its mails to one address, as somebody of whom nothing is known would get them."""
    found = _met(request, key)
    try:
        to = normalised(address_of(found.channel), said.to)
    except FieldRefused as refused:
        words = str(refused)
        raise Problem(422, "field-refused", f"to: {words}", errors=[Wrong("to", words)]) from None
    trying.try_campaign(found, to, at=timezone.now(), key=token_hex(8))


@operation(router, "GET", f"{_ONE}/progress", Verb.SEE, "campaign", gives=shapes.CampaignProgress)
def campaign_progress(request: HttpRequest, key: int) -> Any:
    """Read how far it is."""
    found = _met(request, key)
    far = queries.progress(found)
    counts = ("all", "done", "waiting", "sent", "failed", "unknown", "skipped", "held_out")
    return {name: getattr(far, name) for name in counts} | {
        "state": found.state,
        "trouble": found.trouble,
        "left_out": far.left_out,
        "failures": far.failures,
        "clicks": dict(zip(("persons", "machines"), far.clicks, strict=True)),
        "opens": dict(zip(("persons", "machines"), far.opens, strict=True)),
    }


@operation(router, "POST", f"{_ONE}/measure", Verb.CHANGE, "campaign", gives=JobOut, status=202)
def campaign_measure(request: HttpRequest, key: int) -> Job:
    """Ask what it changed so far; what is under way is not asked again."""
    return results.ask(_met(request, key), **_who(request))


@operation(router, "GET", f"{_ONE}/result", Verb.SEE, "campaign", gives=shapes.CampaignResult)
def campaign_result(request: HttpRequest, key: int) -> Any:
    """Read what it changed, as it was computed last."""
    found = _met(request, key)
    newest = results.newest(found)
    return {
        "at": newest.at if newest else None,
        "found": newest.found if newest else None,
        "job": results.jobs_of(found).first(),
    }


def _met(request: HttpRequest, key: int) -> Campaign:
    rows = queries.campaigns_of(request.auth.user).select_related("audience", "experiment", "by")
    return get_object_or_404(rows, pk=key)


def _whole(request: HttpRequest, response: HttpResponse, key: int) -> dict[str, Any]:
    """As it is now, with what stands beside its row."""
    found = _met(request, key)
    response["ETag"] = f'"{found.version}"'
    checked = found.check_found
    return {name: getattr(found, name) for name in shapes.CampaignOut.model_fields} | {
        "steps": list(found.steps.select_related("story", "told")),
        "found": checked and checked | {"left_out": queries.in_words(checked["left_out"])},
        "job": looking.jobs_of(found).first(),
    }


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.auth.user, "at": timezone.now()}


def _steps(found: Campaign) -> list[dict[str, Any]]:
    steps = found.steps.select_related("story")
    return [{name: getattr(one, name) for name in actions.STEP_FIELDS} for one in steps]


def _fields(user: User, said: shapes.CampaignIn | shapes.CampaignChange) -> dict[str, Any]:
    """What was said, as actions take it."""
    is_new = isinstance(said, shapes.CampaignIn)
    given = said.model_dump(exclude_unset=not is_new, exclude={"version"})
    if "audience_id" in given:
        key = given.pop("audience_id")
        given["audience"] = one_said(audiences_of(user), "audience_id", key)
    if "steps" in given:
        told = stories_of(user).filter(retired_at=None)
        given["steps"] = [
            {"story": one_said(told, "story_id", one.pop("story_id"))} | one
            for one in given["steps"]
        ]
    if "holdout_share" in given:
        given["holdout_share"] = round(given["holdout_share"], 6)
    if "cost" in given:
        currency = settings.PLACE.settings().currency or ""
        given["currency"] = currency if given["cost"] is not None else ""
    return given
