"""What tracking gives to rooms below: who may, a person's part, the worker's standing work."""

from halves.access.rules import LEADERS, MARKETERS, Verb, rule
from halves.jobs.standing import standing
from halves.keeping.still import hold_still
from halves.people.everything import Part, part
from halves.tracking import flushing, forgetting

_EVERY_S = 5.0


def register() -> None:
    """Say who may do what to sources, and what is looked after."""
    rule(
        "source",
        {Verb.SEE: MARKETERS, Verb.ADD: LEADERS, Verb.CHANGE: LEADERS},
    )
    rule("stitch", {Verb.SEE: MARKETERS, Verb.CHANGE: MARKETERS})
    part("events", Part(forgetting.of, forgetting.forget))
    hold_still(flushing.alone)
    standing("tracking", flushing.flush, every_s=_EVERY_S)
