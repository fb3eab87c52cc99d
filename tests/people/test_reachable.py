"""Who may be told: a no is a no, whoever said it, wherever it is written down."""

import random
from datetime import timedelta

import pytest

from halves.keeping.erasing import erase_person
from halves.keeping.models import RestoreLock
from halves.people import reachable
from halves.people.actions import add_person
from halves.people.consenting import consent, leave_alone
from halves.people.merging import merge
from halves.people.models import Bounce, Person
from halves.people.reachable import Refusal, reached_by_topic, who_may_be_told
from tests.house import MONDAY

DAY = timedelta(days=1)


def grace(email="grace@navy.example", **said):
    return add_person(by=None, at=MONDAY, source="t", name="Grace", email=email, **said)


def says(person, is_given, *, channel="email", topic="", days=0):
    consent(
        person,
        channel=channel,
        topic=topic,
        is_given=is_given,
        how="a form",
        by=None,
        at=MONDAY + days * DAY,
    )


def answer(person, *, channel="email", topic="news", days=30):
    at = MONDAY + days * DAY
    return who_may_be_told([person.pk], channel=channel, topic=topic, at=at)[person.pk]


def test_nobody_is_written_to_who_never_agreed(house):
    person = grace()

    assert answer(person) is Refusal.NEVER_AGREED
    assert answer(person, channel="phone") is None  # a call needs no yes, but heeds a no
    says(person, False, channel="phone")
    assert answer(person, channel="phone") is Refusal.SAID_NO


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("email", "", True)], None),
        ([("email", "news", True)], None),
        ([("email", "other", True)], Refusal.NEVER_AGREED),
        ([("*", "", True)], None),
        ([("email", "", True), ("email", "", False)], Refusal.SAID_NO),
        ([("email", "", False), ("email", "", True)], None),
        ([("email", "news", True), ("email", "", False)], Refusal.SAID_NO),
        ([("email", "", False), ("email", "news", True)], None),
        ([("email", "", True), ("email", "news", False)], Refusal.SAID_NO),
        ([("email", "news", False), ("email", "", True)], Refusal.SAID_NO),
        ([("email", "", True), ("email", "other", False)], None),
        ([("email", "", True), ("*", "", False)], Refusal.SAID_NO),
        ([("*", "", False), ("email", "news", True)], Refusal.SAID_NO),
        ([("*", "", False), ("*", "", True), ("email", "", True)], None),
        ([("email", "", False), ("*", "", True)], Refusal.SAID_NO),
    ],
)
def test_the_last_word_counts_and_a_no_to_everything_until_a_yes_to_everything(
    house, said, expected
):
    person = grace()
    for days, (channel, topic, is_given) in enumerate(said):
        says(person, is_given, channel=channel, topic=topic, days=days)

    assert answer(person) is expected


def test_an_address_must_be_there_be_a_person_s_and_take_mail(house):
    for email, expected in (
        ("", Refusal.NO_ADDRESS),
        ("info@navy.example", Refusal.ROLE_ADDRESS),
        ("No-Reply@navy.example", Refusal.ROLE_ADDRESS),
        ("ada@navy.example", None),
    ):
        person = grace(email=email)
        says(person, True)
        assert answer(person) is expected
    broken = grace(email="")
    Person.objects.filter(pk=broken.pk).update(email="not an address\r\nBcc: all@x.example")
    says(broken, True)
    assert answer(broken) is Refusal.NO_ADDRESS

    Bounce.objects.create(person=person, address="ada@navy.example", at=MONDAY, words="550 5.1.1")
    assert answer(person) is Refusal.BOUNCED


def test_who_asked_to_be_left_alone_or_was_merged_or_erased_is_not_told(house):
    alone, kept, gone, erased = (
        grace("a@x.org"),
        grace("b@x.org"),
        grace("c@x.org"),
        grace("d@x.org"),
    )
    for person in (alone, kept, gone, erased):
        says(person, True)
    leave_alone(alone, is_wanted=True, by=None, at=MONDAY)
    merge(kept, gone, by=None, at=MONDAY, why="t")
    erase_person(erased, by=None, at=MONDAY)

    assert answer(alone) is Refusal.LEFT_ALONE
    assert answer(kept) is None
    assert answer(gone) is Refusal.MERGED
    assert answer(erased) is Refusal.GONE
    again = grace("d@x.org")  # as an import may bring them back
    says(again, True)
    assert answer(again) is Refusal.ERASED


def test_a_no_of_one_holds_for_the_two_they_become(house):
    kept, gone = grace("b@x.org"), grace("c@x.org")
    says(kept, True)
    says(gone, False, channel="*")

    merge(kept, gone, by=None, at=MONDAY, why="t")

    assert answer(kept) is Refusal.SAID_NO


def test_while_a_restore_s_lock_holds_nobody_is_told(house):
    person = grace()
    says(person, True)
    RestoreLock.objects.create(why="t", at=MONDAY)

    assert answer(person) is Refusal.LOCKED


def test_many_are_asked_about_in_a_few_queries(house, django_assert_max_num_queries):
    people = [grace(f"p{n}@x.org") for n in range(300)]
    for person in people:
        says(person, True)

    with django_assert_max_num_queries(6):
        found = who_may_be_told(
            [one.pk for one in people], channel="email", topic="", at=MONDAY + DAY
        )

    assert set(found.values()) == {None}


def test_every_refusal_has_words():
    assert set(reachable.WORDS) == set(Refusal)


def test_how_many_a_topic_reaches_is_what_each_would_be_told(house):
    """Sixty people who said whatever came to their mind, counted one by one."""
    rng = random.Random(3)
    people = [grace(email=f"p{n}@navy.example") for n in range(60)]
    for one in people:
        for day in range(rng.randrange(4)):
            channel = rng.choice(["email", "email", "email", "phone", "*"])
            topic = rng.choice(["", "news", "harbour"])
            says(one, rng.random() < 0.7, channel=channel, topic=topic, days=day)
    Bounce.objects.create(person=people[3], address="p3@navy.example", at=MONDAY, words="t")
    leave_alone(people[4], is_wanted=True, by=None, at=MONDAY)
    pks, at = [one.pk for one in people], MONDAY + 9 * DAY

    for channel in ("email", "phone"):
        found = reached_by_topic(pks, channel=channel, at=at)
        for topic in ("", "news", "harbour"):
            told = who_may_be_told(pks, channel=channel, topic=topic, at=at).values()
            assert found[topic] == sum(why is None for why in told)
