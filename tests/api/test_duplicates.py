"""People who are one, through the API: proposed, merged, refused, taken apart; and forgotten."""

import pytest

from halves.access.models import AuditEntry
from halves.people import actions
from halves.people.duplicates import is_installed
from halves.people.models import Duplicate, Merge, Person
from tests.api.program import Program
from tests.house import MONDAY

KEY = {"Idempotency-Key": "one"}


def person(name, **said):
    return actions.add_person(by=None, at=MONDAY, source="t", name=name, **said)


def pair(first, second, probability=0.95):
    return Duplicate.objects.create(
        first=first,
        second=second,
        probability=probability,
        found_at=MONDAY,
        compared={"name": "similar"},
    )


@pytest.fixture
def program(ada):
    return Program(ada)


@pytest.fixture
def grace(ada):
    return person("Grace Hopper", email="g@example.org")


def test_two_who_are_one_are_merged_and_taken_apart(program, grace):
    other = person("Grace Hoper")
    one = pair(grace, other)
    [shown] = program.get("/duplicates").json()["rows"]
    assert (shown["id"], shown["compared"]) == (one.pk, {"name": "similar"})
    assert [shown["first"]["name"], shown["second"]["name"]] == ["Grace Hopper", "Grace Hoper"]

    neither = program("POST", f"/duplicates/{one.pk}/merge", {"keep": 10**6})
    assert neither.json()["errors"][0]["field"] == "keep"
    done = program("POST", f"/duplicates/{one.pk}/merge", {"keep": grace.pk})

    assert done.status_code == 201
    assert program.get(f"/people/{other.pk}").json()["id"] == grace.pk
    assert program.get("/duplicates").json()["rows"] == []
    assert [row["id"] for row in program.get("/merges").json()["rows"]] == [done.json()["id"]]
    undone = program("POST", f"/merges/{done.json()['id']}/undo")
    assert undone.json()["undone_at"]
    assert program.get(f"/people/{other.pk}").json()["id"] == other.pk
    assert program("POST", f"/merges/{done.json()['id']}/undo").status_code == 404


def test_who_is_not_the_same_is_not_proposed_again(program, grace):
    one = pair(grace, person("Grace Kelly"))

    assert program("POST", f"/duplicates/{one.pk}/refuse").status_code == 204

    assert program.get(f"/duplicates/{one.pk}").status_code == 404
    assert Duplicate.objects.get().state == "refused"


def test_two_given_people_are_merged(program, grace):
    other = person("G. Hopper", phone="+4930901820")
    body = {"gone": other.pk, "why": "the same desk"}

    done = program("POST", f"/people/{grace.pk}/merge", body, **KEY)
    again = program("POST", f"/people/{grace.pk}/merge", body, **KEY)

    assert done.json()["why"] == "the same desk"
    assert again.json() == done.json()
    assert Merge.objects.count() == 1
    assert program.get(f"/people/{grace.pk}").json()["phone"] == "+4930901820"
    itself = program("POST", f"/people/{grace.pk}/merge", {"gone": grace.pk})
    assert (itself.status_code, itself.json()["type"]) == (409, "urn:halves:problem:merge-refused")


def test_a_stranger_cannot_merge_whom_they_do_not_see(ada, ben, cyd, grace, program):
    program("PATCH", "/house", {"is_by_team": True})
    hers = actions.add_person(by=ben, at=MONDAY, source="t", name="Grace", owner=ben)
    one = pair(grace, hers)
    stranger = Program(cyd)

    assert stranger.get("/duplicates").json()["rows"] == []
    assert stranger("POST", f"/duplicates/{one.pk}/merge", {"keep": grace.pk}).status_code == 404
    refused = stranger("POST", f"/people/{grace.pk}/merge", {"gone": hers.pk})
    assert refused.json()["errors"][0]["field"] == "gone"


def test_the_list_goes_on_where_the_page_before_ended(program):
    for count in range(5):
        pair(person(f"a{count}"), person(f"b{count}"), probability=0.91 + 0.01 * (count // 2))

    seen, after = [], ""
    while after or not seen:
        page = program.get(f"/duplicates?size=2&after={after}").json()
        seen += [one["probability"] for one in page["rows"]]
        after = page["after"]

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def test_a_search_is_begun_once_and_stopped(program):
    assert program.get("/duplicates/search").status_code == 404
    if not is_installed():
        refused = program("POST", "/duplicates/search")
        assert refused.json()["type"] == "urn:halves:problem:not-installed"
        return
    begun = program("POST", "/duplicates/search")
    assert begun.status_code == 202
    assert program("POST", "/duplicates/search").json()["id"] == begun.json()["id"]

    assert program("POST", "/duplicates/search/stop").json()["state"] == "cancelled"


def test_what_is_held_of_someone_is_theirs_to_see(program, grace, ada):
    held = program.get(f"/people/{grace.pk}/everything").json()["held"]

    assert held["operations"][0]["email"] == "g@example.org"
    assert AuditEntry.objects.get(what="person.privacy_export").by == ada
    assert Program(ada, "read").get(f"/people/{grace.pk}/everything").status_code == 403


def test_an_erasure_wants_the_name_and_gives_proof(program, grace):
    here = f"/people/{grace.pk}/erase"
    refused = program("POST", here, {"name": "Gracie"}, **KEY)
    assert refused.json()["errors"][0]["field"] == "name"
    assert Person.objects.filter(pk=grace.pk).exists()

    done = program("POST", here, {"name": "Grace Hopper"}, **KEY)

    assert done.json()["left"] == 0
    assert done.json()["gone"]["operations"] > 0
    assert program.get(f"/people/{grace.pk}").status_code == 404
    again = program("POST", here, {"name": "Grace Hopper"}, **KEY)
    assert again.json() == done.json()  # who never heard the first answer has the proof too
