"""Role by role, operation by operation: generated from the OpenAPI document, so that none goes
unasked."""

from secrets import token_hex

import pytest
from django.test import Client

from halves.access.actions import change_house, make_token
from halves.access.models import ApiToken, Role, User
from halves.access.rules import Verb, kinds, roles_that_may
from halves.api.house import api
from halves.audiences import actions as audiences
from halves.audiences import groups
from halves.conversations.actions import log
from halves.conversations.talk import Talk
from halves.deals.pipelines import default_pipeline
from halves.imports.models import ImportRun
from halves.pages.models import Page
from halves.people import actions
from halves.people.merging import merge
from halves.people.models import Duplicate, Person, SavedView, Task
from halves.scoreboard import actions as scoreboard
from halves.tracking.sources import add_source
from halves.webhooks.events import tell_one
from halves.webhooks.models import WebhookEndpoint
from tests.api.program import HERE, Program, call, content, send_files
from tests.campaigns import ad_company
from tests.campaigns.company import drafted as planned
from tests.campaigns.company import story
from tests.concerns.company import something_heard
from tests.conversations.queue_company import a_decision
from tests.deals.company import a_deal, a_person, a_quote
from tests.experiments.company import drafted, studied
from tests.house import MONDAY, browser, colleague
from tests.pages.company import a_page, an_order
from tests.promises.company import a_survey, told
from tests.stories.company import something_told

pytestmark = pytest.mark.matrix


def operations():
    document = api.get_openapi_schema(path_prefix="")
    return [
        pytest.param(method.upper(), path, said, id=f"{method} {path}")
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]


@pytest.mark.parametrize(("method", "path", "said"), operations())
def test_an_operation_says_what_it_needs(method, path, said):
    needs = said["x-needs"]

    assert needs["kind"] in kinds()
    assert Verb(needs["verb"]) in Verb
    assert needs["scope"] in ("read", "write", "export")
    is_read = method == "GET" or path.endswith("/what-if")  # which only computes
    assert (needs["scope"] == "read") == (is_read and needs["verb"] == "see")


@pytest.mark.parametrize(("method", "path", "said"), operations())
def test_an_operation_is_done_for_the_roles_that_may_and_for_nobody_else(house, method, path, said):
    allowed = roles_that_may(Verb(said["x-needs"]["verb"]), said["x-needs"]["kind"])
    for role in Role:
        user = colleague(f"Some {role}".replace(" ", "-"), role)
        status = asked(browser(user), method, path, said, user).status_code

        assert status != 401, role
        assert status < 500, role
        assert (status != 403) == (role in allowed), (role, status)

    assert asked(browser(), method, path, said, user).status_code == 401


@pytest.mark.parametrize(("method", "path", "said"), operations())
def test_a_token_needs_the_scope(ada, method, path, said):
    needed = said["x-needs"]["scope"]
    for scope in ("read", "write", "export"):
        program = Program(ada, scope)
        headers = {"Authorization": f"Bearer {program.secret}"}
        refused = asked(program.client, method, path, said, ada, headers)

        assert (refused.status_code != 403) == (scope == needed), scope


def asked(client, method, path, said, user: User, headers=None):
    content = said.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {})
    query = "?name=pioneer" if method == "DELETE" and path.endswith("/tags") else ""
    where = path.replace("{key}", str(key_of(path, user)) if "{key}" in path else "") + query
    where = where.replace("{name}", "newsletter")
    if "multipart/form-data" in content:
        return send_files(client, where, [], headers)
    return call(client, method, where, body.get("example"), headers)


