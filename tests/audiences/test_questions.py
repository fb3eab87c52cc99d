"""Questions about people, asked through the front door: saved, counted, checked again."""

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from halves.audiences import actions, queries
from halves.audiences.errors import DefinitionRefused, NameTaken, StillUsed
from halves.people import actions as people
from halves.people.consenting import consent
from halves.people.merging import merge, undo_merge
from halves.people.models import CustomField, Person
from tests.house import MONDAY

IN_BERLIN = {"field": "person.region", "op": "is", "value": "Berlin"}
AGREED = {
    "records": "consents",
    "op": "any",
    "where": [
        {"field": "channel", "op": "is", "value": "email"},
        {"field": "is_given", "op": "is", "value": True},
    ],
}

SPENT = {"records": "outcomes", "op": "sum_at_least", "amount": 500, "currency": "EUR"}


def someone(name: str, **said) -> Person:
    return people.add_person(by=None, at=MONDAY, source="t", name=name, **said)


def named(definition, at=MONDAY) -> set[str]:
    found = actions.save_question(name=f"q{at}", definition=definition, by=None, at=at)
    try:
        keys = [key for chunk in queries.members(found, at=at) for key in chunk]
        everyone = list(Person.objects.values_list("pk", flat=True))
        assert queries.still_in(found, everyone, at=at) == set(keys)
        assert queries.count(definition, at=at) == len(keys)
    finally:
        found.delete()
    return set(Person.objects.filter(pk__in=keys).values_list("name", flat=True))


def test_who_changes_comes_in_and_goes_out(house, ada):
    grace, alan = someone("Grace", region="Berlin"), someone("Alan", region="Paris")
    assert named(IN_BERLIN) == {"Grace"}

    people.change_person(alan, by=ada, at=MONDAY, version=1, source="t", region="Berlin")
    assert named(IN_BERLIN) == {"Grace", "Alan"}

    Person.objects.filter(pk=grace.pk).update(region="Rome")  # by no action at all
    assert named(IN_BERLIN) == {"Alan"}

    alan.delete()
    assert named(IN_BERLIN) == set()


def test_a_no_takes_effect_with_the_next_question(house, ada):
    grace = someone("Grace")
    assert named(AGREED) == set()

    said = {"channel": "email", "topic": "", "how": "said so", "by": ada}
    consent(grace, is_given=True, at=MONDAY, **said)
    assert named(AGREED) == {"Grace"}

    consent(grace, is_given=False, at=MONDAY + timedelta(hours=1), **said)
    assert named(AGREED) == set()
    assert named({"not": AGREED}) == {"Grace"}


def test_tags_and_fields_are_asked_about(house, ada):
    field = people.keep_field(of="person", label="Size", kind="number", by=ada, at=MONDAY)
    someone("Grace", fields={"size": 40})
    alan = someone("Alan", fields={"size": 4})
    people.tag(alan, "pioneer", by=ada, at=MONDAY)

    assert named({"field": f"person.field.{field.key}", "op": "at_least", "value": 5}) == {"Grace"}
    assert named({"field": "person.tags", "op": "has", "value": "pioneer"}) == {"Alan"}
    assert named({"field": "person.tags", "op": "has_not", "value": "pioneer"}) == {"Grace"}

    people.untag(alan, "pioneer", by=ada, at=MONDAY)
    assert named({"field": "person.tags", "op": "has", "value": "pioneer"}) == set()


def test_accounts_are_asked_about(house, ada):
    navy = people.add_account(by=ada, at=MONDAY, name="Navy", industry="Defence")
    someone("Grace", account=navy)
    someone("Alan")
    assert named({"field": "account.industry", "op": "is", "value": "Defence"}) == {"Grace"}

    people.change_account(navy, by=ada, at=MONDAY, version=1, industry="Shipping")
    assert named({"field": "account.industry", "op": "is", "value": "Defence"}) == set()
    assert named({"field": "account.industry", "op": "is_not", "value": "Defence"}) == {
        "Grace",
        "Alan",
    }


