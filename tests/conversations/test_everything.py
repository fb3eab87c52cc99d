"""What halves holds of a person in conversations: taken out for them, and erased."""

import json

from halves.access.models import AuditEntry
from halves.conversations.actions import change, log
from halves.conversations.models import Conversation, Turn
from halves.conversations.talk import Spoken, Talk
from halves.keeping.erasing import erase_person, export_person
from tests.house import MONDAY


def talk(grace, seller, words: str, *, is_private: bool = False, key: str = ""):
    said = {"subject": f"About {words}", "turns": [Spoken("them", words)], "source_key": key}
    return log(
        grace, Talk("call", MONDAY, seller, is_private=is_private, **said), by=seller, at=MONDAY
    )


def test_what_was_said_is_taken_out_for_the_person(grace, ben, ada):
    talk(grace, ben, "the open price")
    found = export_person(grace, by=ada, at=MONDAY)
    assert "the open price" in json.dumps(found)


def test_a_private_one_is_named_and_its_words_are_its_seller_s(grace, ben, ada):
    talk(grace, ben, "the secret price", is_private=True)

    told = json.dumps(export_person(grace, by=ada, at=MONDAY))
    assert "secret price" not in told
    assert "kept private by ben@example.org" in told
    assert "secret price" in json.dumps(export_person(grace, by=ben, at=MONDAY))


def test_erasing_takes_transcripts_and_what_the_log_copied_of_them(grace, ben, ada):
    one = talk(grace, ben, "the price of mercury")
    change(one, by=ben, at=MONDAY, version=1, summary="Grace dislikes mercury")
    gone = erase_person(grace, by=ada, at=MONDAY)

    assert gone["conversations"] >= 2
    assert gone["left"] == 0
    assert not Conversation.objects.exists()
    assert not Turn.objects.exists()
    entries = AuditEntry.objects.filter(kind="conversation")
    assert "mercury" not in json.dumps([[one.before, one.after] for one in entries])
