"""Where people and accounts of an import go: the house of the same home, if there is one."""

import os
from datetime import datetime
from importlib import import_module

from halves.cli.place import Place
from halves.cli.serving import plumbed, prepare_database
from halves.connect.targets import Keeper


def keeper_of(place: Place, source: str, *, at: datetime) -> Keeper | None:
    """Who writes people and accounts of an import down; None where nobody opened a house here.

    Args:
        place: where the ledger lies.
        source: the outside system; its ids are kept under this name.
        at: now.
    """
    is_there = bool(os.environ.get("HALVES_DATABASE_URL")) or place.has_house
    if not is_there:
        return None
    plumbed(place.home)
    prepare_database()
    contacts = import_module("halves.imports.contacts").Contacts
    keeper: Keeper = contacts(source=source, book=place.book_or_new(), at=at)
    return keeper
