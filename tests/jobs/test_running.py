"""Long work: it tells how far it is, stops when asked, and is taken up after a crash."""

from datetime import UTC, datetime, timedelta

import pytest

from halves.jobs import running
from halves.jobs.errors import JobRefused
from halves.jobs.models import Job, State
from tests.house import MONDAY


@pytest.fixture
def kind(house):
    """A kind of job whose work the test gives."""

    def named(work):
        running.job_kind("trial", work)
        return "trial"

    yield named
    running._KINDS.pop("trial", None)


def begun(kind, captured, *, at=MONDAY, **arguments) -> Job:
    with captured(execute=True):
        job = running.start(kind, by=None, at=at, arguments=arguments)
    job.refresh_from_db()
    return job


def test_a_job_keeps_what_came_of_it(kind, django_capture_on_commit_callbacks):
    def add(job, tell):
        tell("adding", 1, 2)
        return {"sum": sum(job.arguments["of"]), "words": "Added up."}

    job = begun(kind(add), django_capture_on_commit_callbacks, of=[1, 2])

    assert (job.state, job.result, job.words) == (State.DONE, {"sum": 3}, "Added up.")
    assert (job.doing, job.done, job.of) == ("adding", 1, 2)


def test_work_stops_where_it_next_tells_once_someone_asked(
    kind, django_capture_on_commit_callbacks
):
    went_on = []

    def long(job, tell):
        running.cancel(job, at=MONDAY)
        tell("the next step")
        went_on.append(1)

    job = begun(kind(long), django_capture_on_commit_callbacks)

    assert job.state == State.CANCELLED
    assert not went_on


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(kind):
    ran = []
    name = kind(lambda job, tell: ran.append(1))
    job = Job.objects.create(kind=name, asked_at=MONDAY)
    running.cancel(job, at=MONDAY)
    running.run_job.call(job.pk)

    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not ran


def test_a_refusal_is_shown_as_it_is_and_a_mistake_of_ours_is_not(
    kind, django_capture_on_commit_callbacks
):
    def refuse(job, tell):
        raise JobRefused("Give a margin first.")

    def break_(job, tell):
        raise RuntimeError("ada@example.org")

    refused = begun(kind(refuse), django_capture_on_commit_callbacks)
    broken = begun(kind(break_), django_capture_on_commit_callbacks)

    assert (refused.state, refused.words) == (State.FAILED, "Give a margin first.")
    assert broken.state == State.FAILED
    assert "ada@" not in broken.words


def test_a_job_whose_worker_died_is_taken_up_and_one_that_lives_is_not(kind):
    ran = []
    name = kind(lambda job, tell: ran.append(job.pk))
    now = datetime.now(UTC)
    dead = {"state": State.RUNNING, "asked_at": MONDAY, "beat_at": now - timedelta(minutes=5)}
    lost = Job.objects.create(kind=name, **dead, claim="gone")
    Job.objects.create(kind=name, **dead | {"beat_at": now}, claim="alive")

    assert running.take_up_again(at=now) == 1

    lost.refresh_from_db()
    assert ran == [lost.pk]
    assert lost.state == State.DONE


def test_a_worker_that_was_silent_for_too_long_loses_its_job(
    kind, django_capture_on_commit_callbacks
):
    def slow(job, tell):
        Job.objects.filter(pk=job.pk).update(claim="another worker")
        tell("going on")

    job = begun(kind(slow), django_capture_on_commit_callbacks)

    assert job.state == State.RUNNING
    assert job.claim == "another worker"


def test_what_kills_its_worker_again_and_again_is_given_up_with_words(kind):
    name = kind(lambda job, tell: None)
    job = Job.objects.create(kind=name, asked_at=MONDAY, tries=5)
    running.run_job.call(job.pk)

    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "several times" in job.words
