"""A colleague merges two people whom they know to be one."""

import pytest

from halves.access.models import House
from halves.people.actions import add_person
from halves.people.merging import merge
from halves.people.models import Merge, Person
from tests.house import MONDAY, browser


def someone(name, **said):
    return add_person(by=None, at=MONDAY, source="t", name=name, **said)


@pytest.fixture
def grace(house):
    return someone("Grace Hopper", email="grace@example.org")


@pytest.fixture
def other(house):
    return someone("G. Murray Hopper", phone="+4930901820", title="Rear admiral")


def test_the_other_is_found_from_a_person_s_page_and_never_oneself(ben, grace, other):
    client = browser(ben)
    there = f"/people/{grace.pk}/merge/"
    assert there in client.get(f"/people/{grace.pk}/").content.decode()

    page = client.get(f"{there}?search=hopper").content.decode()

    assert f"{there}{other.pk}/" in page
    assert f"{there}{grace.pk}/" not in page


def test_the_two_stand_side_by_side_with_what_they_become_and_nothing_is_merged_yet(
    ben, grace, other
):
    page = browser(ben).get(f"/people/{grace.pk}/merge/{other.pk}/").content.decode()

    for said in ("Grace Hopper", "G. Murray Hopper", "Merge, keep Grace Hopper"):
        assert said in page
    for after in ("Grace Hopper", "grace@example.org", "+4930901820", "Rear admiral"):
        assert f"<strong>{after}</strong>" in page
    assert "<strong>G. Murray Hopper</strong>" not in page
    assert Merge.objects.count() == 0
    assert Person.objects.get(pk=grace.pk).phone == ""


def test_a_seller_merges_two_by_hand_and_takes_them_apart_again(ben, grace, other):
    client = browser(ben)
    page = client.post(f"/people/{grace.pk}/merge/{other.pk}/", follow=True).content.decode()
    assert "Merged into this person" in page
    assert Person.objects.get(pk=other.pk).merged_into == grace
    assert Person.objects.get(pk=grace.pk).title == "Rear admiral"

    client.post(f"/people/merges/{Merge.objects.get().pk}/undo/")

    assert Person.objects.get(pk=other.pk).merged_into is None
    assert Person.objects.get(pk=grace.pk).title == ""


def test_nobody_is_merged_with_themselves(ben, grace):
    page = browser(ben).post(f"/people/{grace.pk}/merge/{grace.pk}/", follow=True)

    assert "This is the same person" in page.content.decode()
    assert Merge.objects.count() == 0


def test_who_is_merged_away_is_not_merged_again(ben, grace, other):
    third = someone("Commodore Hopper")
    merge(third, other, by=None, at=MONDAY, why="t")

    page = browser(ben).post(f"/people/{grace.pk}/merge/{other.pk}/", follow=True)

    assert "was merged into Commodore Hopper already" in page.content.decode()
    assert Merge.objects.count() == 1


def test_someone_of_another_team_is_neither_found_nor_merged(ben, cyd, grace):
    House.objects.update_or_create(pk=House.get().pk, defaults={"is_by_team": True})
    hers = add_person(by=cyd, at=MONDAY, source="t", name="Hidden Hopper", owner=cyd)
    client = browser(ben)

    assert "Hidden" not in client.get(f"/people/{grace.pk}/merge/?search=hopper").content.decode()
    for ask in (client.get, client.post):
        assert ask(f"/people/{grace.pk}/merge/{hers.pk}/").status_code == 404
    merge(hers, someone("Gone Hopper"), by=None, at=MONDAY, why="t")
    away = Person.objects.get(name="Gone Hopper")
    assert client.get(f"/people/{grace.pk}/merge/{away.pk}/").status_code == 404
    assert Merge.objects.count() == 1


def test_a_viewer_merges_nobody(vic, grace, other):
    client = browser(vic)

    assert client.get(f"/people/{grace.pk}/merge/").status_code == 403
    assert client.post(f"/people/{grace.pk}/merge/{other.pk}/").status_code == 403
    assert "/merge/" not in client.get(f"/people/{grace.pk}/").content.decode()
