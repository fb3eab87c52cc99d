"""An experiment from its draft to its result, on a ledger."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import comb

import pytest
from django.db import IntegrityError, connection, transaction

from halves.access.models import AuditEntry
from halves.experiments import actions, posting, queries
from halves.experiments.errors import (
    AlreadyRead,
    AlreadyRegistered,
    DesignChanged,
    DesignRefused,
    ExperimentOver,
    NameTaken,
    NotOver,
    NotRegistered,
    NotRunning,
    PowerUnknown,
)
from halves.experiments.models import ArmsBatch, Experiment, Member, State
from halves.experiments.models import Measure as By
from halves.jobs.models import Job
from halves.jobs.models import State as JobState
from halves.keeping.erasing import erase_person
from halves.measure.trials import trial
from halves.people import actions as people_actions
from halves.people import consenting
from halves.people.models import Person
from halves.posting.book import book
from tests.experiments.company import (
    ENDS,
    LATER,
    NOON,
    PEOPLE,
    STARTS,
    drafted,
    known_people,
    sold,
)

HALFWAY = STARTS + timedelta(days=28)


@pytest.fixture
def people(house):
    return known_people()


@pytest.fixture
def running(ada, people, done):
    """An experiment in which everyone has an arm."""
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)
    done(actions.start, draft, by=ada, at=NOON)
    draft.refresh_from_db()
    return draft


def bought(running: Experiment, *, treated: int, held_out: int, batch: str = "spring") -> None:
    """Deals in the test's second week, of so many in each arm."""
    buyers = []
    for is_out, count in ((False, treated), (True, held_out)):
        members = running.members.filter(is_held_out=is_out).order_by("unit_id")
        buyers += [one.unit_id for one in members[:count]]
    sold(buyers, at=[STARTS + timedelta(days=10)] * len(buyers), batch=batch)


def test_what_it_can_detect_is_known_before_it_is_registered(ada, people, done):
    draft = done(drafted, ada)

    power = draft.power
    # 2.8 standard errors; N_T·sd·√(1/n_T + 1/n_C) with 300 and 100 people.
    assert (power["n_treated"], power["n_held_out"]) == (300, 100)
    assert power["one_look"] / power["se"] == pytest.approx(2.8, abs=0.01)
    assert power["many_looks"] > power["one_look"]


def test_a_design_of_which_nobody_knows_what_it_detects_is_not_registered(ada, people):
    draft = drafted(ada)  # and no worker yet

    with pytest.raises(PowerUnknown):
        actions.register(draft, by=ada, at=NOON)


