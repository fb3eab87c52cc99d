"""How quick pages are with a million people: list, search, timeline, scoreboard.

    python -m bench.house                    make it once (minutes), serve it, ask, write the page
    python -m bench.house --people 100_000   a smaller one
    python -m bench.house --only brief       kinds of pages with this in their name
    python -m bench.house --postgresql       the same on PostgreSQL, a server of its own

The house is made up: people with names, addresses, accounts and owners, ten touches each, and what
`bench.house_talks` puts there: talks, concerns, deals and promises. It is served by `halves serve`
in a process of its own and asked over HTTP by one signed-in seller whose house keeps teams apart,
one request after another, after one of each kind to warm up.
"""

import argparse
import http.cookiejar
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

DATA = Path("bench/.data")
PAGES = {
    name: Path(__file__).parents[1] / f"docs/benchmarks-house{end}.md"
    for name, end in (("SQLite", ""), ("PostgreSQL", "-postgresql"))
}
PASSWORD = "correct horse battery"
PORT = 8199
PEOPLE_AN_ACCOUNT, TOUCHES_A_PERSON = 5, 10
CHUNK = 20_000
TUNED = ("random_page_cost = 1.1", "jit = off", "work_mem = '32MB'")  # as the guide says
ASKED = 60  # requests of each kind
AT_ONCE = ("north0@example.org", "south1@example.org", "north2@example.org", "lea@example.org")
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
CHANNELS = np.array(["email", "paid_search", "social", "call", "meeting", "page"])
PATHS = np.array(["many", "many", "many", "one", "one", "self"])


