"""What can happen to people and accounts."""

import pytest

from halves.access.models import AuditEntry
from halves.people import actions, consenting, queries
from halves.people.errors import ChangedMeanwhile, FieldRefused, IdentifierTaken
from halves.people.models import CustomField, Person
from tests.house import MONDAY


def grace(by, **said):
    typed = {"name": "Grace Hopper", "email": "grace@example.org"} | said
    return actions.add_person(by=by, at=MONDAY, source="typed", **typed)


def test_an_address_is_kept_in_one_way_of_writing(ada):
    assert grace(ada, email=" Grace@Example.ORG ").email == "grace@example.org"


def test_two_people_cannot_have_one_address(ada):
    first = grace(ada)

    with pytest.raises(IdentifierTaken) as refused:
        grace(ada, name="Someone Else", email="GRACE@example.org")

    assert refused.value.person_id == first.pk
    assert Person.objects.count() == 1


@pytest.mark.parametrize("said", ["grace", "grace@", "a b@example.org", "grace@example"])
def test_what_is_no_address_is_refused_by_field_and_value(ada, said):
    with pytest.raises(FieldRefused, match="email: must be an address") as refused:
        grace(ada, email=said)

    assert repr(said) in str(refused.value)


def test_of_two_who_change_a_person_at_once_the_second_is_told(ada):
    person = grace(ada)
    stale = Person.objects.get(pk=person.pk)
    change = {"by": ada, "at": MONDAY, "version": 1, "source": "typed"}
    actions.change_person(person, title="Rear admiral", **change)

    with pytest.raises(ChangedMeanwhile):
        actions.change_person(stale, title="Captain", **change)

    assert Person.objects.get(pk=person.pk).title == "Rear admiral"


def test_a_change_is_in_the_log_with_before_and_after(ada):
    person = grace(ada)
    actions.change_person(person, by=ada, at=MONDAY, version=1, source="typed", title="Captain")

    entry = AuditEntry.objects.get(what="person.change")
    assert (entry.before, entry.after) == ({"title": ""}, {"title": "Captain"})
    assert entry.by == ada


def test_the_last_word_on_a_channel_and_topic_holds_and_older_ones_stay(ada):
    person = grace(ada)
    said = {"channel": "email", "topic": "news", "by": ada, "at": MONDAY}
    consenting.consent(person, is_given=True, how="form on /news", **said)
    consenting.consent(person, is_given=False, how="said so in a call", **said)

    [now] = queries.consents_now(person)
    assert not now.is_given
    assert person.consents.count() == 2


def test_an_own_field_holds_what_its_kind_says(ada):
    CustomField.objects.create(of="person", key="seats", label="Seats", kind="number")
    person = grace(ada, fields={"seats": "40"})

    assert person.fields == {"seats": 40.0}
    with pytest.raises(FieldRefused, match="Seats: must be number, got 'many'"):
        grace(ada, email="other@example.org", fields={"seats": "many"})
