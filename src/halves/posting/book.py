"""The ledger of this house, as the server and the worker open it."""

import threading

from django.conf import settings

from halves.ledger import Ledger

_opened = threading.local()


def book() -> Ledger:
    """The house's ledger, made if there is none; opened once in each thread."""
    if getattr(_opened, "where", None) != settings.PLACE.ledger:
        _opened.book, _opened.where = settings.PLACE.book_or_new(), settings.PLACE.ledger
    found: Ledger = _opened.book
    return found
