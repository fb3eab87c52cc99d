"""What imports gives to rooms below: who may, and the jobs it asks for."""

from django.utils.translation import gettext_lazy as _

from halves.access.rules import MARKETERS, Verb, rule
from halves.imports import actions, forgetting, uploads
from halves.jobs.running import job_kind
from halves.jobs.standing import standing
from halves.people.everything import Part, part
from halves.webhooks.events import event_kind


def register() -> None:
    """Say who may bring files in, and what its jobs do."""
    rule("import", {Verb.SEE: MARKETERS, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS})
    job_kind(actions.CHECK, actions.do_check)
    job_kind(actions.RUN, actions.do_run)
    job_kind(actions.UNDO, actions.do_undo)
    event_kind("import.done", _("an import is through"))
    standing("uploads", uploads.sweep, every_s=3600)
    part("imports", Part(forgetting.shown, forgetting.forgotten))
