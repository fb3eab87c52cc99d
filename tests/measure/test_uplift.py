"""Who changes because of a touch: against naive loops, planted effects and Hillstrom's e-mails."""

import csv
import sys
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from halves import Ledger
from halves.measure.errors import NoSpread, NotRandomised, TooFewUnits
from halves.measure.interval import Interval
from halves.measure.uplift import uplift
from halves.measure.uplift_learn import LearnersMissing
from halves.measure.uplift_ledger import NotByPerson, people_known, trial_people
from halves.measure.uplift_people import TrialPeople
from halves.measure.uplift_qini import qini, qini_curve
from halves.measure.uplift_targets import choose, targets

from .hillstrom import BEFORE, FILE, MAILED, columns, write

needs_hillstrom = pytest.mark.skipif(
    not FILE.exists(), reason="Hillstrom's test is not beside the project"
)


def naive_qini(ranking, treated, outcome):
    """scikit-uplift's qini_curve and the area under it less chance's, one person at a time."""
    everyone = sorted(zip(ranking, treated, outcome, strict=True), key=lambda one: -one[0])
    points, n_t, n_c, y_t, y_c = [(0, 0.0)], 0, 0, 0.0, 0.0
    for place, (score, is_treated, y) in enumerate(everyone):
        if is_treated:
            n_t, y_t = n_t + 1, y_t + y
        else:
            n_c, y_c = n_c + 1, y_c + y
        if place + 1 == len(everyone) or everyone[place + 1][0] != score:
            points.append((n_t + n_c, y_t - (y_c * n_t / n_c if n_c else 0.0)))
    area = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        area += (x1 - x0) * (y0 + y1) / 2
    chance = points[-1][0] * points[-1][1] / 2
    return (area - chance) / len(everyone) / n_t  # per person, and per person treated


@pytest.mark.parametrize("levels", [3, 10_000])
@pytest.mark.parametrize("share", [0.5, 0.85])
def test_qini_is_the_naive_loops(levels, share):
    rng = np.random.default_rng(levels)
    ranking = rng.integers(0, levels, 3000).astype(float)  # with few levels, many are equal
    treated = rng.random(3000) < share
    outcome = (rng.random(3000) < 0.1 + 0.1 * treated * ranking / levels).astype(float)
    found = qini_curve(ranking, treated=treated, outcome=outcome)

    assert found.area == pytest.approx(naive_qini(ranking, treated, outcome), rel=1e-9)
    assert (found.share[0], found.share[-1]) == (0, 1)


def test_weights_undo_dice_that_differ_between_people():
    """Women are treated nine times in ten, men once in ten, and only women gain."""
    rng = np.random.default_rng(4)
    is_woman = rng.random(200_000) < 0.5
    chance = np.where(is_woman, 0.9, 0.1)
    treated = rng.random(200_000) < chance
    outcome = 0.2 + 0.2 * treated * is_woman + rng.normal(0, 0.1, 200_000)
    ranking = is_woman.astype(float)
    weight = 1 / np.where(treated, chance, 1 - chance)

    # half the people gain 0.2 each: a triangle of base 1 and height (0.1 - 0.05)
    weighed = qini_curve(ranking, treated=treated, outcome=outcome, weight=weight).area
    assert weighed == pytest.approx(0.025, abs=0.001)


def test_the_interval_of_a_ranking_by_chance_holds_zero_nine_times_in_ten():
    rng, inside = np.random.default_rng(8), 0
    for _ in range(60):
        treated = rng.random(500) < 0.5
        outcome = (rng.random(500) < 0.2 + 0.1 * treated).astype(float)
        found = qini(rng.normal(size=500), treated=treated, outcome=outcome, rng=rng, draws=200)
        inside += not found.excludes(0.0)

    assert 48 <= inside <= 59  # 99 of 100 sets of sixty at 0.9


def planted(seed: int, people: int = 6000, *, gain: float = 0.15, share: float = 0.5):
    """Of two kinds of people one changes; three covariates say nothing of it."""
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(people, 4))
    effect = gain * (covariates[:, 0] > 0)
    treated = rng.random(people) < share
    base = 0.1 + 0.1 * (covariates[:, 1] > 0)
    outcome = (rng.random(people) < base + effect * treated).astype(float)
    trial = TrialPeople(
        ids=[f"p{place}" for place in range(people)],
        covariates=covariates,
        names=["kind", "level", "noise", "more noise"],
        treated=treated,
        outcome=outcome,
        propensity=np.full(people, share),
    )
    return trial, effect


def is_near(found: Interval, truth: float) -> bool:
    """Within 3.3 standard errors, which 1 in 1,000 is not by luck."""
    return abs(found.mean - truth) < found.high - found.low


def test_those_who_change_are_found():
    trial, effect = planted(1)
    found = uplift(trial)

    assert found.beats_chance
    assert is_near(found.mean, effect.mean())
    # out of fold, those who change are told more than twice the effect of the others
    assert found.expected[effect > 0].mean() > 2 * found.expected[effect == 0].mean()
    others, truth = planted(2)
    told = found.predict(others.covariates)
    assert np.corrcoef(told, truth)[0, 1] > 0.7
    assert np.mean((told - truth) ** 2) < 0.6 * truth.var()


