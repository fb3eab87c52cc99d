"""Which answers to a concern win, and which of them nobody can tell yet.

Sellers choose their answers, so that answers which go with won deals need not have won them. Each
answer's effect is estimated twice robust: it is right if either the model of who is given it or the
model of who buys is. "No winner yet" is what is said unless the data insist.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats
from halves.measure.answers_model import ShrunkAnswers, shrunk_answers
from halves.measure.answers_robust import Effects, Prepared, prepare
from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

WINS, LOSES, NO_WINNER = "wins", "loses", "no winner yet"
_DISCOVERY = 0.1  # share of claims that may be false


@dataclass(frozen=True)
class Talks:
    """Concerns that were voiced before a decision, what was answered, and what came of it.

    Only what was said before the decision may be in here: an answer to "I have signed" wins always.

    Args:
        given: shape (row, answer): this answer was given, before the decision.
        won: shape (row,): they bought.
        concern: shape (row,): which concern, from 0.
        seller: shape (row,): who answered, from 0.
        covariates: shape (row, x): what else was known before; may have no column.
        decision: shape (row,): which decision; rows of one decision are no news to each other.

    Raises:
        ValueError: shapes that do not fit together, or no row.
    """

    given: Booleans
    won: Booleans
    concern: Integers
    seller: Integers
    covariates: Floats
    decision: Integers

    def __post_init__(self) -> None:
        rows = len(self.won)
        if rows == 0 or self.given.ndim != 2 or self.covariates.ndim != 2:
            raise ValueError(f"rows and answers are needed, got shape {self.given.shape}")
        for name in ("given", "concern", "seller", "covariates", "decision"):
            if len(getattr(self, name)) != rows:
                raise ValueError(f"{name} has {len(getattr(self, name))} rows, won has {rows}")


@dataclass(frozen=True)
class AnswerEffect:
    """What an answer does to the chance that they buy.

    Args:
        answer: its column in `Talks.given`.
        given, not_given: decisions before which it was, and was not, given on its concerns.
        effect: of giving it, in shares of 1: 0.15 is 15 points. None where too few were given it,
            or too few were not.
        q_value: the least share of false claims at which this one would be made; 1 if untested.
        verdict: `wins`, `loses` or `no winner yet`.
        by_concern: concern → effect on those who voiced it, drawn towards the answer's mean.
    """

    answer: int
    given: int
    not_given: int
    effect: Interval | None
    q_value: float
    verdict: str
    by_concern: dict[int, Interval]


def answers_that_win(
    talks: Talks, *, seed: int, false_share: float = _DISCOVERY
) -> list[AnswerEffect]:
    """Each answer's effect on the chance to win, and whether it can be told from none.

    P(win) follows, on the scale of log odds, the seller, the concern, the covariates and each
    answer's effect on each concern, drawn to the answer's mean; who is given an answer follows
    concern, seller, covariates and the other answers. Both are learned on some decisions and used
    on others.

    Args:
        talks: what was said before decisions.
        seed: of the folds and draws.
        false_share: how many of the claims may be false, on average.

    Returns:
        One for each answer, in the order of the columns.

    Source:
        Robins, Rotnitzky and Zhao (1994); Chernozhukov et al. (2018), cross-fitting; Benjamini and
        Hochberg (1995).

    >>> rng = np.random.default_rng(1)
    >>> given = rng.random((1000, 2)) < 0.5
    >>> won = rng.random(1000) < 0.3 + 0.2 * given[:, 0]
    >>> one = np.zeros(1000, dtype=np.int64)
    >>> talks = Talks(given, won, one, one, np.zeros((1000, 0)), np.arange(1000))
    >>> [found.verdict for found in answers_that_win(talks, seed=1)]
    ['wins', 'no winner yet']
    """
    prepared = prepare(
        talks.given, talks.concern, talks.seller, talks.covariates, talks.decision, seed=seed
    )
    shrunk = shrunk_answers(
        talks.given, talks.won, talks.concern, talks.seller, talks.covariates, seed=seed
    )
    effects = prepared.effects(talks.won)
    return judged(talks, prepared, effects, shrunk, false_share=false_share)


def judged(
    talks: Talks, prepared: Prepared, effects: Effects, shrunk: ShrunkAnswers, *, false_share: float
) -> list[AnswerEffect]:
    """What can be said of each answer."""
    q_values = benjamini_hochberg(effects.p_values)
    found = []
    for answer in range(talks.given.shape[1]):
        effect = _interval(effects, answer)
        is_claimed = bool(q_values[answer] < false_share) and effect is not None
        verdict = NO_WINNER
        if is_claimed and effect is not None:
            verdict = WINS if effect.mean > 0 else LOSES
        found.append(
            AnswerEffect(
                answer=answer,
                given=int(prepared.given[answer]),
                not_given=int(prepared.not_given[answer]),
                effect=effect,
                q_value=float(q_values[answer]),
                verdict=verdict,
                by_concern=shrunk.by_concern[answer],
            )
        )
    return found


def benjamini_hochberg(p_values: Floats) -> Floats:
    """The least share of false claims at which each would be made.

    Args:
        p_values: shape (claim,); NaN for what is not tested, which does not count among the many.

    Returns:
        Shape (claim,); 1 for what is not tested.

    Source:
        Benjamini and Hochberg (1995).

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, np.nan])).round(2)
    array([0.03, 0.04, 0.04, 1.  ])
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    q_values = np.ones(len(p_values))
    lowest = 1.0
    for rank, place in reversed(list(enumerate(order, start=1))):
        lowest = min(lowest, float(p_values[place]) * len(tested) / rank)
        q_values[place] = lowest
    return q_values


