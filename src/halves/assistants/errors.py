"""What is refused here."""


class ProposalOver(ValueError):
    """It waits for nobody any more; says why."""
