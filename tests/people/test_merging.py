"""Two people who turn out to be one: nothing is lost, and it can all be taken back."""

from collections import Counter
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.access.errors import MayNot
from halves.access.models import AuditEntry, House
from halves.ledger.errors import BatchNotFound
from halves.people import actions, consenting, queries
from halves.people.errors import MergeRefused
from halves.people.merging import merge, take_up, undo_merge
from halves.people.models import Consent, CustomField, Identifier, Merge, Note, Person
from halves.people.tasks import add_task
from halves.people.timeline import Span, timeline
from halves.posting.book import book
from tests.conftest import touches
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def someone(name, by=None, **said):
    return actions.add_person(by=by, at=MONDAY, source="t", name=name, **said)


def said(person, *, yes, channel="email", topic="", at=MONDAY):
    return consenting.consent(
        person, channel=channel, topic=topic, is_given=yes, how="in a call", by=None, at=at
    )


def made_one(kept, gone, by=None, at=TUESDAY):
    return merge(kept, gone, by=by, at=at, why="the same address")


def fresh(person):
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def pair(ada):
    """Grace without a number, and her other record with all that a record can have."""
    CustomField.objects.create(of="person", key="rank", label="Rank")
    grace = someone("Grace Hopper", email="grace@example.org")
    other = someone("G. Hopper", phone="+4930901820", owner=ada, fields={"rank": "captain"})
    actions.note(other, "Likes compilers", by=ada, at=MONDAY)
    actions.tag(other, "navy", by=ada, at=MONDAY)
    actions.tag(grace, "vip", by=ada, at=MONDAY)
    add_task(title="Call", owner=ada, by=ada, at=MONDAY, person=other)
    said(other, yes=True)
    return grace, other


def test_whatever_belongs_to_the_one_belongs_to_the_other_after_a_merge(ada, pair):
    grace, other = pair
    made_one(grace, other, ada)

    kept = fresh(grace)
    assert kept.notes.get().words == "Likes compilers"
    assert kept.tasks.get().title == "Call"
    assert {one.name for one in kept.tags.all()} == {"navy", "vip"}
    assert {one.kind for one in kept.identifiers.all()} == {"email", "phone"}
    assert kept.consents.get().is_given
    assert (kept.phone, kept.owner, kept.fields) == ("+4930901820", ada, {"rank": "captain"})
    assert kept.name == "Grace Hopper"


def test_who_is_merged_away_stays_as_a_row_and_leaves_the_list(ada, pair):
    grace, other = pair
    made_one(grace, other, ada)

    assert fresh(other).merged_into == grace
    assert list(queries.people_of(ada)) == [grace]


def test_an_undone_merge_leaves_both_as_they_were(ada, pair):
    grace, other = pair
    before = [belongings(one) for one in pair]
    undo_merge(made_one(grace, other, ada), by=ada, at=TUESDAY)

    assert [belongings(fresh(one)) for one in pair] == before
    assert fresh(other).merged_into is None


def test_what_was_changed_since_stays_when_a_merge_is_undone(ada, pair):
    grace, other = pair
    done = made_one(grace, other, ada)
    kept = fresh(grace)
    change = {"by": ada, "at": TUESDAY, "version": kept.version, "source": "typed"}
    actions.change_person(kept, phone="+4930901821", title="Admiral", **change)
    actions.note(kept, "Met her", by=ada, at=TUESDAY)
    undo_merge(done, by=ada, at=TUESDAY)

    kept = fresh(grace)
    assert (kept.phone, kept.title, kept.owner) == ("+4930901821", "Admiral", None)
    assert kept.notes.get().words == "Met her"


def test_nobody_keeps_an_address_that_went_back_to_another(ada, pair):
    grace, _other = pair
    third = someone("Amazing Grace", email="amazing@example.org")
    done = made_one(grace, third, ada)
    kept = fresh(grace)
    change = {"by": ada, "at": TUESDAY, "version": kept.version, "source": "typed"}
    actions.change_person(kept, email="amazing@example.org", **change)
    undo_merge(done, by=ada, at=TUESDAY)

    assert fresh(grace).email == "grace@example.org"
    assert fresh(third).identifiers.get().value == "amazing@example.org"


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_no_survives_a_merge_though_the_other_said_yes_later(ada, is_kept):
    no, yes = someone("Grace"), someone("Hopper")
    said(no, yes=False)
    said(yes, yes=True, at=TUESDAY)
    kept, gone = (no, yes) if is_kept else (yes, no)
    done = made_one(kept, gone, ada)

    assert [one.is_given for one in queries.consents_now(fresh(kept))] == [False]

    undo_merge(done, by=ada, at=TUESDAY)
    assert [one.is_given for one in queries.consents_now(fresh(yes))] == [True]
    assert [one.is_given for one in queries.consents_now(fresh(no))] == [False]


