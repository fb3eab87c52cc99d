"""The compiled query finds whom a plain reading of the definition finds, whatever it says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.audiences import actions, queries
from halves.people import actions as people
from halves.people.consenting import consent
from halves.people.models import Account, Person
from tests.audiences.naive import Somebody, belongs
from tests.house import MONDAY

EXAMPLES = count()  # what one example wrote is still there in the next
REGIONS = ("", "Berlin", "berlin", "Zürich", "100%", "a_b", "O'Brien", "x\\y", '"q"')
TAGS = ("pioneer", "late", "VIP")
CHANNELS = ("email", "call", "social")
KINDS = ("door_opened", "deal_closed")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def text_asked(name, values):
    word = st.sampled_from([one for one in values if one.strip()])
    part = st.sampled_from(["b", "ER", "ü", "%", "_", "'", "\\", "lin", "zz", '"'])
    return st.one_of(
        st.fixed_dictionaries(
            {"field": st.just(name), "op": st.sampled_from(["is", "is_not"]), "value": word}
        ),
        st.fixed_dictionaries(
            {"field": st.just(name), "op": st.sampled_from(["contains", "begins"]), "value": part}
        ),
        st.fixed_dictionaries(
            {
                "field": st.just(name),
                "op": st.just("one_of"),
                "value": st.lists(word, min_size=1, max_size=3),
            }
        ),
        bare(name),
    )


def bare(name):
    return st.fixed_dictionaries(
        {"field": st.just(name), "op": st.sampled_from(["is_empty", "is_filled"])}
    )


def when_asked(name):
    days = st.sampled_from(["within_days", "older_than_days", "in_next_days"])
    return st.one_of(
        st.fixed_dictionaries({"field": st.just(name), "op": days, "value": st.integers(0, 90)}),
        st.fixed_dictionaries(
            {
                "field": st.just(name),
                "op": st.sampled_from(["since", "before"]),
                "value": st.dates(date(2025, 12, 1), date(2026, 4, 1)).map(date.isoformat),
            }
        ),
        bare(name),
    )


def number_asked(name):
    number = st.sampled_from([-1, 0, 0.5, 3, 40])
    return st.one_of(
        st.fixed_dictionaries(
            {
                "field": st.just(name),
                "op": st.sampled_from(["is", "at_least", "at_most"]),
                "value": number,
            }
        ),
        bare(name),
    )


def words_asked(name):
    tag = st.sampled_from(TAGS)
    return st.one_of(
        st.fixed_dictionaries(
            {"field": st.just(name), "op": st.sampled_from(["has", "has_not"]), "value": tag}
        ),
        st.fixed_dictionaries(
            {
                "field": st.just(name),
                "op": st.just("has_any"),
                "value": st.lists(tag, min_size=1, max_size=2),
            }
        ),
        bare(name),
    )


def yes_no_asked(name):
    return st.fixed_dictionaries(
        {"field": st.just(name), "op": st.just("is"), "value": st.booleans()}
    )


SUMMED = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["sum_at_least", "sum_at_most"]),
        "amount": st.sampled_from([0.1, 3, 40.3, 80]),
        "currency": st.sampled_from(["EUR", "USD"]),
    }
)


def records_asked(name, where, *more):
    how_many = st.one_of(
        *more,
        st.sampled_from([{"op": "any"}, {"op": "none"}]),
        st.fixed_dictionaries(
            {"op": st.sampled_from(["at_least", "at_most"]), "count": st.integers(0, 3)}
        ),
    )
    rest = st.fixed_dictionaries(
        {"records": st.just(name)},
        optional={
            "where": st.lists(where, max_size=2),
            "within_days": st.integers(0, 90),
        },
    )
    return st.builds(lambda a, b: a | b, rest, how_many)


CONDITIONS = st.one_of(
    text_asked("person.region", REGIONS),
    text_asked("account.industry", ("", "Repair", "Bank")),
    text_asked("person.field.colour", ("red", "blue")),
    number_asked("person.field.size"),
    when_asked("person.field.renewal"),
    when_asked("person.since"),
    words_asked("person.tags"),
    yes_no_asked("person.left_alone"),
    yes_no_asked("person.field.keen"),
    records_asked(
        "touches", st.one_of(text_asked("channel", CHANNELS), text_asked("campaign", ("a", "b")))
    ),
    records_asked(
        "outcomes",
        st.one_of(
            st.fixed_dictionaries(
                {"field": st.just("kind"), "op": st.just("is"), "value": st.sampled_from(KINDS)}
            ),
            number_asked("value"),
        ),
        SUMMED,
    ),
    records_asked(
        "consents", st.one_of(text_asked("channel", ("email", "phone")), yes_no_asked("is_given"))
    ),
)
DEFINITIONS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"and": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"or": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
ROW_AT = st.integers(-100, 10).map(lambda days: NOW + timedelta(days=days, minutes=days))
PERSON = st.fixed_dictionaries(
    {
        "region": st.sampled_from(REGIONS),
        "industry": st.sampled_from([None, "", "Repair", "Bank"]),
        "since": ROW_AT,
        "left_alone": st.booleans(),
        "tags": st.lists(st.sampled_from(TAGS), unique=True),
        "custom": st.fixed_dictionaries(
            {},
            optional={
                "colour": st.sampled_from(["red", "blue"]),
                "size": st.sampled_from([-1.0, 0.0, 0.5, 3.0, 40.0]),
                "keen": st.booleans(),
                "renewal": st.dates(date(2025, 11, 20), date(2026, 6, 1)).map(date.isoformat),
            },
        ),
        "touches": st.lists(
            st.tuples(ROW_AT, st.sampled_from(CHANNELS), st.sampled_from([None, "a", "b"])),
            max_size=4,
        ),
        "outcomes": st.lists(
            st.tuples(
                ROW_AT,
                st.sampled_from(KINDS),
                st.sampled_from([None, 0, 3, 40.1, 0.1, 0.2]),
                st.sampled_from(["EUR", "USD"]),
            ),
            max_size=3,
        ),
        "consents": st.lists(
            st.tuples(ROW_AT, st.sampled_from(["email", "phone"]), st.booleans()), max_size=3
        ),
    }
)


@pytest.fixture
def company(house, ada):
    for label, kind in (
        ("Colour", "text"),
        ("Size", "number"),
        ("Keen", "yes_no"),
        ("Renewal", "day"),
    ):
        people.keep_field(of="person", label=label, kind=kind, by=ada, at=MONDAY)
    for name in ("Repair", "Bank", ""):
        people.add_account(by=ada, at=MONDAY, name=name or "None", industry=name)
    return house


def known(ada, said) -> tuple[Person, Somebody]:
    industry = said["industry"]
    account = None if industry is None else Account.objects.get(industry=industry)
    person = people.add_person(
        by=None, at=MONDAY, source="t", name="P", region=said["region"], account=account
    )
    Person.objects.filter(pk=person.pk).update(
        created_at=said["since"], is_do_not_contact=said["left_alone"], fields=said["custom"]
    )
    for tag in said["tags"]:
        people.tag(person, tag, by=ada, at=MONDAY)
    last = {}
    for at, channel, is_given in sorted(said["consents"], key=lambda one: one[0]):
        consent(
            person, channel=channel, topic="", is_given=is_given, how="t", by=None, at=at,
            is_replayed=True,
        )  # fmt: skip
        last[channel] = {"channel": channel, "is_given": is_given, "at": at}
    custom = {f"person.field.{key}": value for key, value in said["custom"].items()}
    if "renewal" in said["custom"]:
        custom["person.field.renewal"] = date.fromisoformat(said["custom"]["renewal"])
    fields = {
        "person.region": said["region"],
        "account.industry": industry,
        "person.since": said["since"],
        "person.left_alone": said["left_alone"],
        "person.tags": said["tags"],
        **custom,
    }
    records = {
        "touches": [{"at": a, "channel": c, "campaign": k} for a, c, k in said["touches"]],
        "outcomes": [
            {"at": a, "kind": k, "value": None if v is None else Decimal(str(v)), "currency": c}
            for a, k, v, c in said["outcomes"]
        ],
        "consents": list(last.values()),
    }
    return person, Somebody(fields, records)


def posted(place, those, batch: str) -> None:
    touches, outcomes = [], []
    for person, who in those:
        for n, row in enumerate(who.records["touches"]):
            touches.append(
                {"touch_id": f"{batch}-{person.pk}-{n}", "person_id": person.ledger_id}
                | {"path": "many", "source": "t"}
                | row
            )
        for n, row in enumerate(who.records["outcomes"]):
            outcomes.append(
                {"outcome_id": f"{batch}-{person.pk}-{n}", "person_id": person.ledger_id}
                | {"source": "t"}
                | row
            )
    book = place.book_or_new()
    for table, rows in (("touches", touches), ("outcomes", outcomes)):
        if rows:
            schema = book.table(table).schema().to_pyarrow()
            wanted = pa.schema([one for one in schema if one.name in rows[0]])
            book.append(table, _table(rows, wanted), batch=f"{table}-{batch}")


def _table(rows, schema):
    for row in rows:
        if row.get("value") is not None:
            row["value"] = Decimal(row["value"])
    return pa.Table.from_pylist(rows, schema=schema)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    said=st.lists(PERSON, min_size=1, max_size=5),
    definitions=st.lists(DEFINITIONS, min_size=1, max_size=4),
)
def test_the_query_finds_whom_a_plain_reading_finds(company, ada, said, definitions):
    number = str(next(EXAMPLES))
    those = [known(ada, one) for one in said]
    posted(company, those, number)
    keys = [person.pk for person, _ in those]
    found = actions.make_list(name=number, by=ada, at=MONDAY)
    found.kind = "computed"
    for definition in definitions:
        plainly = {person.pk for person, who in those if belongs(definition, who, NOW)}
        found.definition = definition

        asked = {key for chunk in queries.members(found, at=NOW) for key in chunk} & set(keys)

        assert asked == plainly, definition
        assert queries.still_in(found, keys, at=NOW) == plainly
        first = those[0][0]
        assert queries.why(definition, first, at=NOW).holds == (first.pk in plainly)
