"""Stories, offers, proof and concerns, as they go in and out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Named, asked, example

_WHEN = "2026-01-05T09:00:00Z"
Kind = Literal["belonging", "solution"]
ChannelName = Literal["email", "page", "call", "ad", "text"]
ConcernKind = Literal[
    "price", "trust", "effort", "timing", "need", "authority", "fit", "risk", "belonging", "other"
]
Line = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(max_length=50_000)]
_POSITIONING = {
    "name": "Ledgerly",
    "for_whom": "bookkeepers in small firms",
    "need": "are tired of posting twice",
    "what": "a ledger that posts itself",
    "alternative": "a spreadsheet",
    "why_us": "it reads the bank's own files",
}
_PROMISE = {
    "words": "You save five hours a week.",
    "measure": "hours saved a week",
    "amount": "5",
    "unit": "hours",
    "within_days": 30,
}
_STORY = {"name": "Post once", "kind": "solution", "problem": "Posted twice.", "fix": "Once."}


class Promise(BaseModel):
    """What a story leads a person to expect."""

    words: Annotated[str, Field(min_length=1, max_length=300)]
    measure: Annotated[str, Field(max_length=120)] = ""
    amount: Annotated[Decimal | None, Field(ge=0, max_digits=15, decimal_places=3)] = None
    unit: Annotated[str, Field(max_length=40)] = ""
    is_at_most: bool = False
    within_days: Annotated[int | None, Field(ge=0, le=3650)] = None
    due_on: date | None = None
    keeper_id: Annotated[int | None, Field(description="A colleague's id")] = None
    model_config = asked(**_PROMISE)


class Variant(BaseModel):
    """The same story in other words; what is empty is as in the story."""

    name: Annotated[str, Field(pattern="^[B-Z]$", description="`B` to `Z`")]
    headline: Annotated[str, Field(max_length=200)] = ""
    subject: Annotated[str, Field(max_length=200)] = ""
    preheader: Annotated[str, Field(max_length=200)] = ""
    body: Text = ""
    short: Line = ""
    call_words: Annotated[str, Field(max_length=80)] = ""
    model_config = asked(name="B", subject="Twice is once too often")


class StoryChange(BaseModel):
    """A change, to the version that was read; what is not said stays as it is."""

    name: Annotated[str, Field(max_length=120)] = ""
    kind: Kind = "belonging"
    offer_id: int | None = None
    for_whom: Line = ""
    aspiration: Annotated[str, Field(max_length=500)] = ""
    group: Line = ""
    vision: Text = ""
    problem: Text = ""
    fix: Text = ""
    headline: Annotated[str, Field(max_length=200)] = ""
    subject: Annotated[str, Field(max_length=200)] = ""
    preheader: Annotated[str, Field(max_length=200)] = ""
    body: Annotated[Text, Field(description="A little Markdown, or HTML; with Liquid in it")] = ""
    short: Line = ""
    call_words: Annotated[str, Field(max_length=80)] = ""
    call_url: Annotated[str, Field(max_length=500)] = ""
    promises: Annotated[list[Promise], Field(max_length=20)] = []
    variants: Annotated[list[Variant], Field(max_length=20)] = []
    proof_ids: Annotated[list[int], Field(max_length=100)] = []
    concern_ids: Annotated[list[int], Field(max_length=100)] = []
    version: int | None = Field(None, description="Or send If-Match")
    model_config = asked(headline="Post it once", version=1)


class StoryIn(StoryChange):
    """A story to write down."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Kind
    model_config = asked(**_STORY, promises=[_PROMISE])


class StoryLine(Schema):
    """A story in a list."""

    id: int
    name: str
    kind: Kind
    offer: Named | None
    changed_at: datetime
    retired_at: datetime | None
    version: int
    model_config = example(
        id=1,
        name="Post once",
        kind="solution",
        offer=None,
        changed_at=_WHEN,
        retired_at=None,
        version=1,
    )


class StoryPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[StoryLine]
    after: str


class StoryOut(StoryLine):
    """A story as it stands; `told` is what a version of it would keep."""

    standing: str
    told: dict[str, Any]
    model_config = example(
        id=1,
        name="Post once",
        kind="solution",
        offer=None,
        changed_at=_WHEN,
        retired_at=None,
        version=1,
        standing="draft",
        told={"name": "Post once"},
    )


class FindingOut(Schema):
    """Something that the check says: `stop` is mended before the story is told."""

    weight: Literal["stop", "look", "good"]
    field: str
    words: str
    line: int
    column: int
    model_config = example(weight="stop", field="group", words="Name the group.", line=0, column=0)


class VersionOut(Schema):
    """A story as it was told; it never changes."""

    id: int
    number: int
    told: dict[str, Any]
    digest: str
    made_at: datetime
    model_config = example(
        id=1, number=1, told={"name": "Post once"}, digest="0" * 64, made_at=_WHEN
    )


class RenderedOut(Schema):
    """A story as one person gets it."""

    subject: str
    html: str
    text: str
    model_config = example(subject="Grace, post it once", html="<p>…</p>", text="…")


class Wanted(BaseModel):
    """Whether it is wanted."""

    is_wanted: bool
    model_config = asked(is_wanted=True)


class OfferIn(BaseModel):
    """What we sell, and where it stands."""

    name: Annotated[str, Field(max_length=120)] = ""
    for_whom: Line = ""
    need: Line = ""
    what: Line = ""
    alternative: Line = ""
    why_us: Line = ""
    version: int | None = Field(None, description="Of a change; or send If-Match")
    model_config = asked(**_POSITIONING, version=1)


class OfferOut(Schema):
    """The same, with the statement that its stories inherit."""

    id: int
    name: str
    for_whom: str
    need: str
    what: str
    alternative: str
    why_us: str
    positioning: str
    version: int
    model_config = example(id=1, **_POSITIONING, positioning="For …", version=1)


class ProofIn(BaseModel):
    """Something that shows a claim to be true; a change says what changes."""

    claim: Line = ""
    source: Line = ""
    url: Annotated[str, Field(max_length=500)] = ""
    offer_id: int | None = None
    is_retired: bool = False
    model_config = asked(claim="Saved 5 hours a week", source="Study of 40 firms, 2025")


class ProofOut(Schema):
    """Proof, with its source."""

    id: int
    claim: str
    source: str
    url: str
    offer: Named | None
    retired_at: datetime | None
    model_config = example(
        id=1, claim="Saved 5 hours", source="Study, 2025", url="", offer=None, retired_at=None
    )


class AnswerIn(BaseModel):
    """What settles a concern."""

    words: Annotated[str, Field(min_length=1, max_length=5_000)]
    source: Line = ""
    model_config = asked(words="Each bank's key stays with you.", source="Security review, 2025")


class AnswerChange(BaseModel):
    """A change of an answer, or that it may be told."""

    words: Annotated[str, Field(max_length=5_000)] = ""
    source: Line = ""
    is_approved: bool = False
    model_config = asked(is_approved=True)


class ConcernAnswerOut(Schema):
    """What settles a concern, and whether it may be told."""

    id: int
    words: str
    source: str
    is_approved: bool
    model_config = example(id=1, words="Yes.", source="", is_approved=True)


class ConcernIn(BaseModel):
    """What holds buyers back."""

    name: Annotated[str, Field(max_length=200)] = ""
    kind: ConcernKind = "other"
    model_config = asked(name="Is it safe?", kind="trust")


class ConcernOut(Schema):
    """The same, with its answers."""

    id: int
    name: str
    kind: ConcernKind
    answers: list[ConcernAnswerOut]
    model_config = example(id=1, name="Is it safe?", kind="trust", answers=[])

    @staticmethod
    def resolve_answers(row: Any) -> list[Any]:
        """Those that may be told first."""
        return list(row.answers.all())
