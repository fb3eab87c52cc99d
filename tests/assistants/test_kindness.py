"""At a terminal nothing is silently left undone, and nothing that strangers wrote steers it."""

import json

import pytest

from halves.people.models import Person
from tests.assistants.company import person
from tests.assistants.test_terminal import types

__all__ = ["types"]


def test_who_does_not_say_who_acts_is_told_that_nothing_was_done(types, ben):
    code, said = types("api", "person_add", "name=Grace")

    assert code == 1
    assert "--as" in said
    assert not Person.objects.exists()


def test_words_that_look_like_numbers_stay_words_where_words_are_taken(types, ben):
    words = ("api", "person_add", "name=1984", "region=10115", "title=true")

    code, said = types(*words, "--as", ben.email)

    assert (code, json.loads(said)["name"]) == (0, "1984"), said
    assert Person.objects.get().title == "true"


def test_nothing_stays_nothing_where_it_is_taken_and_is_refused_once_in_one_line(types, ben):
    code, said = types("api", "deal_add", "title=[1]", "person_id=x", "--as", ben.email)

    assert code == 1
    assert said.count("person_id") == 1
    assert "Unprocessable" not in said


def test_what_strangers_wrote_does_not_steer_the_terminal(types, ben, monkeypatch):
    whom = person("Gr[a]ce \x1b]0;gone\x07\x9b2J \u202eevil", owner=ben)
    code, piped = types("api", "person", f"key={whom.pk}", "--as", ben.email)
    assert json.loads(piped)["name"] == whom.name
    assert "\x9b" not in piped

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for words in (("person", f"key={whom.pk}"), ("people_list",)):
        code, said = types("api", *words, "--as", ben.email)
        assert code == 0
        assert "Gr[a]ce" in said
        assert not set("\x1b\x07\x9b\u202e") & set(said)


@pytest.mark.parametrize("key", ["Infinity", "NaN", "1e999", "9" * 5_000])
def test_a_strange_number_is_refused_in_a_line(types, ben, key):
    code, said = types("api", "person", f"key={key}", "--as", ben.email)

    assert code == 1
    assert "Traceback" not in said


@pytest.mark.parametrize("content", [None, b"\xff\xfe{", b"[1]", b"{"])
def test_a_file_that_cannot_be_read_is_refused_in_a_line(types, ben, tmp_path, content):
    file = tmp_path / "said.json"
    if content is not None:
        file.write_bytes(content)

    code, said = types("api", "person_add", "--body", str(file), "--as", ben.email)

    assert (code, "said.json" in said.replace("\n", "")) == (1, True)
    assert "Traceback" not in said
