"""What bringing data in refuses, by name."""

from collections.abc import Sequence


class ConnectError(Exception):
    """Something that cannot be brought in; the message says why and what to do next."""


class RecipeRefused(ConnectError, ValueError):
    """A recipe that cannot be followed; the message says where in it, and shows the value."""


class RecipeNotFound(ConnectError):
    """There is no recipe of this name or in this place."""


class FileRefused(ConnectError):
    """A file that cannot be read, or not as the recipe says; the message names it."""


class ColumnsUnknown(FileRefused):
    """No column of a file says by its name or content what it is; the user may say it."""

    def __init__(self, words: str, headers: Sequence[str]) -> None:
        super().__init__(words)
        self.headers = list(headers)


class ParameterMissing(ConnectError):
    """Something that only the user can say, and has not said; the message says how to."""


class ImportNotFound(ConnectError):
    """There is no import of this id."""


class ImportStopped(ConnectError):
    """Someone stopped an import; what was half in is out again."""


class ImportLeft(ConnectError):
    """Another process goes on with this import: what is half in stays for it."""
