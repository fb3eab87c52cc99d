"""Reads: which stories there are, where each stands, what an offer says of itself."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.access.rules import visible
from halves.stories import uses
from halves.stories.models import Offer, Proof, Story
from halves.stories.telling import as_told, digest_of


class Standing(StrEnum):
    """Where a story is."""

    DRAFT = "draft"  # nothing was told of it
    TOLD = "told"  # as it stands
    CHANGED = "changed"  # since it was told
    RETIRED = "retired"


@dataclass(frozen=True)
class Shown:
    """A story in a list."""

    story: Story
    standing: Standing
    versions: int
    uses: list[uses.Use]


def stories_of(user: User) -> "QuerySet[Story]":
    """Stories that the user may see, the last changed first."""
    rows = Story.objects.select_related("offer", "by").order_by("-changed_at", "-pk")
    return visible(user, "story", rows)


def offers_of(user: User) -> "QuerySet[Offer]":
    """Offers, by name."""
    return visible(user, "offer", Offer.objects.order_by("name"))


def proofs_of(user: User) -> "QuerySet[Proof]":
    """Proof, what holds first."""
    rows = Proof.objects.select_related("offer")
    return visible(user, "proof", rows.order_by("retired_at", "-changed_at", "-pk"))


def shown(stories: list[Story], user: User) -> list[Shown]:
    """Each with its standing."""
    rows = Story.objects.filter(pk__in=[one.pk for one in stories])
    last = dict(rows.annotate(last=Max("versions__number")).values_list("pk", "last"))
    told = uses.of(stories, user)
    return [Shown(one, standing(one), last.get(one.pk) or 0, told[one.pk]) for one in stories]


def standing(story: Story) -> Standing:
    """Where it is now."""
    if story.retired_at is not None:
        return Standing.RETIRED
    newest = story.versions.order_by("-number").first()
    if newest is None:
        return Standing.DRAFT
    return Standing.TOLD if newest.digest == digest_of(as_told(story)) else Standing.CHANGED


def positioning(offer: Offer) -> str:
    """The usual statement; what is missing is left open."""
    gap = "…"
    said = {
        "whom": offer.for_whom or gap,
        "need": offer.need or gap,
        "offer": offer.name,
        "what": offer.what or gap,
        "alternative": offer.alternative or gap,
        "why": offer.why_us or gap,
    }
    return (
        _("For %(whom)s who %(need)s, %(offer)s is %(what)s. Unlike %(alternative)s, %(why)s.")
        % said
    )
