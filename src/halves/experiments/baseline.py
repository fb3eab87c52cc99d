"""People whom nothing of ours reaches: what they open and buy is demand that is there anyway.

Who they are is a keyed hash of their id in the ledger, so that people who come later are drawn too
and everybody stays where they are. Only senders and the call queue ask; whoever writes or buys by
themselves is answered.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.experiments.errors import BaselineRefused
from halves.experiments.models import Baseline
from halves.measure.assignment import draws

NAME = "left alone by everything"
MOST = 0.2


def baseline() -> Baseline | None:
    """The one that is on, if any is."""
    return Baseline.objects.filter(is_on=True).first()


def leave_some_alone(share: float, *, by: User, at: datetime) -> Baseline | None:
    """Leave a share of all people alone from now on; 0 ends it.

    Another share starts anew with other people, since those reached before are no baseline.

    Raises:
        BaselineRefused: a share outside 0 to 20%.
    """
    if not 0 <= share <= MOST:
        raise BaselineRefused(_("Leave between 0 and 20% of people alone."))
    try:
        with transaction.atomic():
            before = Baseline.objects.select_for_update().filter(is_on=True).first()
            if before is not None and before.share == share:
                return before
            Baseline.objects.filter(is_on=True).update(is_on=False, ended_at=at)
            made = None
            if share:
                made = Baseline.objects.create(
                    share=share, salt=secrets.token_hex(32), by=by, since=at
                )
            about = made or before
            if about is not None:
                audit.record("baseline.set", about, by=by, at=at, after={"share": share})
            return made
    except IntegrityError:  # two at once: the other's stands
        return baseline()


def left_alone(unit_ids: Sequence[str], *, at: datetime) -> set[str]:
    """Those of some people whom nothing may reach now, by their ids in the ledger."""
    found = Baseline.objects.filter(is_on=True, since__lte=at).first()
    return drawn(found, unit_ids) if found is not None else set()


def drawn(one: Baseline, unit_ids: Sequence[str]) -> set[str]:
    """Those of some people who are left alone by it."""
    if not unit_ids:
        return set()
    rolled = draws(NAME, unit_ids, key=one.salt.encode())
    return {unit for unit, place in zip(unit_ids, rolled, strict=True) if place < one.share}
