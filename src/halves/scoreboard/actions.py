"""Set a target, ask which half is wasted, say what measuring needs to know."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access.audit import record
from halves.access.models import House, User
from halves.jobs import running
from halves.jobs.errors import JobCancelled, JobLost, JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.ledger import Channel, Ledger
from halves.ledger.errors import LedgerError
from halves.ledger.settings import Settings
from halves.measure import Answer, which_half
from halves.measure.errors import MeasureError
from halves.measure.facts import span
from halves.measure.next_test import next_test
from halves.posting.book import book
from halves.report.as_json import as_data
from halves.report.draws import write_draws
from halves.report.planning import tests_as_data
from halves.scoreboard import queries
from halves.scoreboard.errors import TargetRefused
from halves.scoreboard.models import AnswerRun, Measure, Target, Unit

KIND = "which_half"
_SEED = 1  # the same ledger, the same answer


@transaction.atomic
def set_target(
    measure: Measure, amount: Decimal, *, starts: date, ends: date, by: User, at: datetime
) -> Target:
    """Say how much of a measure is wanted from `starts` until the day before `ends`.

    Raises:
        TargetRefused: nothing is wanted, or the period ends before it starts.
    """
    if amount <= 0:
        raise TargetRefused(_("A target must be above 0, got %(amount)s.") % {"amount": amount})
    if ends <= starts:
        raise TargetRefused(
            _("A target's last day must not lie before its first, %(day)s.") % {"day": starts}
        )
    old = Target.objects.filter(measure=measure, starts=starts, ends=ends).first()
    found, _new = Target.objects.update_or_create(
        measure=measure,
        starts=starts,
        ends=ends,
        defaults={"amount": amount, "by": by, "at": at},
    )
    said = {"measure": str(measure), "amount": amount, "starts": starts, "ends": ends}
    before = {**said, "amount": old.amount} if old else {}
    record("target.change", found, by=by, at=at, before=before, after=said)
    return found


@transaction.atomic
def ask(
    *,
    since: date | None = None,
    until: date | None = None,
    unit: str = Unit.CHANNEL,
    by: User | None,
    at: datetime,
) -> AnswerRun:
    """Ask which half is wasted; a worker computes it.

    The same question under way is not asked twice.

    Args:
        since: the first day; None for the ledger's first with a touch or spend.
        until: the day after the last; None for the ledger's end.
        unit: `channel` or `campaign`.
        by: who asks.
        at: when.
    """
    same = queries.under_way().filter(since=since, until=until, unit=unit).first()
    if same is not None:
        return same
    job = running.start(KIND, by=by, at=at, arguments={"unit": str(unit)})
    return AnswerRun.objects.create(job=job, since=since, until=until, unit=unit, by=by, at=at)


def cancel(run: AnswerRun, *, at: datetime) -> None:
    """Stop computing an answer; what was found before stays."""
    running.cancel(run.job, at=at)


def change_settings(changed: Settings, *, by: User, at: datetime) -> None:
    """Write what measuring needs to know to halves.toml, and what it was to the log."""
    where = settings.PLACE.settings_file
    old = Settings.read(where)
    changed.write(where)
    record("house.settings", House.get(), by=by, at=at, before=_said(old), after=_said(changed))


def compute(job: Job, tell: Telling) -> dict[str, Any]:
    """Compute one answer in the worker; doing it twice gives the same.

    Raises:
        JobRefused: something is missing or cannot be; the words say what to do.
    """
    run = AnswerRun.objects.get(job=job)
    if run.answered_at is not None:  # a worker died after the answer was kept
        return {"words": ""}
    stages = _Stages(tell, queries.usual_stages())
    try:
        found = _found(run, book(), settings.PLACE.settings(), stages)
    except (JobCancelled, JobLost, JobRefused):
        raise
    except (LedgerError, MeasureError, ValueError) as refused:
        raise JobRefused(str(refused)) from refused
    # One conditional UPDATE, so that of two workers on the same job one keeps its answer.
    AnswerRun.objects.filter(pk=run.pk, answered_at=None).update(
        answered_at=datetime.now(UTC), stages=stages.told, **found
    )
    return {"words": ""}


class _Stages:
    """Count what is told, so that the next one can say how far it is."""

    def __init__(self, tell: Telling, usual: int) -> None:
        self._tell, self._usual, self.told = tell, usual, 0

    def __call__(self, doing: str) -> None:
        self._tell(doing, self.told, max(self._usual, self.told + 1) if self._usual else 0)
        self.told += 1


def _found(run: AnswerRun, ledger: Ledger, said: Settings, tell: _Stages) -> dict[str, Any]:
    tell(_("looking at the ledger"))
    rows = ledger.rows_written()
    since, until = _period(run, ledger)
    margin = said.margin
    if margin is None:
        raise JobRefused(
            _(
                "The margin is not known: which part of a sale is profit, before marketing "
                "and sales?"
            )
        )
    answer = which_half(
        ledger,
        channels=said.channels,
        margin=margin,
        since=since,
        until=until,
        seed=_SEED,
        by="campaign" if run.unit == Unit.CAMPAIGN else "channel",
        currency=said.currency,
        progress=tell,
    )
    tell(_("weighing tests"))
    tests = _tests(ledger, answer, said.channels)
    if answer.joint is not None:
        write_draws(answer.joint, queries.draws_file(run))
    return {
        "answer": as_data(answer),
        "tests": tests,
        "ledger_versions": dict(answer.ledger_versions),
        "ledger_rows": rows,
    }


def _tests(ledger: Ledger, answer: Answer, channels: Sequence[Channel]) -> dict[str, Any] | None:
    try:
        return tests_as_data(next_test(ledger, answer, channels=channels), answer)
    except MeasureError:  # no test can be told of; the answer stands without
        return None


def _period(run: AnswerRun, ledger: Ledger) -> tuple[date, date]:
    held = span(ledger)
    if held is None:
        raise JobRefused(
            _("The ledger holds no touches, spend or outcomes yet: import some first.")
        )
    since, until = run.since or held.reaches_since, run.until or held.until
    if until <= since:
        last = until - timedelta(days=1)
        raise JobRefused(
            _(
                "The last day, %(last)s, lies before the first, %(first)s: the ledger's own "
                "days are %(since)s to %(until)s."
            )
            % {"last": last, "first": since, "since": held.since, "until": held.until}
        )
    return since, until


def _said(said: Settings) -> dict[str, Any]:
    return {
        "currency": said.currency,
        "time_zone": said.time_zone,
        "margin": said.margin,
        "channels": [
            {"name": one.name, "path": one.path, "meets": one.meets, "picks": one.picks}
            for one in said.channels
        ],
    }
