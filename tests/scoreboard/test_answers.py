"""Asking which half is wasted: what the worker keeps is what the library says."""

import json
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from halves.jobs import running
from halves.jobs.models import Job, State
from halves.ledger.settings import Settings
from halves.measure.plan import plan
from halves.report.as_json import as_json
from halves.report.reading import answer_of
from halves.scoreboard import actions, queries, what_if
from halves.scoreboard.attention import stale_words
from halves.scoreboard.errors import PlanRefused, TargetRefused
from halves.scoreboard.models import AnswerRun, Measure, Target
from tests.house import MONDAY

SPRING = {"starts": date(2025, 4, 1), "ends": date(2025, 7, 1)}


def test_what_a_worker_keeps_is_what_the_library_says(
    stocked, simulated, ada, django_capture_on_commit_callbacks
):
    company = simulated.company
    with django_capture_on_commit_callbacks(execute=True):
        asked = actions.ask(since=company.since, until=company.until, by=ada, at=MONDAY)

    run = queries.answered()
    assert run == asked
    assert run.job.state == State.DONE
    assert alike(run.answer, json.loads(as_json(simulated.answer)))
    assert run.tests["best"] == (simulated.tests.best.unit if simulated.tests.best else None)
    joint = queries.answer(run).joint
    for part in ("incremental", "induced", "opening", "half", "spend", "profit"):
        theirs = getattr(simulated.answer.joint, part)
        assert np.allclose(getattr(joint, part), theirs, rtol=1e-6)


def test_an_answer_read_back_gives_the_same_json(simulated):
    text = as_json(simulated.answer)

    assert as_json(answer_of(text)) == text


def test_computing_again_after_a_crash_changes_nothing(answered, stocked):
    was = AnswerRun.objects.values().get()
    Job.objects.filter(pk=answered.job_id).update(state=State.RUNNING, beat_at=MONDAY)

    running.run_job.func(answered.job_id)

    assert AnswerRun.objects.values().get() == was
    assert Job.objects.get().state == State.DONE


def test_the_same_question_under_way_is_not_asked_twice(stocked, ada):
    first = actions.ask(by=ada, at=MONDAY)

    assert actions.ask(by=ada, at=MONDAY) == first
    assert actions.ask(unit="campaign", by=ada, at=MONDAY) != first


def test_a_cancelled_question_computes_nothing(stocked, ada):
    run = actions.ask(by=ada, at=MONDAY)
    actions.cancel(run, at=MONDAY)

    running.run_job.func(run.job_id)

    run.refresh_from_db()
    assert Job.objects.get().state == State.CANCELLED
    assert run.answer is None
    assert queries.answered() is None


def test_a_question_stops_where_it_next_looks_up(stocked, ada, monkeypatch):
    run = actions.ask(by=ada, at=MONDAY)
    told = []

    class Impatient(running.Telling):
        """Someone clicks Cancel while the second stage is under way."""

        def __call__(self, doing, done=0, of=0):
            told.append(doing)
            if len(told) == 2:
                actions.cancel(run, at=MONDAY)
            super().__call__(doing, done, of)

    monkeypatch.setattr(running, "Telling", Impatient)
    running.run_job.func(run.job_id)

    assert Job.objects.get().state == State.CANCELLED
    assert len(told) == 2
    assert queries.answered() is None


def test_a_question_stops_in_the_middle_of_a_long_stage(stocked, ada, monkeypatch):
    run = actions.ask(by=ada, at=MONDAY)
    told = []

    class Impatient(running.Telling):
        """Someone clicks Cancel while people are compared, and nothing new is told of."""

        def __call__(self, doing, done=0, of=0):
            told.append(doing)
            super().__call__(doing, done, of)

        def look_up(self):
            if told[-1] == "comparing people with people like them":
                actions.cancel(run, at=MONDAY)
            super().look_up()

    monkeypatch.setattr(running, "Telling", Impatient)
    running.run_job.func(run.job_id)

    assert Job.objects.get().state == State.CANCELLED
    assert told[-1] == "comparing people with people like them"
    assert queries.answered() is None


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Settings(currency="USD"), "margin is not known"),
        (Settings(currency="USD", margin=0.5), "channels that are not declared: brand_search"),
    ],
)
def test_what_is_missing_is_the_job_s_last_word(stocked, ada, known, said):
    stocked.settings_file.unlink()
    known.write(stocked.settings_file)
    run = actions.ask(by=ada, at=MONDAY)

    running.run_job.func(run.job_id)

    run.job.refresh_from_db()
    assert run.job.state == State.FAILED
    assert said in run.job.words


