"""What can happen to the lock that a restore leaves."""

from datetime import datetime

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.keeping.models import RestoreLock


def lift_lock(lock: RestoreLock, *, by: User, at: datetime) -> None:
    """Say that sending may go on after a restore without its journal."""
    with transaction.atomic():
        held = RestoreLock.objects.filter(pk=lock.pk, lifted_at=None)
        if held.update(lifted_at=at, lifted_by=by):
            audit.record("restore_lock.change", lock, by=by, at=at, before={"why": lock.why})
