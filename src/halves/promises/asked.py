"""What promises give to the audience builder."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.people.fields import Field, Holds, Records, records_of_people
from halves.promises.models import Keeping, Promise, Via


def register() -> None:
    """Say what can be asked of promises."""
    records_of_people(_PROMISES)


def _promises(who: Q) -> Iterable[tuple[Any, ...]]:
    columns = ("measure", "via", "keeping", "made_at", "due_on", "delivered_at")
    return Promise.objects.filter(who).values_list("person_id", *columns)


_TEXT = Holds.TEXT
_PROMISES = Records(
    "promises",
    _("Promises made to them"),
    (
        Field("measure", _("Measure"), _TEXT, "r.measure"),
        Field("via", _("Where they were told"), _TEXT, "r.via", choices=lambda: Via.choices,
              is_open=False),
        Field("keeping", _("How it was kept"), _TEXT, "r.keeping",
              choices=lambda: Keeping.choices, is_open=False),
        Field("made", _("Made"), Holds.MOMENT, "r.made"),
        Field("due", _("Due"), Holds.DAY, "r.due"),
        Field("delivered", _("Delivered"), Holds.MOMENT, "r.delivered"),
    ),
    when="made",
    rows=_promises,
)  # fmt: skip