def test_where_nobody_differs_nothing_is_found():
    """Above zero by luck is once in 20; more than twice in 8 would be 6 in 1,000 by luck."""
    false_finds = sum(
        uplift(planted(seed, 1500, gain=0.0)[0], draws=100).beats_chance for seed in range(20, 28)
    )
    assert false_finds <= 2


def test_the_order_of_people_does_not_matter():
    trial, _ = planted(3, 3000)
    order = np.random.default_rng(0).permutation(3000)
    shuffled = TrialPeople(
        ids=[trial.ids[place] for place in order],
        covariates=trial.covariates[order],
        names=trial.names,
        treated=trial.treated[order],
        outcome=trial.outcome[order],
        propensity=trial.propensity[order],
    )
    here, there = uplift(trial, draws=10), uplift(shuffled, draws=10)

    np.testing.assert_allclose(there.expected, here.expected[order], atol=1e-6)


def test_money_in_cents_gives_the_same_people():
    trial, _ = planted(5, 3000)
    cents = TrialPeople(**{**vars(trial), "outcome": trial.outcome * 5000.0})
    euros = TrialPeople(**{**vars(trial), "outcome": trial.outcome * 50.0})
    few, many = uplift(euros, draws=50), uplift(cents, draws=50)

    assert many.qini.mean == pytest.approx(100 * few.qini.mean, rel=1e-3)
    assert many.expected == pytest.approx(100 * few.expected, rel=1e-3)


def test_touching_whom_it_pays_earns_more_than_touching_all_or_as_many_by_chance():
    trial, effect = planted(6, 12_000)
    found = uplift(trial, draws=10)
    choice = targets(found, margin=10.0, cost=0.75)  # pays for who gains 0.15, not for the rest

    assert choice.over_all.low > 0
    assert choice.over_chance.low > 0
    truth = np.mean((10.0 * effect - 0.75) * choice.chosen)
    assert is_near(choice.profit, truth)
    assert truth > 0.6 * np.mean((10.0 * effect - 0.75) * (effect > 0))  # of the best choice


def test_no_more_than_allowed_are_touched_and_nobody_where_it_never_pays():
    trial, _ = planted(7, 3000)
    found = uplift(trial, draws=10)

    few = targets(found, margin=10.0, cost=0.01, most_share=0.2)
    assert few.chosen.sum() == 600
    assert found.expected[few.chosen].min() >= found.expected[~few.chosen].max()
    none = targets(found, margin=1.0, cost=5.0)
    assert (none.share, none.profit.mean) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"margin": 0.0, "cost": 1.0}, "margin must be above 0, got 0.0"),
        ({"margin": 1.0, "cost": -1.0}, "cost must be at least 0, got -1.0"),
        ({"margin": 1.0, "cost": 1.0, "most": -1}, "most must be at least 0, got -1"),
    ],
)
def test_costs_and_margins_that_cannot_be_are_refused(option, message):
    with pytest.raises(ValueError, match=message):
        choose(np.array([0.1]), **option)


@pytest.mark.parametrize(
    ("change", "refusal", "message"),
    [
        ({"treated": np.arange(1500) < 30}, TooFewUnits, "an arm has 30 people"),
        ({"outcome": np.ones(1500)}, NoSpread, "everyone's outcome is 1"),
        ({"propensity": np.ones(1500)}, NotRandomised, "a chance of either arm"),
        ({"ids": ["ada"] * 1500}, ValueError, "1,499 ids come more than once"),
        ({"outcome": np.full(1500, np.nan)}, ValueError, "some are none"),
        ({"treated": np.ones(3, bool)}, ValueError, r"treated must have the shape \(1500,\)"),
    ],
)
def test_a_trial_that_tells_nothing_is_refused(change, refusal, message):
    trial, _ = planted(9, 1500)
    with pytest.raises(refusal, match=message):
        TrialPeople(**{**vars(trial), **change})


def test_without_scikit_learn_the_refusal_says_what_to_install(monkeypatch):
    trial, _ = planted(9, 1500)
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)

    with pytest.raises(LearnersMissing, match=r"pip install 'halves\[uplift\]'"):
        uplift(trial)


