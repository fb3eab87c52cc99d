"""What may hold somebody back, in the brief: said or likely, with the answer that has worked."""

from datetime import timedelta

import pytest

from halves.concerns.models import Answer, Concern, Heard
from halves.conversations.actions import log
from halves.conversations.brief import brief_of
from halves.conversations.brief_step import next_step
from halves.conversations.talk import Spoken, Talk
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def dear(house) -> Concern:
    return Concern.objects.create(name="It costs too much", kind="price", made_at=MONDAY)


def voiced(concern, person, seller, words: str, *, is_private=False, is_aspiration=False) -> Heard:
    said = {"is_private": True, "source": "mail:t", "source_key": words} if is_private else {}
    talk = Talk("call", MONDAY, seller, turns=[Spoken("them", words)], **said)
    one = log(person, talk, by=seller, at=MONDAY)
    return Heard.objects.create(
        concern=concern,
        person=person,
        conversation=one,
        turn=one.turns.get(),
        place=0,
        words=words,
        is_aspiration=is_aspiration,
        sure=0.9,
        at=MONDAY,
    )


def answered(concern, words: str, **said) -> Answer:
    return Answer.objects.create(
        concern=concern, words=words, made_at=MONDAY, changed_at=MONDAY, **said
    )


def test_what_they_said_comes_with_the_answer_that_has_won(grace, ben, dear):
    answered(
        dear, "It pays itself back in a month", effect_low=0.04, effect_high=0.2, verdict="wins"
    )
    voiced(dear, grace, ben, "That is dear")

    found = brief_of(grace, user=ben, at=TUESDAY)

    [one] = found.concerns
    assert (one.name, one.is_voiced, one.low, one.high) == ("It costs too much", True, 1.0, 1.0)
    assert one.answer == "It pays itself back in a month"
    assert one.how_sure == "has won: 4% to 20% more deals closed after it"
    assert "It costs too much" in next_step(found).words


def test_an_answer_that_has_not_won_says_so(grace, ben, dear):
    answered(dear, "Think of the years")
    voiced(dear, grace, ben, "That is dear")

    [one] = brief_of(grace, user=ben, at=TUESDAY).concerns

    assert (one.answer, one.how_sure) == ("Think of the years", "no winner yet")


def test_a_concern_of_private_mail_is_told_to_its_seller_only(grace, ben, bea, lea, dear):
    voiced(dear, grace, bea, "Dear, between us", is_private=True)

    for user in (ben, lea):
        assert not any(one.is_voiced for one in brief_of(grace, user=user, at=TUESDAY).concerns)
    assert [one.name for one in brief_of(grace, user=bea, at=TUESDAY).concerns] == [dear.name]


def test_what_they_said_that_they_want_to_become_comes_first(grace, ben, bea):
    wish = Concern.objects.create(name="To sail", is_aspiration=True, made_at=MONDAY)
    voiced(wish, grace, ben, "One day I want to sail round the world", is_aspiration=True)
    voiced(wish, grace, bea, "In secret I want to fly", is_private=True, is_aspiration=True)

    [one] = brief_of(grace, user=ben, at=TUESDAY).wishes

    assert (one.words, one.is_theirs) == ("One day I want to sail round the world", True)


def test_a_concern_that_is_a_question_ends_with_its_own_mark(grace, ben):
    asks = Concern.objects.create(name="What if it breaks?", kind="trust", made_at=MONDAY)
    voiced(asks, grace, ben, "And what if it breaks?")

    said = next_step(brief_of(grace, user=ben, at=TUESDAY)).words

    assert said.endswith("“What if it breaks?”")
