"""What imports refuses, by name."""


class ImportsError(Exception):
    """Anything that imports refuses; the words are shown as they are."""


class UploadRefused(ImportsError):
    """A file that cannot be taken in: empty, too large, or not what its name says."""


class RunBusy(ImportsError):
    """Work on this import is under way; wait for it, or cancel it."""


class NotReady(ImportsError):
    """Something must be answered before this import can start."""


class AnswerRefused(ImportsError):
    """An answer that a question cannot have, or a column that the file lacks; names which."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name}: {words}")
        self.name, self.words = name, words
