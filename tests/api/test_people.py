"""People through the API: changes to the version that was read, lists, files, what is refused."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest
from django.core.cache import cache

from halves.access.models import AuditEntry
from halves.people import actions
from halves.people.models import CustomField, Person
from tests.api.program import Program, content
from tests.house import MONDAY, browser


@pytest.fixture
def program(ada):
    return Program(ada)


@pytest.fixture
def grace(ada):
    return actions.add_person(by=ada, at=MONDAY, source="t", name="Grace", email="g@example.org")


def test_of_two_who_change_a_person_the_second_is_told(program, grace):
    path = f"/people/{grace.pk}"
    tag = program.get(path)["ETag"]
    first = program("PATCH", path, {"title": "Admiral"}, **{"If-Match": tag})
    assert first.json()["title"] == "Admiral"
    assert first["ETag"] == '"2"'

    by_tag = program("PATCH", path, {"title": "Captain"}, **{"If-Match": tag})
    by_version = program("PATCH", path, {"title": "Captain", "version": 1})
    unsaid = program("PATCH", path, {"title": "Captain"})

    assert (by_tag.status_code, by_version.status_code, unsaid.status_code) == (412, 409, 428)
    assert program.get(path).json()["title"] == "Admiral"


def test_an_if_match_that_is_no_tag_of_ours_is_told_apart_from_an_older_version(program, grace):
    path = f"/people/{grace.pk}"
    for said in ("@-Ui&1mkp", "1", '"one"', '"1" or so'):
        refused = program("PATCH", path, {"title": "Captain"}, **{"If-Match": said})
        assert refused.status_code == 422, said
        assert "If-Match" in refused.json()["detail"]
    for said in ('"7", W/"1"', "*"):
        assert program("PATCH", path, {"title": said}, **{"If-Match": said}).status_code == 200


def test_what_is_not_said_stays(program, grace):
    CustomField.objects.create(of="person", key="size", label="Size", kind="number")
    CustomField.objects.create(of="person", key="hue", label="Hue")
    path = f"/people/{grace.pk}"

    program("PATCH", path, {"version": 1, "fields": {"size": 4, "hue": "red"}})
    changed = program("PATCH", path, {"version": 2, "fields": {"hue": None}}).json()

    assert changed["fields"] == {"size": 4.0}
    assert changed["name"] == "Grace"
    assert program.get("/people?field.size=4").json()["rows"][0]["id"] == grace.pk


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "grace"}, "email"),
        ({"name": "x" * 201}, "name"),
        ({"nmae": "Grace"}, "nmae"),
        ({"owner_id": 10**30}, "owner_id"),
        ({"fields": {"size": 4}}, "size"),
        ({}, "name"),
    ],
)
def test_what_is_refused_names_the_field(program, body, field):
    refused = program("POST", "/people", body)

    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_a_known_address_is_a_conflict(program, grace):
    refused = program("POST", "/people", {"email": "G@example.org"})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:halves:problem:identifier-taken"


@pytest.mark.parametrize(
    "query",
    [
        "serach=grace",
        "reach=fax",
        "order=size",
        "after=%F0%9F%98%80",
        "after=WyJ4IiwxXQ&order=newest",
        "owner=nobody%00",
        "field.size__regex=x",
        "account=grace",
    ],
)
def test_a_filter_that_means_nothing_is_refused(program, query):
    assert program.get(f"/people?{query}").status_code == 422


def test_pages_go_through_everyone_once(program, ada):
    for count in range(7):
        actions.add_person(by=ada, at=MONDAY, source="t", name=f"Person {count % 3}")

    seen, after = [], ""
    while after or not seen:
        page = program.get(f"/people?order=newest&size=2&after={after}").json()
        seen += [one["id"] for one in page["rows"]]
        after = page["after"]

    assert sorted(seen) == sorted(Person.objects.values_list("pk", flat=True))


def test_the_timeline_has_notes_and_consent(program, grace):
    path = f"/people/{grace.pk}"
    program("POST", f"{path}/notes", {"words": "Wants May."})
    program("POST", f"{path}/consents", {"channel": "email", "is_given": False, "how": "a call"})

    lines = program.get(f"{path}/timeline?kind=note").json()["rows"]

    assert [one["detail"] for one in lines] == ["Wants May."]
    assert program.get(f"{path}/consents").json()["now"][0]["is_given"] is False
    assert program("PUT", f"{path}/leave-alone", {"is_wanted": True}).json()["is_do_not_contact"]


def test_no_line_falls_between_pages(program, grace, ada):
    for micros in (441_608, 441_300, 441_100):
        actions.note(grace, f"{micros}", by=ada, at=MONDAY.replace(microsecond=micros))

    seen, before = [], ""
    while len(seen) < 3:
        page = program.get(f"/people/{grace.pk}/timeline?size=1{before}").json()
        seen += [one["detail"] for one in page["rows"]]
        before = f"&before={page['before']}"

    assert seen == ["441608", "441300", "441100"]


def test_no_spreadsheet_runs_what_is_exported(program, ada):
    CustomField.objects.create(of="person", key="hue", label="Hue")
    evil = "=HYPERLINK(1)"
    for name in (evil, "+1", "-1", "@SUM(1)", "\tx", "\r=1", "Ada"):
        row = Person.objects.create(
            ledger_id=name, name=name, fields={"hue": name}, created_at=MONDAY, changed_at=MONDAY
        )
    actions.tag(row, evil, by=ada, at=MONDAY)

    told = content(program.get("/people/export")).decode()

    cells = [cell for row in csv.reader(io.StringIO(told, newline="")) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert cells.count(f"'{evil}") == 4
    assert "Ada" in cells


def test_who_exported_how_many_is_in_the_log(program, ada, grace):
    file = content(program.get("/people/export?format=parquet&search=grace"))

    table = pq.read_table(io.BytesIO(file))
    assert table.column("email").to_pylist() == ["g@example.org"]
    entry = AuditEntry.objects.get(what="export.people")
    assert (entry.by, entry.after["rows"], entry.after["form"]) == (ada, 1, "parquet")
    assert "grace" not in json.dumps(entry.after)


def test_accounts_are_exported_too(program, ada):
    actions.add_account(by=ada, at=MONDAY, name="=Navy")

    assert "'=Navy" in content(program.get("/accounts/export")).decode()


def test_too_many_requests_must_wait(program, settings):
    cache.clear()
    settings.API_REQUESTS_A_MINUTE = 3
    statuses = [program.get("/me").status_code for _ in range(8)]

    refused = program.get("/me")
    assert 429 in statuses
    assert refused.status_code in (200, 429)  # a new minute may just have begun
    if refused.status_code == 429:
        assert 0 < int(refused["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/people", 405), ("GET", "/people/", 404)],
)
def test_what_is_not_there_is_a_problem_too(program, method, path, status):
    refused = program(method, path)

    assert (refused.status_code, refused.json()["status"]) == (status, status)
    assert refused["Content-Type"] == "application/problem+json"


def test_a_fault_of_our_own_is_a_problem_without_details(program, grace, monkeypatch):
    def broken(*args, **named):
        raise RuntimeError("secret words")

    monkeypatch.setattr("halves.api.people.timeline", broken)
    refused = program.get(f"/people/{grace.pk}/timeline")

    assert refused.status_code == 500
    assert "secret" not in refused.content.decode()


def test_teams_own_fields_and_views_are_in_the_log(program):
    program("POST", "/teams", {"name": "north"})
    program("POST", "/teams", {"name": "north"})
    program("POST", "/fields", {"of": "person", "label": "大小", "kind": "number"})
    program("POST", "/fields", {"of": "person", "label": "色"})
    program("POST", "/views", {"name": "Mine", "query": "owner=me"})

    told = list(AuditEntry.objects.order_by("id").values_list("what", flat=True))

    assert [what for what in told if what[:4] in ("team", "cust", "view")] == [
        "team.add",
        "custom_field.add",
        "custom_field.add",
        "view.save",
    ]
    assert [one["key"] for one in program.get("/fields").json()] == ["field", "field_2"]


def test_a_page_gives_its_list_away_to_those_who_may(ada, cyd, grace):
    assert b"Grace" in content(browser(ada).get("/people/export/?search=grace"))
    assert b"/people/export/?" in browser(ada).get("/people/").content
    assert b"/people/export/?" not in browser(cyd).get("/people/").content
    assert browser(cyd).get("/people/export/").status_code == 403
    assert browser(cyd).get("/accounts/export/").status_code == 403