def make(home: Path, people: int) -> None:
    """Fill a house, once."""
    os.environ |= {"HALVES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    import django

    django.setup()
    from bench import house_talks
    from halves.access.models import House, User
    from halves.cli.serving import prepare_database
    from halves.people.models import Person

    prepare_database()
    if Person.objects.count() < people or not User.objects.exists():
        sellers = _colleagues()
        House.objects.update_or_create(only=True, defaults={"is_by_team": True})
        _accounts(people // PEOPLE_AN_ACCOUNT)
        _people(people, sellers)
        _touches(home, people)
    house_talks.fill(home, people, datetime.now(UTC))


def _colleagues() -> list:
    from halves.access.actions import add_user
    from halves.access.models import Role, Team

    found = []
    for team in ("north", "south"):
        where = Team.objects.create(name=team)
        for place in range(5):
            email = f"{team}{place}@example.org"
            found.append(
                add_user(
                    email=email,
                    name=f"{team} {place}",
                    role=Role.SELLER,
                    team=where,
                    password=PASSWORD,
                    at=BEGAN,
                )
            )
    add_user(email="lea@example.org", name="Lea", role=Role.LEADER, password=PASSWORD, at=BEGAN)
    return found


def _accounts(size: int) -> None:
    from halves.people.models import Account
    from halves.simulate.files import FIRM, TRADE

    rng = np.random.default_rng(1)
    for start in range(0, size, CHUNK):
        places = range(start, min(start + CHUNK, size))
        first, second = (rng.integers(len(of), size=len(places)) for of in (FIRM, TRADE))
        Account.objects.bulk_create(
            Account(
                ledger_id=f"a{place}",
                name=f"{FIRM[a]} {TRADE[b]} {place}",
                domain=f"firm{place}.example",
                created_at=BEGAN,
                changed_at=BEGAN,
            )
            for place, a, b in zip(places, first, second, strict=True)
        )


def _people(size: int, sellers: list) -> None:
    from halves.people.models import Account, Identifier, Person
    from halves.people.words import plain_words
    from halves.simulate.files import FIRST, LAST

    rng = np.random.default_rng(2)
    accounts = list(Account.objects.order_by("id").values_list("id", "name"))
    for start in range(0, size, CHUNK):
        places = range(start, min(start + CHUNK, size))
        first, last = (rng.integers(len(of), size=len(places)) for of in (FIRST, LAST))
        rows = []
        for place, a, b in zip(places, first, last, strict=True):
            name, email = (
                f"{FIRST[a]} {LAST[b]}",
                f"{FIRST[a]}.{LAST[b]}.{place}@mail.example".lower(),
            )
            key, account = accounts[place // PEOPLE_AN_ACCOUNT % len(accounts)]
            owner = (
                sellers[place % (2 * len(sellers))]
                if place % (2 * len(sellers)) < len(sellers)
                else None
            )
            at = BEGAN + timedelta(minutes=place)
            rows.append(
                Person(
                    ledger_id=f"p{place:07d}",
                    name=name,
                    email=email,
                    account_id=key,
                    owner=owner,
                    team=owner.team if owner else None,
                    region=f"region {place % 12}",
                    created_at=at,
                    changed_at=at,
                    words=plain_words(name, email, account),
                )
            )
        kept = Person.objects.bulk_create(rows)
        Identifier.objects.bulk_create(
            Identifier(person=one, kind="email", value=one.email, source="bench", at=BEGAN)
            for one in kept
        )
        print(f"{start + len(places):,} people", flush=True)


def _touches(home: Path, people: int) -> None:
    from halves.ledger import Ledger

    rng, size = np.random.default_rng(3), people * TOUCHES_A_PERSON
    book = Ledger.create(home / "ledger")
    for start in range(0, size, 2_000_000):
        count = min(2_000_000, size - start)
        which = rng.integers(len(CHANNELS), size=count)
        who = rng.integers(people, size=count)
        seconds = rng.integers(2 * 365 * 86_400, size=count)
        at = np.datetime64("2024-01-01T00:00:00", "us") + seconds.astype("timedelta64[s]")
        table = pa.table(
            {
                "touch_id": [f"t{place}" for place in range(start, start + count)],
                "person_id": [f"p{place:07d}" for place in who],
                "at": pa.array(at, pa.timestamp("us", "UTC")),
                "path": PATHS[which],
                "channel": CHANNELS[which],
                "source": ["bench"] * count,
            }
        )
        book.append("touches", table, batch=f"touches {start}")
    book.compact()


class Browser:
    """One signed-in colleague."""

    def __init__(self, email: str) -> None:
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        )
        page = self.get("/account/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
        said = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self._open("/account/login/", urllib.parse.urlencode(said).encode())

    def get(self, path: str) -> str:
        """A page's HTML."""
        return self._open(path, None)

    def _open(self, path: str, data: bytes | None) -> str:
        where = f"http://127.0.0.1:{PORT}{path}"
        request = urllib.request.Request(where, data, {"Referer": where})
        with self._opener.open(request, timeout=60) as answer:
            return answer.read().decode()


def asked(people: int) -> dict[str, list[str]]:
    """What is asked, by kind of page."""
    from halves.simulate.files import FIRST, LAST

    rng = np.random.default_rng(4)
    picks = rng.integers(1, people, size=ASKED)
    names = [
        (FIRST[a % len(FIRST)], LAST[b % len(LAST)]) for a, b in rng.integers(999, size=(ASKED, 2))
    ]
    return {
        "people, by name": ["/people/"] * ASKED,
        "people, newest first": ["/people/?order=newest"] * ASKED,
        "people, mine": ["/people/?owner=me"] * ASKED,
        "people of a region": [f"/people/?region=region+{place % 12}" for place in range(ASKED)],
        "search, first and last name": [f"/people/?search={a}+{b}" for a, b in names],
        "search, three letters": [f"/people/?search={b[:3]}" for _, b in names],
        "search, an address": [
            f"/people/?search={a}.{b}.{p}" for (a, b), p in zip(names, picks, strict=True)
        ],
        "a person with their timeline": [f"/people/{pick}/" for pick in picks],
        "accounts": ["/accounts/"] * ASKED,
        "an account with its people": [f"/accounts/{1 + pick // 5}/" for pick in picks],
        "the scoreboard": ["/"] * ASKED,
    }


Found = dict[str, dict[str, np.ndarray]]  # who asked → kind of page → milliseconds


def measure(home: Path, people: int, only: str) -> Found:
    """Milliseconds of each request, by who asked and kind of page."""
    from bench import house_talks

    kinds = {
        kind: paths
        for kind, paths in (asked(people) | house_talks.asked(people, ASKED)).items()
        if only in kind
    }
    command = [sys.executable, "-m", "halves.cli", "serve", "--no-worker"]
    server = subprocess.Popen([*command, "--home", str(home), "--port", str(PORT)])
    try:
        _wait()
        found = {}
        for who, email in (("a seller", "north0@example.org"), ("a leader", "lea@example.org")):
            browser, found[who] = Browser(email), {}
            for kind, paths in kinds.items():
                _timed(browser, paths[0])
                found[who][kind] = _all(browser, paths)
                print(_line(who, kind, found[who][kind]), flush=True)
        found["four at once"] = _together(kinds)
        return found
    finally:
        server.terminate()
        server.wait(20)


def _all(browser: Browser, paths: list[str]) -> np.ndarray:
    times = [_timed(browser, path) for path in paths]
    return np.array([took for took in times if took is not None])


def _together(kinds: Mapping[str, list[str]]) -> dict[str, np.ndarray]:
    """Four colleagues at once, a quarter of the requests each, nobody with the same page."""

    def whole(place: int) -> dict[str, np.ndarray]:
        browser, names = Browser(AT_ONCE[place]), list(kinds)
        shift = place * len(names) // len(AT_ONCE)
        order = names[shift:] + names[:shift]
        return {kind: _all(browser, kinds[kind][place :: len(AT_ONCE)]) for kind in order}

    with ThreadPoolExecutor(len(AT_ONCE)) as pool:
        parts = list(pool.map(whole, range(len(AT_ONCE))))
    return {kind: np.concatenate([part[kind] for part in parts]) for kind in kinds}


def _timed(browser: Browser, path: str) -> float | None:
    began = time.perf_counter()
    try:
        browser.get(path)
    except urllib.error.HTTPError as failed:
        if failed.code != 404:  # another team's person: there is no such page for this seller
            raise
        return None
    return (time.perf_counter() - began) * 1000


def _wait() -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/account/login/", timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("the server did not start")


def page(people: int, found: Found, engine: str) -> str:
    """The figures as a page."""
    option = "" if engine == "SQLite" else " --postgresql"
    lines = [
        f"# Benchmarks: pages of a large house on {engine}",
        "",
        f"Written by `python -m bench.house{option}`. {people:,} people, "
        f"{people // PEOPLE_AN_ACCOUNT:,} accounts, {people * TOUCHES_A_PERSON:,} touches, "
        f"{people // 5:,} conversations, "
        f"a tenth as many deals and {people:,} promises on {engine} and a ledger; "
        f"`halves serve` on two cores, {ASKED} requests of each kind over HTTP, one after another, "
        f"after one to warm up, then {ASKED} by four at once. Milliseconds until the last byte. "
        "Other work on the machine: "
        f"{os.getloadavg()[0]:.1f} processes on average.",
        "",
        "| who | page | p50 ms | p95 ms |",
        "|---|---|---:|---:|",
    ]
    for who, kinds in found.items():
        lines += [_line(who, kind, times) for kind, times in kinds.items()]
    lines += [
        "",
        *([f"Set on the server: {', '.join(TUNED)}.", ""] if engine == "PostgreSQL" else []),
        "Not measured: the time a browser needs to draw. Who asks runs on the same two cores.",
        "",
    ]
    return "\n".join(lines)


def _line(who: str, kind: str, times: np.ndarray) -> str:
    p50, p95 = np.quantile(times, [0.5, 0.95])
    return f"| {who} | {kind} | {p50:.0f} | {p95:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    engine = "PostgreSQL" if options.postgresql else "SQLite"
    end = "-postgresql" if options.postgresql else ""
    home = (DATA / f"house-{options.people}{end}").absolute()
    if options.postgresql:
        os.environ["HALVES_DATABASE_URL"] = _server(home)
    make(home, options.people)
    words = page(options.people, measure(home, options.people, options.only), engine)
    print(words)
    if options.people >= 1_000_000 and not options.only:
        PAGES[engine].write_text(words)


def _server(home: Path) -> str:
    """The address of a PostgreSQL server in the home, up as long as this process is."""
    import pgserver

    home.mkdir(parents=True, exist_ok=True)
    server = pgserver.get_server(home / "postgresql")
    for said in TUNED:
        server.psql(f"ALTER SYSTEM SET {said};")
    server.psql("SELECT pg_reload_conf();")
    found: str = server.get_uri()
    return found


if __name__ == "__main__":
    main()
