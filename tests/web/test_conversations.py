"""Logging a talk on a page, finding it again, and who sees it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from halves.access.actions import change_house
from halves.concerns.actions import add_concern
from halves.concerns.models import Heard
from halves.conversations.actions import log
from halves.conversations.models import Conversation
from halves.conversations.notes import save_snippet
from halves.conversations.talk import Spoken, Talk
from halves.people.actions import add_person
from halves.people.models import Task
from halves.posting import outbox
from halves.promises.models import Promise
from tests.house import MONDAY, browser
from tests.stories.company import something_told

ADD = "/conversations/add/"


@pytest.fixture
def grace(house):
    said = {"name": "Grace Hopper", "email": "grace@navy.example"}
    return add_person(by=None, at=MONDAY, source="hand", **said)


def private_mail(grace, seller, subject="Price"):
    turns = [Spoken("them", "It is too dear for us")]
    said = {"subject": subject, "turns": turns, "is_private": True}
    talk = Talk("mail", MONDAY, seller, source=f"mail:{seller.pk}", source_key="1", **said)
    return log(grace, talk, by=None, at=MONDAY)


def test_a_call_is_logged_with_five_words(grace, ben):
    said = {"person": grace.pk, "kind": "call", "subject": "Wants a price", "minutes": "12"}
    said |= {"next_step": "Send the price", "due_on": "2026-01-09"}
    there = browser(ben).post(ADD, said)

    assert (there.status_code, there["Location"]) == (302, f"/people/{grace.pk}/")
    one = Conversation.objects.get()
    assert (one.person, one.seller, one.minutes) == (grace, ben, 12)
    assert Task.objects.get().owner == ben
    assert b"Wants a price" in browser(ben).get(f"/people/{grace.pk}/").content


def test_the_same_form_sent_twice_is_one_talk(grace, ben):
    said = {"person": grace.pk, "kind": "call", "subject": "Hi", "once": "abc"}
    browser(ben).post(ADD, said)
    browser(ben).post(ADD, said)
    assert Conversation.objects.count() == 1


def test_whom_it_was_with_may_be_typed(grace, ben):
    browser(ben).post(ADD, {"who": "grace hop", "kind": "chat", "subject": "Hi"})
    browser(ben).post(ADD, {"who": "GRACE@navy.example", "kind": "chat", "subject": "Hi"})
    assert Conversation.objects.filter(person=grace).count() == 2


def test_a_refused_form_keeps_what_was_typed(grace, ben):
    said = {"who": "Nobody", "kind": "meeting", "subject": "Long talk", "summary": "All of it"}
    page = browser(ben).post(ADD, said)

    assert page.status_code == 422
    for words in (b"Nobody whom you see", b"Long talk", b"All of it", b'value="Nobody"'):
        assert words in page.content
    page = browser(ben).post(ADD, said | {"who": "grace", "minutes": "9999"})
    assert page.status_code == 422
    assert b"Long talk" in page.content
    assert not Conversation.objects.exists()


def test_words_to_begin_with_come_into_the_notes_and_leave_the_rest(grace, ben):
    snippet = save_snippet(
        name="First call", words="Budget? Who decides?", kind="", is_shared=False, by=ben, at=MONDAY
    )
    said = {"person": grace.pk, "kind": "call", "subject": "First", "minutes": "5"}
    page = browser(ben).post(ADD, said | {"summary": "Friendly.", "snippet": snippet.pk})

    for words in (b"Friendly.\nBudget? Who decides?", b'value="First"', b'value="5"'):
        assert words in page.content
    assert not Conversation.objects.exists()


def test_a_story_told_in_a_call_opens_its_promises(grace, ada):
    story = something_told("story", ada)
    said = {"person": grace.pk, "kind": "call", "subject": "Told it", "story": story}
    assert browser(ada).post(ADD, said).status_code == 302

    promise = Promise.objects.get()
    assert (promise.person, promise.via) == (grace, "call")
    (touch,) = outbox.of([grace.ledger_id])
    assert touch["story"] == Conversation.objects.get().told.told["name"]


def test_a_transcript_is_put_to_it_and_who_is_who_is_guessed(grace, ben):
    one = log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    words = "Ben: Hello\nGrace Hopper: It is <script>alert(1)</script> too dear"
    browser(ben).post(f"/conversations/{one.pk}/transcript/", {"words": words})

    assert [(t.speaker, t.name) for t in one.turns.all()] == [
        ("us", "Ben"),
        ("them", "Grace Hopper"),
    ]
    page = browser(ben).get(f"/conversations/{one.pk}/")
    assert b"<script>alert" not in page.content
    assert b"&lt;script&gt;alert(1)" in page.content
    browser(ben).post(f"/conversations/{one.pk}/who/", {"who_0": "them", "who_1": "us"})
    assert [t.speaker for t in one.turns.all()] == ["them", "us"]


def test_a_broken_transcript_is_refused_by_its_line_and_kept(grace, ben):
    one = log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    words = "WEBVTT\n\n1.5 --> 2\nhello"
    page = browser(ben).post(f"/conversations/{one.pk}/transcript/", {"words": words})

    assert page.status_code == 422
    assert b"line 3: a time must be like" in page.content
    assert b"1.5 --&gt; 2" in page.content


def test_ten_megabytes_pasted_are_refused_with_what_to_do(grace, ben):
    one = log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    page = browser(ben).post(f"/conversations/{one.pk}/transcript/", {"words": "a" * 10_000_000})

    assert page.status_code == 413
    assert b"at most 5 MB" in page.content


def test_a_private_mail_is_its_seller_s_alone(grace, ben, bea, ada):
    one = private_mail(grace, ben)
    mine = browser(ben)

    assert b"too dear" in mine.get(f"/conversations/{one.pk}/").content
    assert b"Price" in mine.get(f"/people/{grace.pk}/").content
    for other in (browser(bea), browser(ada)):
        assert other.get(f"/conversations/{one.pk}/").status_code == 404
        assert b"Price" not in other.get("/conversations/").content
        assert b"Price" not in other.get("/conversations/?search=Price").content.split(b"<main")[
            1
        ].replace(b'value="Price"', b"")
        assert b"Price" not in other.get(f"/people/{grace.pk}/").content
        assert (
            other.post(f"/conversations/{one.pk}/share/", {"is_private": "no"}).status_code == 404
        )
    mine.post(f"/conversations/{one.pk}/share/", {"is_private": "no"})
    assert b"too dear" in browser(bea).get(f"/conversations/{one.pk}/").content
    assert (
        browser(bea).post(f"/conversations/{one.pk}/share/", {"is_private": "yes"}).status_code
        == 404
    )


def test_a_touch_of_a_private_mail_is_not_on_a_colleague_s_timeline(grace, ben, bea):
    talk = Talk("call", MONDAY, ben, subject="Secret", is_private=True)
    log(grace, talk, by=ben, at=MONDAY)
    outbox.flush(at=MONDAY)

    assert b"line touch" not in browser(bea).get(f"/people/{grace.pk}/").content
    page = browser(ben).get(f"/people/{grace.pk}/").content
    assert page.count(b'class="line ') == page.count(b"line conversation") == 1


def test_a_seller_of_another_team_does_not_see_it(ada, ben, cyd):
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = add_person(by=ben, at=MONDAY, source="t", name="Alan", owner=ben)
    one = log(whom, Talk("call", MONDAY, ben, subject="Price"), by=ben, at=MONDAY)

    assert browser(cyd).get(f"/conversations/{one.pk}/").status_code == 404
    assert b"Price" not in browser(cyd).get("/conversations/").content
    page = browser(cyd).post(ADD, {"person": whom.pk, "kind": "call", "subject": "Mine"})
    assert page.status_code == 422


def test_a_planned_meeting_is_a_touch_once_it_is_said_to_have_been_held(grace, ben):
    talk = Talk("meeting", MONDAY, ben, minutes=30, state="planned", subject="Demo")
    one = log(grace, talk, by=ben, at=MONDAY)
    assert not outbox.of([grace.ledger_id])

    assert b"did it take place?" in browser(ben).get("/conversations/").content
    browser(ben).post(f"/conversations/{one.pk}/held/", {"was_held": "yes"})
    browser(ben).post(f"/conversations/{one.pk}/held/", {"was_held": "yes"})
    assert len(outbox.of([grace.ledger_id])) == 1


def test_a_meeting_that_is_yet_to_come_is_not_asked_for(grace, ben):
    now = timezone.now()
    talk = Talk("meeting", now + timedelta(days=7), ben, minutes=30, state="planned", subject="x")
    one = log(grace, talk, by=ben, at=now)
    path = f"/conversations/{one.pk}/"

    page = browser(ben).get(path).content.decode()
    assert "Planned for " in page
    assert "It took place" not in page
    held = browser(ben).post(f"{path}held/", {"was_held": "yes"}, follow=True).content.decode()
    assert "It is yet to come" in held
    assert not outbox.of([grace.ledger_id])

    browser(ben).post(f"{path}held/", {"was_held": "no"})
    assert "Planned for " not in browser(ben).get(path).content.decode()


def test_the_list_is_filtered_and_paged(grace, ben, bea):
    for day in range(60):
        at = MONDAY + timedelta(days=day)
        log(grace, Talk("call", at, ben, subject=f"Talk {day:02}"), by=ben, at=MONDAY)
    log(grace, Talk("chat", MONDAY, bea, subject="A chat"), by=bea, at=MONDAY)

    first = browser(ben).get("/conversations/").content.decode()
    assert "Talk 59" in first
    assert "Talk 05" not in first
    after = first.split("&amp;after=")[1].split('"')[0]
    assert "Talk 05" in browser(ben).get(f"/conversations/?after={after}").content.decode()
    page = browser(ben).get("/conversations/?kind=chat").content.decode()
    assert "A chat" in page
    assert "Talk 59" not in page
    assert browser(ben).get("/conversations/?kind=shout").status_code == 400


def test_the_log_holds_no_words_of_a_private_talk(grace, ben, ada):
    one = private_mail(grace, ben, subject="Mercury")
    said = {"subject": "Mercury twice", "summary": "hush", "direction": "in"}
    assert browser(ben).post(f"/conversations/{one.pk}/edit/", said).status_code == 302

    page = browser(ada).get("/settings/log/").content
    assert b"conversation.change" in page
    assert b"Mercury" not in page
    assert b"hush" not in page


def test_a_concern_that_was_heard_is_kept_and_a_transcript_later_leaves_it(grace, ben):
    concern = add_concern(by=ben, at=MONDAY, name="It costs too much", kind="price")
    said = {"person": grace.pk, "kind": "call", "subject": "Finds it dear"}
    browser(ben).post(ADD, said | {"concern": concern.pk})

    heard = Heard.objects.get()
    assert (heard.concern, heard.person, heard.words) == (concern, grace, "Finds it dear")
    one = Conversation.objects.get()
    words = {"words": "Ben: Hello\nGrace: Hi"}
    browser(ben).post(f"/conversations/{one.pk}/transcript/", words)
    browser(ben).post(f"/conversations/{one.pk}/transcript/", words)
    assert Heard.objects.get() == heard
    assert one.turns.count() == 3
