"""Conversations, as they go in and out."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.asking import Pages
from halves.api.shapes import Day, Moment, Named, asked, example
from halves.connect.transcripts import MOST_BYTES
from halves.conversations.actions import MOST_MINUTES

_WHEN = "2026-01-05T09:00:00Z"
Kind = Literal["call", "meeting", "mail", "chat"]
Direction = Literal["in", "out"]
Side = Literal["us", "them"]
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES)]
Notes = Annotated[str, Field(max_length=20_000)]


class ConversationOut(Schema):
    """A talk with one person; of a private one, only its seller's programs read it."""

    id: int
    person: Named
    account: Named | None
    deal: Named | None
    seller: Named | None
    story: str | None = Field(description="As it was told")
    kind: str
    direction: str
    state: str
    at: datetime
    minutes: int | None
    subject: str
    summary: str
    is_private: bool
    source: str
    version: int
    model_config = example(
        id=4,
        person={"id": 12, "name": "Grace Hopper"},
        account={"id": 3, "name": "Navy"},
        deal=None,
        seller={"id": 2, "name": "Ben"},
        story=None,
        kind="call",
        direction="out",
        state="held",
        at=_WHEN,
        minutes=15,
        subject="Wants a price by Friday",
        summary="",
        is_private=False,
        source="hand",
        version=1,
    )

    @staticmethod
    def resolve_person(row: Any) -> Any:
        """Who it was with."""
        return {"id": row.person_id, "name": str(row.person)}

    @staticmethod
    def resolve_deal(row: Any) -> Any:
        """What it belongs to."""
        return {"id": row.deal_id, "name": str(row.deal)} if row.deal else None

    @staticmethod
    def resolve_seller(row: Any) -> Any:
        """Whose it was."""
        return {"id": row.seller_id, "name": str(row.seller)} if row.seller else None

    @staticmethod
    def resolve_story(row: Any) -> str | None:
        """The story's name."""
        return row.told.told["name"] if row.told else None


class ConversationPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[ConversationOut]
    after: str


class ConversationsPaged(Pages):
    """Filters, the same as in a page's URL."""

    search: Annotated[str, Field(max_length=200, description="Words in subject or notes")] = ""
    kind: Annotated[str, Field(description="`call`, `meeting`, `mail`, `chat`")] = ""
    seller: Annotated[str, Field(description="A user's id, or `me`")] = ""
    state: Annotated[str, Field(description="`planned`, `held`, `called_off`, `due`")] = ""
    person: Annotated[str, Field(description="A person's id")] = ""
    account: Annotated[str, Field(description="An account's id")] = ""
    private: Annotated[str, Field(description="`yes` or `no`")] = ""


class ConversationIn(BaseModel):
    """A talk to write down; whoever sends it is its seller."""

    person_id: int
    kind: Kind
    at: Moment | None = Field(None, description="When it began; now if unsaid")
    minutes: Minutes | None = None
    direction: Direction = "out"
    state: Literal["held", "planned"] = "held"
    subject: Annotated[str, Field(max_length=300)] = ""
    summary: Notes = ""
    deal_id: int | None = None
    story_id: int | None = Field(None, description="That was told: its promises are opened")
    next_step: Annotated[str, Field(max_length=200, description="Becomes a task")] = ""
    due_on: Day | None = None
    is_private: bool = False
    key: Annotated[
        str, Field(max_length=150, description="What you call it: told twice, it is once")
    ] = ""
    model_config = asked(
        person_id=12,
        kind="call",
        minutes=15,
        subject="Wants a price by Friday",
        next_step="Send it",
    )


class ConversationChange(BaseModel):
    """What is corrected; what is not said stays as it is."""

    version: int | None = None
    minutes: Minutes | None = None
    subject: Annotated[str, Field(max_length=300)] = ""
    summary: Notes = ""
    direction: Direction = "out"
    deal_id: int | None = None
    is_private: bool = False
    model_config = asked(version=1, minutes=20)


class HeldIn(BaseModel):
    """Whether a planned meeting took place."""

    was_held: bool
    minutes: Minutes | None = None
    model_config = asked(was_held=True, minutes=30)


class TranscriptIn(BaseModel):
    """What was said: text, WebVTT, SRT or JSON, as its name or its beginning tells."""

    words: Annotated[str, Field(min_length=1, max_length=MOST_BYTES)]
    name: Annotated[str, Field(max_length=200, description="Of the file, such as call.vtt")] = ""
    speakers: Annotated[
        dict[str, Side], Field(max_length=200, description="Name → side; guessed if unsaid")
    ] = Field(default_factory=dict)
    model_config = asked(words="Ben: Hello\nGrace: It is too dear", speakers={"Ben": "us"})


class TurnOut(Schema):
    """What one of them said."""

    position: int
    speaker: str
    name: str
    words: str
    at: datetime | None
    model_config = example(
        position=1, speaker="them", name="Grace", words="It is too dear", at=None
    )


class TurnsOut(Schema):
    """Turns in their order; `after` begins the next page, and is null on the last."""

    rows: list[TurnOut]
    after: int | None
