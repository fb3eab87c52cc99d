"""What goes in and out of the house's own settings: colleagues, teams, fields, keys, the log."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Moment, Named, asked, example

_WHEN = "2026-01-05T09:00:00Z"


class UserOut(Schema):
    """A colleague."""

    id: int
    email: str
    name: str
    role: str
    team: Named | None
    time_zone: str
    is_active: bool
    since: datetime
    model_config = example(
        id=1,
        email="ada@example.org",
        name="Ada",
        role="owner",
        team=None,
        time_zone="Europe/Berlin",
        is_active=True,
        since=_WHEN,
    )


class Me(Schema):
    """Who asks, with what."""

    user: UserOut
    scopes: list[str]
    by: Literal["token", "session"]


class UserIn(BaseModel):
    """A colleague to let in."""

    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Literal["owner", "leader", "marketer", "seller", "viewer"]
    password: Annotated[str, Field(min_length=10, max_length=200)]
    team_id: int | None = None
    time_zone: Annotated[str, Field(max_length=50)] = "UTC"
    model_config = asked(
        email="ben@example.org",
        name="Ben",
        role="seller",
        password="correct horse battery",  # noqa: S106
    )


class UserChange(BaseModel):
    """What to change of a colleague; what is not said stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    role: Literal["owner", "leader", "marketer", "seller", "viewer"] = "viewer"
    team_id: int | None = None
    time_zone: Annotated[str, Field(max_length=50)] = "UTC"
    is_active: bool = True
    model_config = asked(role="leader")


class TeamIn(BaseModel):
    """A team's name."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    model_config = asked(name="north")


class TeamOut(Schema):
    """Colleagues who share their people."""

    id: int
    name: str
    users: list[Named]
    model_config = example(id=1, name="north", users=[{"id": 2, "name": "Ben"}])

    @staticmethod
    def resolve_users(row: Any) -> list[Any]:
        """Who is in it."""
        return sorted(row.user_set.all(), key=lambda one: (one.name, one.pk))


class HouseOut(Schema):
    """What holds for everyone."""

    name: str
    is_by_team: bool
    model_config = example(name="Navy", is_by_team=True)


class HouseChange(BaseModel):
    """What to change; what is not said stays as it is."""

    name: Annotated[str, Field(max_length=100)] = ""
    is_by_team: bool = False
    model_config = asked(is_by_team=True)


class CustomFieldOut(Schema):
    """A field that this company keeps of people or accounts."""

    id: int
    of: str
    key: str
    label: str
    kind: str
    choices: list[str]
    model_config = example(id=4, of="person", key="size", label="Size", kind="number", choices=[])


class CustomFieldIn(BaseModel):
    """A field to keep from now on."""

    of: Literal["person", "account"]
    label: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["text", "number", "day", "yes_no", "choice"] = "text"
    choices: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=200)
    ] = []
    model_config = asked(of="person", label="Size", kind="number")


class TokenOut(Schema):
    """A key for programs; the key itself is kept nowhere."""

    id: int
    name: str
    begins: str
    scopes: list[str]
    made_at: datetime
    used_at: datetime | None
    expires_at: datetime | None
    model_config = example(
        id=6,
        name="nightly export",
        begins="hv_abcde",
        scopes=["export"],
        made_at=_WHEN,
        used_at=None,
        expires_at=None,
    )


class TokenMade(Schema):
    """A new key; it is shown this once."""

    secret: str
    model_config = example(secret="hv_…")  # noqa: S106


class TokenIn(BaseModel):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Literal["read", "write", "export"]], Field(min_length=1, max_length=3)]
    expires_at: Moment | None = None
    model_config = asked(name="nightly import", scopes=["write"])


class AuditOut(Schema):
    """One change: who, what, before, after."""

    id: int
    at: datetime
    by: Named | None
    by_words: str
    what: str
    kind: str
    key: str
    before: dict[str, Any]
    after: dict[str, Any]
    model_config = example(
        id=99,
        at=_WHEN,
        by={"id": 1, "name": "Ada"},
        by_words="Ada",
        what="person.change",
        kind="person",
        key="12",
        before={"title": ""},
        after={"title": "Captain"},
    )


class AuditPage(Schema):
    """Entries, newest first; `before` begins the older ones, null where there are none."""

    rows: list[AuditOut]
    before: int | None
