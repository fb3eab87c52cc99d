"""What experiments refuse, by name."""


class ExperimentRefused(Exception):
    """Something that an experiment cannot do as asked; the message says why and what to do."""


class DesignRefused(ExperimentRefused):
    """A design that cannot be run; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class NameTaken(DesignRefused):
    """Another experiment, here or on the ledger, has this name."""

    def __init__(self, words: str) -> None:
        super().__init__("title", words)


class AlreadyRegistered(ExperimentRefused):
    """The design is frozen: it cannot be changed, registered again or withdrawn."""


class NotRegistered(ExperimentRefused):
    """Nobody is assigned before the design is registered."""


class PowerUnknown(ExperimentRefused):
    """A design is registered once it is known what it could detect."""


class RegionsNotChosen(ExperimentRefused):
    """A test by regions of which nobody has said where it holds out."""


class DesignChanged(ExperimentRefused):
    """The design is not the one that was registered: somebody changed the database by hand."""


class ExperimentOver(ExperimentRefused):
    """Its time has passed, or it was stopped."""


class NotRunning(ExperimentRefused):
    """It holds nobody out, so that there is nothing to look at or to stop."""


class NotOver(ExperimentRefused):
    """The result is read when the experiment is over; until then one may look."""


class AlreadyRead(ExperimentRefused):
    """The result was read before, and stands."""


class NoEarlyLook(ExperimentRefused):
    """A test by regions has no interval that holds at every look: it is read once."""


class LiftRefused(ExperimentRefused):
    """A lift study that cannot be as it says; names the field."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class LiftWithdrawn(ExperimentRefused):
    """The study was taken back before."""


class BaselineRefused(ExperimentRefused):
    """A share of people to leave alone that cannot be."""
