"""An experiment from its draft to its result, on a ledger."""

import pytest

from halves.experiments import actions, queries
from halves.experiments.errors import AlreadyRegistered
from halves.experiments.models import State
from halves.measure.trials import trial
from halves.posting.book import book
from tests.experiments.company import LATER, NOON, PEOPLE, STARTS, drafted, known_people, sold


@pytest.fixture
def people(house):
    return known_people()


@pytest.fixture
def running(ada, people, done):
    """An experiment in which everyone has an arm."""
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)
    done(actions.start, draft, by=ada, at=NOON)
    draft.refresh_from_db()
    return draft


def test_a_registered_design_cannot_change(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    for action in (actions.change_draft, actions.withdraw, actions.register):
        with pytest.raises(AlreadyRegistered):
            action(draft, by=ada, at=NOON)


def test_registering_writes_the_design_on_the_ledger_before_anyone_is_drawn(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    [row] = book().read("experiments").to_pylist()
    assert (row["experiment"], row["withheld"], row["starts"]) == (
        "spring-letter",
        ["newsletter"],
        STARTS,
    )
    assert book().read("assignments").num_rows == 0


def test_everyone_known_gets_an_arm_and_the_ledger_its_chance(running):
    rows = book().read("assignments").to_pylist()

    assert len(rows) == PEOPLE
    chances = {(row["arm"], row["propensity"]) for row in rows}
    assert chances == {("held_out", 0.25), ("treated", 0.75)}
    assert running.state == State.RUNNING


def test_the_result_is_what_the_library_finds_on_the_same_ledger(running, ada, done):
    treated = [m.unit_id for m in running.members.filter(is_held_out=False)]
    sold(treated[:60], at=[STARTS.replace(day=20)] * 60, batch="spring")

    done(actions.read, running, by=ada, at=LATER)
    running.refresh_from_db()

    found = trial(book(), "spring-letter")
    assert running.state == State.READ
    assert running.result["total"] == {
        "mean": found.total.mean,
        "low": found.total.low,
        "high": found.total.high,
    }
    assert running.result["words"] == found.words
    assert queries.sizes(running).held_out == found.n_held_out
