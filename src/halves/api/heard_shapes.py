"""What was heard in talks, as it goes in and out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Named, asked, example
from halves.api.story_shapes import ConcernKind

_WHEN = "2026-01-05T09:00:00Z"
_ANSWER = {
    "id": 1,
    "words": "Each bank's key stays with you.",
    "is_approved": True,
    "verdict": "no_winner",
    "effect": 0.04,
    "effect_low": -0.03,
    "effect_high": 0.11,
    "q_value": 0.6,
    "given_before": 40,
    "not_given_before": 61,
}
_CONCERN = {"id": 1, "name": "Is it safe?", "kind": "trust", "is_aspiration": False}
_HEARD = {
    "id": 1,
    "words": "How do I know that it is safe?",
    "at": _WHEN,
    "person": {"id": 7, "name": "Grace"},
    "conversation_id": 3,
    "is_private": False,
    "sure": 0.8,
}


class GivenAnswerOut(Schema):
    """An answer, and what came of it where it was given: no winner unless the data insist."""

    id: int
    words: str
    is_approved: bool
    verdict: Literal["wins", "loses", "no_winner"]
    effect: float | None = Field(description="On the chance to win, in shares of 1")
    effect_low: float | None = Field(description="Of its 90% interval")
    effect_high: float | None
    q_value: float | None
    given_before: int = Field(description="Decisions before which it was given")
    not_given_before: int
    model_config = example(**_ANSWER)


class HeardConcernOut(Schema):
    """A concern or an aspiration, with how it came to be."""

    id: int
    name: str
    kind: ConcernKind
    is_aspiration: bool
    model_config = example(**_CONCERN)


class RankedOut(Schema):
    """A concern among the others: people × money at stake × how well it can be answered."""

    concern: HeardConcernOut
    is_proposed: bool = Field(description="Listening found it; nobody looked at it yet")
    people: int
    people_high: int = Field(description="Who may hold it, those who never said so among them")
    at_stake: Decimal = Field(description="Open and lost deals, in the reporting currency")
    won: int
    decided: int
    answerable: float
    lately: int = Field(description="Times heard in the last 30 days")
    before: int = Field(description="And in the 30 before")
    best: GivenAnswerOut | None
    model_config = example(
        concern=_CONCERN, is_proposed=False, people=12, people_high=31, at_stake="42000.000000",
        won=3, decided=9, answerable=0.36, lately=4, before=2, best=_ANSWER,
    )  # fmt: skip

    @staticmethod
    def resolve_best(row: Any) -> Any:
        """The answer to give."""
        return row.best.answer if row.best else None

    @staticmethod
    def resolve_is_proposed(row: Any) -> bool:
        """As the concern has it."""
        return bool(row.concern.is_proposed)

    @staticmethod
    def resolve_people(row: Any) -> int:
        """Who voiced it."""
        return int(row.concern.people)

    @staticmethod
    def resolve_people_high(row: Any) -> int:
        """Who may hold it."""
        return int(row.concern.people_high)

    @staticmethod
    def resolve_won(row: Any) -> int:
        """Of the decided."""
        return int(row.concern.won)

    @staticmethod
    def resolve_decided(row: Any) -> int:
        """Deals decided after it was voiced."""
        return int(row.concern.decided)


class HoldingOut(Schema):
    """A concern that a person voiced, or may hold: a chance between two ends, never one number."""

    concern: HeardConcernOut
    voiced_at: datetime | None
    low: float
    high: float
    because: str
    is_winner: bool
    best: GivenAnswerOut | None
    model_config = example(
        concern=_CONCERN, voiced_at=None, low=0.1, high=0.4, because="a colleague voiced it",
        is_winner=False, best=_ANSWER,
    )  # fmt: skip

    @staticmethod
    def resolve_best(row: Any) -> Any:
        """The answer to give."""
        return row.best.answer if row.best else None

    @staticmethod
    def resolve_is_winner(row: Any) -> bool:
        """It can be told from no effect."""
        return bool(row.best and row.best.is_winner)


class HeardOut(Schema):
    """Something that a person said."""

    id: int
    words: str
    at: datetime
    person: Named
    conversation_id: int
    is_private: bool
    sure: float = Field(description="0 to 1; no probability")
    model_config = example(**_HEARD)

    @staticmethod
    def resolve_is_private(row: Any) -> bool:
        """Seen by its seller alone."""
        return bool(row.conversation.is_private)


class HeardPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[HeardOut]
    after: str
    model_config = example(rows=[_HEARD], after="")


class AtScaleIn(BaseModel):
    """What the drafts hold; left out: approved answers, and the topic that reaches most."""

    topic: Annotated[str | None, Field(max_length=80)] = None
    answer_ids: Annotated[list[int] | None, Field(max_length=20)] = None
    model_config = asked(topic="Security news", answer_ids=[1])


class TopicOut(Schema):
    """How many people may be told about a topic; an empty one is mail about none."""

    topic: str
    people: int
    model_config = example(topic="Security news", people=1204)


class AtScaleOut(Schema):
    """Four drafts, for a person to edit, check, launch and publish."""

    story: Named
    audience: Named
    campaign_id: int
    page_id: int
    topic: str = Field(description="What the campaign is about")
    topics: list[TopicOut] = Field(description="Whom each topic reaches, most people first")
    of: int = Field(description="People of the audience that were looked at for this")
    model_config = example(
        story={"id": 1, "name": "Answer: Is it safe?"},
        audience={"id": 2, "name": "May hold: Is it safe?"},
        campaign_id=3,
        page_id=4,
        topic="Security news",
        topics=[{"topic": "Security news", "people": 1204}, {"topic": "", "people": 0}],
        of=1300,
    )

    @staticmethod
    def resolve_campaign_id(row: Any) -> int:
        """The draft's."""
        return int(row.campaign.pk)

    @staticmethod
    def resolve_page_id(row: Any) -> int:
        """The draft's."""
        return int(row.page.pk)

    @staticmethod
    def resolve_topic(row: Any) -> str:
        """The draft's."""
        return str(row.campaign.topic)

    @staticmethod
    def resolve_topics(row: Any) -> list[dict[str, Any]]:
        """As they were counted."""
        return [{"topic": topic, "people": people} for topic, people in row.reach.topics]

    @staticmethod
    def resolve_of(row: Any) -> int:
        """As it was counted."""
        return int(row.reach.of)


class Into(BaseModel):
    """Which concern it is the same as."""

    into_id: int
    model_config = asked(into_id=2)


class Split(BaseModel):
    """What becomes a concern of its own."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    heard_ids: Annotated[list[int], Field(min_length=1, max_length=1_000)]
    model_config = asked(name="Too dear for small shops", heard_ids=[1])


class Where(BaseModel):
    """Where something that was said belongs; null: it voices no concern."""

    concern_id: int | None
    model_config = asked(concern_id=None)


class Listen(BaseModel):
    """How to listen: to what is new, or with everything put in order anew."""

    is_again: bool = False
    model_config = asked(is_again=False)
