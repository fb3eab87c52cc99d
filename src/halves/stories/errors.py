"""What stories refuses, by name."""

from collections.abc import Sequence
from typing import Any


class StoryError(Exception):
    """Anything that stories refuses; says what to do."""


class StoryRefused(StoryError):
    """A value that a field cannot hold; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class StoryUnfit(StoryError):
    """A story that must not be told as it is; has what is to be mended, and where."""

    def __init__(self, findings: Sequence[Any]) -> None:
        super().__init__(" ".join(str(one.words) for one in findings))
        self.findings = list(findings)


class StoryChanged(StoryError):
    """Someone else changed it since it was read."""


class StoryRetired(StoryError):
    """It is told no more."""


class VersionStands(StoryError):
    """What was told stays as it was."""


class VersionBroken(StoryError):
    """A version that is not what was frozen: somebody changed the database by hand."""


class VariantUnknown(StoryError):
    """A version has no variant of this name."""


class TemplateRefused(StoryError):
    """A template that does not parse, or does what no template may.

    Args:
        words: what is wrong.
        line, column: where, counted from one.
    """

    def __init__(self, words: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(words)
        self.words, self.line, self.column = words, line, column


class TemplateTooMuch(StoryError):
    """Writing it out took too long, or came out too long."""
