"""Units that nest in a larger one: campaigns of a channel are believed to resemble each other.

A campaign's return is its channel's level times its own part: half of the variance of log returns
lies between channels, half within. What one campaign's evidence says of the level speaks for its
siblings, the less the more it is uncertain itself. Seen alone each campaign keeps the same prior.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from halves.measure.mix_normal import normal_quantiles
from halves.measure.posterior import Belief, Bound, Finding, Nest, believe
from halves.measure.prior import Prior

_BETWEEN = 0.5  # of the variance of log returns, what lies between channels
_LEVELS = 15  # equally likely beforehand


def nest(
    prior: Prior,
    units: Sequence[str],
    findings: Sequence[Finding],
    bounds: Sequence[Bound],
) -> Nest:
    """Bring the evidence on siblings together.

    Args:
        prior: on each unit's return, its siblings unseen.
        units: the siblings.
        findings: tests of one unit each; those of other units are passed over.
        bounds: what returns are at most or at least; likewise.

    Source:
        Gelman et al. (2013), Bayesian Data Analysis, chapter 5; the level is summed over a grid.

    >>> sure = Finding(found=900.0, se=20.0, weights={"a": 100.0}, drift={"a": 0.0})
    >>> alone, beside = (nest(Prior(), ["a", "b"], tests, []) for tests in ([], [sure]))
    >>> [round(float(n.chances @ [b.chance_of_loss for b in n.beliefs["b"]]), 2)
    ...  for n in (alone, beside)]
    [0.35, 0.32]
    """
    scores = normal_quantiles((np.arange(_LEVELS) + 0.5) / _LEVELS)
    scores = scores / scores.std()
    between, within = (prior.width * np.sqrt(share) for share in (_BETWEEN, 1 - _BETWEEN))
    beliefs: dict[str, list[Belief]] = {unit: [] for unit in units}
    log = np.zeros(_LEVELS)
    for level, score in enumerate(scores):
        at = replace(prior, centre=prior.centre * float(np.exp(between * score)), width=within)
        for unit in units:
            one = believe(
                at,
                [finding for finding in findings if finding.unit == unit],
                [bound for bound in bounds if bound.unit == unit],
            )
            beliefs[unit].append(one)
            log[level] += one.log_evidence
    chances = np.exp(log - log.max())
    return Nest(beliefs, chances / chances.sum())
