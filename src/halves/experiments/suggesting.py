"""The next best experiment, and a draft made of it."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.experiments.actions import draft
from halves.experiments.detecting import midnight
from halves.experiments.errors import DesignRefused
from halves.experiments.models import Experiment, Source, Unit
from halves.jobs import running
from halves.jobs.errors import JobCancelled, JobLost, JobRefused
from halves.jobs.models import LIVE, Job, State
from halves.jobs.running import Telling
from halves.ledger.errors import LedgerError
from halves.measure import which_half
from halves.measure.errors import MeasureError
from halves.measure.facts import span
from halves.measure.next_test import next_test
from halves.posting.book import book
from halves.report.planning import tests_as_data

KIND = "next_test"
_SEED = 1


@transaction.atomic
def ask_next_test(*, by: User, at: datetime) -> Job:
    """Ask which experiment is best to run next; one that is under way is not asked again."""
    same = Job.objects.filter(kind=KIND, state__in=LIVE).first()
    return same or running.start(KIND, by=by, at=at, arguments={})


def find_next_test(job: Job, tell: Telling) -> dict[str, Any]:
    """Weigh all tests that could be run, on the whole of the ledger.

    Raises:
        JobRefused: something is missing; the words say what.
    """
    ledger, said = book(), settings.PLACE.settings()
    held = span(ledger)
    if held is None:
        raise JobRefused(
            _("The ledger holds no touches, spend or outcomes yet: import some first.")
        )
    if said.margin is None:
        raise JobRefused(_("Say first which part of a sale is profit, under Settings."))
    try:
        answer = which_half(
            ledger,
            channels=said.channels,
            margin=said.margin,
            since=held.reaches_since,
            until=held.until,
            seed=_SEED,
            currency=said.currency,
            cost_of_under=said.cost_of_under,
            progress=tell,
        )
        tell(_("weighing tests"))
        found = next_test(ledger, answer, channels=said.channels)
    except (JobCancelled, JobLost):
        raise
    except (LedgerError, MeasureError, ValueError) as refused:
        raise JobRefused(str(refused)) from refused
    return {"tests": tests_as_data(found, answer), "words": ""}


def newest() -> Job | None:
    """The newest job that weighed tests, if any is done."""
    return Job.objects.filter(kind=KIND, state=State.DONE).order_by("-pk").first()


def failed() -> Job | None:
    """The last job that weighed tests, if it could not."""
    last = Job.objects.filter(kind=KIND).order_by("-pk").first()
    return last if last and last.state == State.FAILED else None


def under_way() -> Job | None:
    """The job that weighs tests now."""
    return Job.objects.filter(kind=KIND, state__in=LIVE).order_by("-pk").first()


def draft_of(test: dict[str, Any], *, by: User, at: datetime) -> Experiment:
    """Make a draft of a test, as `halves next-test --json` gives it; it starts tomorrow.

    Raises:
        DesignRefused: it cannot be run as it is.
    """
    starts = midnight(at.date() + timedelta(days=1))
    regions = list(test["regions"])
    title = _("%(unit)s: what does it bring?") % {"unit": test["unit"]}
    try:
        return draft(
            by=by,
            at=at,
            source=Source.NEXT_TEST,
            title=_unused(title),
            withheld=[test["unit"]],
            unit_kind=Unit.REGION if regions else Unit.PERSON,
            share=test["share"],
            held_out_regions=regions,
            starts=starts,
            ends=starts + timedelta(days=test["days"]),
            notes=test["words"],
        )
    except KeyError as missing:
        raise DesignRefused("title", _("This is no test: %(what)s") % {"what": missing}) from None


def _unused(title: str) -> str:
    used = set(Experiment.objects.values_list("title", flat=True))
    place, found = 2, title
    while found in used:
        found, place = f"{title} ({place})", place + 1
    return found
