"""A mail from outside changes those who got it, and what it did is known."""

from datetime import date, timedelta

import pyarrow.compute as pc
import pytest

from halves.simulate import Company, Effect, Mailing, after, simulate

SENT = date(2025, 6, 1)
MOVING = Effect(opening=1.5, closing=0.8, kept=0.95)


@pytest.fixture(scope="module")
def goes_on() -> Company:
    return Company.small(people=2_000, until=SENT + timedelta(days=28))


def mailing(effect: Effect, to=range(1_000)) -> Mailing:
    return Mailing(on=SENT, to=tuple(to), effect=effect)


def test_a_mail_that_does_nothing_leaves_everything_as_it_was(goes_on):
    found = after(goes_on, mailing(Effect()), seed=1)

    assert found.revenue == 0
    year = simulate(goes_on, seed=1).tables["outcomes"]
    later = year.filter(pc.greater_equal(pc.cast(year["at"], "date32"), SENT))
    assert found.outcomes.num_rows == later.num_rows
    assert set(found.outcomes["outcome_id"].to_pylist()) == set(later["outcome_id"].to_pylist())


def test_only_those_who_got_it_do_more(goes_on):
    with_it = after(goes_on, mailing(MOVING), seed=1)
    without = after(goes_on, mailing(Effect()), seed=1)

    def doors(found, is_theirs):
        rows = found.outcomes.filter(pc.equal(found.outcomes["kind"], "door_opened")).to_pylist()
        return sum((int(row["person_id"][1:]) < 1_000) == is_theirs for row in rows)

    assert with_it.revenue > 0
    assert doors(with_it, True) > doors(without, True)
    assert doors(with_it, False) == doors(without, False)


def test_twice_as_many_get_twice_as_much(goes_on):
    half = after(goes_on, mailing(MOVING, range(500)), seed=1).revenue
    other = after(goes_on, mailing(MOVING, range(500, 1_000)), seed=1).revenue
    both = after(goes_on, mailing(MOVING, range(1_000)), seed=1).revenue

    assert both == pytest.approx(half + other, rel=1e-6)


def test_a_day_that_is_none_of_the_companys_is_refused(goes_on):
    with pytest.raises(ValueError, match="the mail must go between"):
        after(goes_on, Mailing(on=date(2030, 1, 1), to=(), effect=MOVING), seed=1)
