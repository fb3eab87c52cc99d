"""A story as plain data: what a version keeps, and what every channel is made from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from halves.stories.models import Story, StoryPromise, Variant

OWN = "A"  # the variant that is the story's own words
VARIED = ("headline", "subject", "preheader", "body", "short", "call_words")
_SAID = ("name", "kind", "aspiration", "group", "vision", "problem", "fix", "call_url")
POSITIONING = ("name", "for_whom", "need", "what", "alternative", "why_us")


@dataclass(frozen=True)
class Parts:
    """What belongs to a story, as it is kept or as it is being written."""

    promises: Sequence[StoryPromise] = ()
    proofs: Sequence[Any] = ()
    concerns: Sequence[Any] = ()
    variants: Sequence[Variant] = ()

    @classmethod
    def of(cls, story: Story) -> "Parts":
        """As they are kept."""
        return cls(
            promises=list(story.promises.all()),
            proofs=list(story.proofs.filter(retired_at=None).order_by("pk")),
            concerns=list(story.concerns.order_by("pk").prefetch_related("answers")),
            variants=list(story.variants.all()),
        )


def as_told(story: Story, parts: Parts | None = None) -> dict[str, Any]:
    """All that is told, with what the story inherits from its offer."""
    parts = Parts.of(story) if parts is None else parts
    offer = story.offer
    own = {name: getattr(story, name) for name in VARIED}
    words = {OWN: own} | {one.name: _varied(own, one) for one in parts.variants}
    return {
        **{name: getattr(story, name) for name in _SAID},
        "offer": {name: getattr(offer, name) for name in POSITIONING} if offer else None,
        "for_whom": story.for_whom or (offer.for_whom if offer else ""),
        "words": words,
        "proofs": [
            {"claim": one.claim, "source": one.source, "url": one.url} for one in parts.proofs
        ],
        "concerns": [told for one in parts.concerns for told in _answered(one)],
        "promises": [_promised(one) for one in parts.promises],
    }


def digest_of(told: dict[str, Any]) -> str:
    """What tells two tellings apart."""
    return sha256(written(told).encode()).hexdigest()


def written(told: dict[str, Any]) -> str:
    """A telling in one form, whatever order it is read in."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _varied(own: dict[str, str], variant: Variant) -> dict[str, str]:
    return {name: getattr(variant, name) or own[name] for name in VARIED}


def _answered(concern: Any) -> list[dict[str, str]]:
    """A concern with the answer that may be told; without one it is not told either."""
    best = next((one for one in concern.answers.all() if one.is_approved), None)
    if best is None:
        return []
    return [{"name": concern.name, "answer": best.words, "source": best.source}]


def _promised(one: StoryPromise) -> dict[str, Any]:
    amount = one.amount
    return {
        "words": one.words,
        "measure": one.measure,
        "amount": None if amount is None else f"{amount.normalize():f}",
        "unit": one.unit,
        "is_at_most": one.is_at_most,
        "within_days": one.within_days,
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "keeper": one.keeper_id,
    }
