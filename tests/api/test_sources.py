"""A program adds sources of events, reads what arrives, and says whose visits they are."""

import pytest
from django.utils import timezone

from halves.people.models import Person
from halves.tracking.flushing import flush
from tests.api.program import Program
from tests.tracking.test_tracking import SITE, Sender


@pytest.fixture
def program(ada):
    return Program(ada, "read", "write")


@pytest.fixture
def made(program):
    return program("POST", "/sources", {"name": "Site", "origins": [SITE]}).json()


def test_a_source_is_added_changed_and_given_a_new_key(program, made):
    assert made["secret"].startswith("hs_")
    one = f"/sources/{made['id']}"
    assert "secret" not in program.get(one).json()

    changed = program("PATCH", one, {"name": "Shop"}).json()
    assert (changed["name"], changed["origins"]) == ("Shop", [SITE])
    key = program("POST", f"{one}/keys", {"which": "secret"}).json()["key"]

    said = {"userId": "u1", "event": "Signed Up"}
    assert Sender(made["secret"])("track", said).status_code == 401
    assert Sender(key)("track", said).status_code == 200


def test_an_origin_that_is_none_is_refused_by_the_field(program):
    refused = program("POST", "/sources", {"name": "Site", "origins": ["example"]})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "origins"


def test_what_arrives_is_read_with_what_it_was_taken_as(program, made):
    Sender(made["write_key"])("track", {"userId": "u", "event": "Order Completed"})
    Sender(made["write_key"])("page", {"anonymousId": "v"})
    flush(timezone.now())
    events = f"/sources/{made['id']}/events"

    both = program.get(events).json()
    assert [(one["kind"], one["verdict"]) for one in both] == [
        ("page", "touch"),
        ("track", "sale_needs_secret"),
    ]
    assert program.get(f"{events}?state=refused").json() == [both[1]]
    assert program.get(f"{events}?before={both[0]['id']}").json() == [both[1]]


def test_visits_are_a_person_s_once_a_program_says_so_and_no_second_time(program, made):
    said = {"anonymousId": "v", "userId": "u1", "traits": {"email": "grace@example.org"}}
    Sender(made["write_key"])("identify", said)
    flush(timezone.now())
    [email, user] = sorted(program.get("/stitches").json()["rows"], key=lambda one: one["kind"])
    assert not Person.objects.exists()

    theirs = program("PUT", f"/stitches/{email['id']}/decision", {"is_so": True}).json()
    nobodys = program("PUT", f"/stitches/{user['id']}/decision", {"is_so": False}).json()
    again = program("PUT", f"/stitches/{user['id']}/decision", {"is_so": True})

    assert (theirs["state"], theirs["person_id"]) == ("confirmed", Person.objects.get().pk)
    assert (nobodys["state"], nobodys["person_id"]) == ("refused", None)
    assert again.status_code == 409
