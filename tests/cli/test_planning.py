"""`halves plan` and `halves next-test`, as a person at a terminal meets them."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from halves import Ledger
from halves.cli.main import main
from halves.ledger.settings import Settings
from halves.simulate import Company, simulate
from tests.measure.shop import EMAIL, SINCE, TV, UNTIL, open_shop, spend

YEAR = ("--since", "2025-01-01", "--until", "2026-01-01")
WINTER = ("--since", SINCE.isoformat(), "--until", UNTIL.isoformat())


@dataclass(frozen=True)
class Said:
    """What one run of a command said, and the JSON that it wrote; nothing if it refused."""

    code: int
    text: str
    errors: str
    written: str

    @property
    def flat(self) -> str:
        return " ".join(self.text.split())

    @property
    def json(self) -> dict[str, Any]:
        assert self.code == 0, self.errors
        return json.loads(self.written)

    @property
    def rows(self) -> dict[str, str]:
        """Lines by the word that they start with."""
        return {line.split()[0]: line for line in self.text.splitlines() if line.strip()}


def run(folder: Path, *words: str) -> Said:
    file, out, err, code = folder / "said.json", io.StringIO(), io.StringIO(), 0
    where = ["--home", str(folder), "--settings", str(folder / "halves.toml"), "--json", str(file)]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["halves", *words, *where])
        patch.setenv("COLUMNS", "100")
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
    written = file.read_text(encoding="utf-8") if code == 0 else ""
    return Said(code, out.getvalue(), err.getvalue(), written)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of nine channels that cost money, of which four waste it."""
    company = Company.small(people=4000, seed=1)
    folder = tmp_path_factory.mktemp("demo")
    Settings(currency="USD", margin=company.margin, channels=company.channels).write(
        folder / "halves.toml"
    )
    simulate(company, seed=1).write(Ledger.create(folder / "ledger"))
    return folder


@pytest.fixture(scope="module")
def year(demo: Path) -> Said:
    return run(demo, "plan", *YEAR)


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., Said]:
    """A shop whose mails were tested and work, and a tv of which nobody can tell."""
    book = Ledger.create(tmp_path / "ledger")
    open_shop(book, people=400, worth=8.0)
    book.append("spend", spend("tv", 8000), batch="tv")
    Settings(currency="USD", margin=0.5, channels=(EMAIL, TV)).write(tmp_path / "halves.toml")
    return lambda *words: run(tmp_path, *words)


def test_the_plan_says_what_to_spend_on_what_and_how_sure_that_is(year: Said):
    lines = [line for line in year.text.splitlines() if line.strip()]

    assert lines[0].startswith("From 1 January 2026 to 31 December 2026, spend $")
    assert "expected profit rises by $" in year.flat
    assert "The chance that it rises is " in year.flat
    assert "held" in year.rows["rep_meeting"]
    assert "held as they are: rep_meeting" in year.flat
    assert "halves next-test says what to test first" in year.flat
    assert max(len(line) for line in lines) <= 100


def test_a_plan_adds_up(year: Said):
    plan = year.json

    for whole, of_units in (("advised", "advised"), ("today", "today")):
        assert plan[whole] == pytest.approx(sum(unit[of_units] for unit in plan["units"]))
    gains = [unit["change"]["mean"] for unit in plan["units"]]
    assert plan["change"]["mean"] == pytest.approx(sum(gains))
    assert plan["advised"] <= plan["budget"] == pytest.approx(plan["today"])
    held = [unit for unit in plan["units"] if unit["unit"] in plan["held"]]
    assert held
    assert all(unit["advised"] == pytest.approx(unit["today"]) for unit in held)
    assert (plan["from"], plan["to"]) == ("2026-01-01", "2027-01-01")


@pytest.mark.slow
def test_a_quarter_is_planned_by_region_within_limits(demo: Path, year: Said):
    said = run(
        demo,
        *("plan", *YEAR, "--from", "2026-04-01", "--to", "2026-07-01", "--by-region"),
        *("--limit", "tv=0.5:0.9", "--lock", "social", "--limit", "social in coast=1.2:1.2"),
        *("--lock", "winback"),
    )

    plan = said.json
    units = {unit["unit"]: unit for unit in plan["units"]}
    tv = [unit for name, unit in units.items() if name.startswith("tv in ")]
    assert len(tv) == 8
    assert all(0.5 <= unit["advised"] / unit["today"] <= 0.9 + 1e-9 for unit in tv)
    coast = units["social in coast"]
    assert coast["advised"] == pytest.approx(1.2 * coast["today"])
    delta = units["social in delta"]
    assert delta["advised"] == pytest.approx(delta["today"])
    assert units["winback"]["advised"] == pytest.approx(units["winback"]["today"])
    assert plan["today"] == pytest.approx(year.json["today"] * 91 / 365)
    assert "From 1 April 2026 to 30 June 2026" in said.flat
    assert said.text.index("\ntv ") < said.text.index("\n  coast ")


