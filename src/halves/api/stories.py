"""Stories: what we tell, the check, what was told, and how it looks to someone."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import story_shapes as shapes
from halves.api.asking import version_wanted
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.referring import one_said, owner_said, person_said
from halves.concerns.queries import concerns_of
from halves.people.queries import Asked, page_of
from halves.stories import actions, facts, offering, queries
from halves.stories.checking import check
from halves.stories.errors import StoryUnfit
from halves.stories.models import Offer, Story
from halves.stories.rendering import Channel, prepared_of
from halves.stories.telling import OWN, POSITIONING, as_told

router = Router(tags=["stories"])
_ORDERS = {"newest": ("-changed_at", "-id")}


@operation(router, "GET", "/stories", Verb.SEE, "story", gives=shapes.StoryPage)
def story_list(
    request: HttpRequest,
    kind: Literal["", "belonging", "solution"] = "",
    after: str = "",
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """List stories, the last changed first."""
    rows = queries.stories_of(request.auth.user)
    rows = rows.filter(kind=kind) if kind else rows
    return page_of(rows, Asked(order="newest", after=after), _ORDERS, size=size)


@operation(router, "POST", "/stories", Verb.ADD, "story", gives=shapes.StoryOut, status=201)
def story_add(request: HttpRequest, response: HttpResponse, said: shapes.StoryIn) -> Any:
    """Write a story down; nothing is told yet."""
    user = request.auth.user
    made = actions.write_story(by=user, at=timezone.now(), **_said(user, said))
    response["Location"] = f"/api/v1/stories/{made.pk}"
    return _shown(response, _met(user, made.pk))


@operation(router, "GET", "/stories/{int:key}", Verb.SEE, "story", gives=shapes.StoryOut)
def story(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one story."""
    return _shown(response, _met(request.auth.user, key))


@operation(router, "PATCH", "/stories/{int:key}", Verb.CHANGE, "story", gives=shapes.StoryOut)
def story_change(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.StoryChange
) -> Any:
    """Change a story; what was told of it stays as it was."""
    user = request.auth.user
    found = _met(user, key)
    version = version_wanted(request, said.version, found.version)
    actions.change_story(found, by=user, at=timezone.now(), version=version, **_said(user, said))
    return _shown(response, _met(user, key))


@operation(
    router,
    "GET",
    "/stories/{int:key}/check",
    Verb.SEE,
    "story",
    gives=list[shapes.FindingOut],
)
def story_check(request: HttpRequest, key: int) -> Any:
    """Check a story: what must be mended before it is told, and what to look at again."""
    return check(_met(request.auth.user, key))


@operation(
    router,
    "POST",
    "/stories/{int:key}/versions",
    Verb.CHANGE,
    "story",
    gives=shapes.VersionOut,
    status=201,
)
def story_freeze(request: HttpRequest, key: int) -> Any:
    """Keep what is told of a story from now on; the same words are the same version."""
    user = request.auth.user
    try:
        return actions.freeze(_met(user, key), at=timezone.now(), by=user)
    except StoryUnfit as unfit:
        errors = [Wrong(one.field, one.words) for one in unfit.findings]
        raise Problem(422, "story-unfit", str(unfit), errors=errors) from None


@operation(
    router,
    "GET",
    "/stories/{int:key}/versions",
    Verb.SEE,
    "story",
    gives=list[shapes.VersionOut],
)
def story_versions(request: HttpRequest, key: int) -> Any:
    """List the newest 50 versions of a story, as they were told."""
    return list(_met(request.auth.user, key).versions.order_by("-number")[:50])


@operation(router, "GET", "/stories/{int:key}/preview", Verb.SEE, "story", gives=shapes.RenderedOut)
def story_preview(
    request: HttpRequest,
    key: int,
    channel: shapes.ChannelName = "email",
    variant: str = OWN,
    person: int | None = None,
    number: Annotated[int | None, Query(description="A version; as it stands if unsaid")] = None,
) -> Any:
    """See a story as a person would get it; without links of their own."""
    user = request.auth.user
    found = _met(user, key)
    whom = person_said(user, person)
    known = facts.of_people([whom.pk])[whom.pk] if whom else facts.nobody()
    told = (
        as_told(found)
        if number is None
        else get_object_or_404(found.versions.filter(number__lt=2**31), number=number).told
    )
    return prepared_of(told, variant=variant, channel=Channel(channel)).for_person(known)


