"""Audiences and groups as they go in and out."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Named, asked, example

_WHEN = "2026-01-05T09:00:00Z"
_BERLIN = {"and": [{"field": "person.region", "op": "is", "value": "Berlin"}]}
Definition = Annotated[dict[str, Any], Field(description="What is asked; see the guide")]


class AudienceOut(Schema):
    """A saved question about people, or a list of them."""

    id: int
    name: str
    kind: str
    definition: dict[str, Any]
    by: Named | None
    made_at: datetime
    changed_at: datetime
    version: int
    model_config = example(
        id=4,
        name="Berliners",
        kind="computed",
        definition=_BERLIN,
        by={"id": 1, "name": "Ada"},
        made_at=_WHEN,
        changed_at=_WHEN,
        version=1,
    )


class AudiencePage(Schema):
    """One page; `after` begins the next, and is empty on the last."""

    rows: list[AudienceOut]
    after: str


class AudienceIn(BaseModel):
    """A question under a name; without a definition it is a list."""

    name: Annotated[str, Field(max_length=120)]
    definition: Definition | None = None
    model_config = asked(name="Berliners", definition=_BERLIN)


class AudienceChange(BaseModel):
    """A change, to the version that was read."""

    name: Annotated[str, Field(max_length=120)] | None = None
    definition: Definition | None = None
    version: Annotated[int | None, Field(description="Or send If-Match")] = None
    model_config = asked(name="People of Berlin", version=1)


class DefinitionIn(BaseModel):
    """A definition, to be counted before it is saved."""

    definition: Definition
    token: Annotated[str, Field(max_length=40, description="Stops the count it began before")] = ""
    model_config = asked(definition=_BERLIN, token="my-builder")  # noqa: S106


class CountOut(Schema):
    """How many answer now."""

    count: int
    at: datetime
    model_config = example(count=1204, at=_WHEN)


class MembersOut(Schema):
    """Keys of people in order; `after` begins the next page, and is empty on the last."""

    people: list[int]
    after: str
    model_config = example(people=[12, 14], after="")


class PeopleIn(BaseModel):
    """Who is put on a list, or taken off."""

    people: Annotated[list[int], Field(max_length=5_000)]
    model_config = asked(people=[12, 14])


class ChangedOut(Schema):
    """How many it changed."""

    count: int
    model_config = example(count=2)


class WhyOut(Schema):
    """One part of a definition: whether it holds of somebody, and what is so of them."""

    words: str
    holds: bool
    found: str
    parts: list["WhyOut"]
    model_config = example(words="Region is Berlin", holds=True, found="theirs: Berlin", parts=[])


class FieldOut(Schema):
    """A field that can be asked about."""

    name: str
    label: str
    holds: str
    ops: list[str]
    model_config = example(name="person.region", label="Region", holds="text", ops=["is"])


class RecordsOut(Schema):
    """Records that can be asked about, and what of each."""

    name: str
    label: str
    is_dated: bool
    amount: Annotated[str, Field(description="what sum_at_least adds up; empty if nothing")]
    fields: list[FieldOut]
    model_config = example(name="touches", label="Touches", is_dated=True, amount="", fields=[])


class QuestionsOut(Schema):
    """All that can be asked about."""

    fields: list[FieldOut]
    records: list[RecordsOut]
    model_config = example(fields=[], records=[])


class GroupOut(Schema):
    """People who belong together, and what they stand for."""

    id: int
    name: str
    aspiration: str
    token: Annotated[str, Field(description="Of its public page, /join/{token}/")]
    is_open: bool
    members: int
    made_at: datetime
    model_config = example(
        id=7,
        name="Menders",
        aspiration="We repair what others throw away.",
        token="aK3f9",  # noqa: S106
        is_open=True,
        members=120,
        made_at=_WHEN,
    )


class GroupIn(BaseModel):
    """A new group."""

    name: Annotated[str, Field(max_length=80)]
    aspiration: Annotated[str, Field(max_length=2_000)]
    model_config = asked(name="Menders", aspiration="We repair what others throw away.")


class MemberOut(Schema):
    """Somebody in a group."""

    person_id: int
    name: str
    joined_at: datetime
    brought_by_id: int | None
    model_config = example(person_id=12, name="Grace", joined_at=_WHEN, brought_by_id=None)