def test_a_no_to_everything_speaks_against_each_yes_of_the_other(ada):
    no, yes = someone("Grace"), someone("Hopper")
    said(no, yes=False, channel="*")
    said(yes, yes=True, channel="email", topic="news", at=TUESDAY)
    made_one(yes, no, ada)

    assert not any(one.is_given for one in queries.consents_now(fresh(yes)))


def test_a_no_of_one_who_is_still_merged_holds_when_another_is_taken_apart(ada):
    a, b, c = someone("A"), someone("B"), someone("C")
    said(a, yes=False)
    said(b, yes=True, at=TUESDAY)
    said(c, yes=False)
    first, second = made_one(b, a, ada), made_one(b, c, ada)
    undo_merge(first, by=ada, at=TUESDAY)
    assert [one.is_given for one in queries.consents_now(fresh(b))] == [False]

    undo_merge(second, by=ada, at=TUESDAY)
    assert [one.is_given for one in queries.consents_now(fresh(b))] == [True]


def test_who_asked_to_be_left_alone_is_left_alone_after_every_merge(ada):
    a, b, c = someone("A"), someone("B"), someone("C")
    for one in (a, c):
        consenting.leave_alone(one, is_wanted=True, by=ada, at=MONDAY)
    first, second = made_one(b, a, ada), made_one(b, c, ada)
    assert fresh(b).is_do_not_contact

    undo_merge(first, by=ada, at=TUESDAY)
    assert fresh(b).is_do_not_contact  # c, who is still one with b, asked for it too

    undo_merge(second, by=ada, at=TUESDAY)
    assert [fresh(one).is_do_not_contact for one in (a, b, c)] == [True, False, True]


def test_a_chain_is_undone_from_its_end_and_refuses_from_its_middle(ada):
    a, b, c = (someone(name, email=f"{name}@example.org") for name in "abc")
    first, second = made_one(b, a, ada), made_one(c, b, ada)
    assert fresh(c).identifiers.count() == 3

    with pytest.raises(MergeRefused, match="merged into c since: undo that one first"):
        undo_merge(first, by=ada, at=TUESDAY)

    undo_merge(second, by=ada, at=TUESDAY)
    undo_merge(first, by=ada, at=TUESDAY)
    assert [one.identifiers.get().value[0] for one in (a, b, c)] == ["a", "b", "c"]


def test_two_merges_into_one_are_undone_in_any_order(ada):
    a, b, c = (someone(name, email=f"{name}@example.org") for name in "abc")
    first, second = made_one(c, a, ada), made_one(c, b, ada)
    undo_merge(first, by=ada, at=TUESDAY)

    assert fresh(c).identifiers.count() == 2
    undo_merge(second, by=ada, at=TUESDAY)
    assert [one.identifiers.count() for one in (a, b, c)] == [1, 1, 1]


def test_a_merge_is_undone_once(ada, pair):
    done = made_one(*pair, ada)
    undo_merge(done, by=ada, at=TUESDAY)

    with pytest.raises(MergeRefused, match="undone already"):
        undo_merge(done, by=ada, at=TUESDAY)


def test_nobody_is_merged_with_themselves_or_after_they_were_merged_away(ada, pair):
    grace, other = pair
    with pytest.raises(MergeRefused, match="one person already"):
        made_one(grace, grace, ada)
    made_one(grace, other, ada)

    with pytest.raises(MergeRefused, match="merged into someone already"):
        made_one(someone("Third"), other, ada)


def test_only_people_whom_one_sees_and_may_change_are_merged(ada, ben, cyd, vic):
    House.objects.create(is_by_team=True)
    mine, theirs = someone("Mine", owner=ben), someone("Theirs", owner=cyd)

    with pytest.raises(MergeRefused, match="whom you do not see"):
        made_one(mine, theirs, ben)
    with pytest.raises(MayNot):
        made_one(mine, theirs, vic)
    assert not Merge.objects.exists()

    done = made_one(mine, theirs, ada)
    with pytest.raises(MergeRefused, match="whom you do not see"):
        undo_merge(done, by=cyd, at=TUESDAY)


def test_a_merge_and_its_undo_are_in_the_log_of_both(ada, pair):
    grace, other = pair
    undo_merge(made_one(grace, other, ada), by=ada, at=TUESDAY)

    kinds = AuditEntry.objects.filter(what__contains="merge").values_list("what", "key")
    assert set(kinds) == {
        ("person.merge", str(grace.pk)),
        ("person.merged_away", str(other.pk)),
        ("person.undo_merge", str(grace.pk)),
        ("person.undo_merged_away", str(other.pk)),
    }


