"""Bringing data in: files become rows of the ledger by a recipe."""

from halves.connect.recipe import Recipe
from halves.connect.running import Imported, Progress, dry_run, run_import, undo_import

__all__ = ["Imported", "Progress", "Recipe", "dry_run", "run_import", "undo_import"]
