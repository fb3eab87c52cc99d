"""A write that is sent again happens once: after a lost answer, and at the same moment."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from halves.api.models import Remembered
from halves.keeping.erasing import erase_person
from halves.people.models import Note, Person
from tests.api.at_once import KEY, answers_to
from tests.api.program import Program
from tests.homes import new_home
from tests.house import MONDAY


def test_the_same_request_again_gets_the_same_answer(ada):
    program = Program(ada)
    first = program("POST", "/people", {"name": "Grace"}, **KEY)
    again = program("POST", "/people", {"name": "Grace"}, **KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["ETag"] == first["ETag"]
    assert again["Idempotency-Replayed"] == "true"
    assert Person.objects.count() == 1


def test_a_key_is_for_one_request(ada):
    program = Program(ada)
    program("POST", "/people", {"name": "Grace"}, **KEY)

    refused = program("POST", "/people", {"name": "Alan"}, **KEY)

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:halves:problem:idempotency-key-reused"


def test_a_key_is_its_user_s_own(ada, lea):
    Program(ada)("POST", "/people", {"name": "Grace"}, **KEY)

    assert Program(lea)("POST", "/people", {"name": "Alan"}, **KEY).status_code == 201


def test_what_was_refused_may_be_tried_again(ada):
    program = Program(ada)
    assert program("POST", "/people", {"email": "grace"}, **KEY).status_code == 422

    assert program("POST", "/people", {"email": "g@example.org"}, **KEY).status_code == 201


def test_a_day_later_the_key_is_forgotten(ada):
    program = Program(ada)
    program("POST", "/people", {"name": "Grace"}, **KEY)
    Remembered.objects.update(at=MONDAY - timedelta(days=2))

    assert program("POST", "/people", {"name": "Alan"}, **KEY).json()["name"] == "Alan"


def test_a_secret_is_given_once_and_kept_nowhere(ada):
    program = Program(ada)
    body = {"name": "nightly", "scopes": ["read"]}
    secret = program("POST", "/tokens", body, **KEY).json()["secret"]

    again = program("POST", "/tokens", body, **KEY)

    assert again.status_code == 409
    assert secret not in str(Remembered.objects.values().get())


def test_an_erased_person_is_in_no_kept_answer(ada):
    program = Program(ada)
    made = program("POST", "/people", {"name": "Grace"}, **KEY).json()
    program("POST", f"/people/{made['id']}/notes", {"words": "x"}, **{"Idempotency-Key": "two"})
    program("POST", "/people", {"name": "Alan"}, **{"Idempotency-Key": "three"})

    erase_person(Person.objects.get(pk=made["id"]), by=ada, at=MONDAY)

    assert [one.key for one in Remembered.objects.all()] == ["three"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's tests have no file")
@pytest.mark.django_db(transaction=True)
def test_of_some_at_once_one_is_done_and_all_are_answered(ada):
    made = Program(ada)("POST", "/people", {"name": "Grace"}).json()
    path, programs = f"/people/{made['id']}/notes", [Program(ada) for _ in range(4)]

    answers = answers_to(programs, lambda one: one("POST", path, {"words": "Once."}, **KEY))

    assert set(answers) == {(201, Note.objects.get().pk)}


def test_so_it_is_in_a_house_of_files(tmp_path):
    code = "import django; django.setup(); from tests.api.at_once import main; main()"
    env = {name: said for name, said in os.environ.items() if not name.startswith("HALVES_")}
    env |= {
        "HALVES_HOME": str(new_home(tmp_path / "home")),
        "DJANGO_SETTINGS_MODULE": "halves.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr[-3000:]
