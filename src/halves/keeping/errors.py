"""What keeping refuses, by name."""


class KeepingError(Exception):
    """Anything that keeping refuses."""


class BackupBroken(KeepingError):
    """A backup is not whole; names the file."""