@dataclass(frozen=True)
class Held:
    """How many people hold a concern, those who never said so among them: a range, never a point.

    Args:
        low: who voiced it.
        high: as many as there may be.
    """

    low: int
    high: int


def held_by(*, people: int, voiced: int, asked: int, voiced_when_asked: int) -> Held:
    """How many hold a concern: from who voiced it to that over P(voiced | asked).

    Args:
        people: who were talked with.
        voiced: of them, who voiced it.
        asked: of them, who were asked about it.
        voiced_when_asked: of those asked, who voiced it then.

    Returns:
        A range of people. P(voiced | asked) is taken at the lower end of its 90% interval (Wilson),
        so that few who were asked widen the range; nobody asked leaves it open up to everyone.

    Raises:
        ValueError: counts that cannot be.

    >>> held_by(people=400, voiced=60, asked=100, voiced_when_asked=50)
    Held(low=60, high=144)
    >>> held_by(people=400, voiced=60, asked=0, voiced_when_asked=0)
    Held(low=60, high=400)
    """
    if not 0 <= voiced <= people or not 0 <= voiced_when_asked <= asked <= people:
        raise ValueError(
            f"counts must fit: people {people}, voiced {voiced}, asked {asked}, "
            f"voiced when asked {voiced_when_asked}"
        )
    if voiced == 0 and voiced_when_asked == 0 and asked == 0:
        return Held(0, people)
    share = _lower(voiced_when_asked, asked) if asked else 0.0
    high = people if share <= 0 else min(people, int(np.ceil(voiced / share)))
    return Held(voiced, max(high, voiced))


def _lower(hits: int, of: int) -> float:
    """The lower end of Wilson's 90% interval of a share."""
    z = 1.6448536269514722
    share = hits / of
    middle = share + z * z / (2 * of)
    margin = z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((middle - margin) / (1 + z * z / of))


def _interval(effects: Effects, answer: int) -> Interval | None:
    error = float(effects.errors[answer])
    if np.isnan(error):
        return None
    mean = float(effects.means[answer])
    reach = error * student_quantile(0.95, degrees_of_freedom=float(effects.freedom[answer]))
    return Interval(mean=mean, low=max(mean - reach, -1.0), high=min(mean + reach, 1.0))


def winners(found: Sequence[AnswerEffect]) -> list[AnswerEffect]:
    """Those that win, the surest first; empty is "no winner yet"."""
    return sorted((one for one in found if one.verdict == WINS), key=lambda one: one.q_value)
