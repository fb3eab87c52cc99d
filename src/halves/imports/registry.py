"""What imports gives to rooms below: who may, and the jobs it asks for."""

from halves.access.rules import MARKETERS, Verb, rule
from halves.imports import actions, forgetting
from halves.jobs.running import job_kind
from halves.people.everything import Part, part


def register() -> None:
    """Say who may bring files in, and what its jobs do."""
    rule("import", {Verb.SEE: MARKETERS, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS})
    job_kind(actions.CHECK, actions.do_check)
    job_kind(actions.RUN, actions.do_run)
    job_kind(actions.UNDO, actions.do_undo)
    part("imports", Part(forgetting.shown, forgetting.forgotten))
