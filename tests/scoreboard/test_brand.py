"""The parts of the brand against a naive loop over what happened."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from halves.audiences.referral_models import Brought
from halves.experiments.baseline import leave_some_alone, left_alone
from halves.experiments.baseline_posting import post_baselines
from halves.measure.rate import rate
from halves.people.models import Person
from halves.posting import outbox
from halves.posting.book import book
from halves.promises.models import SurveyAsked
from halves.scoreboard.actions import set_target
from halves.scoreboard.brand import brand
from halves.scoreboard.errors import TargetRefused
from halves.scoreboard.models import Measure
from halves.scoreboard.periods import Period
from halves.scoreboard.recommending import brand_goal
from tests.campaigns.company import willing
from tests.house import MONDAY
from tests.promises.company import a_survey

DAY = timedelta(days=1)
MAY = datetime(2026, 5, 20, 12, tzinfo=UTC)
TODAY = date(2026, 5, 20)


def counted(currency=None):
    outbox.flush(at=MAY)
    return brand(book(), today=TODAY, now=MAY, currency=currency)


def touch(n: int, who: str, at: datetime, channel: str, path: str = "self") -> dict:
    said = {"touch_id": f"t{n}", "person_id": who, "at": at, "channel": channel, "path": path}
    return said | {"source": "t"}


def outcome(n: int, who: str, at: datetime, kind: str, **more) -> dict:
    said = {"outcome_id": f"o{n}", "person_id": who, "at": at, "kind": kind, "source": "t"}
    return said | more


def test_a_person_counts_once_a_month_by_their_first_visit(house):
    dice = np.random.default_rng(4)
    channels = ["direct", "organic_search", "referral", "brand_search", "page"]
    rows = [
        touch(
            n,
            f"p{dice.integers(60)}",
            MAY - float(dice.random()) * 80 * DAY,
            channels[dice.integers(5)],
            "many" if dice.random() < 0.1 else "self",
        )
        for n in range(400)
    ]
    outbox.put("touches", rows, at=MAY)

    found = counted()

    for direct, branded in zip(found.direct, found.branded, strict=True):
        first: dict[str, str] = {}
        for row in sorted(rows, key=lambda row: row["at"]):
            by_themselves = row["path"] == "self" or row["channel"] == "brand_search"
            if f"{row['at']:%Y-%m}" == direct.name and by_themselves and row["channel"] != "page":
                first.setdefault(row["person_id"], row["channel"])
        came = list(first.values())
        assert (direct.some, direct.of) == (came.count("direct"), len(came))
        assert branded.some == came.count("brand_search")
        assert direct.share == rate(direct.some, direct.of)
    assert found.direct[-1].of > 20


def test_one_who_comes_every_day_is_one(house):
    rows = [touch(n, "keen", MAY - n * DAY, "direct") for n in range(15)]
    rows.append(touch(99, "other", MAY, "referral"))
    outbox.put("touches", rows, at=MAY)

    [latest] = [one for one in counted().direct if one.name == "2026-05"]

    assert (latest.some, latest.of) == (1, 2)


def test_a_month_before_anybody_was_seen_to_come_so_is_unknown_and_one_after_is_none(house):
    came = {"february": (90, "organic_search"), "april": (20, "direct"), "may": (0, "referral")}
    rows = [touch(days, who, MAY - days * DAY, channel) for who, (days, channel) in came.items()]
    outbox.put("touches", rows, at=MAY)

    told = {one.name: one.share for one in counted().direct if one.of}

    assert told == {"2026-02": None, "2026-04": rate(1, 1), "2026-05": rate(0, 1)}


def test_the_months_begin_with_the_first_in_which_anybody_came(house):
    rows = [touch(1, "february", MAY - 90 * DAY, "direct"), touch(2, "may", MAY, "direct")]
    outbox.put("touches", rows, at=MAY)

    found = counted()

    months = [("2026-02", 1), ("2026-03", 0), ("2026-04", 0), ("2026-05", 1)]
    assert [(one.name, one.of) for one in found.direct] == months
    assert [one.name for one in found.branded] == [name for name, _of in months]


def test_where_nobody_ever_came_there_are_no_months(house):
    assert counted().direct == ()


def test_searches_for_us_are_unknown_where_none_was_ever_told(house):
    outbox.put("touches", [touch(1, "p", MAY, "organic_search")], at=MAY)

    found = counted()

    assert all(one.share is None for one in found.branded)


def test_what_those_do_who_are_left_alone_is_that_of_a_loop(lea):
    people = willing(300)
    late = Person.objects.filter(pk__in=[one.pk for one in people[250:]])
    late.update(created_at=datetime(2026, 4, 15, tzinfo=UTC))
    leave_some_alone(0.2, by=lea, at=MONDAY)
    post_baselines(MAY)
    dice = np.random.default_rng(1)
    rows = [
        outcome(
            n,
            f"p{dice.integers(300)}",
            MONDAY + float(dice.random()) * 130 * DAY,
            ["door_opened", "deal_closed"][dice.integers(2)],
        )
        for n in range(400)
    ]
    outbox.put("outcomes", rows, at=MAY)
    alone = left_alone([f"p{n}" for n in range(300)], at=MAY)

    found = counted()

    quarters = {"2026-Q1": (MONDAY, datetime(2026, 4, 1, tzinfo=UTC))}
    quarters["2026-Q2"] = (datetime(2026, 4, 1, tzinfo=UTC), MAY)
    assert [one.name for one in found.demand] == list(quarters)
    for one in found.demand:
        starts, ends = quarters[one.name]
        there = {who for who in alone if int(who[1:]) < 250}
        for kind, share in (("door_opened", one.doors), ("deal_closed", one.deals)):
            did = {
                row["person_id"]
                for row in rows
                if row["kind"] == kind and starts <= row["at"] < ends and row["person_id"] in there
            }
            assert share == rate(len(did), len(there))
        assert one.people == len(there)
    july = brand(book(), today=date(2026, 7, 5), now=MAY + 46 * DAY, currency=None)
    assert [one.is_whole for one in found.demand] == [False, False]  # its days are not over
    assert [one.is_whole for one in july.demand] == [False, True, False]


def test_who_was_merged_is_another_now_and_counts_for_nothing_by_their_old_id(lea):
    people = willing(60)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    post_baselines(MONDAY + DAY)
    alone = left_alone([one.ledger_id for one in people], at=MONDAY)
    outbox.flush(at=MAY)
    gone = next(one for one in people if one.ledger_id in alone)
    kept = next(one for one in people if one.ledger_id not in alone)
    book().merge(gone.ledger_id, into=kept.ledger_id, at=MONDAY + DAY, batch="m")

    assert counted().demand[-1].people == len(alone) - 1


def test_customers_who_bring_are_a_rate_and_others_who_bring_are_counted_beside_it(house):
    rows = [
        outcome(1, "buyer", MAY - 100 * DAY, "deal_closed"),
        outcome(2, "quiet", MAY - 265.25 * DAY, "deal_closed"),
        outcome(3, "buyer", MAY - 150 * DAY, "referred"),  # before they bought
        outcome(4, "buyer", MAY - 50 * DAY, "referred"),
        outcome(5, "fan", MAY - 10 * DAY, "referred"),  # never bought
        outcome(6, "fan", MAY - 9 * DAY, "referred"),
    ]
    outbox.put("outcomes", rows, at=MAY)

    found = counted()

    assert (found.referrals.people, found.referrals.brought, found.others) == (2, 1, 3)
    assert found.referrals.a_year.mean == pytest.approx(1.0)  # one in a person's year


def test_no_link_and_nobody_brought_is_no_rate_of_nothing(house):
    outbox.put("outcomes", [outcome(1, "buyer", MAY - 100 * DAY, "deal_closed")], at=MAY)

    assert counted().referrals is None
    by, person = willing(2)
    Brought.objects.create(person=person, by=by, at=MAY, how="t")
    assert counted().referrals.brought == 0


def answered(people, lea, said, *, at=MAY - DAY):
    survey = a_survey(lea, kind="recommend")
    for one, score in zip(people, said, strict=True):
        told = {"score": score, "answered_at": at} if score is not None else {}
        SurveyAsked.objects.create(survey=survey, person=one, asked_at=at, **told)


def test_who_answers_is_weighed_by_what_they_had_bought_before_they_were_asked(lea):
    """Of 80 who bought much all answer, and love us; of 80 who did not, a quarter does."""
    people = willing(160)
    rows = [
        outcome(n, f"p{n}", MAY - 9 * DAY, "deal_closed", value=Decimal(900), currency="EUR")
        for n in range(80)
    ]
    outbox.put("outcomes", rows, at=MAY)
    poor = [0 if n % 4 == 0 else None for n in range(80)]
    answered(people, lea, [10] * 80 + poor)

    said = counted("EUR").said

    assert said.raw.mean == pytest.approx(60)  # 80 promoters, 20 detractors
    assert said.weighted.mean == pytest.approx(0, abs=12)


def test_what_was_bought_after_the_question_weighs_nothing(lea):
    people = willing(160)
    poor = [0 if n % 4 == 0 else None for n in range(80)]
    answered(people, lea, [10] * 80 + poor, at=MAY - 20 * DAY)
    rows = [
        outcome(n, f"p{n}", MAY - 9 * DAY, "deal_closed", value=Decimal(900), currency="EUR")
        for n in range(80)
    ]
    outbox.put("outcomes", rows, at=MAY)

    assert counted("EUR").said.weighted.mean == pytest.approx(60, abs=1)


def test_a_missing_rate_of_exchange_breaks_no_page(lea):
    people = willing(12)
    rows = [outcome(1, "p1", MAY - 9 * DAY, "deal_closed", value=Decimal(9), currency="JPY")]
    outbox.put("outcomes", rows, at=MAY)
    answered(people, lea, [10] * 12)

    assert counted("EUR").said.raw.mean == 100


def test_a_periods_points_stand_beside_its_target_and_the_period_before(lea):
    people = willing(48)
    answered(people[:24], lea, [10] * 12 + [0] * 12, at=datetime(2026, 2, 1, tzinfo=UTC))
    answered(people[24:], lea, [10] * 18 + [0] * 6, at=datetime(2026, 4, 2, tzinfo=UTC))
    period = Period.named("2026-Q2")
    span = {"starts": period.starts, "ends": period.ends, "by": lea, "at": MAY}
    set_target(Measure.BRAND, Decimal(40), **span)
    with pytest.raises(TargetRefused):
        set_target(Measure.BRAND, Decimal(101), **span)

    found = brand_goal(book(), period, now=MAY, currency=None)

    assert (found.target, found.now.answered) == (40, 24)
    assert found.now.points.mean == pytest.approx(50)
    assert found.before.points.mean == pytest.approx(0)
    assert [one.name for one in found.trend] == ["2026-Q1", "2026-Q2"]
