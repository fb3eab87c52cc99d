"""Colleagues' windows that press Confirm at the same moment; `main` does so in a house of files."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from django.db import connections
from django.test import Client

from halves.access.actions import add_user
from halves.access.models import Role, User
from halves.assistants.models import Proposal
from halves.people.models import Consent
from tests.assistants.company import asked, person
from tests.house import PASSWORD, browser

_SEEN = re.compile(r'name="seen" value="(\d+)"')
_TOLD = ("busy", "could not be done", "under way already", "decided already", "Done.")


def consent_asked(user: User) -> Proposal:
    """What would show if it were done twice: each time writes a row."""
    whom = person("Grace", owner=user)
    said = {"channel": "email", "is_given": True, "how": "said so in a call"}
    return asked(user, "person_consent_add", key=whom.pk, **said)


def pressed_at_once(
    user: User, proposal: Proposal, *, windows: int, is_here: bool = False
) -> Counter[str]:
    """What each window is told; `is_here` presses in this thread, with its connection."""
    opened = [browser(user) for _ in range(windows)]
    seen = [_SEEN.search(one.get("/proposals/").content.decode())[1] for one in opened]
    start = Barrier(windows)

    def press(client: Client, seen: str) -> str:
        try:
            start.wait(timeout=20)
            where = f"/proposals/{proposal.pk}/confirm/"
            said = client.post(where, {"seen": seen}, follow=True)
            assert said.status_code == 200, said.status_code
            page = said.content.decode()
            return next((one for one in _TOLD if one in page), page)
        finally:
            if not is_here:
                connections.close_all()

    if is_here:
        return Counter(map(press, opened, seen))
    with ThreadPoolExecutor(windows) as pool:
        return Counter(pool.map(press, opened, seen))


def insist_on_once(user: User) -> None:
    proposal = consent_asked(user)

    told = pressed_at_once(user, proposal, windows=4)

    proposal.refresh_from_db()
    assert Consent.objects.count() == 1, told
    assert (proposal.state, proposal.status) == ("done", 201), (told, proposal.answer)
    assert told["Done."] >= 1, told
    assert "could not be done" not in told, told


def main() -> None:
    ben = add_user(
        email="ben@example.org",
        name="Ben",
        role=Role.SELLER,
        password=PASSWORD,
        at=datetime.now(UTC),
    )
    for _ in range(5):
        insist_on_once(ben)
        Consent.objects.all().delete()
