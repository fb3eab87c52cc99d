"""What deals refuse, by name."""


class DealError(Exception):
    """Anything that deals refuse; says what to do."""


class PaidAlready(DealError):
    """The order is paid; what came on top is to be paid back."""


class DealRefused(DealError):
    """Something that cannot be as asked; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class DealChangedMeanwhile(DealError):
    """Somebody else changed it since it was read."""


class DealStands(DealError):
    """It was won, and stays so."""


class StageInUse(DealError):
    """Deals stand there: a stage is retired once they are somewhere else."""


class QuoteStands(DealError):
    """What was sent stays as it was: it is withdrawn, or another one is made."""


class QuoteNotOpen(DealError):
    """It cannot be accepted: it is none yet, withdrawn, replaced, or past its last day."""
