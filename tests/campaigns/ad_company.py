"""People who agreed to be known to ad platforms, and lists of them."""

import csv
import io
from datetime import datetime

from halves.access.models import User
from halves.audiences.models import Audience
from halves.campaigns import ad_files, ad_lists
from halves.campaigns.ad_models import AdFile, AdList
from halves.jobs.models import Job, State
from halves.people.consenting import consent
from halves.people.models import Consent, Person
from tests.campaigns.company import TUESDAY, audience_of, willing
from tests.house import MONDAY


def agreeing(count: int, *, start: int = 0, named: str = "p") -> list[Person]:
    people = willing(count, start=start, named=named)
    said = {"channel": "ads", "is_given": True, "at": MONDAY, "how": "a form", "by": "t"}
    Consent.objects.bulk_create([Consent(person=one, **said) for one in people])
    return people


def agrees(person: Person, *, is_given: bool = True, at: datetime = MONDAY) -> None:
    consent(person, channel="ads", topic="", is_given=is_given, how="a form", by=None, at=at)


def planned(by: User, people: list[Person] | Audience, **said) -> AdList:
    audience = people if isinstance(people, Audience) else audience_of(people, "For ads")
    usual = {"title": "Sailors", "platform": "google", "holdout_share": 0.0}
    made = ad_lists.plan(audience, by=by, at=MONDAY, **usual | said)
    return looked_at(made)


def looked_at(ad_list: AdList) -> AdList:
    """What a worker does when a list is planned."""
    for job in ad_lists.jobs_of(ad_list, ad_lists.LOOK).filter(state=State.WAITING):
        ad_lists.find(job, lambda *_: None)
        Job.objects.filter(pk=job.pk).update(state=State.DONE)
    ad_list.refresh_from_db()
    return ad_list


def made(ad_list: AdList, by: User, *, at: datetime = TUESDAY) -> AdFile:
    """A file, as a worker makes it."""
    file = ad_lists.ask_file(ad_list, by=by, at=at)
    worked_on(ad_list)
    file.refresh_from_db()
    ad_list.refresh_from_db()
    return file


def worked_on(ad_list: AdList) -> None:
    for job in ad_lists.jobs_of(ad_list, ad_lists.MAKE).filter(state=State.WAITING):
        ad_files.make(job, lambda *_: None)
        Job.objects.filter(pk=job.pk).update(state=State.DONE)


def taken(file: AdFile, by: User, part: str = "everyone", *, at: datetime = TUESDAY) -> list[str]:
    """The first hash of each line, as somebody takes the file whole."""
    said = b"".join(ad_files.take(file, part, by=by, at=at).chunks).decode()
    return [row[0] for row in list(csv.reader(io.StringIO(said)))[1:]]
