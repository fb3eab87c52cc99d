"""Lists for ad platforms: who is on them, who never is, what the platform is told when they go."""

import hashlib
from datetime import timedelta

import pytest

from halves.access.errors import MayNot
from halves.access.models import AuditEntry
from halves.audiences import actions as audiences
from halves.campaigns import ad_files, ad_lists
from halves.campaigns.ad_models import AdListed, AdTaken
from halves.campaigns.errors import FieldWrong, NotADraft, NotChecked
from halves.experiments import actions as experiments
from halves.experiments import posting
from halves.experiments.models import Member
from halves.jobs.models import Job
from halves.keeping.erasing import erase_person
from halves.people.actions import change_person
from halves.people.consenting import leave_alone
from halves.people.everything import of_operations
from halves.people.merging import merge
from halves.people.models import Person
from tests.campaigns.ad_company import agreeing, agrees, looked_at, made, planned, taken, worked_on
from tests.campaigns.company import TUESDAY, audience_of, willing
from tests.house import MONDAY

WEDNESDAY = TUESDAY + timedelta(days=1)


def sha(person: Person) -> str:
    return hashlib.sha256(person.email.encode()).hexdigest()


def test_only_who_agreed_to_this_is_on_it(max_):
    grace, ida = agreeing(2)
    mailed = willing(1, named="m")
    no = agreeing(1, named="no")[0]
    agrees(no, is_given=False, at=TUESDAY)

    file = made(planned(max_, [grace, ida, *mailed, no]), max_)

    assert sorted(taken(file, max_)) == sorted([sha(grace), sha(ida)])
    assert file.left_out == {"never_agreed": 1, "said_no": 1}


def test_whoever_says_no_after_it_was_made_is_not_given_away(max_):
    grace, ida = agreeing(2)
    file = made(planned(max_, [grace, ida]), max_)
    agrees(grace, is_given=False, at=WEDNESDAY)

    assert taken(file, max_, at=WEDNESDAY) == [sha(ida)]


def test_the_platform_is_told_who_goes_and_who_is_new(max_):
    grace, ida = agreeing(2)
    audience = audience_of([grace, ida])
    ad_list = planned(max_, audience)
    taken(made(ad_list, max_), max_)
    leave_alone(grace, is_wanted=True, by=None, at=TUESDAY)
    joan = agreeing(1, named="j")[0]
    audiences.put_on(audience, [joan.pk], by=max_, at=TUESDAY)

    file = made(ad_list, max_, at=WEDNESDAY)

    assert taken(file, max_, "removed") == [sha(grace)]
    assert taken(file, max_, "added") == [sha(joan)]
    assert sorted(taken(file, max_)) == sorted([sha(ida), sha(joan)])
    assert (file.on_list, file.added, file.removed) == (2, 1, 1)


def test_who_goes_is_said_until_somebody_took_it_to_the_end(max_):
    grace, ida = agreeing(2)
    ad_list = planned(max_, [grace, ida])
    taken(made(ad_list, max_), max_)
    leave_alone(grace, is_wanted=True, by=None, at=TUESDAY)
    second = made(ad_list, max_, at=WEDNESDAY)
    next(ad_files.take(second, "removed", by=max_, at=WEDNESDAY).chunks)  # and it broke off

    third = made(ad_list, max_, at=WEDNESDAY)
    assert taken(third, max_, "removed") == [sha(grace)]

    fourth = made(ad_list, max_, at=WEDNESDAY)
    assert taken(fourth, max_, "removed") == []
    assert not AdListed.objects.filter(key=sha(grace)).exists()


def test_another_address_takes_the_old_one_off(max_):
    (grace,) = agreeing(1)
    old = sha(grace)
    ad_list = planned(max_, [grace])
    taken(made(ad_list, max_), max_)
    new = {"version": 1, "source": "t", "email": "grace@new.example"}
    change_person(grace, by=max_, at=TUESDAY, **new)
    grace.refresh_from_db()

    file = made(ad_list, max_, at=WEDNESDAY)

    assert taken(file, max_, "removed") == [old]
    assert taken(file, max_, "added") == [sha(grace)]


def test_an_erased_person_leaves_the_line_behind_until_the_platform_was_told(ada):
    (grace,) = agreeing(1)
    (ida,) = agreeing(1, start=5)
    line = sha(grace)
    ad_list = planned(ada, [grace, ida])
    taken(made(ad_list, ada), ada)
    erase_person(grace, by=ada, at=TUESDAY)
    assert AdListed.objects.get(key=line).person is None

    assert taken(made(ad_list, ada, at=WEDNESDAY), ada, "removed") == [line]
    made(ad_list, ada, at=WEDNESDAY)
    assert not AdListed.objects.filter(key=line).exists()


def test_two_who_become_one_are_on_it_once(ada):
    grace, double = agreeing(2)
    ad_list = planned(ada, [grace, double])
    taken(made(ad_list, ada), ada)
    gone = sha(double)
    merge(grace, double, by=ada, at=TUESDAY, why="the same")

    file = made(ad_list, ada, at=WEDNESDAY)

    assert taken(file, ada) == [sha(grace)]
    assert taken(file, ada, "removed") == [gone]


def test_an_address_of_two_people_is_on_it_once(max_):
    people = agreeing(2)
    Person.objects.filter(pk=people[1].pk).update(email=people[0].email)

    file = made(planned(max_, people), max_)

    assert taken(file, max_) == [sha(people[0])]
    assert file.left_out == {"same_address": 1}


