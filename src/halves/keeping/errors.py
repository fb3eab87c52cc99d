"""What keeping refuses, by name."""


class KeepingError(Exception):
    """Anything that keeping refuses."""


class BackupBroken(KeepingError):
    """A backup is not whole; names the file."""


class HomeInUse(KeepingError):
    """The home holds data that a restore would put aside; says how to go on."""


class JournalMissing(KeepingError):
    """There is no journal of refusals and erasures to replay."""
