"""What goes in and out, in the words of the design; each with an example for the document."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

_WHEN = "2026-01-05T09:00:00Z"
_FROM, _UNTIL = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _in_our_time(at: datetime) -> datetime:
    if not _FROM <= at < _UNTIL:
        raise ValueError(f"must be between 1900 and 2200, got {at.year}")
    return at


def _day_of_ours(day: date) -> date:
    if not _FROM.date() <= day < _UNTIL.date():
        raise ValueError(f"must be between 1900 and 2200, got {day.year}")
    return day


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Day = Annotated[date, AfterValidator(_day_of_ours)]


def example(**fields: Any) -> ConfigDict:
    """A shape that comes out, with how it looks."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


def asked(**fields: Any) -> ConfigDict:
    """A shape that goes in: what it does not know is refused, so that no typing error is lost."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


class Wrong(Schema):
    """What is wrong with one field."""

    field: str
    detail: str


class ProblemShape(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] = Field(default_factory=list)
    model_config = example(
        type="urn:halves:problem:field-refused",
        title="Field refused",
        status=422,
        detail="email: must be an address such as ada@example.org, got 'ada'",
        errors=[
            {"field": "email", "detail": "must be an address such as ada@example.org, got 'ada'"}
        ],
    )


class Named(Schema):
    """Something else, by its key and name."""

    id: int
    name: str


class PersonOut(Schema):
    """Someone we sell or market to."""

    id: int
    ledger_id: str
    name: str
    email: str
    phone: str
    title: str
    account: Named | None
    owner: Named | None
    team: Named | None
    region: str
    language: str
    time_zone: str
    tags: list[str]
    fields: dict[str, Any]
    is_do_not_contact: bool
    created_at: datetime
    changed_at: datetime
    version: int
    model_config = example(
        id=12,
        ledger_id="person-0c4ffee0c4ffee00",
        name="Grace Hopper",
        email="grace@example.org",
        phone="+4930901820",
        title="Rear admiral",
        account={"id": 3, "name": "Navy"},
        owner={"id": 1, "name": "Ada"},
        team=None,
        region="DE",
        language="en",
        time_zone="Europe/Berlin",
        tags=["pioneer"],
        fields={"size": 40},
        is_do_not_contact=False,
        created_at=_WHEN,
        changed_at=_WHEN,
        version=1,
    )

    @staticmethod
    def resolve_tags(row: Any) -> list[str]:
        """Their words, in one order."""
        return sorted(tag.name for tag in row.tags.all())


class PersonPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[PersonOut]
    after: str


class PersonIn(BaseModel):
    """What we write down of a person; what is not said stays as it is."""

    name: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    phone: Annotated[str, Field(max_length=40, description="With the country: +49 30 901820")] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    account_id: int | None = None
    owner_id: int | None = None
    region: Annotated[str, Field(max_length=100)] = ""
    language: Annotated[str, Field(max_length=10)] = ""
    time_zone: Annotated[str, Field(max_length=50)] = ""
    fields: dict[str, str | float | bool | None] = {}
    model_config = asked(name="Grace Hopper", email="grace@example.org", title="Rear admiral")


class PersonChange(PersonIn):
    """A change, to the version that was read."""

    version: int | None = Field(None, description="Or send If-Match")
    model_config = asked(title="Captain", version=1)


class AccountOut(Schema):
    """An organisation that people belong to."""

    id: int
    ledger_id: str
    name: str
    domain: str
    website: str
    industry: str
    region: str
    owner: Named | None
    team: Named | None
    tags: list[str]
    fields: dict[str, Any]
    created_at: datetime
    changed_at: datetime
    version: int
    model_config = example(
        id=3,
        ledger_id="account-0c4ffee0c4ffee00",
        name="Navy",
        domain="navy.example",
        website="https://navy.example",
        industry="defence",
        region="US",
        owner={"id": 1, "name": "Ada"},
        team=None,
        tags=[],
        fields={},
        created_at=_WHEN,
        changed_at=_WHEN,
        version=1,
    )

    @staticmethod
    def resolve_tags(row: Any) -> list[str]:
        """Its words, in one order."""
        return sorted(tag.name for tag in row.tags.all())


class AccountPage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[AccountOut]
    after: str


class AccountIn(BaseModel):
    """What we write down of an organisation; what is not said stays as it is."""

    name: Annotated[str, Field(max_length=200)] = ""
    domain: Annotated[str, Field(max_length=200)] = ""
    website: Annotated[str, Field(max_length=300)] = ""
    industry: Annotated[str, Field(max_length=100)] = ""
    region: Annotated[str, Field(max_length=100)] = ""
    owner_id: int | None = None
    fields: dict[str, str | float | bool | None] = {}
    model_config = asked(name="Navy", domain="navy.example", website="https://navy.example")


class AccountChange(AccountIn):
    """A change, to the version that was read."""

    version: int | None = Field(None, description="Or send If-Match")
    model_config = asked(industry="defence", version=1)


class NoteOut(Schema):
    """Something a colleague wrote down."""

    id: int
    words: str
    by: Named | None
    at: datetime
    model_config = example(
        id=7, words="Wants to start in May.", by={"id": 1, "name": "Ada"}, at=_WHEN
    )


class NoteIn(BaseModel):
    """Something to write down."""

    words: Annotated[str, Field(min_length=1, max_length=20_000)]
    model_config = asked(words="Wants to start in May.")


class TagIn(BaseModel):
    """A word to put on something."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    model_config = asked(name="pioneer")


