"""Accounts: the list, one organisation, and what can happen to it."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import shapes
from halves.api.asking import EXPORTED, AccountFilters, AccountsPaged, asked_of, version_wanted
from halves.api.door import operation
from halves.api.referring import owner_said
from halves.api.written import notes_and_tags
from halves.people import actions, queries
from halves.people.exporting import ACCOUNTS, export
from halves.people.models import Account

router = Router(tags=["accounts"])


@operation(router, "GET", "/accounts", Verb.SEE, "account", gives=shapes.AccountPage)
def account_list(request: HttpRequest, said: Query[AccountsPaged]) -> Any:
    """List accounts."""
    asked = asked_of(request, said)
    rows = _whole(queries.accounts_asked(request.auth.user, asked))
    return queries.page_of(rows, asked, queries.ACCOUNT_ORDERS, size=said.size)


@operation(router, "POST", "/accounts", Verb.ADD, "account", gives=shapes.AccountOut, status=201)
def account_add(request: HttpRequest, response: HttpResponse, said: shapes.AccountIn) -> Any:
    """Write down an organisation."""
    user = request.auth.user
    made = actions.add_account(by=user, at=timezone.now(), **_fields(said, {}))
    response["Location"] = f"/api/v1/accounts/{made.pk}"
    return _shown(response, _again(made.pk))


@operation(
    router,
    "GET",
    "/accounts/export",
    Verb.EXPORT,
    "account",
    gives=None,
    scope="export",
    file=EXPORTED,
)
def accounts_export(
    request: HttpRequest, said: Query[AccountFilters], format: Literal["csv", "parquet"] = "csv"
) -> StreamingHttpResponse:
    """Take all accounts of a list away, as a file."""
    asked, user = asked_of(request, said), request.auth.user
    rows = queries.accounts_asked(user, asked)
    file = export(ACCOUNTS, rows, asked, form=format, by=user, at=timezone.now())
    return StreamingHttpResponse(file.chunks, content_type=file.media_type, headers=file.headers)


@operation(router, "GET", "/accounts/{int:key}", Verb.SEE, "account", gives=shapes.AccountOut)
def account(request: HttpRequest, response: HttpResponse, key: int) -> Any:
    """Read one account."""
    return _shown(response, _met(request.auth.user, key))


@operation(router, "PATCH", "/accounts/{int:key}", Verb.CHANGE, "account", gives=shapes.AccountOut)
def account_change(
    request: HttpRequest, response: HttpResponse, key: int, said: shapes.AccountChange
) -> Any:
    """Change what we wrote down of an organisation."""
    user = request.auth.user
    found = _met(user, key)
    version = version_wanted(request, said.version, found.version)
    actions.change_account(
        found, by=user, at=timezone.now(), version=version, **_fields(said, found.fields)
    )
    return _shown(response, _again(key))


def _met(user: User, key: int) -> Account:
    """The account, if the user may meet it; else there is none."""
    return get_object_or_404(_whole(queries.accounts_of(user)), pk=key)


def _again(key: int) -> Account:
    """As it is after a change, also where that moved it out of the user's sight."""
    return _whole(Account.objects.all()).get(pk=key)


def _whole(rows: Any) -> Any:
    return rows.select_related("owner", "team").prefetch_related("tags")


def _shown(response: HttpResponse, found: Account) -> Account:
    response["ETag"] = f'"{found.version}"'
    return found


def _fields(said: shapes.AccountIn, held: dict[str, Any]) -> dict[str, Any]:
    """What was said, as actions take it."""
    found = said.model_dump(exclude_unset=True, exclude={"version"})
    if "owner_id" in found:
        found["owner"] = owner_said(found.pop("owner_id"))
    if "fields" in found:
        found["fields"] = held | found["fields"]
    return found


notes_and_tags(
    router,
    "/accounts/{int:key}",
    "account",
    gives=shapes.AccountOut,
    met=_met,
    shown=lambda response, key: _shown(response, _again(key)),
)
