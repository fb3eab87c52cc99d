"""What people refuses, by name."""


class PeopleError(Exception):
    """Anything that people refuses."""


class ChangedMeanwhile(PeopleError):
    """Someone else changed the record since it was read; both versions are kept to compare."""


class IdentifierTaken(PeopleError):
    """Another person is known by this address, number or id."""

    def __init__(self, kind: str, value: str, person_id: int) -> None:
        super().__init__(f"the {kind} {value} belongs to another person already")
        self.kind, self.value, self.person_id = kind, value, person_id


class FieldRefused(PeopleError):
    """A value that a field cannot hold; names the field and the value."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(f"{field}: {words}")
        self.field, self.words = field, words


class ViewUnknown(PeopleError):
    """A filter or an order that a list does not have."""


class MergeRefused(PeopleError):
    """Two who cannot be merged, or a merge that cannot be undone; says what to do instead."""


class IdentityNotInstalled(PeopleError):
    """Looking for duplicates takes Splink, which is not installed here."""


class SourceNotTrusted(PeopleError):
    """A browser may say who it is, but not what someone we know is known by."""
