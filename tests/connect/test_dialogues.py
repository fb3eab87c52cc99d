"""Dialogues are read as their recipe says; PersuasionForGood whole."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from halves.connect.dialogues import DialogueRecipe, read
from halves.connect.errors import FileRefused, RecipeNotFound, RecipeRefused
from tests.connect.files import DATA

PERSUASION = DATA / "persuasionforgood"


@pytest.mark.skipif(not PERSUASION.exists(), reason="the data are not on this machine")
def test_persuasionforgood_is_read_whole():
    # 1,017 dialogues, 20,932 turns and 1,017 people's donations, counted with csv alone.
    found = read(PERSUASION, DialogueRecipe.find("persuasionforgood"))

    assert len(found) == 1_017
    assert sum(len(one.turns) for one in found) == 20_932
    first = found[0]
    assert (first.turns[0].speaker, first.turns[0].words) == (
        "us",
        "Good morning. How are you doing today?",
    )
    assert (first.person, first.seller) == ("user_1810", "user_585")
    assert first.at == datetime(2018, 9, 4, 4, 53, 49, tzinfo=UTC)
    assert found[1].value == Decimal("2.0")
    assert sum(one.value > 0 for one in found) == 545  # who gave, by csv alone
    assert all(one.at and one.value is not None and one.currency == "USD" for one in found)


def test_one_file_of_turns_is_enough(tmp_path: Path):
    (tmp_path / "dialogues.csv").write_text(
        "dialogue;speaker;words\n1;us;Hello\n1;them;It is dear\n2;them;Hi\n"
    )
    first, second = read(tmp_path, DialogueRecipe.find("plain"))
    assert [one.words for one in first.turns] == ["Hello", "It is dear"]
    assert (second.turns[0].speaker, second.value) == ("them", None)


def test_a_column_that_is_not_there_is_named(tmp_path: Path):
    (tmp_path / "dialogues.csv").write_text("dialogue,who,words\n1,us,Hello\n")
    with pytest.raises(FileRefused, match="no column 'speaker'; it has 'dialogue', 'who', 'words'"):
        read(tmp_path, DialogueRecipe.find("plain"))


def test_an_amount_that_is_none_is_refused_with_its_row(tmp_path: Path):
    (tmp_path / "full_dialog.csv").write_text("B2,B4,Unit\n7,0,Hello\n")
    (tmp_path / "full_info.csv").write_text("B2,B4,B3,B6\n7,0,a,0\n7,1,b,lots\n")
    with pytest.raises(
        FileRefused, match=r"full_info\.csv, row 3, B6: must be an amount, got 'lots'"
    ):
        read(tmp_path, DialogueRecipe.find("persuasionforgood"))


def test_a_recipe_that_is_not_there_names_those_that_are():
    with pytest.raises(RecipeNotFound, match="persuasionforgood"):
        DialogueRecipe.find("persuasion")


def test_a_recipe_without_a_speaker_is_refused():
    turns = {"file": "a.csv", "dialogue": "d", "words": "w"}
    with pytest.raises(RecipeRefused, match="speaker"):
        DialogueRecipe.of({"us": ["0"], "turns": turns})