def key_of(path: str, user: User) -> int:
    """Something that the operation is about."""
    if path.startswith("/people"):
        return person("Grace").pk
    if path.startswith("/ad-lists"):
        name = f"ads of {user} {token_hex(4)}"
        audience = audiences.make_list(name=name, by=user, at=MONDAY)
        return ad_company.planned(user, audience).pk
    if path.startswith("/deals"):
        return a_deal(user, a_person(email="")).pk
    if path.startswith("/quotes"):
        return a_quote(user, a_deal(user, a_person(email=""))).pk
    if path.startswith("/promises"):
        return told(user, amount=None, key=token_hex(4)).pk
    if path.startswith("/surveys"):
        return a_survey(user).pk
    if path.startswith("/pipelines"):
        return default_pipeline(at=MONDAY).pk
    if path.startswith("/calls"):
        return a_decision(user).pk
    if path.startswith("/campaigns"):
        name = f"Letter {token_hex(4)}"
        return planned(user, [], title=name, told=story(user, name=name)).pk
    if path.startswith("/audiences"):
        name = f"list of {user} {token_hex(4)}"
        return audiences.make_list(name=name, by=user, at=MONDAY).pk
    if path.startswith("/groups"):
        name = f"of {user} {token_hex(4)}"
        return groups.found_group(name=name, aspiration="more", by=user, at=MONDAY).pk
    if path.startswith(("/stories", "/offers", "/proof", "/concern")):
        kinds = {"stories": "story", "concern-answers": "settling"}
        first = path.split("/")[1]
        return something_told(kinds.get(first, first), user)
    if path.startswith(("/sources", "/stitches")):
        source = add_source(name="Site", origins=[], by=user, at=MONDAY).source
        said = {"ledger_id": f"anon:{source.pk}:v", "kind": "user_id", "value": f"u{source.pk}"}
        stitch = source.stitches.create(**said, said_at=MONDAY)
        return (source if path.startswith("/sources") else stitch).pk
    if path.startswith("/heard"):
        return something_heard()
    if path.startswith("/accounts"):
        return actions.add_account(by=None, at=MONDAY, name="Navy").pk
    if path.startswith("/conversations"):
        talk = Talk("meeting", MONDAY, user, state="planned")
        return log(person("Grace"), talk, by=None, at=MONDAY).pk
    if path.startswith("/tasks"):
        return Task.objects.create(title="Call", owner=user, made_at=MONDAY).pk
    if path.startswith("/views"):
        return SavedView.objects.get_or_create(user=user, of="people", name="Mine")[0].pk
    if path.startswith("/tokens"):
        make_token(user, name="old", scopes=["read"], at=MONDAY)
        return ApiToken.objects.filter(user=user).latest("id").pk
    if path.startswith("/duplicates"):
        return Duplicate.objects.create(
            first=person("a"), second=person("b"), probability=0.95, found_at=MONDAY
        ).pk
    if path.startswith("/merges"):
        return merge(person("a"), person("b"), by=None, at=MONDAY, why="t").pk
    if path.startswith("/experiments"):
        return drafted(user, title=f"Spring letter {token_hex(4)}").pk
    if path.startswith("/answers"):
        return scoreboard.ask(by=user, at=MONDAY).pk
    if path.startswith("/lifts"):
        return studied(user).pk
    if path.startswith("/imports"):
        return ImportRun.objects.create(name="contacts.csv", by=user, at=MONDAY).pk
    if path.startswith("/pages"):
        return (Page.objects.first() or a_page(user)).pk
    if path.startswith("/orders"):
        return an_order(user).pk
    if path.startswith("/webhook"):
        endpoint = WebhookEndpoint.objects.create(url="https://example.org/", made_at=MONDAY)
        event = tell_one(endpoint, "webhook.test", {}, at=MONDAY)
        return event.deliveries.get().pk if "deliveries/" in path else endpoint.pk
    return user.pk


def person(name: str) -> Person:
    return actions.add_person(by=None, at=MONDAY, source="t", name=name)


@pytest.fixture
def of_the_north(ada, ben, cyd):
    """Ben's person and account, in a house that keeps teams apart."""
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = actions.add_person(
        by=ben, at=MONDAY, source="t", name="Grace Hopper", email="g@example.org", owner=ben
    )
    return whom, actions.add_account(by=ben, at=MONDAY, name="Navy", owner=ben)


def test_a_seller_of_another_team_finds_nothing_by_any_way(of_the_north, cyd):
    whom, account = of_the_north
    program = Program(cyd)

    for below in ("", "/timeline", "/notes", "/consents", "/tasks"):
        assert program.get(f"/people/{whom.pk}{below}").status_code == 404
    for method, below, body in (
        ("PATCH", "", {"name": "Mine", "version": 1}),
        ("POST", "/notes", {"words": "hm"}),
        ("POST", "/tags", {"name": "mine"}),
        ("POST", "/consents", {"channel": "email", "is_given": True, "how": "no"}),
        ("PUT", "/leave-alone", {"is_wanted": True}),
    ):
        assert program(method, f"/people/{whom.pk}{below}", body).status_code == 404
    assert program.get("/people").json()["rows"] == []
    assert program.get("/people?search=grace").json()["rows"] == []
    assert program.get(f"/people?account={account.pk}").json()["rows"] == []
    assert program.get("/people/export").status_code == 403
    assert program.get(f"/accounts/{account.pk}").status_code == 404
    assert program.get("/accounts?search=navy").json()["rows"] == []
    refused = program("POST", "/tasks", {"title": "Call", "person_id": whom.pk})
    assert refused.status_code == 422
    assert program("POST", "/people", {"name": "Eve", "account_id": account.pk}).status_code == 422


def test_a_seller_of_the_team_meets_them(of_the_north, bea):
    whom, _ = of_the_north

    assert Program(bea).get(f"/people/{whom.pk}").json()["name"] == "Grace Hopper"


def test_what_an_export_holds_is_what_the_list_shows(of_the_north, lea):
    actions.add_person(by=None, at=MONDAY, source="t", name="Alan")

    found = content(Program(lea).get("/people/export?search=hopper")).decode()

    assert "Grace Hopper" in found
    assert "Alan" not in found


def test_a_key_cannot_make_one_that_may_more(ada):
    program = Program(ada, "write")

    refused = program("POST", "/tokens", {"name": "more", "scopes": ["write", "export"]})

    assert refused.json()["type"] == "urn:halves:problem:scope-missing"


def test_a_key_dies_with_the_password(lea):
    program = Program(lea)
    assert program.get("/me").json()["user"]["name"] == "Lea"

    lea.set_password("another battery staple")
    lea.save()

    refused = program.get("/me")
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"
    assert "password was changed" in refused.json()["detail"]


def test_another_site_cannot_make_a_browser_write(ada):
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.force_login(ada)

    assert client.get(f"{HERE}/people").status_code == 200
    refused = call(client, "POST", "/people", {"name": "Grace"})
    assert refused.json()["type"] == "urn:halves:problem:csrf-failed"
