"""The mix model: what each channel brought, from spend and outcomes by week and region."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from halves.measure.errors import NeverSpent, NotConverged
from halves.measure.mix_controls import Baseline
from halves.measure.mix_data import LiftTest, MixData
from halves.measure.mix_gibbs import Problem, start
from halves.measure.mix_media import Media
from halves.measure.mix_prior import MixPrior
from halves.measure.mix_project import Projected, Rows, project, rows_of
from halves.measure.mix_regions import FEWEST, differences
from halves.measure.mix_report import Period, Report, told
from halves.measure.mix_result import Mix
from halves.measure.mix_sampler import Trace, run

R_HAT_LIMIT = 1.01


@dataclass(frozen=True)
class Effort:
    """How long to sample: until all quantities agree and are worth enough, or the most is reached.

    Args:
        chains: side by side.
        first: sweeps before the first look; before each further look they double. The first
            quarter is always thrown away.
        most: sweeps at which to give up.
        enough: independent draws that every reported quantity should be worth.
    """

    chains: int = 12
    first: int = 240
    most: int = 15_360
    enough: int = 400


def mix(
    data: MixData,
    *,
    seed: int,
    tests: Sequence[LiftTest] = (),
    prior: MixPrior | None = None,
    baseline: Baseline | None = None,
    since: date | None = None,
    until: date | None = None,
    effort: Effort | None = None,
) -> Mix:
    """Say what each channel brought over a period, and leave open what is not known.

    Args:
        data: spend and outcomes by week and region.
        seed: of all chance; the same seed gives the same answer.
        tests: what trials found, taken as exact statements on increments.
        prior: what is believed before the data.
        baseline: what the outcome may do by itself.
        since: first day of the period reported; the first week's by default.
        until: first day after it; after the last week by default.
        effort: how long to sample.

    Returns:
        Draws and intervals for each channel.

    Raises:
        MixDataUnfit: too few weeks, an outcome that the baseline explains by itself, or a
            channel that spent nothing in the period.
        NotConverged: chains that disagree even after the most sweeps.

    Source:
        docs/science.md, "The mix model".

    >>> rng = np.random.default_rng(1)
    >>> spend = rng.gamma(2.0, 50.0, (60, 1, 1))
    >>> outcome = 1000 + 2 * spend[..., 0] + rng.normal(0, 20, (60, 1))
    >>> weeks = tuple(date(2025, 1, 6) + timedelta(weeks=week) for week in range(60))
    >>> answer = mix(MixData(weeks, ("all",), ("tv",), spend, outcome), seed=1)
    >>> answer["tv"].marginal.low < 2 < answer["tv"].marginal.high
    True
    """
    prior, effort = prior or MixPrior(), effort or Effort()
    media = Media(data, prior.grid)
    end = data.weeks[-1] + timedelta(days=7)
    weeks = data.within(since or data.weeks[0], until or end)
    _check_spent(data, weeks)
    period = Period.of(media, weeks)
    rows = rows_of(media, baseline or Baseline())
    problem = _problem(media, tests, prior, project(rows))
    rng = np.random.default_rng(seed)
    if len(data.regions) >= FEWEST:
        first = _first(problem, effort, rng)
        apart = differences(media, first, problem.projected.correlations)
        problem = replace(problem, projected=project(rows, apart))
    return _sampled(period, problem, rows, effort, rng)


def _first(problem: Problem, effort: Effort, rng: np.random.Generator) -> Trace:
    """A short run, to see roughly what effects there are."""
    state = start(problem, chains=effort.chains, rng=rng)
    run(problem, state, sweeps=effort.first // 4, rng=rng)
    return run(problem, state, sweeps=effort.first // 4, rng=rng)


def _sampled(
    period: Period, problem: Problem, rows: Rows, effort: Effort, rng: np.random.Generator
) -> Mix:
    """Sample until all agree, and report."""
    state = start(problem, chains=effort.chains, rng=rng)
    trace = run(problem, state, sweeps=effort.first, rng=rng)
    while True:
        kept = trace.after(trace.sweeps // 4)
        report = Report.of(period, problem, kept)
        agreed = report.r_hat <= R_HAT_LIMIT
        if agreed and (report.effective_draws >= effort.enough or 2 * trace.sweeps > effort.most):
            return told(period, problem, report, rows, kept)
        if 2 * trace.sweeps > effort.most:
            worst = period.media.data.channels[report.worst_channel]
            raise NotConverged(
                f"R̂ is {report.r_hat:.3f} after {trace.sweeps} sweeps, and only up to "
                f"{R_HAT_LIMIT} can be reported; chains agree least on {worst}: test it, or join "
                "it with a channel that moves as it does"
            )
        trace = trace.then(run(problem, state, sweeps=trace.sweeps, rng=rng))


def _check_spent(data: MixData, weeks: NDArray[np.bool_]) -> None:
    for place, channel in enumerate(data.channels):
        if not data.spend[weeks, :, place].any():
            raise NeverSpent(f"{channel} spent nothing in the period, so it has no return there")


def _problem(
    media: Media, tests: Sequence[LiftTest], prior: MixPrior, projected: Projected
) -> Problem:
    channels, shapes = len(media.data.channels), len(prior.grid.log_chances)
    functionals = np.zeros((channels, shapes, len(tests)))
    for place, test in enumerate(tests):
        if test.instead.shape != media.data.spend.shape:
            raise ValueError(
                f"{test.name}: spend instead must have shape {media.data.spend.shape}, "
                f"got {test.instead.shape}"
            )
        for channel in range(channels):
            functionals[channel, :, place] = media.withheld(channel, test) / test.se
    noise = projected.noise if prior.noise is None else prior.noise
    return Problem(
        projected=projected,
        log_chances=prior.grid.log_chances,
        at_zero=np.full(channels, prior.at_zero),
        spread=np.array(np.broadcast_to(prior.share, channels), dtype=np.float64),
        noise_shape=prior.noise_shape,
        noise_scale=prior.noise_shape * noise**2,
        found=np.array([test.found / test.se for test in tests]),
        functionals=functionals,
    )
