"""What is heard in talks: concerns nobody knew, those that are known, what people shaped stays."""

from datetime import timedelta

import pytest

from halves.access.models import AuditEntry
from halves.concerns import actions, listening, queries, shaping
from halves.concerns.errors import ConcernRefused
from halves.concerns.models import Answer, Asked, Concern, Given, Heard, Listening
from halves.jobs.models import State
from halves.people.everything import parts
from tests.concerns.company import (
    DEAR,
    DOUBT,
    DREAM,
    SPREAD,
    deal,
    listen,
    person,
    talk,
    voiced,
)
from tests.house import MONDAY

LATER = MONDAY + timedelta(days=1)


def concern_of(words: str) -> Concern | None:
    return Heard.objects.get(words=words).concern


def test_what_several_people_voice_becomes_concerns_and_aspirations(ben):
    voiced(ben, DEAR + DOUBT + DREAM)
    job = listen()

    assert (job.state, job.words) == (State.DONE, "")
    assert concern_of(DEAR[0]) == concern_of(DEAR[1])
    assert concern_of(DEAR[0]) != concern_of(DOUBT[0])
    assert concern_of(DEAR[0]).kind == "price"
    assert concern_of(DREAM[0]).is_aspiration
    assert concern_of(DEAR[0]).is_proposed
    assert "expensive" in concern_of(DEAR[0]).name


def test_listening_twice_hears_once_and_new_talks_join_what_is_known(ben):
    voiced(ben)
    listen()
    heard, concerns = Heard.objects.count(), Concern.objects.count()
    listen()
    assert (Heard.objects.count(), Concern.objects.count()) == (heard, concerns)

    talk(person("Late"), ben, ("them", "I think that it is too expensive for us."), at=LATER)
    listen(at=LATER)

    assert Heard.objects.count() == heard + 1
    assert Heard.objects.latest("at").concern == concern_of(DEAR[0])
    assert Concern.objects.count() == concerns


def test_it_says_how_far_it_is_with_answers_and_goes_on_where_it_was_stopped(ben):
    lines = [(words, f"And {words.lower()} is answered so.") for words in DEAR + DOUBT]
    for place, (words, reply) in enumerate(lines):
        talk(person(f"P{place}"), ben, ("them", words), ("us", reply))
    told = []

    class Enough(Exception):
        pass

    def tell(doing, done=0, of=0):
        told.append((doing, done, of))
        if doing == "looking at what was answered" and done:
            raise Enough

    with pytest.raises(Enough):
        listening.hear_all(listening.LISTEN, at=MONDAY, tell=tell)
    assert told[-1] == ("looking at what was answered", 1, 2)
    assert not Concern.objects.filter(people__gt=0).exists()

    listen()
    assert Given.objects.count() == len(lines)
    assert Concern.objects.filter(people__gt=0).count() == 2


def test_a_concern_written_by_hand_hears_what_is_like_it(ben):
    known = actions.add_concern(by=ben, at=MONDAY, name="It is too expensive for us", kind="price")
    talk(person("Grace"), ben, ("them", DEAR[0]))
    listen()

    assert concern_of(DEAR[0]) == known


def test_a_name_that_a_person_gave_a_merge_and_a_pin_survive_all_anew(ben):
    voiced(ben)
    listen()
    dear, doubt = concern_of(DEAR[0]), concern_of(DOUBT[0])
    actions.change_concern(dear, by=ben, at=MONDAY, name="We cannot pay that", kind="price")
    shaping.pin(doubt, by=ben, at=MONDAY)

    listen(listening.AGAIN, at=LATER)

    assert concern_of(DEAR[0]).name == "We cannot pay that"
    assert concern_of(DOUBT[0]) == doubt
    assert Concern.objects.count() == 2


def test_all_anew_keeps_the_concern_of_what_nobody_shaped(ben):
    voiced(ben)
    listen()
    before = {one.pk for one in Concern.objects.all()}
    listen(listening.AGAIN, at=LATER)

    assert {one.pk for one in Concern.objects.all()} == before


def test_merged_concerns_share_what_was_said_and_answered_and_the_story(ben):
    voiced(ben)
    listen()
    dear, doubt = concern_of(DEAR[0]), concern_of(DOUBT[0])
    answer = actions.add_answer(doubt, by=ben, at=MONDAY, words="Ask our customers.")
    shaping.merge(doubt, dear, by=ben, at=MONDAY)
    listen(listening.AGAIN, at=LATER)

    answer.refresh_from_db()
    assert (concern_of(DOUBT[0]), answer.concern) == (dear, dear)
    assert [one.pk for one in queries.concerns_of(ben)] == [dear.pk]
    assert AuditEntry.objects.filter(what="concern.merge").count() == 1
    with pytest.raises(ConcernRefused, match="merged already"):
        shaping.merge(doubt, dear, by=ben, at=MONDAY)


def test_what_is_split_off_stays_apart(ben):
    voiced(ben)
    listen()
    dear = concern_of(DEAR[0])
    own = Heard.objects.get(words=DEAR[2])
    made = shaping.split(dear, [own.pk], name="Too dear for me", by=ben, at=MONDAY)
    listen(listening.AGAIN, at=LATER)

    assert concern_of(DEAR[2]) == made
    assert concern_of(DEAR[0]) == dear
    assert Given.objects.filter(concern=made).count() == 1
    with pytest.raises(ConcernRefused, match="at least one"):
        shaping.split(dear, [], name="Nothing", by=ben, at=MONDAY)


