"""What pages refuse, by name."""


class PageError(Exception):
    """Anything that pages refuse; says what to do."""


class PageRefused(PageError):
    """A value that a page cannot hold; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class PageChangedMeanwhile(PageError):
    """Somebody else changed it since it was opened."""


class FormRefused(PageError):
    """A form that is not taken: what to mend, by field; empty for the whole."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class PaymentRefused(PageError):
    """What a provider of payment tells, or is asked, does not hold."""
