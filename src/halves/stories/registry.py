"""What stories give to rooms below: who may see and write them."""

from halves.access.rules import EVERYONE, MARKETERS, WORKERS, Verb, rule


def register() -> None:
    """Say who may do what. Sellers tell stories one to one, so they write them too."""
    for kind in ("story", "proof"):
        rule(kind, {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS})
    rule("offer", {Verb.SEE: EVERYONE, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS})