def hillstrom(mail: str) -> TrialPeople:
    """An e-mail against none, outcome visit; half of these got it."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["segment"] in (mail, "No E-Mail")]
    numbers = ("recency", "history", "mens", "womens", "newbie")
    columns = {name: [float(row[name]) for row in rows] for name in numbers}
    for name in ("zip_code", "channel"):
        for value in sorted({row[name] for row in rows}):
            columns[f"{name} {value}"] = [float(row[name] == value) for row in rows]
    return TrialPeople(
        ids=[f"h{place}" for place in range(len(rows))],
        covariates=np.column_stack(list(columns.values())),
        names=list(columns),
        treated=np.array([row["segment"] == mail for row in rows]),
        outcome=np.array([float(row["visit"]) for row in rows]),
        propensity=np.full(len(rows), 0.5),
    )


@needs_hillstrom
def test_whom_the_womens_mail_moves_is_surely_known():
    found = uplift(hillstrom("Womens E-Mail"))

    assert found.mean.mean == pytest.approx(0.151400 - 0.106167, abs=0.001)
    assert found.beats_chance
    assert found.curve.area == pytest.approx(found.qini.mean)


def part(trial: TrialPeople, of: np.ndarray) -> TrialPeople:
    return TrialPeople(
        ids=[trial.ids[place] for place in of],
        covariates=trial.covariates[of],
        names=trial.names,
        treated=trial.treated[of],
        outcome=trial.outcome[of],
        propensity=trial.propensity[of],
    )


TREES = {"max_iter": 50, "max_depth": 3, "min_samples_leaf": 100}


def peers(seen: TrialPeople, covariates: np.ndarray, options: dict) -> dict[str, np.ndarray]:
    """S-, T- and X-learner of gradient boosting, as their papers and scikit-uplift have them."""

    def outcome_of(rows, outcome):
        model = HistGradientBoostingClassifier(**options).fit(rows, outcome)
        return lambda at: model.predict_proba(at)[:, 1]

    def effect_of(rows, effects):
        return HistGradientBoostingRegressor(**options).fit(rows, effects).predict(covariates)

    x, y, is_t = seen.covariates, seen.outcome, seen.treated
    together = outcome_of(np.column_stack([x, is_t]), y)
    treated, held_out = outcome_of(x[is_t], y[is_t]), outcome_of(x[~is_t], y[~is_t])
    arms = [np.column_stack([covariates, np.full(len(covariates), arm)]) for arm in (1.0, 0.0)]
    return {
        "S": together(arms[0]) - together(arms[1]),
        "T": treated(covariates) - held_out(covariates),
        "X": effect_of(x[is_t], y[is_t] - held_out(x[is_t])) / 2
        + effect_of(x[~is_t], treated(x[~is_t]) - y[~is_t]) / 2,
    }


@needs_hillstrom
@pytest.mark.slow
def test_of_the_womens_mail_no_peer_finds_more_over_half_splits():
    """Learned on one half, scored on the other; settings were chosen on the men's mail."""
    trial, scores = hillstrom("Womens E-Mail"), {}
    for seed in range(20):
        places = np.random.default_rng(seed).permutation(len(trial.ids))
        seen, new = part(trial, places[::2]), part(trial, places[1::2])
        told = {"halves": uplift(seen, draws=1).predict(new.covariates)}
        for name, options in (("shallow", TREES), ("as it comes", {})):
            found = peers(seen, new.covariates, options)
            told |= {f"{learner}, {name}": ranking for learner, ranking in found.items()}
        for name, ranking in told.items():
            scores.setdefault(name, []).append(naive_qini(ranking, new.treated, new.outcome))
    means = {name: float(np.mean(found)) for name, found in scores.items()}
    print({name: (round(means[name], 5), round(float(np.std(scores[name])), 5)) for name in means})

    ours = means.pop("halves")
    assert ours > 0.0062  # the best peers' figure, from elsewhere, that this set out from
    assert ours >= max(means.values())


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    book = Ledger.create(tmp_path_factory.mktemp("hillstrom") / "book")
    write(book, columns())
    return book


@needs_hillstrom
def test_a_trial_is_read_from_the_ledger_with_what_was_known_before(mailed):
    raw = columns()
    is_in = np.isin(raw["segment"], ["Womens E-Mail", "No E-Mail"])
    found = trial_people(mailed, "womens", outcome="door_opened")

    assert list(found.ids) == [f"h{place:05d}" for place in np.flatnonzero(is_in)]
    np.testing.assert_array_equal(found.treated, raw["segment"][is_in] == "Womens E-Mail")
    np.testing.assert_array_equal(found.outcome, raw["visit"][is_in])
    value = found.covariates[:, list(found.names).index("value")]
    np.testing.assert_allclose(value, np.sqrt(raw["history"][is_in]), atol=1e-3)
    days = found.covariates[:, list(found.names).index("days_since_outcome")]
    assert np.unique(days).tolist() == [(MAILED - BEFORE).days]
    spent = trial_people(mailed, "womens", of="value")
    assert spent.outcome.sum() == pytest.approx(raw["spend"][is_in].sum())


@needs_hillstrom
def test_everyone_today_is_known_as_the_trials_people_were(mailed):
    trial, everyone = trial_people(mailed, "mens"), people_known(mailed, at=MAILED)

    place = {one: where for where, one in enumerate(everyone.ids)}
    same = everyone.covariates[[place[one] for one in trial.ids]]
    np.testing.assert_allclose(same, trial.covariates)


def test_dice_for_accounts_tell_nothing_of_people(book):
    plan = {
        "experiment": ["spring"],
        "withheld": [["email"]],
        "unit_kind": ["account"],
        "starts": [MAILED],
        "ends": [MAILED + timedelta(days=14)],
    }
    book.append("experiments", pa.table(plan), batch="plan")

    with pytest.raises(NotByPerson, match="'spring' did not roll its dice once for each person"):
        trial_people(book, "spring")