def touched(*people):
    rows = [(f"t-{one.pk}", one.ledger_id) for one in people]
    book().append("touches", pa.table(touches(*rows)), batch="t")


def channels(person, user):
    return [line.words for line in timeline(person, user=user, span=Span(kinds={"touch"}))]


def test_touches_of_both_are_on_the_kept_one_s_timeline(
    ada, pair, django_capture_on_commit_callbacks
):
    grace, other = pair
    touched(grace, other)
    with django_capture_on_commit_callbacks(execute=True):
        done = made_one(grace, other, ada)
    assert len(channels(grace, ada)) == 2

    with django_capture_on_commit_callbacks(execute=True):
        undo_merge(done, by=ada, at=TUESDAY)
    assert len(channels(grace, ada)) == len(channels(other, ada)) == 1


def test_what_a_crash_kept_from_the_ledger_is_said_again(ada, pair):
    grace, other = pair
    touched(grace, other)
    done = made_one(grace, other, ada)  # the process dies before the ledger hears of it
    assert len(channels(grace, ada)) == 1

    assert (take_up(), take_up()) == (1, 0)
    assert len(channels(grace, ada)) == 2

    undo_merge(done, by=ada, at=TUESDAY)
    assert (take_up(), take_up()) == (1, 0)
    assert len(channels(grace, ada)) == 1


def test_a_crash_after_the_ledger_heard_and_before_it_was_noted_does_no_harm(ada, pair):
    grace, other = pair
    touched(grace, other)
    done = made_one(grace, other, ada)
    take_up()
    Merge.objects.update(posted_at=None)
    take_up()
    assert len(channels(grace, ada)) == 2

    undo_merge(done, by=ada, at=TUESDAY)
    take_up()
    Merge.objects.update(taken_back_at=None)
    take_up()
    assert len(channels(grace, ada)) == 1


def test_a_merge_that_was_undone_before_the_ledger_heard_never_gets_there(ada, pair):
    done = made_one(*pair, ada)
    undo_merge(done, by=ada, at=TUESDAY)
    take_up()

    with pytest.raises(BatchNotFound):
        book().undo(Merge.objects.get().batch)


def belongings(person):
    """What may not get lost, of one person."""
    person = fresh(person)
    return {
        "fields": [person.name, person.email, person.phone, person.owner_id, person.fields],
        "identifiers": sorted(person.identifiers.values_list("kind", "value")),
        "notes": sorted(person.notes.values_list("words", flat=True)),
        "consents": sorted(person.consents.values_list("channel", "is_given")),
        "tags": sorted(person.tags.values_list("name", flat=True)),
        "tasks": sorted(person.tasks.values_list("title", flat=True)),
    }


def everything():
    """What may not get lost, of everyone; refusals that merges wrote down are on top."""
    mine = Consent.objects.exclude(how__startswith="two people merged")
    return Counter(
        [
            *Note.objects.values_list("words", flat=True),
            *Identifier.objects.values_list("kind", "value"),
            *mine.values_list("channel", "topic", "is_given", "at"),
        ]
    )


step = st.one_of(
    st.tuples(st.just("merge"), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(0, 7), st.just(0)),
    st.tuples(st.just("note"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("say"), st.integers(0, 3), st.booleans()),
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(step, max_size=14))
def test_whatever_is_merged_and_undone_nothing_is_ever_lost(ada, steps):
    Person.objects.all().delete()
    people = [someone(name, email=f"{name}@example.org") for name in "abcd"]
    merges, expected = [], everything()
    start = [belongings(one) for one in people]
    is_same = True
    for number, (what, which, other) in enumerate(steps):
        at = MONDAY + timedelta(minutes=number)
        try:
            if what == "merge":
                merges.append(made_one(people[which], people[other], ada, at=at))
            elif what == "undo" and which < len(merges):
                undo_merge(merges[which], by=ada, at=at)
            elif what == "note":
                actions.note(fresh(people[which]), f"note {number}", by=ada, at=at)
                expected[f"note {number}"] += 1
                is_same = False
            elif what == "say":
                consenting.consent(
                    people[which],
                    channel="email",
                    topic="",
                    is_given=bool(other),
                    how="in a call",
                    by=ada,
                    at=at,
                )
                expected[("email", "", bool(other), at)] += 1
                is_same = False
        except MergeRefused:
            pass
        assert everything() == expected

    for done in reversed(merges):
        if Merge.objects.get(pk=done.pk).undone_at is None:
            undo_merge(done, by=ada, at=TUESDAY)
    assert everything() == expected
    assert not Person.objects.exclude(merged_into=None).exists()
    if is_same:
        assert [belongings(one) for one in people] == start
