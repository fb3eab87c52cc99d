"""The science: claims, trials, evidence and verdicts.

Imported at once, unlike `halves`: a function and the module it lives in may then share a name.
"""

from halves.measure.answer import Answer, Proposal, UnitAnswer, Week
from halves.measure.claims import all_claims, claims
from halves.measure.interval import Interval
from halves.measure.prior import Prior
from halves.measure.trial_result import TrialResult
from halves.measure.trials import trial
from halves.measure.which_half import which_half

__all__ = [
    "Answer",
    "Interval",
    "Prior",
    "Proposal",
    "TrialResult",
    "UnitAnswer",
    "Week",
    "all_claims",
    "claims",
    "trial",
    "which_half",
]
