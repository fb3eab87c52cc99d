"""The brief: one screen before the call."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from halves.access import audit
from halves.access.rules import Verb, may
from halves.conversations import queue_queries
from halves.conversations.brief import brief_of
from halves.conversations.brief_phrasing import Phrased, Phrasing, PhrasingRefused, facts_of, phrase
from halves.conversations.brief_step import next_step
from halves.people.models import Person
from halves.people.queries import people_of
from halves.web.needs import needs


@require_GET
@needs(Verb.SEE, "brief")
def brief(request: HttpRequest, key: int) -> HttpResponse:
    """What to know of a person before the call."""
    merged = Person.objects.filter(pk=key).exclude(merged_into=None).first()
    if merged is not None:
        return redirect("person_brief", merged.merged_into_id)
    return _page(request, _met(request, key))


@require_POST
@needs(Verb.SEE, "brief")
def phrased(request: HttpRequest, key: int) -> HttpResponse:
    """The same in a model's words, beside the facts that it was told."""
    person, at = _met(request, key), timezone.now()
    found = brief_of(person, user=request.user, at=at)
    is_on = _may_phrase()
    try:
        how = Phrasing.read(settings.PLACE.settings_file)
        facts = facts_of(found, next_step(found), words_of_people=how.words_of_people)
        said = phrase(facts, how)
    except PhrasingRefused as refused:  # by the endpoint, or by what halves.toml says of it
        return _page(request, person, failed=str(refused), status=502 if is_on else 422)
    after = {"model": how.model, "facts": len(facts)}
    audit.record("brief.phrased", person, by=request.user, at=at, after=after)
    return _page(request, person, said=said)


def _page(
    request: HttpRequest,
    person: Person,
    *,
    said: Phrased | None = None,
    failed: str = "",
    status: int = 200,
) -> HttpResponse:
    found = brief_of(person, user=request.user, at=timezone.now())
    context: dict[str, Any] = {
        "brief": found,
        "person": person,
        "step": next_step(found),
        "phrased": said,
        "failed": failed,
        "may_phrase": _may_phrase(),
        "waiting": queue_queries.waiting_for(request.user, person.pk),
        "may_log": may(request.user, Verb.ADD, "conversation"),
    }
    return render(request, "calls/brief.html", context, status=status)


def _may_phrase() -> bool:
    try:
        return Phrasing.read(settings.PLACE.settings_file).is_on
    except PhrasingRefused:
        return False


def _met(request: HttpRequest, key: int) -> Person:
    people = people_of(request.user).select_related("account", "owner")
    return get_object_or_404(people, pk=key)
