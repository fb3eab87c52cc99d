"""The same at a terminal, and for an assistant on this machine."""

import asyncio
import json
import os
import subprocess
import sys

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from halves.access.models import AuditEntry
from halves.cli.main import main
from halves.people.models import Person
from tests.assistants.company import person
from tests.homes import new_home
from tests.keeping.test_backup import do


@pytest.fixture
def types(house, monkeypatch, capsys):
    """Type a command; gives its exit code, and what it said."""
    monkeypatch.setenv("HALVES_HOME", str(house.home))

    def typed(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["halves", *words])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return typed


def test_a_colleague_reads_and_writes_at_a_terminal(types, ben):
    code, said = types("api", "person_add", "name=Grace", "--as", "ben@example.org")
    assert code == 0
    made = json.loads(said)

    assert Person.objects.get(pk=made["id"]).name == "Grace"
    [entry] = AuditEntry.objects.filter(what="person.add")
    assert entry.by == ben
    code, said = types("api", "people_list", "search=grace", "--as", "ben@example.org", "--json")
    assert [one["name"] for one in json.loads(said)["rows"]] == ["Grace"]


def test_arguments_come_from_a_file_too(types, ben, tmp_path):
    file = tmp_path / "grace.json"
    file.write_text('{"name": "Grace", "title": "Admiral"}')

    code, said = types("api", "person_add", "--body", str(file), "--as", "ben@example.org")

    assert (code, json.loads(said)["title"]) == (0, "Admiral")


def test_what_cannot_be_undone_asks_first(types, ben):
    whom = person("Grace", owner=ben)
    words = ("api", "person_leave_alone", f"key={whom.pk}", "is_wanted=true", "--as", ben.email)

    code, said = types(*words)
    assert (code, "say --yes" in said) == (1, True)
    whom.refresh_from_db()
    assert not whom.is_do_not_contact

    assert types(*words, "--yes")[0] == 0
    whom.refresh_from_db()
    assert whom.is_do_not_contact


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("deal_lst",), "near it: deal_add"),
        (("person_list",), "near it: people_list"),
        (("person", "key=1", "--as", "eve@example.org"), "no colleague has the e-mail"),
        (("person", "key=404", "--as", "ben@example.org"), "nothing that you may see"),
        (("person", "key", "--as", "ben@example.org"), "say name=value"),
        (("person_add", "colour=red", "name=x", "--as", "ben@example.org"), "has no colour"),
        (("user_add",), "there is no 'user_add'"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(types, ben, words, said):
    code, found = types("api", *words)

    assert code == 1
    assert said in " ".join(found.split())
    assert "Traceback" not in found


def test_an_address_that_somebody_has_already_is_told_once(types, ben):
    person("Grace", email="grace@example.org")
    words = ("api", "person_add", "name=Grace", "email=grace@example.org", "--as", ben.email)

    code, said = types(*words)

    assert code == 1
    assert " ".join(said.split()).count("belongs to another person") == 1


def test_what_there_is_and_what_it_takes_is_told(types):
    code, said = types("api")
    assert code == 0
    assert "! campaign_launch" in said

    _, said = types("api", "deal_add")
    assert "Open a deal with somebody" in said
    assert "person_id" in said


def test_an_assistant_on_this_machine_speaks_over_pipes(tmp_path):
    home = new_home(tmp_path / "home")
    [secret] = do(
        home,
        "from halves.access.actions import add_user, make_token\n"
        "ben = add_user(email='b@example.org', name='Ben', role='seller', team=None,"
        " password='correct horse battery', at=AT)\n"
        "print(make_token(ben, name='t', scopes=['read', 'write'], at=AT))",
    )
    command = ["-m", "halves.cli", "mcp", "--home", str(home)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    said = kept | {"HALVES_TOKEN": secret}
    server = StdioServerParameters(command=sys.executable, args=command, env=said)

    async def spoken() -> tuple[str, str]:
        async with asyncio.timeout(60), Client(server) as client:
            me = await client.call_tool("me", {})
            asked = await client.call_tool("view_remove", {"key": 1})
            return me.content[0].text, asked.content[0].text

    me, asked = asyncio.run(spoken())
    assert json.loads(me)["user"]["name"] == "Ben"
    assert json.loads(asked)["state"] == "waits for a person"


def test_where_there_is_no_house_it_says_how_to_make_one(tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    for words in (("mcp",), ("api", "me", "--as", "b@example.org")):
        command = [sys.executable, "-m", "halves.cli", *words, "--home", str(tmp_path / "none")]
        done = subprocess.run(
            command, env=kept | {"HALVES_TOKEN": "hv_x"}, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert "halves upgrade" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("secret", ["", "hv_nobody"])
def test_without_a_key_no_assistant_speaks(types, monkeypatch, secret):
    monkeypatch.setenv("HALVES_TOKEN", secret)

    code, said = types("mcp")

    assert code == 1
    assert "HALVES_TOKEN" in said
