"""Files come in through the API, and go out again."""

import csv
import io

import pytest

from halves.imports.models import ImportRun
from halves.people.models import Person
from tests.api.program import Program, content
from tests.connect.known_exports import hubspot_contacts, meta_ads

KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def program(max_, django_capture_on_commit_callbacks):
    """Max's program; work that it asks for is done before the next request."""
    asking = Program(max_)

    class Working:
        def __getattr__(self, name):
            def ask(*said, **headers):
                with django_capture_on_commit_callbacks(execute=True):
                    return getattr(asking, name)(*said, **headers)

            return ask

        def __call__(self, *said, **headers):
            with django_capture_on_commit_callbacks(execute=True):
                return asking(*said, **headers)

    return Working()


def test_a_file_is_handed_over_answered_looked_through_brought_in_and_taken_back(program, tmp_path):
    made = program.upload("/imports", hubspot_contacts(tmp_path / "contacts.csv"))
    assert made.status_code == 201
    [run] = made.json()
    here = f"/imports/{run['id']}"
    assert run["understood"]["title"] == "HubSpot contacts"
    assert [one["name"] for one in run["questions"] if one["needed"]] == ["time_zone"]
    assert program("POST", f"{here}/start").json()["type"] == "urn:halves:problem:not-ready"

    said = program("PATCH", here, {"answers": {"time_zone": "Europe/Berlin"}, "country": "DE"})
    assert said.json()["may_start"], said.json()
    assert program("POST", f"{here}/check").status_code == 202
    checked = program.get(here).json()
    assert (checked["state"], checked["job"]["state"]) == ("checked", "done")
    fields = {one["field"]: one for part in checked["counts"] for one in part["fields"]}
    assert fields["email"]["filled"] == 40
    assert Person.objects.count() == 0

    program("POST", f"{here}/start")
    assert program.get(here).json()["state"] == "done"
    assert Person.objects.count() == 40

    program("POST", f"{here}/undo")
    assert program.get(here).json()["state"] == "undone"
    assert Person.objects.count() == 0
    assert program("DELETE", here).status_code == 204
    assert program.get("/imports").json()["rows"] == []


def test_refused_rows_come_back_as_a_file(program, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,email,since\n1,ada@example.org,2026-01-05\n2,ben@example.org,someday\n")
    [run] = program.upload("/imports", path).json()
    here = f"/imports/{run['id']}"
    assert program.get(f"{here}/refused").status_code == 404
    columns = {"person": "id", "email": "email", "at": "since"}
    said = program("PATCH", here, {"table": "people", "columns": columns}).json()
    zone = {"answers": {"time_zone": "UTC"}} if not said["may_start"] else {}
    program("PATCH", here, zone)

    program("POST", f"{here}/start")

    assert program.get(here).json()["refused"] == 1
    file = program.get(f"{here}/refused")
    assert file["Content-Type"] == "text/csv"
    [row] = csv.DictReader(io.StringIO(content(file).decode("utf-8-sig")))
    assert row["email"] == "ben@example.org"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": {"time_zone": "Mars/North"}}, "time_zone"),
        ({"answers": {"colour": "red"}}, "colour"),
        ({"country": "XX"}, "country"),
        ({"table": "people", "columns": {"email": "Nothing"}}, "email"),
        ({"anwsers": {}}, "anwsers"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_name(program, tmp_path, body, field):
    path = tmp_path / "leads.csv"
    path.write_text("id,email,created\n1,ada@example.org,2026-01-05 09:00\n")
    [run] = program.upload("/imports", path).json()

    refused = program("PATCH", f"/imports/{run['id']}", body)

    assert refused.status_code == 422, run
    assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_an_upload_that_is_sent_again_happens_once(program, tmp_path):
    contacts = hubspot_contacts(tmp_path / "contacts.csv")
    meta_ads(tmp_path / "meta.csv")
    first = program.upload("/imports", contacts, **KEY)
    again = program.upload("/imports", contacts, **KEY)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert ImportRun.objects.count() == 1
    other = program.upload("/imports", tmp_path / "meta.csv", **KEY)
    assert other.json()["type"] == "urn:halves:problem:idempotency-key-reused"


def test_of_several_files_all_are_taken_in_or_none(program, tmp_path, house):
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n")

    refused = program.upload(
        "/imports", hubspot_contacts(tmp_path / "a.csv"), tmp_path / "picture.csv", **KEY
    )

    assert refused.json()["type"] == "urn:halves:problem:upload-refused"
    assert ImportRun.objects.count() == 0
    assert list((house.home / "uploads").iterdir()) == []
    # Nothing happened: the key is free.
    good = program.upload("/imports", tmp_path / "a.csv", **KEY)
    assert good.status_code == 201


def test_the_list_goes_on_where_the_page_before_ended(program, tmp_path):
    for name in "abc":
        program.upload("/imports", hubspot_contacts(tmp_path / f"{name}.csv"))

    seen, after = [], ""
    while after or not seen:
        page = program.get(f"/imports?size=2&after={after}").json()
        seen += [one["name"] for one in page["rows"]]
        after = page["after"]

    assert seen == ["c.csv", "b.csv", "a.csv"]
    assert program.get("/imports?after=WyJ4IiwxXQ").status_code == 422


def test_what_waits_is_stopped(max_, tmp_path):
    program = Program(max_)  # no worker
    [run] = program.upload("/imports", hubspot_contacts(tmp_path / "contacts.csv")).json()
    here = f"/imports/{run['id']}"
    program("PATCH", here, {"answers": {"time_zone": "UTC"}})
    program("POST", f"{here}/check")
    busy = program("POST", f"{here}/start")
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:halves:problem:under-way")

    assert program("POST", f"{here}/stop").json()["job"]["state"] == "cancelled"


def test_what_is_no_upload_is_told_so(program):
    assert program("POST", "/imports", {"files": []}).status_code == 422
