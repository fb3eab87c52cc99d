"""Tasks for colleagues and saved views, as programs see them."""

import pytest

from halves.access.models import AuditEntry
from halves.people import actions
from halves.people.models import SavedView
from tests.api.program import Program
from tests.house import MONDAY


@pytest.fixture
def program(ada):
    return Program(ada)


def test_a_task_for_a_colleague_is_on_their_list(program, ben):
    made = program("POST", "/tasks", {"title": "Call back", "owner_id": ben.pk})

    assert made.json()["owner"]["name"] == "Ben"
    assert [one["title"] for one in Program(ben).get("/tasks").json()] == ["Call back"]
    assert program.get("/tasks").json() == []


def test_a_task_is_handed_over_and_logged(program, ben):
    key = program("POST", "/tasks", {"title": "Call back"}).json()["id"]

    given = program("PATCH", f"/tasks/{key}", {"owner_id": ben.pk})

    assert given.json()["owner"]["name"] == "Ben"
    assert program("PATCH", f"/tasks/{key}", {"is_done": True}).status_code == 404
    assert Program(ben)("PATCH", f"/tasks/{key}", {"is_done": True}).json()["done_at"]
    entry = AuditEntry.objects.get(what="task.give")
    assert (entry.before["owner"], entry.after["owner"]) == ("Ada", "Ben")


def test_no_task_tells_someone_of_a_person_they_do_not_see(program, ben, cyd, vic):
    program("PATCH", "/house", {"is_by_team": True})
    whom = actions.add_person(by=ben, at=MONDAY, source="t", name="Grace", owner=ben)
    for colleague in (cyd, vic):
        body = {"title": "Call Grace", "person_id": whom.pk, "owner_id": colleague.pk}
        refused = program("POST", "/tasks", body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "owner")

    mine = program("POST", "/tasks", {"title": "Call Grace", "person_id": whom.pk}).json()["id"]
    assert program("PATCH", f"/tasks/{mine}", {"owner_id": cyd.pk}).status_code == 422
    assert program("PATCH", f"/tasks/{mine}", {"owner_id": ben.pk}).status_code == 200


def test_a_view_of_one_s_own_is_thrown_away(program, ben):
    mine = program("POST", "/views", {"name": "Mine", "query": "owner=me"}).json()["id"]
    shared = SavedView.objects.create(user=ben, of="people", name="Ben's", is_shared=True)
    assert [one["name"] for one in program.get("/views").json()] == ["Ben's", "Mine"]

    assert program("DELETE", f"/views/{mine}").status_code == 204
    assert program("DELETE", f"/views/{shared.pk}").status_code == 404

    assert [one["name"] for one in program.get("/views").json()] == ["Ben's"]
    assert AuditEntry.objects.filter(what="view.remove").count() == 1
