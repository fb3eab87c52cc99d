"""How quick the board is with 5,000 open deals: python -m bench.deals

Makes a house of its own under a temporary folder, on SQLite, with 20,000 deals that closed. Prints
the time that passed, and the time of a core alone, which others on the machine do not lengthen.
"""

import os
import statistics
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter, process_time

PEOPLE, CLOSED, TIMES = 20_000, 20_000, 20
os.environ["HALVES_HOME"] = tempfile.mkdtemp()
os.environ["DJANGO_SETTINGS_MODULE"] = "halves.settings"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.house_talks import OPEN, deal_of  # noqa: E402
from halves.access.actions import add_user  # noqa: E402
from halves.access.models import Role, Team, User  # noqa: E402
from halves.deals.models import Deal  # noqa: E402
from halves.deals.pipelines import default_pipeline, stages_of  # noqa: E402
from halves.deals.stage_models import StageChange  # noqa: E402
from halves.people.models import Person  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    users = [_user("Ada", Role.OWNER, None), _user("Ben", Role.SELLER, "north")]
    _fill(users[1])
    paths = ("/deals/", "/deals/?owner=me", "/deals/?search=coffee+4", "/deals/list/?order=value")
    for user in users:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        for path in (*paths, f"/deals/{Deal.objects.filter(state='open').latest('pk').pk}/"):
            _once(client, path)
            passed, core = zip(*(_once(client, path) for _ in range(TIMES)), strict=True)
            print(f"{user} {path}: {_said(passed)}; of a core {_said(core)}")


def _said(took: Sequence[float]) -> str:
    p95 = sorted(took)[int(0.95 * len(took))]
    return f"median {statistics.median(took):.0f} ms, p95 {p95:.0f} ms"


def _once(client: Client, path: str) -> tuple[float, float]:
    began, worked = perf_counter(), process_time()
    answer = client.get(path)
    assert answer.status_code == 200, path
    return (perf_counter() - began) * 1_000, (process_time() - worked) * 1_000


def _user(name: str, role: Role, team: str | None) -> User:
    found = Team.objects.get_or_create(name=team)[0] if team else None
    return add_user(
        email=f"{name.lower()}@example.org",
        name=name,
        role=role,
        team=found,
        password="correct horse battery",
        at=timezone.now(),
    )


def _fill(seller: User) -> None:
    now = timezone.now()
    stages = stages_of(default_pipeline(at=now))
    Person.objects.bulk_create(
        Person(
            ledger_id=f"p{number}",
            name=f"Person {number}",
            words=f"person {number}",
            owner=seller,
            team=seller.team,
            created_at=now,
            changed_at=now,
        )
        for number in range(PEOPLE)
    )
    people = list(Person.objects.values_list("pk", flat=True))
    deals = Deal.objects.bulk_create(
        deal_of(number, people[number % PEOPLE], seller.pk, stages, now)
        for number in range(OPEN + CLOSED)
    )
    changes = []
    for number, deal in enumerate(deals):
        if number < OPEN:
            changes.append(StageChange(deal=deal, stage=deal.stage, at=deal.stage_since))
            continue
        for step in range(4):
            at = deal.opened_at + timedelta(days=step * (1 + number % 9))
            left = at + timedelta(days=1 + number % 9)
            changes.append(StageChange(deal=deal, stage=stages[step], at=at, left_at=left))
        changes.append(StageChange(deal=deal, stage=deal.stage, at=deal.closed_at))
    StageChange.objects.bulk_create(changes, batch_size=2_000)


if __name__ == "__main__":
    main()
