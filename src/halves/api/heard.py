"""What was heard in talks: ranked, quoted, put in order; and what one person may hold."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.rules import Verb, visible
from halves.api import heard_shapes as shapes
from halves.api import story_shapes, work_shapes
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.concerns import listening, queries, shaping
from halves.concerns.models import Concern, Heard
from halves.conversations.at_scale import answer_at_scale
from halves.people.models import Person

router = Router(tags=["concerns"])
_ONE = "/concerns/{int:key}"
_CONCERN = story_shapes.ConcernOut


@operation(router, "GET", "/concerns/ranked", Verb.SEE, "concern", gives=list[shapes.RankedOut])
def concern_ranked(request: HttpRequest, kind: str = "", is_aspiration: bool = False) -> Any:
    """List concerns by people held back × money at stake × how well they can be answered."""
    return queries.ranked(at=timezone.now(), is_aspiration=is_aspiration, kind=kind)[:500]


@operation(
    router, "POST", "/concerns/listen", Verb.CHANGE, "concern", gives=work_shapes.JobOut, status=202
)
def concern_listen(request: HttpRequest, said: shapes.Listen) -> Any:
    """Ask for listening; what is under way already is not asked for twice."""
    kind = listening.AGAIN if said.is_again else listening.LISTEN
    return listening.ask(kind, by=request.auth.user, at=timezone.now())


@operation(router, "GET", "/concerns/pile", Verb.SEE, "heard", gives=shapes.HeardPage)
def concern_pile(request: HttpRequest, said: Query[Pages], is_aspiration: bool = False) -> Any:
    """List what was heard and is like no concern that is known, the newest first."""
    return paged(queries.pile(request.auth.user, is_aspiration=is_aspiration), said, "-at")


@operation(router, "GET", f"{_ONE}/heard", Verb.SEE, "heard", gives=shapes.HeardPage)
def concern_heard(request: HttpRequest, key: int, said: Query[Pages]) -> Any:
    """List what people said of it, in talks that you may see, the newest first."""
    found = get_object_or_404(Concern, pk=key)
    return paged(queries.quotes(request.auth.user, found), said, "-at")


@operation(router, "POST", f"{_ONE}/merge", Verb.CHANGE, "concern", gives=_CONCERN)
def concern_merge(request: HttpRequest, key: int, said: shapes.Into) -> Any:
    """Make one concern of two; gives the one that stays."""
    user = request.auth.user
    found = get_object_or_404(Concern, pk=key)
    into = get_object_or_404(queries.concerns_of(user), pk=said.into_id)
    return shaping.merge(found, into, by=user, at=timezone.now())


@operation(router, "POST", f"{_ONE}/split", Verb.CHANGE, "concern", gives=_CONCERN, status=201)
def concern_split(request: HttpRequest, key: int, said: shapes.Split) -> Any:
    """Make a concern of its own of some of what was said."""
    found = get_object_or_404(Concern, pk=key)
    who = {"by": request.auth.user, "at": timezone.now()}
    return shaping.split(found, said.heard_ids, name=said.name, **who)


@operation(
    router, "POST", f"{_ONE}/at-scale", Verb.ADD, "campaign", gives=shapes.AtScaleOut, status=201
)
def concern_at_scale(request: HttpRequest, key: int, said: shapes.AtScaleIn) -> Any:
    """Draft a story that answers it, whom to tell it, and the campaign; nothing is sent."""
    found = get_object_or_404(Concern, pk=key)
    chosen = {"topic": said.topic, "answers": said.answer_ids}
    return answer_at_scale(found, by=request.auth.user, at=timezone.now(), **chosen)


@operation(router, "PUT", f"{_ONE}/pinned", Verb.CHANGE, "concern", gives=_CONCERN)
def concern_pinned(request: HttpRequest, key: int, said: story_shapes.Wanted) -> Any:
    """Keep it as it is when all is put in order anew, or let listening have it again."""
    found = get_object_or_404(Concern, pk=key)
    shaping.pin(found, by=request.auth.user, at=timezone.now(), is_wanted=said.is_wanted)
    return found


@operation(router, "PUT", f"{_ONE}/retired", Verb.CHANGE, "concern", gives=_CONCERN)
def concern_retired(request: HttpRequest, key: int, said: story_shapes.Wanted) -> Any:
    """Let it go, so that what is like it is heard no more; or bring it back."""
    found = get_object_or_404(Concern, pk=key)
    shaping.retire(found, by=request.auth.user, at=timezone.now(), is_wanted=said.is_wanted)
    return found


@operation(router, "PUT", "/heard/{int:key}/concern", Verb.CHANGE, "heard", gives=shapes.HeardOut)
def heard_place(request: HttpRequest, key: int, said: shapes.Where) -> Any:
    """Put what was said where it belongs, or say that it voices no concern."""
    user = request.auth.user
    rows = Heard.objects.select_related("concern", "person", "conversation")
    one = get_object_or_404(visible(user, "heard", rows), pk=key)
    into = None
    if said.concern_id is not None:
        into = get_object_or_404(queries.concerns_of(user), pk=said.concern_id)
    shaping.place(one, into, by=user, at=timezone.now())
    return one


@operation(
    router, "GET", "/people/{int:key}/concerns", Verb.SEE, "concern", gives=list[shapes.HoldingOut]
)
def person_concerns(request: HttpRequest, key: int) -> Any:
    """List what a person voiced in talks that you may see, then what they may hold unvoiced."""
    user = request.auth.user
    whom = get_object_or_404(visible(user, "person", Person.objects.all()), pk=key)
    return queries.likely_for(user, whom.pk, at=timezone.now())
