"""The next best experiment: what knowing more would be worth, less what it costs to find out.

A test is worth what decisions after it bring beyond the decision that one would take without it,
in expectation over what it may find. It costs what is not earned where something is withheld that
works, and what is lost by waiting for it where something ought to be cut at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from halves.ledger import Channel, Ledger
from halves.ledger.heeding import look_up
from halves.measure.answer import Answer
from halves.measure.designs import Design, possible_designs
from halves.measure.evidence import DRIFT
from halves.measure.joint import Joint
from halves.measure.mix_normal import log_bump
from halves.measure.prior import Floats
from halves.measure.quantiles import normal_quantile
from halves.measure.trial_words import rounded, span

YEAR = timedelta(days=365)
KEEP_OR_CUT = (0.0, 1.0)
AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
_CELLS = 256  # that the draws are put into by the effect of what is tested
_RESULTS = 256  # that a test's finding is told apart into
_REACH = np.linspace(-3.5, 3.5, 29)  # standard errors around an effect where findings may lie
_TIED = 5.0  # standard errors; below it, two units' draws go together by chance alone
_NOTHING = 1e-9  # of the profits at stake: what is left of adding up
_NOTICED = normal_quantile(0.975)  # standard errors; two-sided, 5%


@dataclass(frozen=True)
class NextTest:
    """One test, what it would bring and what it costs; profit over the horizon.

    Args:
        design: what to withhold, from whom, for how long, and how well that sees.
        now: the multiple of today's spend that is best without a test; 0 is to cut it.
        p_wasted: chance that the unit loses money, as believed today.
        pays_from: revenue of the design's period from which the unit pays.
        power: chance that an effect of just that size is told from none (two-sided, 5%).
        p_changes: chance that the finding changes what is done with any unit.
        gain: what better decisions after the test bring, 0 or more.
        cost: profit forgone where it is withheld, beside going on as today; below 0 where the
            unit loses money and withholding it saves some.
        delay: what is lost by not doing at once what is best without a test, 0 or more.
        perfect: what a test would bring that told the truth at once and for nothing.
        sharpest: `power` of the test of this unit that sees best, whatever that costs.
        words: for people.
    """

    design: Design
    now: float
    p_wasted: float
    pays_from: float
    power: float
    p_changes: float
    gain: float
    cost: float
    delay: float
    perfect: float
    sharpest: float = 0.0
    words: str = ""

    @property
    def unit(self) -> str:
        """What is tested."""
        return self.design.unit

    @property
    def price(self) -> float:
        """What the test costs beside what is best without it, 0 or more."""
        return self.cost + self.delay

    @property
    def net(self) -> float:
        """What the test brings beyond what it costs; not worth it where it is 0 or less."""
        return self.gain - self.price

    @property
    def beside(self) -> str:
        """What the price is counted from, in words; nothing where that is to go on as today."""
        if self.now == 1:
            return ""
        if self.now == 0:
            return " beside cutting it at once"
        return f" beside spending {self.now:g} times as much at once"


@dataclass(frozen=True)
class NextTests:
    """Every unit's best test, the best first, and the units that cannot be tested.

    Args:
        tests: one for each unit that can be tested, by what it brings net.
        untestable: unit → why not.
        horizon: how long decisions hold.
    """

    tests: tuple[NextTest, ...]
    untestable: Mapping[str, str]
    horizon: timedelta

    @property
    def best(self) -> NextTest | None:
        """The next test; None where no test is worth its cost."""
        return self.tests[0] if self.tests and self.tests[0].net > 0 else None


def next_test(
    book: Ledger,
    answer: Answer,
    *,
    channels: Sequence[Channel],
    horizon: timedelta = YEAR,
    multiples: Sequence[float] = KEEP_OR_CUT,
) -> NextTests:
    """Say which test to run next, how, what it costs and what it is worth.

    Args:
        book: the ledger that the answer comes from.
        answer: what is believed today.
        channels: every channel in the ledger.
        horizon: how long the decisions hold that a test may change.
        multiples: what may be decided afterwards, as multiples of today's spend.

    Returns:
        Every unit's best test of all that could be run, the best first.

    Raises:
        ValueError: a horizon that is not above 0, or multiples that are below 0 or lack 1.
    """
    if answer.joint is None:
        why = "no money can be told of: there is no spend, or no sale with a value"
        return NextTests((), {unit.unit: why for unit in answer.units}, horizon)
    designs, untestable = possible_designs(book, answer, channels=channels)
    return rank_tests(
        answer.joint,
        designs,
        period=answer.until - answer.since,
        horizon=horizon,
        multiples=multiples,
        untestable=untestable,
        currency=answer.currency,
    )


def rank_tests(
    joint: Joint,
    designs: Mapping[str, Sequence[Design]],
    *,
    period: timedelta,
    horizon: timedelta = YEAR,
    multiples: Sequence[float] = KEEP_OR_CUT,
    untestable: Mapping[str, str] | None = None,
    currency: str | None = None,
) -> NextTests:
    """Choose each unit's best test, and rank them.

    Args:
        joint: what is believed of all units.
        designs: unit → tests that could be run.
        period: the time that the joint's money is of.
        horizon: how long decisions hold; tests that run as long decide nothing and are left out.
        multiples: what may be decided, as multiples of today's spend; 1 among them.
        untestable: unit → why it cannot be tested.
        currency: for the words.

    Raises:
        ValueError: a horizon that is not above 0, or multiples that are below 0 or lack 1.

    Source:
        Raiffa and Schlaifer (1961), Applied Statistical Decision Theory: the expected value of
        sample information.

    >>> even = np.array([[0.0], [300.0]])  # revenue: it loses 100 or brings 50
    >>> same = np.ones((2, 1))
    >>> joint = Joint(("tv",), ("many",), np.array([100.0]), 0.5, even, 0 * same, same, same)
    >>> sure = Design("tv", 0.2, timedelta(days=73), 1.0, people=1000)
    >>> found = rank_tests(joint, {"tv": [sure]}, period=YEAR)
    >>> round(found.best.gain), round(found.best.price)  # a fifth of the year is over by then
    (20, 4)
    """
    if not horizon > timedelta(0):
        raise ValueError(f"horizon must be above 0, got {horizon}")
    if 1.0 not in multiples or min(multiples) < 0:
        raise ValueError(f"multiples must be 0 or more, and 1 among them, got {list(multiples)}")
    best, reasons = [], dict(untestable or {})
    for unit, of_unit in designs.items():
        fits = [design for design in of_unit if design.length < horizon]
        if not fits:
            reasons[unit] = f"no test of it is over within {span(horizon)}"
            continue
        decision = _Decision.of(joint, joint.units.index(unit), multiples)
        tests = [decision.test(design, period=period, horizon=horizon) for design in fits]
        sharpest = max(one.power for one in tests)
        best.append(replace(max(tests, key=lambda one: one.net), sharpest=sharpest))
    told = [_told(one, horizon, currency) for one in best]
    return NextTests(tuple(sorted(told, key=lambda one: -one.net)), reasons, horizon)


@dataclass(frozen=True, eq=False)
class _Decision:
    """What may be decided, as far as one unit's effect bears on it; money of the period.

    Args:
        joint: what is believed.
        place: of the unit.
        now: the multiple of its spend that is best today.
        effect: shape (cell,), its incremental revenue.
        chance: shape (cell,), of each cell.
        profit: shape (cell, unit, multiple): each decision's expected profit in the cell; units
            that the tested one says nothing of are not in it.
    """

    joint: Joint
    place: int
    now: float
    effect: Floats
    chance: Floats
    profit: Floats

    @classmethod
    def of(cls, joint: Joint, place: int, multiples: Sequence[float]) -> "_Decision":
        effect = joint.incremental[:, place]
        # As many draws in each cell, those of the smallest effect first.
        cells = np.array_split(np.argsort(effect, kind="stable"), min(_CELLS, len(effect)))
        middle = np.array([effect[cell].mean() for cell in cells])
        profits = [
            joint.earned_at(np.full(len(joint.units), x)) - joint.spend * x for x in multiples
        ]
        own = np.array([[one[cell, place].mean() for one in profits] for cell in cells])
        tied = [
            _along(effect, np.stack([one[:, other] for one in profits], axis=1), middle)
            for other in _tied(joint, place)
        ]
        chance = np.array([len(cell) / len(effect) for cell in cells])
        now = multiples[int((chance @ own).argmax())]
        return cls(joint, place, now, middle, chance, np.stack([own, *tied], axis=1))

    def test(self, design: Design, *, period: timedelta, horizon: timedelta) -> NextTest:
        """What one design brings and costs."""
        look_up()
        seen = (1 - design.share) * min(design.length / period, 1.0)
        found = self.chance[:, None] * self._findings(design.se, drift=DRIFT * (1 - seen))
        after = np.tensordot(found, self.profit, axes=(0, 0))
        today = self._today
        stays = np.take_along_axis(after, today.argmax(axis=1)[None, :, None], axis=2)[..., 0]
        better = after.max(axis=2) - stays
        better[better < _NOTHING * np.abs(self.profit).max()] = 0.0
        running = design.length / period
        profit = self.joint.profit[:, self.place]
        pays_from = float(self.joint.spend[self.place] / self.joint.margin)
        return NextTest(
            design=design,
            now=self.now,
            p_wasted=float((profit < 0).mean()),
            pays_from=pays_from,
            power=_power(pays_from / design.se),
            p_changes=float(found.sum(axis=0)[better.max(axis=1) > 0].sum()),
            gain=(horizon / period - running) * float(better.sum()),
            cost=running * design.share * float(profit.mean()),
            delay=running * max(float(today[0].max() - profit.mean()), 0.0),
            perfect=horizon / period * self._perfect,
        )

    @property
    def _today(self) -> Floats:
        """Shape (unit, multiple): each decision's expected profit as believed today."""
        return np.tensordot(self.chance, self.profit, axes=(0, 0))

    @property
    def _perfect(self) -> float:
        """What knowing the effect for certain would bring."""
        known = self.chance @ self.profit.max(axis=2)
        more = float((known - self._today.max(axis=1)).sum())
        return more if more > _NOTHING * np.abs(self.profit).max() else 0.0

    def _findings(self, se: float, *, drift: float) -> Floats:
        """Shape (cell, result): the chance of each result, coarsely read, in each cell.

        Reading a finding more coarsely than it was made can only make it worth less, so that no
        value is overstated.
        """
        error = np.hypot(se, drift * self.effect)
        reached = np.sort((self.effect[:, None] + error[:, None] * _REACH).ravel())
        edges = reached[np.linspace(0, len(reached) - 1, _RESULTS + 1).astype(int)[1:-1]]
        below = _below((edges - self.effect[:, None]) / error[:, None])
        whole = np.ones((len(self.effect), 1))
        return np.diff(np.hstack([0 * whole, below, whole]), axis=1)


