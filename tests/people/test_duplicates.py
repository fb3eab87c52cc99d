"""People who are probably one: found, proposed once, merged or refused."""

import pytest

from halves.access.errors import MayNot
from halves.access.models import House
from halves.jobs.models import Job
from halves.people import duplicates, matching
from halves.people.actions import add_account, add_person
from halves.people.errors import MergeRefused
from halves.people.models import Duplicate, Person
from tests.house import MONDAY

pytest.importorskip("splink", reason="looking for duplicates takes halves[identity]")


def someone(name, **said):
    return add_person(by=None, at=MONDAY, source="t", name=name, **said)


@pytest.fixture
def people(house):
    """Grace twice, once with a slip, among others."""
    navy = add_account(by=None, at=MONDAY, name="Navy")
    grace = someone("Grace Hopper", email="grace.hopper@navy.example.org", account=navy)
    slip = someone("Grace Hoper", email="grace.hopper@example.com", account=navy)
    for name in ("Alan Turing", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare"):
        mailbox = name.lower().replace(" ", ".")
        someone(name, email=f"{mailbox}@example.org", region="north")
    return grace, slip


def found():
    duplicates.find(Job.objects.create(kind=duplicates.KIND, asked_at=MONDAY), lambda *_said: None)
    return Duplicate.objects.all()


def test_two_records_of_one_person_are_proposed_and_strangers_are_not(people):
    one = found().get()

    assert (one.first, one.second) == people
    assert one.probability > 0.9
    assert one.compared == {
        "name": "similar",
        "email": "similar",
        "phone": "unknown",
        "account": "same",
        "region": "unknown",
    }


def test_in_a_house_where_nobody_shares_a_phone_nothing_is_learned_and_the_two_are_found(
    people, monkeypatch
):
    """As many records as it takes to learn, of which none says a phone."""
    monkeypatch.setattr(matching, "ENOUGH_TO_LEARN", 2)

    assert (found().get().first, found().get().second) == people


def test_two_who_are_not_the_same_are_not_proposed_again(ada, people):
    duplicates.refuse(found().get(), by=ada, at=MONDAY)
    found()

    assert not duplicates.duplicates_of(ada).exists()
    with pytest.raises(MergeRefused, match="decided about these two already"):
        duplicates.refuse(Duplicate.objects.get(), by=ada, at=MONDAY)


def test_a_proposal_is_accepted_by_a_merge(ada, people):
    grace, slip = people
    duplicates.accept(found().get(), kept=slip, by=ada, at=MONDAY)

    assert Duplicate.objects.get().state == "merged"
    assert Person.objects.get(pk=grace.pk).merged_into == slip


def test_proposals_are_of_people_whom_one_sees_and_viewers_decide_nothing(ben, cyd, vic, people):
    House.objects.create(is_by_team=True)
    one = found().get()
    Person.objects.filter(pk=one.first_id).update(owner=cyd, team=cyd.team)

    assert not duplicates.duplicates_of(ben).exists()
    assert not duplicates.duplicates_of(vic).exists()
    with pytest.raises(MayNot):
        duplicates.refuse(one, by=vic, at=MONDAY)


def test_nobody_is_a_duplicate_in_an_empty_house(house):
    assert not found().exists()
