"""What conversations refuse, by name."""


class ConversationRefused(Exception):
    """Something that cannot be written down as asked; names the field, and says what to do."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class ChangedMeanwhile(ConversationRefused):
    """Somebody else changed it while it was being written."""

    def __init__(self, words: str) -> None:
        super().__init__("version", words)