def test_merged_people_are_one(house, ada):
    kept, gone = someone("Grace", region="Berlin"), someone("Grace H.", region="Berlin")
    assert named(IN_BERLIN) == {"Grace", "Grace H."}

    done = merge(kept, gone, by=ada, at=MONDAY, why="t")
    assert named(IN_BERLIN) == {"Grace"}

    undo_merge(done, by=ada, at=MONDAY)
    assert named(IN_BERLIN) == {"Grace", "Grace H."}


def touched(place, person: Person, number: int, channel: str, days_ago: int) -> None:
    rows = pa.table(
        {
            "touch_id": [f"{person.pk}-{channel}-{days_ago}-{n}" for n in range(number)],
            "person_id": [person.ledger_id] * number,
            "at": pa.array([MONDAY - timedelta(days=days_ago)] * number, pa.timestamp("us", "UTC")),
            "path": ["many"] * number,
            "channel": [channel] * number,
            "source": ["t"] * number,
        }
    )
    place.book_or_new().append("touches", rows, batch=f"{person.pk}-{channel}-{days_ago}")


def test_touches_are_counted_within_a_period(house):
    grace, alan = someone("Grace"), someone("Alan")
    someone("Edsger")
    touched(house, grace, 3, "email", 5)
    touched(house, alan, 2, "email", 5)
    touched(house, alan, 4, "email", 50)

    def emailed(op, **rest):
        where = [{"field": "channel", "op": "is", "value": "email"}]
        return {"records": "touches", "op": op, "where": where, "within_days": 30, **rest}

    assert named(emailed("any")) == {"Grace", "Alan"}
    assert named(emailed("none")) == {"Edsger"}
    assert named(emailed("at_least", count=3)) == {"Grace"}
    assert named(emailed("at_most", count=2)) == {"Alan", "Edsger"}


def paid(place, person, *values, currency="EUR", days_ago=5):
    at = MONDAY - timedelta(days=days_ago)
    name, many = f"{person.pk}-{currency}-{days_ago}", len(values)
    rows = pa.table(
        {
            "outcome_id": [f"{name}-{n}" for n in range(many)],
            "person_id": [person.ledger_id] * many,
            "at": pa.array([at] * many, pa.timestamp("us", "UTC")),
            "kind": ["deal_closed"] * many,
            "value": pa.array(values, pa.decimal128(18, 6)),
            "currency": [currency] * many,
            "source": ["t"] * many,
        }
    )
    place.book_or_new().append("outcomes", rows, batch=name)


def test_what_they_paid_is_added_up_in_one_currency(house):
    grace, alan, edsger = (someone(name) for name in ("Grace", "Alan", "Edsger"))
    paid(house, grace, Decimal("499.90"), Decimal("0.10"))
    paid(house, alan, Decimal("499.90"))
    paid(house, alan, Decimal("90"), currency="USD")
    paid(house, alan, Decimal("20"), days_ago=80)
    paid(house, edsger, None)

    assert named(SPENT) == {"Grace", "Alan"}
    assert named(SPENT | {"within_days": 30}) == {"Grace"}
    assert named(SPENT | {"currency": "USD"}) == set()
    assert named(SPENT | {"op": "sum_at_most"}) == {"Grace", "Edsger"}
    both = {"and": [SPENT, {"records": "outcomes", "op": "at_least", "count": 3}]}
    assert named(both) == {"Alan"}
    said = str(queries.why(SPENT, alan, at=MONDAY))
    assert "Outcomes: add up to at least 500 EUR" in said
    assert "theirs add up to 519.90 EUR" in said


