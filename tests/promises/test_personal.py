"""All that promises hold about a person is shown to them, and goes when they are erased."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from halves.people.everything import parts
from halves.promises.delivering import deliver
from halves.promises.models import Delivery, Promise, SurveyAsked
from tests.promises.company import a_survey, told

pytestmark = pytest.mark.house
CAME = datetime(2026, 2, 20, 9, tzinfo=UTC)


def asked_about(lea) -> SurveyAsked:
    promise = told(lea)
    deliver(promise, at=CAME, amount=Decimal(6), source="t", source_key="1", now=CAME)
    said = {"asked_at": CAME, "answered_at": CAME, "score": 9, "words": "Good."}
    survey = a_survey(lea)
    return SurveyAsked.objects.create(survey=survey, person=promise.person, promise=promise, **said)


def shown(person) -> list[dict[str, object]]:
    return [fact for one in parts().values() for fact in one.export([person])]


def test_a_person_is_shown_what_came_and_what_they_said_but_no_key_to_a_page(lea):
    one = asked_about(lea)
    facts = shown(one.person)

    for table in ("promise", "delivery", "surveyasked"):
        assert sum(fact["table"] == table for fact in facts) == 1, table
    assert one.token not in str(facts)
    assert "Good." in str(facts)


def test_erased_nothing_of_it_is_left(lea):
    person = asked_about(lea).person
    parts()["promises"].erase([person])

    assert not any(one.objects.exists() for one in (Promise, Delivery, SurveyAsked))
