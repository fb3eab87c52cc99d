"""What imports refuses, by name."""


class ImportsError(Exception):
    """Anything that imports refuses; the words are shown as they are."""


class UploadRefused(ImportsError):
    """A file that cannot be taken in: empty, too large, or not what its name says."""


class RunBusy(ImportsError):
    """Work on this import is under way; wait for it, or cancel it."""


class NotReady(ImportsError):
    """Something must be answered before this import can start."""