def test_an_empty_ledger_says_to_import_first(house, ada):
    house.book_or_new()
    Settings(currency="USD", margin=0.5).write(house.settings_file)
    run = actions.ask(by=ada, at=MONDAY)

    running.run_job.func(run.job_id)

    run.job.refresh_from_db()
    assert "import some first" in run.job.words


def test_missing_settings_are_named(stocked):
    lacking = queries.missing(stocked.book(), Settings())

    assert lacking.currency
    assert lacking.margin
    assert "rep_meeting" in lacking.channels
    assert not queries.missing(stocked.book(), stocked.settings())


def test_an_answer_is_stale_by_the_rows_that_came_since(answered, stocked):
    assert queries.stale(answered, stocked.book()) is None

    rows = [
        {
            "outcome_id": f"late-{place}",
            "person_id": "p",
            "at": MONDAY,
            "kind": "deal_closed",
            "source": "test",
        }
        for place in range(1200)
    ]
    stocked.book().append("outcomes", pa.Table.from_pylist(rows), batch="late")

    change = queries.stale(answered, stocked.book())
    assert change is not None
    assert (change.came, change.went) == (1200, 0)
    assert stale_words(change).endswith("older ledger: 1,200 rows came since")
    stocked.book().undo("late")
    assert queries.stale(answered, stocked.book()) is None


def test_compacting_makes_no_answer_stale(answered, stocked):
    stocked.book().compact()

    assert queries.stale(answered, stocked.book()) is None


def test_a_layout_from_stored_draws_is_the_library_s(answered, simulated):
    answer = queries.answer(answered)

    laid = what_if.lay_out(answer, move_all=True)

    assert laid.plan == plan(simulated.answer.joint)


def test_amounts_that_are_tried_bring_what_the_draws_say(answered, simulated):
    joint = simulated.answer.joint
    unit, spend = joint.units[0], joint.spend[0]

    laid = what_if.try_out(queries.answer(answered), {unit: 0.0})

    gains = spend - (joint.margin * joint.incremental[:, 0] - joint.induced[:, 0])
    assert laid.plan.change.mean == pytest.approx(gains.mean())
    assert laid.plan.p_better == pytest.approx((gains > 0).mean())
    best = plan(joint, budget=float(joint.spend.sum() - spend))
    assert laid.plan.regret == pytest.approx(
        best.regret + best.change.mean - gains.mean(), rel=1e-6
    )


def test_spending_nothing_is_no_plan(answered, simulated):
    nothing = dict.fromkeys(simulated.answer.joint.units, 0.0)

    with pytest.raises(PlanRefused):
        what_if.try_out(queries.answer(answered), nothing)


def test_a_target_set_again_takes_the_place_of_the_first(house, ada, lea):
    actions.set_target(Measure.REVENUE, Decimal(100), **SPRING, by=ada, at=MONDAY)
    actions.set_target(Measure.REVENUE, Decimal(250), **SPRING, by=lea, at=MONDAY)

    assert Target.objects.get().amount == 250
    assert queries.target(Measure.REVENUE, **SPRING) == 250
    assert queries.target(Measure.CUSTOMERS, **SPRING) is None


def test_a_target_of_nothing_or_that_ends_before_it_starts_is_refused(house, ada):
    with pytest.raises(TargetRefused, match="above 0"):
        actions.set_target(Measure.REVENUE, Decimal(0), **SPRING, by=ada, at=MONDAY)
    day = SPRING["starts"]
    with pytest.raises(TargetRefused, match="before its first"):
        actions.set_target(
            Measure.REVENUE, Decimal(1), starts=day, ends=day - timedelta(1), by=ada, at=MONDAY
        )


def test_settings_are_written_with_what_was_there_kept(stocked, ada):
    stocked.settings_file.write_text("# ours\n" + stocked.settings_file.read_text())
    said = stocked.settings()

    actions.change_settings(Settings(**{**said.__dict__, "margin": 0.25}), by=ada, at=MONDAY)

    assert stocked.settings().margin == 0.25
    assert stocked.settings().channels == said.channels
    assert stocked.settings_file.read_text().startswith("# ours\n")


def alike(one, other):
    """The same but for the last digits: sums over threads may come in another order."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == (pytest.approx(other, rel=1e-6) if isinstance(one, float) else other)
