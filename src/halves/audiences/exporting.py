"""An audience as a file that streams: the people of it whom the user may meet."""

from datetime import datetime

from django.utils.text import slugify

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, insist
from halves.audiences.models import Audience
from halves.audiences.queries import members
from halves.people.exporting import PEOPLE, Exported, Form, export_chosen
from halves.people.queries import people_of


def export_audience(audience: Audience, *, form: Form, by: User, at: datetime) -> Exported:
    """Give away who is in an audience now as a file; who took it is in the log before the first.

    Args:
        form: `csv` or `parquet`.

    Raises:
        MayNot: exporting audiences, or people, is not for the user's role.
        DefinitionRefused: what the audience refers to is gone.
    """
    insist(by, Verb.EXPORT, "audience")
    insist(by, Verb.EXPORT, "person")
    keys = list(members(audience, at=at))
    told = {"form": form, "members": sum(len(chunk) for chunk in keys)}
    audit.record("audience.export", audience, by=by, at=at, after=told)
    name = slugify(audience.name) or f"audience-{audience.pk}"
    return export_chosen(PEOPLE, people_of(by), iter(keys), name=name, form=form)
