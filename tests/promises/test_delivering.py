"""What came of promises: told once, compared, alerted once, asked about, and on the ledger."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.ledger import Ledger
from halves.people.consenting import consent
from halves.people.models import Letter, Task
from halves.posting import outbox
from halves.promises.alerts import alert
from halves.promises.delivering import deliver
from halves.promises.errors import DeliveryRefused, SurveyRefused
from halves.promises.expecting import expectations
from halves.promises.models import Band, Delivery, Keeping, Promise, PromiseTask, Via
from halves.promises.queries import at_risk, open_to
from halves.promises.surveys import answer, ask, ask_of_promise, close_survey
from tests.house import MONDAY
from tests.promises.company import a_survey, of_a_story, told

pytestmark = pytest.mark.house
IN_TIME = datetime(2026, 2, 20, 9, tzinfo=UTC)
AFTER = datetime(2026, 3, 9, 9, tzinfo=UTC)
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def came(promise, amount=None, at=IN_TIME, key="1", now=NOW):
    number = None if amount is None else Decimal(amount)
    return deliver(promise, at=at, amount=number, source="t", source_key=key, now=now)


@pytest.mark.parametrize(
    ("amount", "at", "keeping"),
    [
        ("5", IN_TIME, "met"),
        ("6", IN_TIME, "over"),
        ("4.999", IN_TIME, "under"),
        ("6", AFTER, "under"),  # more, and late
    ],
)
def test_what_came_is_compared_with_what_was_promised(lea, amount, at, keeping):
    promise = told(lea)
    came(promise, amount, at)
    assert Promise.objects.get().keeping == keeping


def test_fewer_days_are_better_where_at_most_so_many_were_promised(lea):
    promise = told(lea, measure="days until it is there", is_at_most=True, due_on=None)
    came(promise, "3")
    assert Promise.objects.get().keeping == Keeping.OVER
    came(promise, "7", IN_TIME + timedelta(days=1), key="2")
    assert Promise.objects.get().keeping == Keeping.UNDER


def test_a_day_alone_is_kept_by_the_day_and_a_band_forgives_what_customers_do(lea):
    promise = told(lea, amount=None, unit="", measure="delivery")
    came(promise, at=datetime(2026, 3, 3, 9, tzinfo=UTC))
    assert Promise.objects.get().keeping == Keeping.UNDER

    Band.objects.create(measure="delivery", unit="", low=-1, high=4, said=400, learned_at=MONDAY)
    again = told(lea, amount=None, unit="", measure="delivery", key="u")
    came(again, at=datetime(2026, 3, 3, 9, tzinfo=UTC), key="2")
    again.refresh_from_db()
    assert again.keeping == Keeping.MET
    early = told(lea, amount=None, unit="", measure="delivery", key="v")
    came(early, at=IN_TIME, key="3")
    early.refresh_from_db()
    assert early.keeping == Keeping.OVER


def test_the_same_word_of_a_source_is_one_delivery_and_reaches_the_ledger_once(house, lea):
    promise = of_a_story(lea)
    first = came(promise, "6")
    assert came(promise, "6") == first
    outbox.flush(at=NOW)
    came(promise, "4", IN_TIME + timedelta(days=2), key="mended")
    outbox.flush(at=NOW)

    [row] = Ledger.open(house.ledger).read("deliveries").to_pylist()

    assert Delivery.objects.count() == 2
    assert (row["keeping"], row["delivered"], row["expected"]) == ("under", 4.0, 5.0)
    assert (row["story"], row["seller"]) == ("Post once", lea.email)
    assert row["measure"] == "hours saved a week (hours)"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"amount": None}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "5", "at": MONDAY - timedelta(days=1)}, "at"),
        ({"amount": "5", "at": NOW + timedelta(days=1)}, "at"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(lea, said, field):
    with pytest.raises(DeliveryRefused) as refused:
        came(told(lea), **said)
    assert refused.value.field == field
    assert not Delivery.objects.exists()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.decimals(0, 9, places=1), st.integers(1, 60)),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_is_told_in_whatever_order_the_newest_decides(lea, told_of):
    """`(its source's key, amount, days after it was promised)`."""
    Promise.objects.all().delete()
    promise, by_key = told(lea, due_on=None), {}
    for key, amount, days in told_of:
        at = MONDAY + timedelta(days=days)
        came(promise, str(amount), at, key=str(key), now=MONDAY + timedelta(days=99))
        by_key.setdefault(key, (at, amount))
    promise.refresh_from_db()
    latest = max(at for at, _ in by_key.values())
    amounts = [amount for at, amount in by_key.values() if at == latest]
    assert promise.delivered_at == latest
    assert promise.delivered in amounts
    expected = "over" if promise.delivered > 5 else "met" if promise.delivered == 5 else "under"
    assert promise.keeping == expected
    assert Delivery.objects.filter(promise=promise).count() == len(by_key)


def test_a_late_promise_gives_its_keeper_one_task_and_only_one(lea):
    promise = told(lea)
    assert alert(datetime(2026, 3, 1, 9, tzinfo=UTC)) == 0
    assert alert(AFTER) == 1
    assert alert(AFTER + timedelta(hours=1)) == 0

    [task] = Task.objects.all()
    assert task.owner == lea
    assert "five hours" in task.title
    assert PromiseTask.objects.get().promise == promise


def test_a_campaign_s_thousand_late_promises_are_one_task(lea):
    for n in range(5):
        told(lea, via=Via.CAMPAIGN, key="news", place=n)
    assert alert(AFTER) == 1
    assert Task.objects.get().title.startswith("5 promises of the campaign news are late")


def test_a_keeper_who_is_often_late_is_warned_of_before_the_day(lea, ben):
    for n in range(5):
        came(told(ben, key=f"k{n}"), "1", key=str(n))
    soon = told(ben, key="soon", due_on=date(2026, 4, 4))
    told(lea, key="fine", due_on=date(2026, 4, 4))
    assert [one.pk for one in at_risk(today=date(2026, 4, 1))] == [soon.pk]


def test_what_was_outdone_asks_somebody_to_thank_them(lea):
    came(told(lea), "9")
    assert alert(IN_TIME) == 1
    assert "thank them" in Task.objects.get().title


def test_the_expectation_ledger_counts_each_verdict_once(lea):
    for n, amount in enumerate(["4", "5", "6", "7"]):
        came(told(lea, key=f"k{n}"), amount, key=str(n))
    late = told(lea, key="late")
    told(lea, key="open", due_on=date(2027, 1, 1))

    [row] = expectations(lea, "seller", today=date(2026, 4, 1))

    counts = (row.under, row.met, row.over, row.open, row.late)
    assert (row.name, *counts) == ("Lea", 1, 1, 2, 2, 1)
    assert [one.pk for one in open_to(late.person_id)] == [late.pk]


def test_nobody_is_asked_while_the_link_would_lead_nowhere(lea):
    promise = of_a_story(lea)
    consent(promise.person, channel="email", topic="", is_given=True, how="t", by=lea, at=MONDAY)
    came(promise, "6")

    with pytest.raises(SurveyRefused, match=r"under \[house\] in halves\.toml"):
        ask_of_promise(a_survey(lea), promise, at=NOW)
    with pytest.raises(SurveyRefused, match=r"under \[house\] in halves\.toml"):
        ask(a_survey(lea, kind="recommend"), [promise.person], at=NOW)

    assert not Letter.objects.exists()


def test_a_person_is_asked_once_and_only_with_their_yes(house, lea, settings):
    settings.HALVES_URL = "https://halves.example"
    promise = of_a_story(lea)
    survey = a_survey(lea)
    with pytest.raises(SurveyRefused, match="nothing came"):
        ask_of_promise(survey, promise, at=NOW)
    came(promise, "6")
    with pytest.raises(SurveyRefused):
        ask_of_promise(survey, promise, at=NOW)
    consent(promise.person, channel="email", topic="", is_given=True, how="t", by=lea, at=MONDAY)

    assert ask_of_promise(survey, promise, at=NOW)
    assert not ask_of_promise(survey, promise, at=NOW)
    assert Letter.objects.count() == 1

    asked = promise.surveys.get()
    assert f"/a/{asked.token}/" in Letter.objects.get().text
    answer(asked, score=9, words=" It is <b>good</b>. ", may_quote=True, at=NOW)
    outbox.flush(at=NOW)
    [row] = Ledger.open(house.ledger).read("deliveries").to_pylist()
    assert row["said"] == 9.0
    close_survey(survey, by=lea, at=NOW)
    asked.survey.refresh_from_db()
    with pytest.raises(SurveyRefused, match="closed"):
        answer(asked, score=1, words="", may_quote=False, at=NOW)


def test_an_audience_is_asked_but_for_those_who_said_nothing_or_no(lea, settings):
    settings.HALVES_URL = "https://halves.example"
    people = [told(lea, key=str(n)).person for n in range(3)]
    consent(people[0], channel="email", topic="", is_given=True, how="t", by=lea, at=MONDAY)
    survey = a_survey(lea, kind="recommend")
    asked, left_out = ask(survey, people, at=NOW)
    assert asked == 1
    assert sum(left_out.values()) == 2
    assert ask(survey, people, at=NOW)[0] == 0
