"""An assistant reads what its colleague sees, and drafts; the protocol's own client asks."""

import json

import pytest
from django.test import Client

from halves.access.actions import change_house
from halves.access.models import Role
from halves.access.rules import Verb, roles_that_may
from halves.api.house import api
from halves.assistants.tools import DRAFTS, NEVER, SECRET_ROOMS, STEERS, Kind, tools
from halves.stories.models import Story
from tests.assistants.client import Assistant
from tests.assistants.company import person
from tests.house import MONDAY, colleague

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def operations() -> dict[str, dict]:
    paths = api.get_openapi_schema(path_prefix="")["paths"].values()
    return {said["operationId"]: said for methods in paths for said in methods.values()}


def test_it_acts_as_its_colleague(ben):
    assistant = Assistant(ben)

    assert assistant("me")["user"]["name"] == "Ben"


def test_what_it_drafts_is_there(max_):
    made = Assistant(max_)("story_add", name="Harbour", kind="belonging")

    assert Story.objects.get().pk == made["id"]


def test_a_refusal_says_what_to_mend(max_):
    assistant = Assistant(max_)

    for arguments, words in (
        ({"kind": "belonging"}, "name"),
        ({"name": "x", "kind": "belonging", "colour": "red"}, "story_add has no colour"),
    ):
        found = assistant.result("story_add", **arguments)
        assert found.is_error
        assert words in found.content[0].text
    assert not Story.objects.exists()


def test_a_key_that_is_part_of_another_way_leads_nowhere(ben):
    found = Assistant(ben).result("person", key="1/everything")

    assert found.is_error
    assert "must be a whole number" in found.content[0].text


def test_another_team_s_person_is_met_by_no_tool(ada, ben, cyd):
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = person("Grace Hopper", owner=ben, email="g@example.org")
    assistant = Assistant(cyd)

    assert assistant("people_list")["rows"] == []
    reads = [one for one in tools().values() if one.path.startswith("/people/{key}")]
    for one in (one for one in reads if one.kind == Kind.READ and one.is_for(cyd, None)):
        assert "Grace" not in json.dumps(assistant(one.name, key=whom.pk)), one.name
    assert assistant("person", key=whom.pk)["status"] == 404


@pytest.mark.parametrize("role", Role)
def test_a_role_has_the_tools_that_it_may_use_and_no_others(house, role):
    needs = {name: said["x-needs"] for name, said in operations().items()}

    found = Assistant(colleague("Someone", role)).tools()

    assert found.keys() == {
        name
        for name in tools()
        if role in roles_that_may(Verb(needs[name]["verb"]), needs[name]["kind"])
    }


def test_a_scope_has_its_tools(ada):
    for scope in ("read", "write"):
        found = Assistant(ada, scope).tools()
        assert {tools()[name].scope for name in found} == {scope}
    refused = Assistant(ada, "read").result("view_remove", key=1)
    assert "no scope write" in refused.content[0].text


def test_every_operation_is_read_drafted_or_confirmed_and_secrets_are_no_tools():
    known, named = tools(), operations()

    assert known.keys() >= DRAFTS >= STEERS
    assert named.keys() >= NEVER
    assert not NEVER & known.keys()
    assert not SECRET_ROOMS & {one.room for one in known.values()}
    for name, one in known.items():
        is_read = one.method == "GET" or name == "answer_what_if"
        assert one.kind == (
            Kind.READ if is_read else Kind.DRAFT if name in DRAFTS else Kind.ASKS
        ), name
        assert one.scope != "export" or one.kind == Kind.ASKS, name
        assert one.method != "DELETE" or one.kind == Kind.ASKS
        assert "password" not in json.dumps(one.schema).lower()
    for name in ("campaign_launch", "quote_send", "person_erase", "merge_undo", "page_publish"):
        assert known[name].kind == Kind.ASKS


def test_an_answer_that_is_too_long_is_cut_and_says_so(ben):
    whom = person("Grace", owner=ben)
    assistant = Assistant(ben)
    for _ in range(4):
        assistant("person_note_add", key=whom.pk, words="x" * 19_000)

    words = assistant.result("person_notes", key=whom.pk).content[0].text

    assert words.endswith("ask for fewer rows, or for one of them")


def test_a_list_that_is_too_long_gives_whole_rows_and_the_way_to_the_others(ben):
    for n in range(200):
        person(f"P{n}", title="x" * 200)
    assistant = Assistant(ben)

    first = assistant("people_list", size=200)
    assert 1 < len(first["rows"]) < 200
    assert f"ask with size={len(first['rows'])}" in first["cut"]
    whole = assistant("people_list", size=len(first["rows"]))
    assert whole["rows"] == first["rows"]
    assert whole["after"]
    assert "cut" not in whole


@pytest.mark.parametrize("key", [True, 1.5, -1, "1/erase", "{key}", "9" * 30])
def test_a_key_is_a_whole_number(ben, key):
    assert "must be a whole number" in Assistant(ben).result("person", key=key).content[0].text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer hv_wrong"}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_who_has_no_key_or_comes_from_elsewhere_is_refused(ada, headers, status):
    secret = Assistant(ada).secret
    sent = {"Authorization": f"Bearer {secret}", "Accept": "application/json"} | headers
    if not headers:
        del sent["Authorization"]

    host = {"SERVER_NAME": sent.pop("Host", "localhost")}
    found = Client(**host).post(
        "/mcp/", json.dumps(PING), content_type="application/json", headers=sent
    )

    assert found.status_code == status


def test_a_signed_in_browser_alone_does_not_speak(ada):
    client = Client(SERVER_NAME="localhost")
    client.force_login(ada)

    assert client.post("/mcp/", PING, content_type="application/json").status_code == 401
    assert client.get("/mcp/").status_code == 405


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"jsonrpc": "2.0"}', b"\xff\xfe"])
def test_what_is_no_message_is_refused_in_words(ada, content):
    headers = {"Authorization": f"Bearer {Assistant(ada).secret}", "Accept": "application/json"}

    found = Client(SERVER_NAME="localhost").post(
        "/mcp/", content, content_type="application/json", headers=headers
    )

    assert found.status_code == 400
    assert "error" in found.json() or "send a message" in found.json()["detail"]