def test_a_registered_design_cannot_change(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    for action in (actions.change_draft, actions.withdraw, actions.register):
        with pytest.raises(AlreadyRegistered):
            action(draft, by=ada, at=NOON)
    with pytest.raises(AlreadyRegistered):
        actions.change_draft(draft, by=ada, at=NOON, share=0.5)


def test_a_design_changed_in_the_database_by_hand_holds_nobody_out(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)
    Experiment.objects.filter(pk=draft.pk).update(share=0.5)

    with pytest.raises(DesignChanged):
        actions.start(draft, by=ada, at=NOON)


def test_the_database_itself_holds_the_states(ada, people, done):
    draft = done(drafted, ada)

    for wrong in ({"state": State.REGISTERED}, {"state": State.READ}, {"share": 1.0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Experiment.objects.filter(pk=draft.pk).update(**wrong)


def test_of_two_who_register_at_once_one_wins(ada, lea, people, done):
    draft = done(drafted, ada)
    late_copy = Experiment.objects.get(pk=draft.pk)
    done(actions.register, draft, by=ada, at=NOON)

    with pytest.raises(AlreadyRegistered):
        actions.register(late_copy, by=lea, at=NOON)
    assert AuditEntry.objects.filter(what="experiment.register").count() == 1


def test_days_that_have_passed_cannot_be_chosen_by_what_happened_in_them(ada, people, done):
    draft = done(drafted, ada)

    with pytest.raises(DesignRefused, match="first day has passed"):
        actions.register(draft, by=ada, at=STARTS + timedelta(days=2))


def test_registering_writes_the_design_on_the_ledger_before_anyone_is_drawn(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    [row] = book().read("experiments").to_pylist()
    assert (row["experiment"], row["withheld"], row["starts"], row["ends"]) == (
        "spring-letter",
        ["newsletter"],
        STARTS,
        ENDS,
    )
    assert book().read("assignments").num_rows == 0


def test_a_draft_holds_nobody_out(ada, people, done):
    draft = done(drafted, ada)

    with pytest.raises(NotRegistered):
        actions.start(draft, by=ada, at=NOON)
    with pytest.raises(NotRunning):
        actions.look(draft, by=ada, at=NOON)


def test_everyone_known_gets_an_arm_and_the_ledger_its_chance(running):
    rows = book().read("assignments").to_pylist()

    assert len(rows) == PEOPLE
    chances = {(row["arm"], row["propensity"]) for row in rows}
    assert chances == {("held_out", 0.25), ("treated", 0.75)}
    assert running.state == State.RUNNING


def test_the_share_held_out_is_what_dice_would_give(running):
    held_out = queries.sizes(running).held_out

    # Exact binomial tails: a fair draw strays so far once in 10,000.
    def at_most(k: int) -> float:
        return sum(comb(PEOPLE, i) * 0.25**i * 0.75 ** (PEOPLE - i) for i in range(k + 1))

    assert at_most(held_out) > 5e-5
    assert 1 - at_most(held_out - 1) > 5e-5


def test_the_same_assignment_twice_posts_nothing_new(running, ada, done):
    before = book().versions()["assignments"]

    job = done(actions.start, running, by=ada, at=NOON + timedelta(hours=1))

    assert book().versions()["assignments"] == before
    assert running.batches.count() == 1
    assert job.words.startswith("Nobody new")


def test_who_comes_later_gets_an_arm_and_nobody_changes_theirs(running, ada, done):
    before = {row["unit_id"]: row["arm"] for row in book().read("assignments").to_pylist()}
    newcomers = known_people(50, since=1000)
    foreseen = {name: queries.arm_of(running, name) for name in newcomers}

    done(actions.start, running, by=ada, at=NOON + timedelta(hours=1))

    after = {row["unit_id"]: row["arm"] for row in book().read("assignments").to_pylist()}
    assert after == before | foreseen


def test_a_worker_that_died_after_the_ledger_had_the_arms_does_no_harm_when_it_starts_again(
    running,
):
    rows = book().read("assignments").num_rows
    ArmsBatch.objects.update(posted_at=None)
    known_people(50, since=1000)  # came meanwhile; the batch is fixed
    job = Job.objects.filter(kind=actions.ARMS).get()

    posting.post_arms(job, lambda *_: None)

    assert book().read("assignments").num_rows == rows
    assert ArmsBatch.objects.get().posted_at is not None
    assert queries.sizes(running).all == rows


def test_a_worker_that_died_before_takes_the_same_people(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    class Died(Exception):
        pass

    def dies(doing, *_):
        if "writing" in str(doing):
            raise Died

    job = actions.start(draft, by=ada, at=NOON)  # queued, not run
    with pytest.raises(Died):
        posting.post_arms(job, dies)
    assert book().read("assignments").num_rows == 0
    known_people(50, since=1000)

    posting.post_arms(job, lambda *_: None)

    assert book().read("assignments").num_rows == PEOPLE


def test_people_who_asked_to_be_left_alone_are_in_no_arm(ada, people, done):
    grace = people_actions.add_person(by=ada, at=NOON, source="t", name="Grace")
    alan = people_actions.add_person(by=ada, at=NOON, source="t", name="Alan")
    consenting.leave_alone(alan, is_wanted=True, by=ada, at=NOON)
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)
    done(actions.start, draft, by=ada, at=NOON)

    inside = set(Member.objects.values_list("unit_id", flat=True))
    assert grace.ledger_id in inside
    assert alan.ledger_id not in inside


def test_an_audience_may_be_a_region_or_a_tag(ada, people, done):
    for place in range(40):
        one = people_actions.add_person(by=ada, at=NOON, source="t", name=f"Q{place}")
        people_actions.tag(one, "vip", by=ada, at=NOON)
    north = done(drafted, ada, title="North", region="north")
    vips = done(drafted, ada, title="Vips", tag="vip")

    assert north.power["units"] == PEOPLE // 2
    assert vips.power["units"] == 40


def test_nobody_is_assigned_where_an_arm_would_be_empty(ada, house, done):
    known_people(3)
    sold(["p0000", "p0001"], at=[NOON - timedelta(days=3), NOON - timedelta(days=2)], batch="more")
    draft = done(drafted, ada)

    with pytest.raises(DesignRefused, match="Too few"):
        actions.register(draft, by=ada, at=NOON)


def test_the_result_is_what_the_library_finds_on_the_same_ledger(running, ada, done):
    bought(running, treated=60, held_out=5)

    done(actions.read, running, by=ada, at=LATER)
    running.refresh_from_db()

    found = trial(book(), "spring-letter")
    assert running.state == State.READ
    assert running.result["holds"] == "one look"
    assert running.result["total"] == {
        "mean": found.total.mean,
        "low": found.total.low,
        "high": found.total.high,
    }
    assert running.result["words"] == found.words
    assert queries.sizes(running).held_out == found.n_held_out


def test_a_look_while_it_runs_has_the_interval_that_holds_at_every_look(running, ada, done):
    bought(running, treated=60, held_out=5)

    done(actions.look, running, by=ada, at=HALFWAY)

    found = trial(book(), "spring-letter", until=HALFWAY)
    [look] = running.looks.all()
    assert look.found["holds"] == "every look"
    assert look.found["total"]["low"] == found.always_valid.low * found.n_treated
    assert look.found["total"]["high"] > found.total.high
    running.refresh_from_db()
    assert running.state == State.RUNNING


def test_a_result_is_not_read_before_the_end_and_not_twice(running, ada, done):
    bought(running, treated=60, held_out=5)

    with pytest.raises(NotOver):
        actions.read(running, by=ada, at=HALFWAY)
    done(actions.read, running, by=ada, at=LATER)
    running.refresh_from_db()
    with pytest.raises(AlreadyRead):
        actions.read(running, by=ada, at=LATER)


def test_one_stopped_early_is_read_with_the_wider_interval_and_ends_there_on_the_ledger(
    running, ada, done
):
    bought(running, treated=60, held_out=5)
    wide = trial(book(), "spring-letter", until=HALFWAY).always_valid
    done(actions.stop, running, by=ada, at=HALFWAY)

    done(actions.read, Experiment.objects.get(), by=ada, at=HALFWAY)

    running.refresh_from_db()
    assert running.result["holds"] == "every look"
    assert running.result["always_valid"]["low"] == pytest.approx(wide.low)
    [row] = book().read("experiments").to_pylist()
    assert row["ends"] == HALFWAY


def test_one_that_nobody_was_drawn_for_is_called_off_and_taken_off_the_ledger(ada, people, done):
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)

    done(actions.stop, draft, by=ada, at=NOON)

    assert book().read("experiments").num_rows == 0
    with pytest.raises(ExperimentOver):
        actions.start(draft, by=ada, at=NOON)


def test_a_result_that_cannot_be_told_says_why_and_stays_unread(running, ada, done):
    job = done(actions.read, running, by=ada, at=LATER)

    running.refresh_from_db()
    assert running.state == State.RUNNING
    assert job.state == JobState.FAILED
    assert "not one deal_closed" in job.words


def test_a_name_is_taken_here_and_on_the_ledger_once(ada, running):
    with pytest.raises(NameTaken):
        drafted(ada, title="Spring  Letter")


def test_senders_learn_whom_an_experiment_holds_out(running):
    out = running.members.filter(is_held_out=True).first().unit_id
    in_ = running.members.filter(is_held_out=False).first().unit_id

    assert queries.held_out_now(["newsletter"], [out, in_], at=HALFWAY) == {out}
    assert queries.held_out_now(["tv"], [out, in_], at=HALFWAY) == set()
    assert queries.held_out_now(["newsletter"], [out, in_], at=LATER) == set()


def test_an_erased_person_leaves_the_experiment_too(ada, people, done):
    grace = people_actions.add_person(by=ada, at=NOON, source="t", name="Grace")
    draft = done(drafted, ada)
    done(actions.register, draft, by=ada, at=NOON)
    done(actions.start, draft, by=ada, at=NOON)

    erase_person(Person.objects.get(pk=grace.pk), by=ada, at=NOON)

    assert not Member.objects.filter(unit_id=grace.ledger_id).exists()
    assert grace.ledger_id not in book().read("assignments").column("unit_id").to_pylist()


def test_outcomes_may_be_counted_instead_of_valued(ada, people, done):
    draft = done(drafted, ada, of=By.OUTCOMES)
    done(actions.register, draft, by=ada, at=NOON)
    done(actions.start, draft, by=ada, at=NOON)
    bought(draft, treated=60, held_out=5)

    done(actions.read, draft.__class__.objects.get(), by=ada, at=LATER)

    draft.refresh_from_db()
    assert draft.result["total"]["mean"] == pytest.approx(
        trial(book(), draft.name, of="outcomes").total.mean
    )
    assert draft.result["currency"] is None


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_register_once(ada, people):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite under test lies in memory, where threads do not wait for each other")
    draft = drafted(ada)
    draft.refresh_from_db()

    def click(_):
        try:
            actions.register(Experiment.objects.get(pk=draft.pk), by=ada, at=NOON)
        except AlreadyRegistered:
            return "refused"
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(click, range(2))) == ["refused", "won"]
