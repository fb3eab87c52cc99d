"""The pages on which colleagues decide who is one person."""

import pytest

from halves.people.actions import add_person
from halves.people.models import Duplicate, Merge, Person
from halves.web.views import duplicates as views
from tests.house import MONDAY, browser


@pytest.fixture
def pair(house):
    first = add_person(by=None, at=MONDAY, source="t", name="Grace Hopper", email="g@example.org")
    second = add_person(by=None, at=MONDAY, source="t", name="Grace Hoper", phone="+4930901820")
    compared = {"name": "similar", "email": "unknown", "phone": "unknown"}
    return Duplicate.objects.create(
        first=first, second=second, probability=0.97, compared=compared, found_at=MONDAY
    )


def test_the_list_says_who_is_probably_one_and_why(ada, pair):
    page = browser(ada).get("/people/duplicates/").content.decode()

    assert "Grace Hopper · Grace Hoper" in page
    assert "97%" in page
    assert "Name: similar" in page
    assert "/people/duplicates/" in browser(ada).get("/people/").content.decode()


def test_the_two_are_shown_side_by_side(ada, pair):
    page = browser(ada).get(f"/people/duplicates/{pair.pk}/").content.decode()

    assert "Merge, keep Grace Hopper" in page
    assert "+4930901820" in page


def test_a_seller_merges_the_two_and_undoes_it(ben, pair):
    client = browser(ben)
    client.post(f"/people/duplicates/{pair.pk}/decide/", {"said": "first"})
    assert Person.objects.get(pk=pair.second_id).merged_into_id == pair.first_id

    client.post(f"/people/merges/{Merge.objects.get().pk}/undo/")
    assert Person.objects.get(pk=pair.second_id).merged_into_id is None


def test_two_who_are_not_the_same_leave_the_list(ada, pair):
    client = browser(ada)
    client.post(f"/people/duplicates/{pair.pk}/decide/", {"said": "refuse"})

    assert b"Grace Hoper" not in client.get("/people/duplicates/").content
    assert client.get(f"/people/duplicates/{pair.pk}/").status_code == 404


def test_nothing_is_decided_by_a_form_that_says_nothing(ada, pair):
    answer = browser(ada).post(f"/people/duplicates/{pair.pk}/decide/", follow=True)

    assert b"Say whom to keep" in answer.content
    assert Duplicate.objects.get().state == "proposed"


def test_where_splink_is_missing_the_page_says_how_to_get_it(ada, pair, monkeypatch):
    monkeypatch.setattr(views, "is_installed", lambda: False)
    page = browser(ada).get("/people/duplicates/").content.decode()

    assert "halves[identity]" in page
    assert "Look for duplicates</button>" not in page
