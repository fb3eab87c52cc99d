"""What concerns give to rooms below: who may see and write them."""

from halves.access.rules import EVERYONE, MARKETERS, WORKERS, Verb, rule


def register() -> None:
    """Say who may do what. Sellers hear concerns and answer them; what is told is approved."""
    rule("concern", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS})
    rule("concern_answer", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: MARKETERS})
