"""What the scoreboard gives to rooms below: who may do what, and how an answer is computed."""

from halves.access.models import Role
from halves.access.rules import EVERYONE, LEADERS, Verb, rule
from halves.jobs.running import job_kind
from halves.scoreboard.actions import KIND, compute

ASKERS = LEADERS | {Role.MARKETER}


def register() -> None:
    """Say who may see the score, set a target and ask anew."""
    rule("score", {Verb.SEE: EVERYONE})
    rule("target", {Verb.SEE: EVERYONE, Verb.CHANGE: LEADERS})
    rule("answer", {Verb.SEE: EVERYONE, Verb.ADD: ASKERS, Verb.CHANGE: ASKERS})
    job_kind(KIND, compute)
