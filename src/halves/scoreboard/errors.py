"""What the scoreboard refuses, by name."""


class ScoreboardError(Exception):
    """Something the scoreboard cannot do as asked; the message says why and what to do."""


class TargetRefused(ScoreboardError):
    """A target that ends before it starts, or of nothing."""


class PeriodUnknown(ScoreboardError):
    """A period that cannot be read from an address."""


class PlanRefused(ScoreboardError):
    """A budget that cannot be laid out as asked."""


class LedgerEmpty(ScoreboardError):
    """There is nothing to count or to measure yet."""


class SettingsMissing(ScoreboardError):
    """What measuring needs to know has not been said; names it."""
