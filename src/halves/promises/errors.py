"""What is refused of promises, with words for whoever asked."""


class PromiseRefused(Exception):
    """What was asked cannot be done with this promise; the words say why."""


class DeliveryRefused(PromiseRefused):
    """What was said of a delivery cannot be.

    Args:
        field: which part: `amount`, `at`.
    """

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class SurveyRefused(Exception):
    """Nobody can be asked so, or the answer does not count any more."""
