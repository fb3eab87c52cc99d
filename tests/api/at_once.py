"""Programs that send one request at the same moment; `main` does so in a house with files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

from django.db import connections

from halves.access.actions import add_user
from halves.access.models import Role
from halves.people.models import Note
from tests.api.program import Program
from tests.house import PASSWORD

KEY = {"Idempotency-Key": "one"}


def answers_to(
    programs: list[Program], send: Callable[[Program], Any]
) -> list[tuple[int, int | None]]:
    """What each is told: the status, and the id of what was made."""
    start = Barrier(len(programs))

    def one(program: Program) -> tuple[int, int | None]:
        try:
            start.wait(timeout=20)
            said = send(program)
            return said.status_code, said.json().get("id")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(programs)) as pool:
        return list(pool.map(one, programs))


def main() -> None:
    ada = add_user(
        email="ada@example.org",
        name="Ada",
        role=Role.OWNER,
        password=PASSWORD,
        at=datetime.now(UTC),
    )
    programs = [Program(ada) for _ in range(4)]
    path = f"/people/{programs[0]('POST', '/people', {'name': 'Grace'}).json()['id']}/notes"
    answers = answers_to(programs, lambda one: one("POST", path, {"words": "Once."}, **KEY))
    assert set(answers) == {(201, Note.objects.get().pk)}, answers
