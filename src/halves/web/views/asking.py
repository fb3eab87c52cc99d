"""What a list shows, from its URL."""

from datetime import datetime

from django.http import HttpRequest, QueryDict

from halves.people.exporting import Form
from halves.people.queries import Asked

_FIELD = "field."
NAMES = ("search", "owner", "tag", "region", "account", "reach", "order", "after")


def asked_of(said: QueryDict) -> Asked:
    """Read search, filters, order and place; what is not there is left open."""
    plain = {name: said[name].strip() for name in NAMES if said.get(name, "").strip()}
    fields = {
        name.removeprefix(_FIELD): value
        for name, value in said.items()
        if name.startswith(_FIELD) and value
    }
    return Asked(**plain, fields=fields)


def as_query(said: QueryDict, **changes: str) -> str:
    """The same list with other filters; a new one begins at its first page."""
    found = said.copy()
    found.pop("after", None)
    for name, value in changes.items():
        found.pop(name, None)
        if value:
            found[name] = value
    return found.urlencode()


def before_of(said: QueryDict) -> datetime | None:
    """From which moment on a timeline goes back; None where it begins with the newest."""
    try:
        found = datetime.fromisoformat(said.get("before", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def form_asked(request: HttpRequest) -> Form:
    """What kind of file is wanted."""
    return "parquet" if request.GET.get("format") == "parquet" else "csv"