def test_what_was_retired_is_heard_no_more(ben):
    voiced(ben)
    listen()
    shaping.retire(concern_of(DEAR[0]), by=ben, at=MONDAY)
    talk(person("Late"), ben, ("them", "It is too expensive for us all."), at=LATER)
    heard = Heard.objects.count()
    listen(at=LATER)

    assert Heard.objects.count() == heard
    assert [one.concern.kind for one in queries.ranked(at=LATER)] == ["trust"]


def test_something_that_is_no_concern_can_be_put_away_and_stays_away(ben):
    voiced(ben)
    listen()
    one = Heard.objects.get(words=DEAR[0])
    shaping.place(one, None, by=ben, at=MONDAY)
    listen(listening.AGAIN, at=LATER)

    assert concern_of(DEAR[0]) is None


def test_private_talk_counts_and_shows_to_its_seller_alone(ben, bea, ada):
    voiced(ben)
    whom = person("Secret")
    talk(whom, ben, ("them", "Between us, too expensive for Secret Ltd."), is_private=True)
    listen()
    dear = concern_of(DEAR[0])
    dear.refresh_from_db()

    assert dear.people == 7
    for user, sees in ((ben, True), (bea, False), (ada, False)):
        said = [one.words for one in queries.quotes(user, dear)]
        assert any("Secret" in words for words in said) == sees
    assert "secret" not in f"{dear.name} {dear.phrases}".lower()
    assert not Answer.objects.filter(words__contains="Secret").exists()


def test_what_was_replied_becomes_an_answer_without_a_winner(ben):
    voiced(ben, DEAR * 2)
    listen()
    answer = Answer.objects.get()

    assert (answer.words, answer.is_approved, answer.is_proposed) == (SPREAD, False, True)
    assert (answer.verdict, answer.effect) == ("no_winner", None)
    assert answer.given.count() == 12
    assert queries.best_of(answer.concern).is_winner is False


def test_what_we_asked_about_bounds_who_was_silent(ben):
    for number in range(30):
        whom = person(f"Silent {number}")
        talk(whom, ben, ("us", "Is it too expensive for you?"), ("them", "Hello there."))
    voiced(ben, DEAR)
    listen()
    dear = concern_of(DEAR[0])
    dear.refresh_from_db()
    silent = Asked.objects.filter(person__name="Silent 0").get()

    assert silent.kind == "price"
    assert (dear.people, dear.people_high) == (6, 36)
    found = queries.likely(silent.person_id, at=LATER)
    assert [(one.voiced_at, one.low, one.high) for one in found] == [(None, 0.0, 1.0)]


def test_a_person_s_concerns_are_those_voiced_then_those_of_colleagues(ben):
    talks = voiced(ben, DEAR + DOUBT)
    listen()
    who = talks[0].person
    first, *rest = queries.likely(who.pk, at=LATER)

    assert first.concern == concern_of(DEAR[0])
    assert (first.low, first.high, first.voiced_at) == (1.0, 1.0, MONDAY)
    assert [one.concern for one in rest] == [concern_of(DOUBT[0])]
    assert 0.0 <= rest[0].low <= rest[0].high <= 1.0


def test_concerns_are_ranked_by_people_money_and_how_well_they_are_answered(ben):
    talks = voiced(ben, DEAR + DOUBT)
    deal(talks[6].person, "open", 9_000)
    deal(talks[7].person, "lost", 1_000)
    deal(talks[0].person, "won", 5_000)
    listen()
    first, second = queries.ranked(at=LATER)

    assert first.concern == concern_of(DOUBT[0])
    assert first.at_stake == 10_000
    assert (first.concern.decided, first.concern.won) == (1, 0)
    assert first.answerable == pytest.approx(1 / 3)
    assert (second.at_stake, second.answerable) == (0, pytest.approx(2 / 3))


def test_a_talk_after_the_decision_is_no_reason_for_it(ben):
    talks = voiced(ben, DEAR, at=MONDAY + timedelta(days=20))
    deal(talks[0].person, "won", at=MONDAY)
    listen()

    assert concern_of(DEAR[0]).decided == 0


def test_whoever_is_erased_takes_along_what_they_said(ben):
    talks = voiced(ben, DEAR)
    listen()
    gone = talks[0].person
    parts()["heard"].erase([gone])

    assert not Heard.objects.filter(person=gone).exists()
    assert not Given.objects.filter(person=gone).exists()


def test_listening_can_be_asked_for_once_at_a_time(ben, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    first = listening.ask(listening.LISTEN, by=ben, at=MONDAY)

    assert listening.ask(listening.AGAIN, by=ben, at=MONDAY) == first


def test_scripts_injections_and_nul_are_only_words(ben):
    talk(person("Eve"), ben, ("them", "It is too expensive <script>x()</script> \x00 for us."))
    assert listen().state == State.DONE
    assert "<script>" in Heard.objects.get().words
    assert Listening.objects.get().turn > 0