@operation(router, "PUT", "/stories/{int:key}/retired", Verb.CHANGE, "story", gives=shapes.StoryOut)
def story_retire(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.Wanted
) -> Any:
    """Tell a story no more, or again."""
    user = request.auth.user
    actions.retire(_met(user, key), by=user, at=timezone.now(), is_wanted=said.is_wanted)
    return _shown(response, _met(user, key))


@operation(router, "GET", "/offers", Verb.SEE, "offer", gives=list[shapes.OfferOut])
def offer_list(request: HttpRequest) -> Any:
    """List offers by name."""
    return [_stated(one) for one in queries.offers_of(request.auth.user)[:1000]]


@operation(router, "POST", "/offers", Verb.ADD, "offer", gives=shapes.OfferOut, status=201)
def offer_add(request: HttpRequest, said: shapes.OfferIn) -> Any:
    """Write down what we sell, and where it stands."""
    given = said.model_dump(include=set(POSITIONING))
    return _stated(offering.write_offer(by=request.auth.user, at=timezone.now(), **given))


@operation(router, "GET", "/offers/{int:key}", Verb.SEE, "offer", gives=shapes.OfferOut)
def offer(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one offer."""
    found = get_object_or_404(queries.offers_of(request.auth.user), pk=key)
    response["ETag"] = f'"{found.version}"'
    return _stated(found)


@operation(router, "PATCH", "/offers/{int:key}", Verb.CHANGE, "offer", gives=shapes.OfferOut)
def offer_change(request: HttpRequest, key: int, said: shapes.OfferIn) -> Any:
    """Change where an offer stands; its stories inherit it, what was told stays."""
    user = request.auth.user
    found = get_object_or_404(queries.offers_of(user), pk=key)
    version = version_wanted(request, said.version, found.version)
    given = said.model_dump(exclude_unset=True, include=set(POSITIONING))
    now = timezone.now()
    return _stated(offering.change_offer(found, by=user, at=now, version=version, **given))


@operation(router, "GET", "/proof", Verb.SEE, "proof", gives=list[shapes.ProofOut])
def proof_list(request: HttpRequest) -> Any:
    """List proof, what holds first."""
    return list(queries.proofs_of(request.auth.user)[:1000])


@operation(router, "POST", "/proof", Verb.ADD, "proof", gives=shapes.ProofOut, status=201)
def proof_add(request: HttpRequest, said: shapes.ProofIn) -> Any:
    """Write proof down, with its source."""
    user = request.auth.user
    return offering.write_proof(by=user, at=timezone.now(), **_proof(user, said))


@operation(router, "PATCH", "/proof/{int:key}", Verb.CHANGE, "proof", gives=shapes.ProofOut)
def proof_change(request: HttpRequest, key: int, said: shapes.ProofIn) -> Any:
    """Change proof, or tell it no more."""
    user, now = request.auth.user, timezone.now()
    found = get_object_or_404(queries.proofs_of(user), pk=key)
    given = _proof(user, said)
    if given:
        found = offering.change_proof(found, by=user, at=now, **given)
    if "is_retired" in said.model_fields_set:
        offering.retire_proof(found, by=user, at=now, is_wanted=said.is_retired)
    return found


def _met(user: User, key: int) -> Story:
    return get_object_or_404(queries.stories_of(user), pk=key)


def _shown(response: HttpResponse, found: Story) -> Story:
    response["ETag"] = f'"{found.version}"'
    found.standing, found.told = queries.standing(found), as_told(found)
    return found


def _stated(found: Offer) -> Offer:
    found.positioning = queries.positioning(found)
    return found


def _proof(user: User, said: shapes.ProofIn) -> dict[str, Any]:
    given = said.model_dump(exclude_unset=True, exclude={"is_retired"})
    if "offer_id" in given:
        given["offer"] = one_said(queries.offers_of(user), "offer_id", given.pop("offer_id"))
    return given


def _said(user: User, said: shapes.StoryChange) -> dict[str, Any]:
    """What was said, as actions take it."""
    given = said.model_dump(exclude_unset=True, exclude={"version"})
    if "offer_id" in given:
        given["offer"] = one_said(queries.offers_of(user), "offer_id", given.pop("offer_id"))
    for name, rows in (("proof", queries.proofs_of(user)), ("concern", concerns_of(user))):
        if f"{name}_ids" in given:
            keys = given.pop(f"{name}_ids")
            given[f"{name}s"] = [one_said(rows, f"{name}_ids", key) for key in keys]
    if "promises" in given:
        given["promises"] = [
            {name: value for name, value in one.items() if name != "keeper_id"}
            | {"keeper": owner_said(one.get("keeper_id"))}
            for one in given["promises"]
        ]
    return given
