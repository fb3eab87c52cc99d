"""What a list is asked for, and which version a change is meant for."""

import json
import re
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field
from ninja.parser import Parser
from pydantic import BaseModel

from halves.api.problems import Problem, Wrong
from halves.people.queries import Asked, Listed, page_of

EXPORTED = ("text/csv", "application/vnd.apache.parquet")
_OWN = "field."
_NOT_FILTERS = ("size", "format")
_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})"')
_TAGS = re.compile(rf"{_TAG.pattern}(\s*,\s*{_TAG.pattern})*")
_MOST = 2**63  # of a whole number in a database


class AccountFilters(BaseModel):
    """Search and filters, the same as in a page's URL; and `field.KEY` for own fields."""

    search: Annotated[str, Field(max_length=200, description="Beginnings of words")] = ""
    owner: Annotated[str, Field(description="A user's id, `me` or `nobody`")] = ""
    tag: str = ""
    region: str = ""


class Filters(AccountFilters):
    """Of people there is more to ask."""

    account: Annotated[str, Field(description="An account's id")] = ""
    reach: Annotated[str, Field(description="`email`, `phone`, or `nobody`: left alone")] = ""


class AccountsPaged(AccountFilters):
    """A list of accounts, page by page."""

    order: Annotated[str, Field(description="`name`")] = "name"
    after: Annotated[str, Field(description="As the page before said")] = ""
    size: Annotated[int, Field(ge=1, le=200)] = 50


class Paged(Filters):
    """A list of people, page by page."""

    order: Annotated[str, Field(description="`name` or `newest`")] = "name"
    after: Annotated[str, Field(description="As the page before said")] = ""
    size: Annotated[int, Field(ge=1, le=200)] = 50


class Pages(BaseModel):
    """A list, page by page."""

    after: Annotated[str, Field(description="As the page before said")] = ""
    size: Annotated[int, Field(ge=1, le=200)] = 50


def paged(rows: "QuerySet[Any]", said: Pages, by: str) -> Listed:
    """One page of rows, by a field with `-` where it falls."""
    key = "-id" if by.startswith("-") else "id"
    orders = {"only": (by, key)}
    return page_of(rows, Asked(order="only", after=said.after), orders, size=said.size)


class Careful(Parser):
    """Reads requests, and refuses text that no database holds."""

    def parse_body(self, request: HttpRequest) -> Any:
        """JSON, with whole numbers of all sizes but without NaN."""
        found = json.loads(request.body, parse_constant=_no_number)
        _sound(found)
        return found

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """The query, as it is."""
        for name in data:
            _sound([name, *data.getlist(name)])
        return super().parse_querydict(data, list_fields, request)


def asked_of(request: HttpRequest, said: AccountFilters) -> Asked:
    """What a list shows.

    Raises:
        Problem: a filter that there is none of: else a typing error would show everyone.
    """
    own = {name: value for name, value in request.GET.items() if name.startswith(_OWN)}
    unknown = sorted(set(request.GET) - set(own) - set(type(said).model_fields) - {*_NOT_FILTERS})
    if unknown:
        errors = [Wrong(name, "there is no such filter") for name in unknown]
        words = f"there is no filter {', '.join(unknown)}"
        raise Problem(422, "filter-refused", words, errors=errors)
    plain = said.model_dump(exclude={"size"})
    fields = {name.removeprefix(_OWN): value for name, value in own.items()}
    return Asked(**{name: value.strip() for name, value in plain.items()}, fields=fields)


def version_wanted(request: HttpRequest, said: int | None, now: int) -> int:
    """The version that a change is meant for, from If-Match or the body.

    Raises:
        Problem: it is another by now, none was said, or what was said is no version.
    """
    match = request.headers.get("If-Match", "").strip()
    if match == "*":
        return now
    if match:
        if not _TAGS.fullmatch(match):
            raise Problem(422, "misread", 'If-Match is the ETag that was read, such as "1"')
        tags = [int(tag) for tag in _TAG.findall(match)]
        if now not in tags:
            words = f"it is at version {now} by now: read it again, look at both, send it again"
            raise Problem(412, "changed-meanwhile", words)
        return now
    if said is None:
        words = "say which version you read: `version` in the body, or If-Match with its ETag"
        raise Problem(428, "version-missing", words)
    return said


def _no_number(said: str) -> float:
    raise ValueError(f"{said} is no JSON")


def _sound(said: Any, field: str = "") -> None:
    """Refuse what no database holds: NUL, halves of characters, numbers beyond 64 bits."""
    if isinstance(said, str):
        if "\x00" in said or any("\ud800" <= letter <= "\udfff" for letter in said):
            raise Problem(422, "misread", "text must not hold NUL or halves of characters")
    elif isinstance(said, int) and not -_MOST <= said < _MOST:
        words = "a whole number must fit 64 bits"
        raise Problem(422, "misread", words, errors=[Wrong(field, words)])
    elif isinstance(said, dict):
        for name, value in said.items():
            _sound(name)
            _sound(value, name)
    elif isinstance(said, list):
        for value in said:
            _sound(value, field)
