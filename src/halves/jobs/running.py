"""Start long work, run it in the worker, tell how far it is, stop it, take it up after a crash."""

import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.utils import OperationalError
from django_tasks import task

from halves.jobs.errors import JobCancelled, JobLost, JobRefused
from halves.jobs.models import LIVE, Job, State

SILENT = timedelta(seconds=30)  # without a beat for so long, the worker is gone
_BEAT_S = 5.0
_TELL_S = 0.5
_MOST_TRIES = 5

Work = Callable[[Job, "Telling"], Mapping[str, Any] | None]
_log = logging.getLogger("halves.jobs")
_KINDS: dict[str, Work] = {}
_MENDS: list[Callable[[], object]] = []


def job_kind(kind: str, work: Work) -> None:
    """Say what a kind of job does.

    `work` gets the job and a `Telling`, and returns what to keep in `job.result`; its `words` are
    shown. It must be safe to run again from the start.
    """
    _KINDS[kind] = work


def mended_by(mend: Callable[[], object]) -> None:
    """Add what a room does now and then about what a crash left between two stores."""
    _MENDS.append(mend)


def start(kind: str, *, by: Any, at: datetime, arguments: Mapping[str, Any]) -> Job:
    """Ask for work; a worker takes it up once the caller's transaction is through."""
    if kind not in _KINDS:
        raise ValueError(f"there is no kind of job {kind!r}, but {sorted(_KINDS)}")
    job = Job.objects.create(kind=kind, by=by, asked_at=at, arguments=dict(arguments))
    transaction.on_commit(lambda: run_job.enqueue(job.pk))
    return job


def cancel(job: Job, *, at: datetime) -> None:
    """Ask for work to stop: at once if it waits, else where it next looks up."""
    stopped = {"state": State.CANCELLED, "ended_at": at, "is_cancel_wanted": True}
    if not Job.objects.filter(pk=job.pk, state=State.WAITING).update(**stopped):
        Job.objects.filter(pk=job.pk, state=State.RUNNING).update(is_cancel_wanted=True)


def take_up_again(*, at: datetime) -> int:
    """Queue what a dead worker left, or what was asked for and never queued; mend the rest."""
    for mend in _MENDS:
        _mend(mend)
    silent = Q(state=State.RUNNING, beat_at__lt=at - SILENT)
    unqueued = Q(state=State.WAITING, asked_at__lt=at - SILENT)
    lost = list(Job.objects.filter(silent | unqueued).values_list("pk", flat=True))
    for key in lost:
        run_job.enqueue(key)
    return len(lost)


def _mend(mend: Callable[[], object]) -> None:
    try:
        mend()
    except OperationalError:  # the database is busy; next time will do
        close_old_connections()
    except Exception:  # one room's trouble must not keep the others from mending theirs
        _log.error("mending failed\n%s", traceback.format_exc())


class Telling:
    """How a job says how far it is; it raises when the job should stop."""

    def __init__(self, job: Job, claim: str) -> None:
        self._job, self._claim, self._told_at, self._looked_at = job, claim, 0.0, 0.0

    def __call__(self, doing: str, done: int = 0, of: int = 0) -> None:
        """Tell what is being done, and how much of how much.

        Raises:
            JobCancelled: someone asked for it to stop.
            JobLost: another worker has taken it up.
        """
        now = time.monotonic()
        if now - self._told_at < _TELL_S and doing == self._job.doing:
            return
        self._told_at, self._job.doing = now, doing
        mine = Job.objects.filter(pk=self._job.pk, claim=self._claim, state=State.RUNNING)
        if not mine.update(doing=doing[:200], done=done, of=of, beat_at=datetime.now(UTC)):
            raise JobLost
        if mine.filter(is_cancel_wanted=True).exists():
            raise JobCancelled

    def look_up(self) -> None:
        """Look whether to go on, in the middle of what was told last; raises as telling does."""
        now = time.monotonic()
        if now - self._looked_at < _TELL_S:
            return
        self._looked_at = now
        mine = Job.objects.filter(pk=self._job.pk, claim=self._claim, state=State.RUNNING)
        is_cancel_wanted = mine.values_list("is_cancel_wanted", flat=True).first()
        if is_cancel_wanted is None:
            raise JobLost
        if is_cancel_wanted:
            raise JobCancelled


@task()
def run_job(key: int) -> None:
    """Run one job, unless another worker has it or it is through."""
    claim, now = uuid.uuid4().hex, datetime.now(UTC)
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, beat_at__lt=now - SILENT)
    # One conditional UPDATE, so that two workers cannot both have it.
    won = Job.objects.filter(free, pk=key).update(
        state=State.RUNNING, claim=claim, started_at=now, beat_at=now, tries=F("tries") + 1
    )
    if not won:
        return
    job = Job.objects.get(pk=key)
    if job.tries > _MOST_TRIES:
        words = "The worker died on this several times. Look at its log, then start it again."
        _end(job, claim, State.FAILED, words=words)
        return
    with _beating(job, claim):
        _end(job, claim, *_outcome(job, claim))


def _outcome(job: Job, claim: str) -> tuple[State, str, Mapping[str, Any]]:
    try:
        result = dict(_KINDS[job.kind](job, Telling(job, claim)) or {})
    except JobCancelled:
        return State.CANCELLED, "", {}
    except JobLost:
        return State.RUNNING, "", {}
    except JobRefused as refused:
        return State.FAILED, str(refused), {}
    except Exception:
        # The log has the traceback; the page has words, since a traceback may hold people's data.
        _log.error("job %s (%s) failed\n%s", job.pk, job.kind, traceback.format_exc())
        words = f"Something went wrong in halves itself; the worker's log has it as job {job.pk}."
        return State.FAILED, words, {}
    return State.DONE, str(result.pop("words", "")), result


def _end(
    job: Job, claim: str, state: State, words: str = "", result: Mapping[str, Any] | None = None
) -> None:
    if state in LIVE:
        return
    Job.objects.filter(pk=job.pk, claim=claim, state=State.RUNNING).update(
        state=state, words=words, result=dict(result or {}), ended_at=datetime.now(UTC)
    )


@contextmanager
def _beating(job: Job, claim: str) -> Iterator[None]:
    """Beat while the job works, also through a long query."""
    over = threading.Event()
    mine = Job.objects.filter(pk=job.pk, claim=claim, state=State.RUNNING)

    def beat() -> None:
        while not over.wait(_BEAT_S):
            try:
                mine.update(beat_at=datetime.now(UTC))
            except OperationalError:  # the database is busy; the next beat will do
                close_old_connections()
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
