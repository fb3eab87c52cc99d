"""What webhooks give to rooms below: who may, and the worker's standing work."""

from datetime import datetime

from halves.access.rules import LEADERS, Verb, rule
from halves.jobs.standing import standing
from halves.webhooks import sending

_LOOK_S = 1.0
_CLEAN_S = 3600.0


def register() -> None:
    """Say who may see and change endpoints, and that the worker tells them."""
    rights = dict.fromkeys((Verb.SEE, Verb.ADD, Verb.CHANGE, Verb.REMOVE), LEADERS)
    rule("webhook", rights)
    standing("webhooks", sending.deliver_due, every_s=_LOOK_S)
    standing("old webhooks", _clean, every_s=_CLEAN_S)


def _clean(at: datetime) -> None:
    sending.drop_old(at)
