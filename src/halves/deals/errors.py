"""What deals refuse, by name."""


class DealError(Exception):
    """Anything that deals refuse; says what to do."""


class PaidAlready(DealError):
    """The order is paid; what came on top is to be paid back."""