class ConsentOut(Schema):
    """What a person said about being contacted."""

    id: int
    channel: str
    topic: str
    is_given: bool
    at: datetime
    how: str
    by: str
    proof: str
    model_config = example(
        id=5,
        channel="email",
        topic="",
        is_given=False,
        at=_WHEN,
        how="said so in a call",
        by="Ada",
        proof="",
    )


class Consents(Schema):
    """What holds now, and all that was ever said, newest first."""

    now: list[ConsentOut]
    ever: list[ConsentOut]


class ConsentIn(BaseModel):
    """What a person said about being contacted."""

    channel: Literal["email", "phone", "post", "sms", "webhook", "ads", "*"]
    topic: Annotated[str, Field(max_length=80)] = ""
    is_given: bool
    how: Annotated[str, Field(min_length=1, max_length=200)]
    proof: Annotated[str, Field(max_length=20_000)] = ""
    model_config = asked(channel="email", is_given=False, how="said so in a call")


class LeaveAloneIn(BaseModel):
    """Never contact them, or lift that."""

    is_wanted: bool
    model_config = asked(is_wanted=True)


class LineOut(Schema):
    """One thing that happened."""

    at: datetime
    path: str
    kind: str
    words: str
    detail: str
    amount: str | None
    currency: str | None
    who: str
    model_config = example(
        at=_WHEN,
        path="many",
        kind="touch",
        words="email",
        detail="spring",
        amount="0.02",
        currency="EUR",
        who="",
    )

    @staticmethod
    def resolve_amount(row: Any) -> str | None:
        """Exact, as a decimal in text."""
        return None if row.amount is None else str(row.amount)


class Lines(Schema):
    """Some of a timeline, newest first; `before` begins the older ones, null on the last."""

    rows: list[LineOut]
    before: str | None


class TaskOut(Schema):
    """Something to do, by a day."""

    id: int
    title: str
    person_id: int | None
    account_id: int | None
    owner: Named
    due_on: date | None
    remind_at: datetime | None
    done_at: datetime | None
    made_at: datetime
    model_config = example(
        id=9,
        title="Call back",
        person_id=12,
        account_id=None,
        owner={"id": 1, "name": "Ada"},
        due_on="2026-01-09",
        remind_at=None,
        done_at=None,
        made_at=_WHEN,
    )


class TaskIn(BaseModel):
    """Something to do."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    person_id: int | None = None
    account_id: int | None = None
    due_on: date | None = None
    remind_at: Moment | None = None
    owner_id: int | None = Field(None, description="A colleague's id; null: me")
    model_config = asked(title="Call back", due_on="2026-01-09")


class TaskChange(BaseModel):
    """Tick it off, put it back, or hand it over; what is not said stays as it is."""

    is_done: bool | None = None
    owner_id: int | None = None
    model_config = asked(is_done=True)


class ViewOut(Schema):
    """A list with its search, filters and order, under a name."""

    id: int
    of: str
    name: str
    query: str
    is_shared: bool
    is_mine: bool
    model_config = example(
        id=2, of="people", name="Mine", query="owner=me", is_shared=False, is_mine=True
    )


class ViewIn(BaseModel):
    """A view to save; one of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    query: Annotated[str, Field(max_length=500, description="As in the URL of the list")] = ""
    is_shared: bool = False
    model_config = asked(name="Mine", query="owner=me")