@pytest.mark.slow
def test_the_next_test_says_what_it_costs_what_it_is_worth_and_how_well_it_sees(demo: Path):
    said = run(demo, "next-test", *YEAR)

    tests = said.json["tests"]
    best = said.json["best"]
    assert best == tests[0]["unit"]
    assert said.flat.startswith(f"Test {best} next. Withhold {best} ")
    for words in (" of profit", " in better decisions over 52 weeks; a ", "from which it pays."):
        assert words in said.flat
    assert "Not worth a test" in said.text
    nets = [one["net"] for one in tests]
    assert nets == sorted(nets, reverse=True)
    for one in tests:
        assert one["net"] == pytest.approx(one["gain"] - one["cost"] - one["delay"])
        assert 0 <= one["gain"] <= one["perfect"] * 1.0001
        assert 0.05 <= one["power"] <= 1
    of_people = {one["unit"] for one in tests if one["people"]}
    of_regions = {one["unit"] for one in tests if one["regions"]}
    assert {"winback", "retargeting"} <= of_people
    assert of_regions == {"tv"}


def test_what_nobody_can_test_is_said_with_the_reason(shop: Callable[..., Said]):
    said = shop("next-test", *WINTER)

    assert [one["unit"] for one in said.json["tests"]] == ["email"]
    assert said.json["untestable"]["tv"].startswith("it reaches nobody by name, and sales name no")
    assert "Cannot be tested tv: it reaches nobody by name, and sales name no regions" in said.flat


@pytest.mark.slow
def test_what_nobody_can_tell_of_is_held_unless_asked_otherwise(shop: Callable[..., Said]):
    held = shop("plan", *WINTER).json
    moved = shop("plan", *WINTER, "--move-unmeasured").json

    assert held["held"] == ["tv"]
    assert moved["held"] == []
    of_tv = [next(u for u in plan["units"] if u["unit"] == "tv") for plan in (held, moved)]
    assert of_tv[0]["advised"] == of_tv[0]["today"] == 8000
    assert of_tv[1]["advised"] != 8000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--budget", "0"), "--budget must be above 0, got 0"),
        (("--limit", "tv=2"), "--limit takes a unit, its least and its most"),
        (("--limit", "tv=2:1"), "such as tv=0.5:1.5; got tv=2:1"),
        (("--limit", "0.5:1"), "--limit takes a unit"),
        (("--lock", "tv", "--limit", "tv=0:1"), "--limit tv: tv has a limit already; give it one"),
    ],
)
def test_an_option_that_makes_no_sense_is_named_with_what_to_do(shop, options, words):
    said = shop("plan", *WINTER, *options)

    assert said.code == 1
    assert words in " ".join(said.errors.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--lock", "radio"),
            "--lock radio: there is no such unit with spend; there are tv, email",
        ),
        (("--budget", "100"), "--budget 100 is too small: what --limit and --lock keep"),
        (("--to", "2026-01-01"), "--to must be after the first day planned, 2026-02-26"),
        (("--by-region",), "--by-region: no spend names a region"),
    ],
)
def test_what_does_not_fit_the_ledger_is_named_with_what_to_do(shop, options, words):
    said = shop("plan", *WINTER, *options)

    assert said.code == 1
    assert words in " ".join(said.errors.split())


@pytest.mark.slow
def test_without_spend_there_is_nothing_to_plan(tmp_path: Path):
    open_shop(Ledger.create(tmp_path / "ledger"), cost=0.0)
    Settings(currency="USD", margin=0.5, channels=(EMAIL,)).write(tmp_path / "halves.toml")

    said = run(tmp_path, "plan", *WINTER)

    assert said.code == 1
    assert "there is nothing to plan. Import spend" in " ".join(said.errors.split())
