"""What audiences refuses, by name."""


class AudienceRefused(Exception):
    """An audience cannot be as it is wanted; says what to do."""


class DefinitionRefused(AudienceRefused):
    """A definition that means nothing.

    Args:
        place: where in the definition, such as `and[2].value`; empty for all of it.
        words: what is wrong there.
    """

    def __init__(self, place: str, words: str) -> None:
        super().__init__(f"{place}: {words}" if place else words)
        self.place, self.words = place, words


class NameTaken(AudienceRefused):
    """Another one is called so."""


class ChangedMeanwhile(AudienceRefused):
    """Somebody else changed it first."""


class NotAList(AudienceRefused):
    """Members of a computed audience are computed: nobody is put on it by hand."""


class StillUsed(AudienceRefused):
    """Something else refers to it."""


class CountOvertaken(AudienceRefused):
    """The definition was edited while it was counted; the newer count is under way."""


class JoiningRefused(AudienceRefused):
    """What was typed into a group's page cannot be; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class TooOften(AudienceRefused):
    """Too many asked from one place."""


class LinkUnknown(AudienceRefused):
    """A link that leads nowhere: it is wrong, too old, or was used."""