def _tied(joint: Joint, place: int) -> list[int]:
    """The other units whose effects go together with this one's by more than chance."""
    centred = joint.incremental - joint.incremental.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    with np.errstate(invalid="ignore"):
        together = np.abs(centred.T @ centred[:, place] / (size * size[place]))
    bar = _TIED / np.sqrt(joint.draws)
    return [other for other in np.flatnonzero(together > bar).tolist() if other != place]


def _along(effect: Floats, profit: Floats, middle: Floats) -> Floats:
    """Shape (cell, multiple): another unit's profit where the tested effect is in each cell.

    By a straight line: means of single cells would stray, and the best of what strays flatters.
    """
    centred = effect - effect.mean()
    slope = centred @ profit / (centred @ centred)
    return np.asarray(profit.mean(axis=0) + np.outer(middle - effect.mean(), slope))


def _below(z: Floats) -> Floats:
    """Chance that a standard normal lies below."""
    return np.asarray(np.exp(log_bump(z) - z * z / 2) / 2)


def _power(effect: float) -> float:
    """The chance that an effect, in standard errors, is told from none."""
    up, down = _below(np.array([effect - _NOTICED, -effect - _NOTICED]))
    return float(up + down)


def _told(test: NextTest, horizon: timedelta, currency: str | None) -> NextTest:
    """Say it in words: what to do, what it costs, what it is worth."""
    money = f" {currency}" if currency else ""
    if test.net <= 0:
        words = (
            f"no test of {test.unit} is worth its cost: knowing for certain what it brings would "
            f"be worth {rounded(test.perfect)}{money} over {span(horizon)}, and the sharpest has "
            f"a {test.sharpest:.0%} chance to see an effect from which it pays"
        )
    else:
        words = (
            f"withhold {test.unit} {test.design.words}: costs about "
            f"{rounded(test.price)}{money} of profit{test.beside}, worth "
            f"{rounded(test.gain)}{money} in better decisions over {span(horizon)}; a "
            f"{test.power:.0%} chance to see an effect from which it pays"
        )
    return replace(test, words=words)
