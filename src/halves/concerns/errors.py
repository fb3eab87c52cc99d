"""What concerns refuses, by name."""


class ConcernError(Exception):
    """Anything that concerns refuses; says what to do."""


class ConcernRefused(ConcernError):
    """A value that a field cannot hold; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field
