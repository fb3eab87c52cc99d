"""Audiences by programs: saved, counted, listed, explained; refused where it does not fit."""

from halves.people import actions as people
from tests.api.program import Program, content
from tests.house import MONDAY

BERLIN = {"field": "person.region", "op": "is", "value": "Berlin"}


def someone(name, region):
    return people.add_person(by=None, at=MONDAY, source="t", name=name, region=region).pk


def test_a_program_builds_counts_and_takes_away(max_):
    grace, alan = someone("Grace", "Berlin"), someone("Alan", "Paris")
    program = Program(max_)
    assert program("POST", "/audiences/count", {"definition": BERLIN}).json()["count"] == 1

    made = program("POST", "/audiences", {"name": "Berliners", "definition": BERLIN})
    assert made.status_code == 201
    here = f"/audiences/{made.json()['id']}"
    assert program.get(f"{here}/members").json() == {"people": [grace], "after": ""}
    assert program.get(f"{here}/count").json()["count"] == 1
    assert "Grace" in content(program.get(f"{here}/export")).decode()
    told = program.get(f"{here}/why?person={alan}").json()
    assert (told["holds"], told["found"]) == (False, "theirs: Paris")

    body = {"definition": {"not": BERLIN}, "version": 1}
    assert program("PATCH", here, body).json()["version"] == 2
    assert program("PATCH", here, body).status_code == 409
    assert program.get(f"{here}/members").json()["people"] == [alan]
    assert program("DELETE", here).status_code == 204
    assert program.get(here).status_code == 404


def test_a_list_is_kept_by_a_program(max_):
    keys = [someone(f"P{n}", "Berlin") for n in range(3)]
    program = Program(max_)
    here = f"/audiences/{program('POST', '/audiences', {'name': 'chosen'}).json()['id']}"

    assert program("POST", f"{here}/people", {"people": keys}).json() == {"count": 3}
    assert program("POST", f"{here}/people", {"people": [*keys, 10**9]}).json() == {"count": 0}
    first = program.get(f"{here}/members?size=2").json()
    assert first == {"people": keys[:2], "after": str(keys[1])}
    rest = program.get(f"{here}/members?size=2&after={first['after']}").json()
    assert rest == {"people": keys[2:], "after": ""}
    assert program("POST", f"{here}/people/off", {"people": keys[:1]}).json() == {"count": 1}
    assert program.get(f"{here}/members?after={2**63}").status_code == 422


def test_a_number_that_no_database_holds_is_refused_with_a_reason(max_):
    program = Program(max_)
    here = f"/audiences/{program('POST', '/audiences', {'name': 'chosen'}).json()['id']}/people"

    refused = program("POST", here, {"people": [1, -(10**24)]})

    assert refused.status_code == 422
    assert "64 bits" in refused.json()["detail"]


def test_a_definition_is_refused_at_its_place(max_):
    said = {"and": [BERLIN, {"field": "person.shoe", "op": "is", "value": "x"}]}
    refused = Program(max_)("POST", "/audiences", {"name": "x", "definition": said})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "and[1].field"


def test_a_program_learns_what_can_be_asked(max_):
    told = Program(max_).get("/audiences/questions").json()

    region = next(one for one in told["fields"] if one["name"] == "person.region")
    assert region["ops"][0] == "is"
    assert {"touches", "outcomes", "consents"} <= {one["name"] for one in told["records"]}
