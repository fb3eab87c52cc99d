"""What is refused here."""


class ProposalOver(ValueError):
    """It waits for nobody any more; says why."""


class ProposalStale(ValueError):
    """What its user saw is not what is there any more; says so."""
