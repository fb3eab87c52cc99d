"""The page of an answer holds what the report does, each picture with its words and its table."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from halves.measure.mix import mix
from halves.measure.mix_data import MixData
from halves.report import planning, words
from halves.scoreboard.actions import keep
from halves.scoreboard.models import AnswerRun
from tests.house import MONDAY, browser
from tests.web.test_score import text


@pytest.fixture(scope="module")
def modelled(simulated):
    """The answer, with a mix model of a broadcast behind it."""
    rng = np.random.default_rng(2)
    spend = rng.gamma(2.0, 50.0, (80, 1, 1))
    weeks = tuple(date(2024, 7, 1) + timedelta(weeks=week) for week in range(80))
    outcome = 9000 + 8 * spend[..., 0] + rng.normal(0, 300, (80, 1))
    model = mix(MixData(weeks, ("everywhere",), ("tv",), spend, outcome), seed=1)
    return replace(simulated.answer, models={"revenue": model}, checks={"revenue": model.checks})


@pytest.fixture
def kept(answered, modelled, simulated) -> AnswerRun:
    AnswerRun.objects.update(answered_at=None, answer=None)
    tests = planning.tests_as_data(simulated.tests, modelled)
    keep(answered, modelled, tests, rows=answered.ledger_rows, stages=15, at=MONDAY)
    answered.refresh_from_db()
    return answered


def test_what_both_halves_needed_is_told_with_its_table(kept, modelled, ben):
    said = text(browser(ben).get("/which-half/"))

    assert f"What needed both: {words.spread(modelled.paths.needed_both, 'USD')}." in said
    for one in (modelled.paths.both, modelled.paths.many_alone, modelled.paths.neither):
        assert words.spread(one, "USD") in said
    assert "marketing alone" in said


def test_the_mix_model_says_how_far_it_may_be_trusted(kept, modelled, ben):
    model = modelled.models["revenue"]
    said = text(browser(ben).get("/which-half/"))

    assert "Can the mix model be trusted?" in said
    assert f"{words.percent(model.fit.within)} of the weeks lie in the band" in said
    assert f"R̂ is at most {model.r_hat:.3f} (1.01 is the limit)" in said
    last = model.fit.weeks[-1]
    assert f"{words.day(last)} {model.fit.outcome[-1]:,.0f} {model.fit.fitted[-1]:,.0f}" in said


def test_chains_that_do_not_agree_are_not_said_to(kept, ben):
    stored = kept.answer
    stored["checks"]["revenue"]["r_hat"] = 1.2
    AnswerRun.objects.update(answer=stored)

    said = text(browser(ben).get("/which-half/"))

    assert "Its chains do not agree: R̂ is 1.200" in said


def test_every_chart_of_the_answer_has_words_for_who_cannot_see_it_and_a_table(kept, ben):
    html = browser(ben).get("/which-half/").content.decode()

    assert html.count('<svg class="drawn" role="img" aria-label=') == html.count("<desc>")
    assert html.count("The same as a table") == 4
    assert "R̂" in html


def test_an_answer_that_an_older_halves_kept_shows_what_it_has(kept, ben):
    stored = {name: one for name, one in kept.answer.items() if name not in ("paths", "checks")}
    AnswerRun.objects.update(answer=stored)

    said = text(browser(ben).get("/which-half/"))

    assert "Verdicts" in said
    assert "computed before halves kept what each path brings alone" in said
    assert "Can the mix model be trusted?" not in said
