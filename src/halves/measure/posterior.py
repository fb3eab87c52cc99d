"""From prior and evidence to what is believed: each unit on a grid, all units in joint draws.

Returns are margin × incremental revenue / spend, so that 1 is break-even. A test says
`found ~ N(Σ weight_u · return_u, se² + Σ (drift_u · weight_u · return_u)²)`: the drift is how far
the effect of a unit may differ between the test's window and the whole period.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halves.measure.interval import Interval
from halves.measure.mix_normal import log_bump
from halves.measure.prior import Floats, Prior, log_chance
from halves.measure.stages import Stages

Places = np.ndarray[tuple[int], np.dtype[np.intp]]

BREAK_EVEN = 1.0
_LOCAL_CELLS = 600
_LOCAL_REACH = 9.0  # standard errors on each side of what a test found
_CHUNK = 512
_BIASES = 160  # cells that the bias of a bound is cut into
_UNBIASED = 0.15  # chance that those reached differ in nothing that was not recorded
_BIAS = 2.5  # else, the median of how far they differ, as a return
_BIAS_WIDTH = 1.25  # standard deviation of its logarithm
_LEAST = 1e-12
_NOTHINGS = 15  # points that a return next to nothing is laid on


@dataclass(frozen=True)
class Finding:
    """What one test found, as a statement on units' returns.

    Args:
        found: profit before spend that the test saw lost, money.
        se: its standard error, money.
        weights: unit → the spend that was withheld from it in the test, money.
        drift: unit → relative spread of its effect between the test and the whole period.
        stages: the same finding by funnel stage, of a test of one unit; it says more.
    """

    found: float
    se: float
    weights: Mapping[str, float]
    drift: Mapping[str, float]
    stages: Stages | None = None

    @property
    def unit(self) -> str | None:
        """The unit it is about, or None if several were withheld together."""
        return next(iter(self.weights)) if len(self.weights) == 1 else None


@dataclass(frozen=True)
class Bound:
    """What people like those reached suggest: a return that is off in a known direction.

    Whom a unit picks sets them apart by as much as nobody knows, so that the bias is spread as
    widely as effects are, but for a small chance that all of it was recorded. Were it believed as
    large as effects, a unit that seems to earn much would be called wasted too readily.

    Args:
        unit: what it is about.
        limit: margin × revenue / spend, bias and all.
        se: its standard error.
        is_upper: the truth is at most `limit`; else at least.
    """

    unit: str
    limit: float
    se: float
    is_upper: bool

    def log_likelihood(self, returns: Floats) -> Floats:
        """Log chance of `limit` at these returns, over all sizes that the bias may have."""
        bias = _BIAS * np.exp(_BIAS_WIDTH * np.linspace(-4, 4, _BIASES + 1))
        chance = np.diff(_below(np.linspace(-4, 4, _BIASES + 1))) / np.diff(bias)
        away = (self.limit - returns) * (1 if self.is_upper else -1)
        within = _below((away[..., None] - bias) / self.se)
        biased = -np.diff(within) @ chance
        plain = np.exp(-((away / self.se) ** 2) / 2) / (self.se * np.sqrt(2 * np.pi))
        likelihood = (1 - _UNBIASED) * biased + _UNBIASED * plain
        return np.asarray(np.log(np.maximum(likelihood, _LEAST)))


@dataclass(frozen=True)
class Belief:
    """Chances of each return, on a grid that rises; the chances sum to one.

    Args:
        returns: shape (cell,), the grid.
        chances: shape (cell,).
        log_evidence: logarithm of the chance of the evidence, the prior's spread summed over.
    """

    returns: Floats
    chances: Floats
    log_evidence: float = 0.0

    @property
    def mean(self) -> float:
        """The expected return."""
        return float(self.returns @ self.chances)

    @property
    def chance_of_loss(self) -> float:
        """Chance that the unit brings back less than it costs."""
        return float(self.chances[self.returns < BREAK_EVEN].sum())

    def quantile(self, share: float) -> float:
        """The return that this share of the chances lies below."""
        return float(self.returns[np.searchsorted(self.chances.cumsum(), share)])

    def interval(self) -> Interval:
        """Mean and 90% interval; one long tail may carry the mean out of it."""
        return Interval(mean=self.mean, low=self.quantile(0.05), high=self.quantile(0.95))

    def draw(self, size: int, *, rng: np.random.Generator) -> Floats:
        """Draw returns with these chances."""
        below = self.chances.cumsum()
        places = np.searchsorted(below, rng.random(size) * below[-1], side="right")
        return np.asarray(self.returns[np.minimum(places, len(self.returns) - 1)])


@dataclass(frozen=True, eq=False)
class Nest:
    """What is believed of siblings at each level that they may share.

    Args:
        beliefs: unit → its belief at each level.
        chances: shape (level,), of the levels, given all siblings' evidence.
    """

    beliefs: Mapping[str, Sequence[Belief]]
    chances: Floats

    def levels(self, size: int, *, rng: np.random.Generator) -> Places:
        """Draw levels with their chances."""
        return np.asarray(rng.choice(len(self.chances), size=size, p=self.chances))


def believe(prior: Prior, findings: Sequence[Finding], bounds: Sequence[Bound] = ()) -> Belief:
    """What is believed of one unit, given the tests that withheld it alone.

    Several tests multiply. The answer is exact but for the grid, whose cells are narrow against
    the prior and against every finding.

    Args:
        prior: what was believed before.
        findings: tests of this unit and no other; none leaves the prior as it was.
        bounds: what its return is at most or at least.

    Raises:
        ValueError: a finding that withheld several units.

    >>> sure = Finding(found=30.0, se=1.0, weights={"tv": 100.0}, drift={"tv": 0.0})
    >>> belief = believe(Prior(), [sure])
    >>> round(belief.mean, 2), round(belief.chance_of_loss, 2)
    (0.3, 1.0)
    """
    if any(finding.unit is None for finding in findings):
        raise ValueError(f"believe takes tests of one unit, got {findings!r}")
    edges = [prior.edges(), *(_edges_around(finding) for finding in findings)]
    edges += [b.limit + b.se * np.linspace(-_LOCAL_REACH, _LOCAL_REACH, 200) for b in bounds]
    cuts = np.unique(np.concatenate([*edges, [0.0]]))
    middles, widths = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    idle = prior.near_zero(_NOTHINGS)
    returns = np.concatenate([middles, idle])
    weights = np.concatenate(
        [
            prior.log_density(middles) + np.log(widths),
            np.full(_NOTHINGS, log_chance(prior.at_zero) - np.log(_NOTHINGS)),
        ]
    )
    order = np.argsort(returns, kind="stable")
    returns, weights = returns[order], weights[order]
    for finding in findings:
        weights = weights + log_fit(finding, {str(finding.unit): returns})
    for bound in bounds:
        weights = weights + bound.log_likelihood(returns)
    chances = np.exp(weights - weights.max())
    evidence = float(weights.max() + np.log(chances.sum()))
    return Belief(returns, chances / chances.sum(), evidence)


def joint_draws(
    beliefs: Mapping[str, Belief],
    findings: Sequence[Finding],
    *,
    draws: int,
    rng: np.random.Generator,
    drawn: Mapping[str, Floats] | None = None,
    nests: Sequence[Nest] = (),
) -> dict[str, Floats]:
    """Draw all units' returns together, so that they agree with tests of several at once.

    Draws start from each unit's own belief. The tests of several units are then brought in by
    degrees: at each step draws are resampled by how well they fit, and every unit concerned is
    drawn anew from its exact chances on the grid given the others (a sequential Monte Carlo
    sampler with Gibbs moves). A test of several informs their sum; what it cannot tell apart stays
    as uncertain as it was.

    Args:
        beliefs: unit → what its own tests left to believe.
        findings: tests of several units at once.
        draws: how many, at least 1.
        rng: where chance comes from.
        drawn: unit → joint draws that another model made, shape (draws,) each; tests of several
            units only choose among them.
        nests: siblings, whose returns depend on each other by the level that they share.

    Returns:
        Unit → its returns, shape (draws,); the same place in each is one joint draw.

    Source:
        Del Moral, Doucet and Jasra (2006), Sequential Monte Carlo samplers, JRSS B 68(3).
    """
    levels = [nest.levels(draws, rng=rng) for nest in nests]
    returns = {unit: np.zeros(draws) for nest in nests for unit in nest.beliefs}
    for unit, values in returns.items():
        for belief, rows in _parts(unit, beliefs, nests, levels, draws):
            values[rows] = belief.draw(len(rows), rng=rng)
    returns |= {unit: belief.draw(draws, rng=rng) for unit, belief in beliefs.items()}
    concerned = sorted({u for one in findings for u in one.weights if u in returns})
    returns |= drawn or {}
    heat = 0.0
    while findings and heat < 1:
        fit = sum(log_fit(finding, returns) for finding in findings)
        step = _step(np.asarray(fit), most=1 - heat)
        heat = min(1.0, heat + step)
        kept = _resample(np.exp(step * (fit - np.max(fit))), rng)
        returns = {unit: values[kept] for unit, values in returns.items()}
        levels = [level[kept] for level in levels]
        for unit in concerned:
            parts = _parts(unit, beliefs, nests, levels, draws)
            returns[unit] = _redrawn(unit, parts, returns, findings, heat, rng)
    return returns


def _below(z: Floats) -> Floats:
    """Chance that a standard normal lies below."""
    return np.asarray(np.exp(log_bump(z) - z**2 / 2) / 2)


def _edges_around(finding: Finding) -> Floats:
    """Narrow cells where the finding lies, narrower towards its middle."""
    unit = str(finding.unit)
    middle = finding.found / finding.weights[unit]
    spread = np.hypot(finding.se / finding.weights[unit], finding.drift[unit] * middle)
    return np.asarray(middle + spread * np.linspace(-_LOCAL_REACH, _LOCAL_REACH, _LOCAL_CELLS))


def log_fit(finding: Finding, returns: Mapping[str, Floats]) -> Floats:
    """Log likelihood of what the test found, at these returns."""
    if finding.stages is not None and finding.unit is not None:
        brought_here = finding.weights[finding.unit] * returns[finding.unit]
        return finding.stages.log_likelihood(brought_here, finding.drift[finding.unit])
    brought = {unit: weight * returns[unit] for unit, weight in finding.weights.items()}
    variance = finding.se**2 + sum((finding.drift[u] * b) ** 2 for u, b in brought.items())
    missed = finding.found - sum(brought.values())
    return np.asarray(-(missed**2) / variance / 2 - np.log(variance) / 2)


def _step(fit: Floats, *, most: float) -> float:
    """How far to go so that about half of the draws still count."""
    low, high = 0.0, most
    if _effective(fit, most) >= len(fit) / 2:
        return most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _effective(fit, middle) >= len(fit) / 2 else (low, middle)
    return max(low, 1e-9 * most)


def _effective(fit: Floats, step: float) -> float:
    weights = np.exp(step * (fit - fit.max()))
    return float(weights.sum() ** 2 / (weights**2).sum())


def _resample(weights: Floats, rng: np.random.Generator) -> Places:
    """Places of the draws that go on, evenly spaced along their weights."""
    size = len(weights)
    marks = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(weights.cumsum() / weights.sum(), marks), size - 1)


def _parts(
    unit: str,
    beliefs: Mapping[str, Belief],
    nests: Sequence[Nest],
    levels: Sequence[Places],
    size: int,
) -> list[tuple[Belief, Places]]:
    """A unit's belief, and the draws for which it holds: one for each level of its nest."""
    for nest, level in zip(nests, levels, strict=True):
        if unit in nest.beliefs:
            order = np.argsort(level, kind="stable")
            cuts = np.searchsorted(level[order], np.arange(1, len(nest.chances)))
            return list(zip(nest.beliefs[unit], np.split(order, cuts), strict=True))
    return [(beliefs[unit], np.arange(size))]


def _redrawn(
    unit: str,
    parts: Sequence[tuple[Belief, Places]],
    returns: Mapping[str, Floats],
    findings: Sequence[Finding],
    heat: float,
    rng: np.random.Generator,
) -> Floats:
    """One unit's returns drawn anew, given every other unit's."""
    about_it = [finding for finding in findings if unit in finding.weights]
    fresh = returns[unit].copy()
    for belief, members in parts:
        with np.errstate(divide="ignore"):
            own = np.log(belief.chances)
        for start in range(0, len(members), _CHUNK):
            rows = members[start : start + _CHUNK]
            trial = {other: values[rows, None] for other, values in returns.items()}
            trial[unit] = belief.returns[None, :]
            log = own + heat * sum(log_fit(finding, trial) for finding in about_it)
            chances = np.exp(log - log.max(axis=1, keepdims=True)).cumsum(axis=1)
            marks = rng.random(len(chances))[:, None] * chances[:, -1:]
            fresh[rows] = belief.returns[(chances < marks).sum(axis=1)]
    return fresh
