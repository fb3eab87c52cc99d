"""What an assistant could do without its colleague, were it not for these."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone
from mcp.client.client import Client as Speaker

from halves.access.actions import remove_token
from halves.access.models import Role
from halves.api.door import Caller
from halves.assistants.server import server_for
from halves.pages.actions import add_page, publish
from halves.people.models import Person
from tests.assistants.client import Assistant
from tests.campaigns.company import drafted, story
from tests.house import MONDAY, browser


def test_what_a_page_that_is_out_asks_for_changes_only_with_a_person(max_):
    """Its story stays as it was published, but its button, its price and its links show at once."""
    page = add_page(
        by=max_, at=MONDAY, slug="quiet", story=story(max_), asks="contact", button="Send me a box"
    )
    publish(page, by=max_, at=MONDAY)

    said = Assistant(max_)("page_change", key=page.pk, version=1, button="Pay the others")

    assert said["state"] == "waits for a person"
    assert "Pay the others" not in Client(SERVER_NAME="localhost").get("/p/quiet/").content.decode()
    assert "shows at once" in browser(max_).get("/proposals/").content.decode()


def test_several_words_of_one_argument_all_hold(max_):
    drafted(max_, [], title="Spring letter", told=story(max_))
    assistant = Assistant(max_)

    found = assistant("campaign_list", state=["draft", "sent"])["rows"]

    assert [one["title"] for one in found] == ["Spring letter"]
    assert assistant("campaign_list", state=["sent"])["rows"] == []


def through_a_pipe(caller: Caller, tool: str, **arguments: object) -> Any:
    """What a server says that was begun with a caller long ago."""

    async def spoken() -> Any:
        async with asyncio.timeout(60), Speaker(server_for(caller, house="")) as client:
            said = await client.call_tool(tool, arguments)
            return said.is_error, said.content[0].text, (await client.list_tools()).tools

    return async_to_sync(spoken)()


@pytest.mark.parametrize("loses", ["the key", "the password", "the account"])
def test_a_server_that_goes_on_ends_with_its_key(ben, loses):
    token = Assistant(ben).token
    caller = Caller(token.user, token)
    is_error, _, listed = through_a_pipe(caller, "person_add", name="Grace")
    assert (is_error, bool(listed)) == (False, True)
    if loses == "the key":
        remove_token(type(token).objects.get(pk=token.pk), by=ben, at=timezone.now())
    elif loses == "the password":
        ben.set_password("another battery staple")
        ben.save()
    else:
        ben.is_active = False
        ben.save()

    for tool, said in (("person_add", {"name": "Eve"}), ("view_remove", {"key": 1})):
        is_error, _, listed = through_a_pipe(caller, tool, **said)
        assert (is_error, listed) == (True, [])
    assert [one.name for one in Person.objects.all()] == ["Grace"]


def test_a_server_that_goes_on_follows_its_colleague_s_role(ben):
    token = Assistant(ben).token
    caller = Caller(token.user, token)
    ben.role = Role.VIEWER
    ben.save()

    is_error, _, listed = through_a_pipe(caller, "person_add", name="Eve")

    assert is_error
    assert "person_add" not in {one.name for one in listed}
    assert not Person.objects.exists()


def test_a_length_that_is_no_number_is_refused_in_words(ada):
    headers = {"Authorization": f"Bearer {Assistant(ada).secret}"}

    found = Client(SERVER_NAME="localhost").post(
        "/mcp/", json.dumps({}), content_type="application/json", headers=headers,
        CONTENT_LENGTH="many",
    )  # fmt: skip

    assert found.status_code == 400
