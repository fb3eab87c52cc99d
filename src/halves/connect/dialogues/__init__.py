"""Dialogues in files: who said what to whom, and what came of it. Plain data in and out.

>>> DialogueRecipe.find("persuasionforgood").us
('0',)
"""

from halves.connect.dialogues.dialogue import Dialogue, Said, Speaker
from halves.connect.dialogues.reading import read
from halves.connect.dialogues.recipe import DialogueRecipe

__all__ = ["Dialogue", "DialogueRecipe", "Said", "Speaker", "read"]
