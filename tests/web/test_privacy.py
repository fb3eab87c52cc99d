"""A person's right to see what is known of them, and to be forgotten, on the pages."""

import pytest

from halves.people import actions
from halves.people.models import Person
from tests.house import MONDAY, browser


@pytest.fixture
def grace(ada):
    return actions.add_person(by=ada, at=MONDAY, source="t", name="Grace", email="g@example.org")


def test_the_file_holds_what_is_known(ada, grace):
    answer = browser(ada).post(f"/people/{grace.pk}/privacy/file/")

    assert answer["Content-Disposition"] == f'attachment; filename="person-{grace.pk}.json"'
    assert answer.json()["operations"][0]["email"] == "g@example.org"


def test_nobody_is_erased_by_a_slip(ada, grace):
    answer = browser(ada).post(
        f"/people/{grace.pk}/privacy/erase/", {"name": "Gracie"}, follow=True
    )

    assert b"Nothing was erased" in answer.content
    assert Person.objects.filter(pk=grace.pk).exists()


def test_an_owner_erases_who_asks_for_it(ada, grace):
    path = f"/people/{grace.pk}/privacy/erase/"
    answer = browser(ada).post(path, {"name": "Grace"}, follow=True)

    assert b"Erased everywhere" in answer.content
    assert browser(ada).get(f"/people/{grace.pk}/").status_code == 404


def test_a_leader_may_look_but_not_erase(lea, grace):
    client = browser(lea)

    assert client.get(f"/people/{grace.pk}/privacy/").status_code == 200
    refused = client.post(f"/people/{grace.pk}/privacy/erase/", {"name": "Grace"})
    assert refused.status_code == 403
    assert b"Who may: Owner" in refused.content
