"""What bringing data in refuses, by name."""


class ConnectError(Exception):
    """Something that cannot be brought in; the message says why and what to do next."""


class RecipeRefused(ConnectError, ValueError):
    """A recipe that cannot be followed; the message says where in it, and shows the value."""


class RecipeNotFound(ConnectError):
    """There is no recipe of this name or in this place."""


class FileRefused(ConnectError):
    """A file that cannot be read, or not as the recipe says; the message names it."""


class ParameterMissing(ConnectError):
    """Something that only the user can say, and has not said; the message says how to."""


class ImportNotFound(ConnectError):
    """There is no import of this id."""


class ImportStopped(ConnectError):
    """Someone stopped an import; what was half in is out again."""


class ImportLeft(ConnectError):
    """Another process goes on with this import: what is half in stays for it."""