def test_an_audience_asks_about_another(house, ada):
    someone("Grace", region="Berlin")
    alan = someone("Alan", region="Paris")
    berlin = actions.save_question(name="berlin", definition=IN_BERLIN, by=ada, at=MONDAY)
    chosen = actions.make_list(name="chosen", people=[alan.pk], by=ada, at=MONDAY)

    either = {"or": [{"audience": berlin.pk}, {"audience": chosen.pk}]}
    assert named(either) == {"Grace", "Alan"}

    actions.save_question(name="either", definition=either, by=ada, at=MONDAY)
    with pytest.raises(StillUsed, match="either"):
        actions.remove(berlin, by=ada, at=MONDAY)
    with pytest.raises(DefinitionRefused, match="refers to itself"):
        actions.change_question(
            berlin, name="b", definition={"audience": berlin.pk}, version=1, by=ada, at=MONDAY
        )


def test_a_name_is_taken_once(house, ada):
    actions.save_question(name="berlin", definition=IN_BERLIN, by=ada, at=MONDAY)
    with pytest.raises(NameTaken):
        actions.make_list(name="berlin", by=ada, at=MONDAY)


def test_a_field_that_is_gone_is_named(house, ada):
    field = people.keep_field(of="person", label="Size", kind="number", by=ada, at=MONDAY)
    said = {"and": [IN_BERLIN, {"field": "person.field.size", "op": "at_least", "value": 5}]}
    found = actions.save_question(name="large", definition=said, by=ada, at=MONDAY)

    CustomField.objects.filter(pk=field.pk).delete()

    with pytest.raises(DefinitionRefused, match=r"and\[1\].field: there is no 'person.field.size'"):
        list(queries.members(found, at=MONDAY))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "must have one of"),
        ({"and": []}, "and: is empty"),
        ([], "must be an object"),
        ({"field": "person.region"}, "op: must be one of is, is_not"),
        ({"field": "person.region", "op": "at_least", "value": 1}, "op: must be one of"),
        ({"field": "person.region", "op": "is"}, "value: is needed"),
        ({"field": "person.region", "op": "is", "value": 5}, "value: must be some text"),
        ({"field": "person.region", "op": "is", "value": "a\x00"}, "value: must be printable"),
        ({"field": "person.region", "op": "is", "value": "a", "extra": 1}, "extra: is not known"),
        ({"field": "person.since", "op": "within_days", "value": -1}, "value: must be a whole"),
        ({"field": "person.since", "op": "since", "value": "soon"}, "value: must be a day"),
        ({"field": "person.owner", "op": "is", "value": "999"}, "value: must be one of"),
        ({"records": "touches", "op": "at_least"}, "count: is needed"),
        ({"records": "touches", "op": "any", "where": [{"field": "x"}]}, r"where\[0\].field"),
        (SPENT | {"records": "touches"}, "op: Touches have no amount to add up"),
        (SPENT | {"amount": 0}, "amount: must be above 0"),
        (SPENT | {"amount": "much"}, "amount: must be a number"),
        (SPENT | {"currency": "euro"}, "currency: must be three letters"),
        (SPENT | {"op": "any"}, "amount: goes with sum_at_least, sum_at_most only"),
        ({"records": "outcomes", "op": "sum_at_most", "amount": 1}, "currency: is needed"),
        ({"records": "spaceships"}, "records: there is no"),
        ({"audience": 99}, "audience: there is no audience 99"),
        ({"resembles": 99}, "resembles: there is no group 99"),
        ({"or": [IN_BERLIN] * 201}, r"or\[200\]: there are more than 200"),
    ],
)
def test_a_definition_that_means_nothing_is_refused_where_it_does(house, said, words):
    with pytest.raises(DefinitionRefused, match=words):
        queries.count(said, at=MONDAY)


def test_a_definition_is_ten_deep_at_most(house):
    said = IN_BERLIN
    for _ in range(9):
        said = {"not": said}
    assert queries.count(said, at=MONDAY) == 0
    with pytest.raises(DefinitionRefused, match="nested more than 10"):
        queries.count({"not": said}, at=MONDAY)


def test_a_value_is_never_part_of_the_query(house):
    someone("Grace", region="x' OR '1'='1")
    someone("Alan", region="Paris")
    said = {"field": "person.region", "op": "is", "value": "x' OR '1'='1"}
    assert named(said) == {"Grace"}
