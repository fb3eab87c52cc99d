"""Signing in: nobody signs up by themselves, colleagues are let in by an owner."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """How allauth behaves here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: `halves user add`, or an owner, lets people in."""
        return False