def test_nobody_who_is_held_out_is_ever_in_a_file(stocked, max_):
    people = agreeing(200)
    ad_list = planned(max_, people, holdout_share=0.3, platform="meta")
    assert ad_list.found["power"]["n_held_out"] == 60
    file = made(ad_list, max_)

    held = Member.objects.filter(experiment=ad_list.experiment, is_held_out=True)
    out = {hashlib.sha256(f"{one.unit_id}@people.example".encode()).hexdigest() for one in held}
    assert 30 <= len(out) <= 90
    assert file.held_out == len(out)
    assert set(taken(file, max_)).isdisjoint(out)
    assert len(taken(file, max_)) == 200 - len(out)
    assert ad_list.experiment.withheld == [ad_list.name]

    again = made(ad_list, max_, at=WEDNESDAY)
    assert set(taken(again, max_)).isdisjoint(out)


def test_one_who_becomes_one_with_a_held_out_person_is_not_given_away(stocked, ada):
    people = agreeing(60)
    ad_list = planned(ada, people, holdout_share=0.5)
    file = made(ad_list, ada)
    held = Member.objects.filter(experiment=ad_list.experiment, is_held_out=True)
    out = Person.objects.get(ledger_id=held.first().unit_id)
    on = AdListed.objects.filter(of=ad_list).first()
    merge(out, on.person, by=ada, at=TUESDAY, why="the same")

    assert on.key not in taken(file, ada)
    assert on.key in taken(made(ad_list, ada, at=WEDNESDAY), ada, "removed")


def test_the_ledger_gets_the_arms_and_no_touches(stocked, max_):
    before = stocked.book().rows_written()
    ad_list = planned(max_, agreeing(40), holdout_share=0.5)
    made(ad_list, max_)
    for job in Job.objects.filter(kind=experiments.DESIGN):
        posting.post_design(job, lambda *_: None)
    for job in Job.objects.filter(kind=experiments.ARMS):
        posting.post_arms(job, lambda *_: None)

    book = stocked.book()
    rows = book.table("assignments")
    rows = book.query(rows.filter(rows.experiment == ad_list.name)).to_pylist()
    assert len(rows) == 40
    assert {row["arm"] for row in rows} == {"treated", "held_out"}
    assert {row["propensity"] for row in rows} == {0.5}
    assert book.rows_written()["touches"] == before["touches"]


def test_when_the_test_is_over_nobody_is_held_out(stocked, max_):
    people = agreeing(40)
    ad_list = planned(max_, people, holdout_share=0.5, days=7)
    made(ad_list, max_)

    later = made(ad_list, max_, at=TUESDAY + timedelta(days=8))

    assert later.on_list == 40


def test_a_file_that_was_cut_short_is_made_as_if_nothing_had_been(max_):
    people = agreeing(600)
    ad_list = planned(max_, people)
    file = ad_lists.ask_file(ad_list, by=max_, at=TUESDAY)
    job = ad_lists.jobs_of(ad_list, ad_lists.MAKE).get()

    class Killed(Exception):
        pass

    def tell(doing, done=0, of=0):
        if done >= 250:
            raise Killed

    with pytest.raises(Killed):
        ad_files.make(job, tell)
    assert AdListed.objects.count() == 250
    with pytest.raises(NotChecked):
        ad_files.take(file, "everyone", by=max_, at=TUESDAY)

    worked_on(ad_list)
    file.refresh_from_db()
    assert (file.on_list, file.added, file.removed) == (600, 600, 0)
    assert AdListed.objects.count() == 600


def test_who_took_which_bytes_is_on_record(max_):
    file = made(planned(max_, agreeing(3)), max_)
    said = b"".join(ad_files.take(file, "everyone", by=max_, at=TUESDAY).chunks)

    one = AdTaken.objects.get()
    assert (one.by, one.lines, one.part) == (max_, 3, "everyone")
    assert one.digest == hashlib.sha256(said).hexdigest()
    assert AuditEntry.objects.filter(what="ad_list.take", by=max_).exists()


def test_a_seller_takes_nothing_away(max_, ben):
    ad_list = planned(max_, agreeing(1))
    with pytest.raises(MayNot):
        ad_lists.ask_file(ad_list, by=ben, at=TUESDAY)
    with pytest.raises(MayNot):
        ad_files.take(made(ad_list, max_), "everyone", by=ben, at=TUESDAY)


def test_what_was_given_to_a_platform_is_among_a_person_s_data(max_):
    (grace,) = agreeing(1)
    made(planned(max_, [grace]), max_)

    facts = [one for one in of_operations([grace]) if one["table"] == "adlisted"]

    assert [one["key"] for one in facts] == [sha(grace)]


def test_a_plan_changes_until_its_first_file(max_):
    ad_list = planned(max_, agreeing(2))
    changed = ad_lists.change(ad_list, version=1, holdout_share=0.0, days=7, by=max_, at=MONDAY)
    with pytest.raises(NotChecked):
        ad_lists.ask_file(changed, by=max_, at=MONDAY)
    with pytest.raises(NotADraft):
        ad_lists.change(ad_list, version=1, days=8, by=max_, at=MONDAY)
    made(looked_at(changed), max_)

    with pytest.raises(NotADraft):
        ad_lists.change(changed, version=2, days=8, by=max_, at=MONDAY)
    with pytest.raises(NotADraft):
        ad_lists.remove(changed, by=max_, at=MONDAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "…"), ("platform", "x"), ("holdout_share", 1.0), ("days", 0), ("of", "x")],
)
def test_what_cannot_be_is_refused_by_its_field(max_, field, value):
    with pytest.raises(FieldWrong) as refused:
        planned(max_, agreeing(1), **{field: value})

    assert refused.value.field == field
