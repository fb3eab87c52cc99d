"""Who arrives: exact keys, and who may say what a person is known by."""

import pytest

from halves.access.models import AuditEntry
from halves.people.actions import add_person
from halves.people.arrival import Key, Trust, identify, person_known_by
from halves.people.errors import FieldRefused, IdentifierTaken, SourceNotTrusted
from halves.people.merging import merge
from halves.people.models import Identifier, Person
from tests.house import MONDAY

EMAIL, CRM = Key("email", "Grace@Example.org"), Key("hubspot", "42")


@pytest.fixture
def grace(house):
    return add_person(by=None, at=MONDAY, source="t", name="Grace", email="grace@example.org")


def arrives(*keys, trust=Trust.IMPORT):
    return identify(keys, trust=trust, source="contacts.csv", by=None, at=MONDAY)


def test_a_person_is_known_by_an_address_however_it_is_written(grace):
    assert person_known_by([EMAIL]) == grace
    assert person_known_by([CRM]) is None


@pytest.mark.parametrize("trust", [Trust.COLLEAGUE, Trust.IMPORT, Trust.SECRET_KEY])
def test_a_trusted_source_adds_what_a_person_is_known_by(grace, trust):
    assert arrives(EMAIL, CRM, trust=trust) == grace
    assert person_known_by([CRM]) == grace
    assert AuditEntry.objects.get(what="person.identify").after == {
        "kind": "hubspot",
        "value": "42",
    }


def test_a_browser_attaches_nothing_to_anybody_and_makes_nobody(grace):
    with pytest.raises(SourceNotTrusted, match=r"contacts\.csv may not say"):
        arrives(EMAIL, CRM, trust=Trust.WRITE_KEY)

    assert Identifier.objects.count() == Person.objects.count() == 1


def test_whom_nobody_knows_is_written_down_once(house):
    new = arrives(EMAIL, CRM)

    assert (new.email, new.identifiers.count()) == ("grace@example.org", 2)
    assert arrives(CRM) == arrives(EMAIL) == new


def test_keys_that_name_two_people_are_refused_and_change_nothing(grace):
    other = arrives(CRM)

    with pytest.raises(IdentifierTaken) as refused:
        arrives(EMAIL, CRM, Key("phone", "+4930901820"))

    assert refused.value.person_id == other.pk
    assert person_known_by([Key("phone", "+4930901820")]) is None


def test_who_was_merged_away_is_found_under_whom_they_became(grace):
    other = arrives(CRM)
    merge(grace, other, by=None, at=MONDAY, why="same")

    assert person_known_by([CRM]) == grace
    assert arrives(EMAIL, CRM) == grace


def test_what_is_no_address_is_refused_and_so_is_nothing_at_all(house):
    with pytest.raises(FieldRefused, match="must be an address"):
        arrives(Key("email", "grace"))
    with pytest.raises(FieldRefused, match="give at least one"):
        arrives()
    assert not Person.objects.exists()
