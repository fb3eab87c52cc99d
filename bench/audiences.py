"""How quick an audience is with a million people: count, members, the check before sending.

    python -m bench.house                        makes the house that this copies (minutes)
    python -m bench.audiences                    ask, write the page
    python -m bench.audiences --people 50_000    a smaller one

The house of `bench.house` is copied, brought to this version, and given what it lacks: tags, and
consents of a third of its people. Each question is asked 20 times in one process, after one to warm
up, with the copy of operations that the worker keeps. The first copy is timed, and what one changed
person, and a thousand, cost whoever asks next.
"""

import argparse
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path("bench/.data")
PAGE = Path(__file__).parents[1] / "docs/benchmarks-audiences.md"
AT = datetime(2025, 12, 1, tzinfo=UTC)
ASKED, CHECKED, CHANGED = 20, 500, 1_000
REGION = {"field": "person.region", "op": "is", "value": "region 3"}
AGREED = {
    "records": "consents",
    "op": "any",
    "where": [
        {"field": "channel", "op": "is", "value": "email"},
        {"field": "is_given", "op": "is", "value": True},
    ],
}


def touched(op: str, days: int, **more: Any) -> dict[str, Any]:
    """So many mails within some days."""
    where = [{"field": "channel", "op": "is", "value": "email"}]
    return {"records": "touches", "op": op, "within_days": days, "where": where, **more}


QUESTIONS = {
    "region": REGION,
    "region, agreed to mail": {"and": [REGION, AGREED]},
    "has a tag, account's name contains “a”": {
        "and": [
            {"field": "person.tags", "op": "has", "value": "pioneer"},
            {"field": "account.name", "op": "contains", "value": "a"},
        ]
    },
    "agreed, touched by mail in 90 days": {"and": [AGREED, touched("any", 90)]},
    "three mails or more in two years": touched("at_least", 700, count=3),
    "agreed, no mail in a year, or region": {
        "or": [REGION, {"and": [AGREED, touched("none", 365)]}]
    },
    "eight conditions, three over touches": {
        "or": [
            {"and": [REGION, AGREED, touched("any", 30)]},
            {
                "and": [
                    {"not": touched("any", 365)},
                    {"field": "account.name", "op": "contains", "value": "mill"},
                    {"field": "person.tags", "op": "has_not", "value": "pioneer"},
                ]
            },
            touched("at_least", 365, count=4),
            {"field": "person.name", "op": "begins", "value": "grace"},
        ]
    },
}


def prepare(people: int) -> Path:
    """A copy of the bench house, at this version, with tags and consents."""
    made, here = DATA / f"house-{people}", DATA / f"audiences-{people}"
    if not (here / "halves.sqlite3").exists():
        shutil.copytree(made, here, dirs_exist_ok=True)
    os.environ |= {"HALVES_HOME": str(here), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    import django

    django.setup()
    from halves.cli.serving import prepare_database
    from halves.people.models import Consent, Person, Tag

    prepare_database()
    if not Consent.objects.exists():
        rng = np.random.default_rng(5)
        keys = np.array(list(Person.objects.values_list("pk", flat=True)))
        agreed = rng.choice(keys, len(keys) // 3, replace=False)
        said = {"channel": "email", "is_given": True, "at": AT, "how": "bench", "by": "bench"}
        Consent.objects.bulk_create(
            (Consent(person_id=int(key), **said) for key in agreed), batch_size=20_000
        )
        tag = Tag.objects.create(name="pioneer")
        through = Person.tags.through
        tagged = rng.choice(keys, len(keys) // 20, replace=False)
        through.objects.bulk_create(
            (through(person_id=int(key), tag_id=tag.pk) for key in tagged), batch_size=20_000
        )
    return here


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Seconds that something took."""
    began = time.perf_counter()
    yield
    into.append(time.perf_counter() - began)


def times(ask: Callable[[], Any], count: int = ASKED) -> list[float]:
    """Seconds of each of several, after one to warm up."""
    ask()
    found: list[float] = []
    for _ in range(count):
        with timed(found):
            ask()
    return found


def main() -> None:
    """Ask, print, write the page."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--people", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    people = said.parse_args().people
    load = os.getloadavg()[0]
    home = prepare(people)
    rows = measure(home)
    for row in rows:
        print(" | ".join(row), flush=True)
    if people == 1_000_000:
        PAGE.write_text(page(people, rows, load))


def measure(home: Path) -> list[tuple[str, str, str, str]]:
    """What, how many, the median, the 95th percentile."""
    from halves.audiences import queries, snapshot
    from halves.audiences.models import Audience, Kind
    from halves.people.models import Person

    first: list[float] = []
    shutil.rmtree(home / "snapshot", ignore_errors=True)
    with timed(first):
        snapshot.fresh(home)
    rows = [("the first copy", "", _s(first), _s(first))]
    for words, definition in QUESTIONS.items():
        found = queries.count(definition, at=AT)
        took = times(lambda definition=definition: queries.count(definition, at=AT))
        rows.append((f"count: {words}", f"{found:,}", _s(took), _s(took, 95)))
    audience = Audience(pk=0, name="bench", kind=Kind.COMPUTED)
    for words in ("everyone", *QUESTIONS):
        everyone = {"field": "person.email", "op": "is_filled"}
        audience.definition = QUESTIONS.get(words, everyone)
        keys = [key for chunk in queries.members(audience, at=AT) for key in chunk]
        took = times(lambda: sum(len(one) for one in queries.members(audience, at=AT)), 5)
        rows.append((f"members: {words}", f"{len(keys):,}", _s(took), _s(took, 95)))
        few = keys[:CHECKED]
        took = times(lambda few=few: queries.still_in(audience, few, at=AT), 10)
        rows.append((f"still in, of {len(few)}: {words}", "", _s(took), _s(took, 95)))
    person = Person.objects.order_by("pk").first()
    for words, definition in QUESTIONS.items():
        took = times(lambda said=definition: queries.why(said, person, at=AT), 10)
        rows.append((f"why: {words}", "", _s(took), _s(took, 95)))
    for many in (1, CHANGED):
        few = list(Person.objects.order_by("-pk").values_list("pk", flat=True)[:many])
        took = []
        for _ in range(5):
            Person.objects.filter(pk__in=few).update(title="Admiral")
            with timed(took):
                queries.count(REGION, at=AT)
        rows.append((f"count: region, after {many:,} changed", "", _s(took), _s(took, 95)))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return [*rows, ("most memory of the process, GB", "", f"{most:.1f}", "")]


def page(people: int, rows: list[tuple[str, str, str, str]], load: float) -> str:
    """The page of the docs."""
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"""# How quick audiences are with {people:,} people

{people:,} people in {people // 5:,} accounts, a third with consent, {10 * people:,} touches; SQLite,
one process on {os.cpu_count()} cores, of which others wanted {load:.1f} when it began. Written by
`python -m bench.audiences`; seconds.
The goal: a count within 1 s, members within 3 s.

| what | people | median | 95 % within |
|---|---:|---:|---:|
{lines}
"""


def _s(took: list[float], percent: float = 50) -> str:
    return f"{np.percentile(took, percent):.2f}"


if __name__ == "__main__":
    main()
