"""What measuring refuses, by name."""

from collections.abc import Sequence


class MeasureError(Exception):
    """Something that cannot be measured; the message says why and what to do next."""


class UnknownExperiment(MeasureError):
    """The ledger has no experiment of this name."""


class NoAssignments(MeasureError):
    """An experiment of which nobody's arm is logged, or only outside its window."""


class TooFewUnits(MeasureError):
    """An arm with fewer than two units: no spread, so no interval."""


class MixedAssignments(MeasureError):
    """An experiment's assignments differ in kind: units, or persistent arms beside single dice."""


class NotRandomised(MeasureError):
    """Propensities that are no dice but a certainty."""


class WindowEmpty(MeasureError):
    """The window closes before the experiment starts, or starts after the ledger ends."""


class OutcomesWithoutValue(MeasureError):
    """Money was asked for, and no outcome in the window carries a value."""


class NobodyReached(MeasureError):
    """A holdout of people was asked for where no person is known to be reached."""


class UndeclaredChannels(MeasureError):
    """The ledger holds channels of which nobody said what they are."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = tuple(channels)
        super().__init__(
            f"the ledger holds channels that are not declared: {', '.join(channels)}; "
            "say of each its path (many or one) and how it meets people"
        )


class PeriodEmpty(MeasureError):
    """A period that ends before it starts, or in which the ledger holds nothing."""


class MarginOutOfRange(MeasureError):
    """Revenue that leaves no profit, or more than there is of it: no spend could be judged."""


class NoSpread(MeasureError):
    """Everyone's outcome is the same, so nothing says how far off an effect may be."""


class NoOutcomes(MeasureError):
    """Not one outcome in the window, so nothing to compare."""


class TooManyUnits(MeasureError):
    """More units than a matrix of units by units has room for."""


class MixDataUnfit(MeasureError):
    """Weeks, spend or outcomes that no mix model can be fitted to."""


class TooFewWeeks(MixDataUnfit):
    """Hardly more weeks than the baseline alone has coefficients."""


class WeeksUneven(MixDataUnfit):
    """Weeks that leave a gap, come twice or run backwards."""


class OutcomeFlat(MixDataUnfit):
    """An outcome that never moves, or only as the baseline does, so nothing can explain it."""


class NeverSpent(MixDataUnfit):
    """A channel without a penny of spend has no return."""


class NotConverged(MeasureError):
    """Chains that disagree about a quantity: no number is better than a wrong one."""


class DuplicateRows(MeasureError):
    """Two outcomes for one region and day: which one counts is not for us to say."""


class MissingDays(MeasureError):
    """A region's days have gaps, or a number is missing among them."""


class UnknownRegion(MeasureError):
    """A region is named that the panel does not hold."""


class NothingToCompare(MeasureError):
    """Every region, or none, is treated."""


class TooFewDays(MeasureError):
    """Too short a time, before the test or in it, to tell anything from."""


class TooFewRegions(MeasureError):
    """Too few regions for chance to be told from effect."""


class NotByRegion(MeasureError):
    """An experiment on people or accounts, read as a geo test."""
