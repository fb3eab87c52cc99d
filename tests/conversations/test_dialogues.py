"""Dialogues of another system come in once, with what came of them, and go out whole."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from halves.connect.dialogues import Dialogue, DialogueRecipe, Said, read
from halves.conversations.dialogues import bring_in, take_out
from halves.conversations.errors import ConversationRefused
from halves.conversations.models import Conversation, Turn
from halves.deals.models import Deal
from halves.people.actions import note
from halves.people.models import Person
from halves.posting.book import book
from tests.connect.files import DATA
from tests.house import MONDAY

AT = datetime(2018, 9, 4, tzinfo=UTC)


def dialogue(number: int, value: str | None) -> Dialogue:
    turns = (Said("us", "Will you give?"), Said("them", "I fear it is a scam"))
    said = {"person": f"user_{number}", "at": AT, "currency": "USD"}
    return Dialogue(f"d{number}", turns, value=Decimal(value) if value else None, **said)


def brought(*dialogues: Dialogue):
    return bring_in(dialogues, source="gifts", by=None, at=MONDAY, tell=lambda done, of: None)


def rows(table: str) -> list[dict]:
    ledger = book()
    return ledger.query(ledger.table(table)).to_pylist()


def test_dialogues_come_in_with_what_came_of_them(house):
    run = brought(dialogue(1, "2.50"), dialogue(2, "0"), dialogue(3, None))

    assert (run.dialogues, run.turns) == (3, 6)
    assert [(one.person.name, one.kind) for one in Conversation.objects.order_by("pk")] == [
        ("user_1", "chat"),
        ("user_2", "chat"),
        ("user_3", "chat"),
    ]
    assert sorted(one.state for one in Deal.objects.all()) == ["lost", "won"]
    (outcome,) = rows("outcomes")
    assert (outcome["value"], outcome["currency"], outcome["kind"]) == (
        Decimal("2.50"),
        "USD",
        "deal_closed",
    )
    assert len(rows("touches")) == 3


def test_the_same_again_changes_nothing_and_more_are_added(house):
    brought(dialogue(1, "2.50"))
    brought(dialogue(1, "2.50"))
    brought(dialogue(1, "2.50"), dialogue(2, "1"))

    assert Conversation.objects.count() == Person.objects.count() == 2
    assert (len(rows("touches")), len(rows("outcomes"))) == (2, 2)


def test_they_go_out_whole_but_whom_a_colleague_wrote_about_stays(house, ada):
    brought(dialogue(1, "2.50"), dialogue(2, "0"))
    kept = Person.objects.get(name="user_2")
    note(kept, "Met her at a fair", by=ada, at=MONDAY)
    gone = take_out("gifts", by=ada, at=MONDAY)

    assert gone == {"rows of the ledger": 3, "conversations": 2, "deals": 2, "people": 1}
    assert list(Person.objects.all()) == [kept]
    assert not (Conversation.objects.exists())
    assert not (Turn.objects.exists())
    assert not (Deal.objects.exists())
    assert rows("touches") == rows("outcomes") == []
    with pytest.raises(ConversationRefused, match="no dialogues of 'gifts' are in"):
        take_out("gifts", by=ada, at=MONDAY)
    assert brought(dialogue(1, "2.50")).dialogues == 1


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "persuasionforgood").exists(), reason="the data are not here")
def test_persuasionforgood_comes_in_whole(house):
    # 1,017 dialogues, 20,932 turns, 545 who gave: counted with csv alone.
    found = read(DATA / "persuasionforgood", DialogueRecipe.find("persuasionforgood"))
    run = bring_in(
        found, source="persuasionforgood", by=None, at=MONDAY, tell=lambda done, of: None
    )

    assert (run.dialogues, run.turns) == (1_017, 20_932)
    assert Deal.objects.filter(state="won").count() == len(rows("outcomes")) == 545
    assert len(rows("touches")) == 1_017
