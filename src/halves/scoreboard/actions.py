"""Set a target, ask which half is wasted, say what measuring needs to know."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from halves.access.audit import record
from halves.access.models import House, User
from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job
from halves.jobs.running import Telling
from halves.ledger import Channel, Ledger
from halves.ledger.errors import LedgerError
from halves.ledger.heeding import heeding
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
_DRAWS_KEPT = 3
_MOST_POINTS = 100  # where all are promoters


@transaction.atomic
def set_target(
    measure: Measure, amount: Decimal, *, starts: date, ends: date, by: User, at: datetime
) -> Target:
    """Say how much of a measure is wanted from `starts` until the day before `ends`.

    Raises:
        TargetRefused: nothing is wanted, more points than there are, or the period ends before it
            starts.
    """
    if amount <= 0:
        raise TargetRefused(_("A target must be above 0, got %(amount)s.") % {"amount": amount})
    if measure == Measure.BRAND and amount > _MOST_POINTS:
        raise TargetRefused(_("The brand's target is in points, 100 at most."))
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
        return {}
    ledger, stages = book(), _Stages(tell, queries.usual_stages())
    stages(_("looking at the ledger"))
    rows = ledger.rows_written()
    try:
        with heeding(tell.look_up):
            answer, tests = _found(run, ledger, settings.PLACE.settings(), stages)
    except (LedgerError, MeasureError, ValueError) as refused:
        raise JobRefused(str(refused)) from refused
    keep(run, answer, tests, rows=rows, stages=stages.told, at=datetime.now(UTC))
    _drop_old_draws(run)
    return {}


def keep(
    run: AnswerRun,
    answer: Answer,
    tests: dict[str, Any] | None,
    *,
    rows: Mapping[str, int],
    stages: int,
    at: datetime,
) -> None:
    """Keep what was found, unless another worker kept it first.

    Args:
        run: what was asked.
        answer: the answer, with its draws.
        tests: what to test next, as `halves next-test --json` gives it.
        rows: table → rows of the ledger that it was computed from.
        stages: how many were told of.
        at: when it was found.
    """
    if answer.joint is not None:
        write_draws(answer.joint, queries.draws_file(run))
    # One conditional UPDATE, so that of two workers on the same job one keeps its answer.
    AnswerRun.objects.filter(pk=run.pk, answered_at=None).update(
        answered_at=at,
        answer=as_data(answer),
        tests=tests,
        ledger_versions=dict(answer.ledger_versions),
        ledger_rows=dict(rows),
        stages=stages,
    )


def _drop_old_draws(run: AnswerRun) -> None:
    """Of each kind of unit the newest draws are kept; pages plan with no others."""
    runs = AnswerRun.objects.exclude(answered_at=None).filter(unit=run.unit)
    for old in runs.order_by("-answered_at")[_DRAWS_KEPT:]:
        queries.draws_file(old).unlink(missing_ok=True)


class _Stages:
    """Count what is told, so that the next one can say how far it is."""

    def __init__(self, tell: Telling, usual: int) -> None:
        self._tell, self._usual, self.told = tell, usual, 0

    def __call__(self, doing: str) -> None:
        self._tell(doing, self.told, max(self._usual, self.told + 1) if self._usual else 0)
        self.told += 1


def _found(
    run: AnswerRun, ledger: Ledger, said: Settings, tell: _Stages
) -> tuple[Answer, dict[str, Any] | None]:
    since, until = _period(run, ledger)
    if said.margin is None:
        raise JobRefused(
            _(
                "The margin is not known: which part of a sale is profit, before marketing "
                "and sales?"
            )
        )
    answer = which_half(
        ledger,
        channels=said.channels,
        margin=said.margin,
        since=since,
        until=until,
        seed=_SEED,
        by="campaign" if run.unit == Unit.CAMPAIGN else "channel",
        currency=said.currency,
        cost_of_under=said.cost_of_under,
        progress=tell,
    )
    tell(_("weighing tests"))
    return answer, _tests(ledger, answer, said.channels)


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
