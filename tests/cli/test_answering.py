"""`halves which-half` and `halves claims`, as a person at a terminal meets them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from halves import Ledger
from halves.cli.main import main
from halves.ledger.settings import Settings
from tests.measure.shop import EMAIL, SINCE, TV, UNTIL, open_shop, spend

PERIOD = ["--since", SINCE.isoformat(), "--until", UNTIL.isoformat()]


@dataclass
class Desk:
    """A folder with a ledger, settings and a command line."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def says(self, *words: str) -> str:
        """What a command that works prints on stdout."""
        code, out, err = self.runs(*words)
        assert code == 0, err
        return out

    def refuses(self, *words: str) -> str:
        """What a command that refuses prints on stderr."""
        code, _, err = self.runs(*words)
        assert code == 1
        assert "Traceback" not in err
        return err

    def runs(self, *words: str) -> tuple[int, str, str]:
        code = 0
        where = ["--home", str(self.folder), "--settings", str(self.folder / "halves.toml")]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["halves", *words, *where])
            patch.setenv("COLUMNS", "100")
            try:
                main()
            except SystemExit as left:
                code = int(left.code or 0)
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A shop whose mails work, and a tv that nobody tested."""
    book = Ledger.create(desk.folder / "ledger")
    open_shop(book, worth=8.0)
    book.append("spend", spend("tv", 8000), batch="tv")
    book.compact()
    say(desk, channels=[EMAIL, TV])
    return desk


def say(desk: Desk, *, margin: float | None = 0.5, channels: Sequence[object] = ()) -> None:
    settings = Settings(currency="USD", margin=margin, channels=tuple(channels))
    settings.write(desk.folder / "halves.toml")


def test_the_sentence_comes_first_then_the_table_then_what_to_test(shop: Desk):
    said = shop.says("which-half", *PERIOD)

    lines = [line for line in said.splitlines() if line.strip()]
    assert lines[0] == "60% of the spend worked, 40% nobody can tell yet."
    row = next(line for line in lines if line.startswith("email"))
    assert "$12,000" in row
    assert "working" in row
    row = next(line for line in lines if line.startswith("tv"))
    assert "not known" in row
    assert "unknown" in row
    assert said.index("What it rests on") < said.index("What to test next")
    assert "tv: nobody it reaches is known by name" in said
    assert "1 January 2026 to 25 February 2026" in said


def test_without_a_period_it_takes_the_ledger_s_and_says_so(shop: Desk):
    _, out, err = shop.runs("which-half")

    assert "From 2026-01-01 to 2026-02-19: the ledger's days with touches or spend" in err
    assert "1 January 2026 to 19 February 2026" in out


def test_json_on_stdout_is_the_answer_and_nothing_else(shop: Desk):
    answer = json.loads(shop.says("which-half", *PERIOD, "--json", "-"))

    assert set(answer) == {
        "since",
        "until",
        "by",
        "currency",
        "margin",
        "people",
        "outcomes",
        "outcome_value",
        "spend",
        "spend_by_verdict",
        "wasted_share",
        "synergy",
        "units",
        "weeks",
        "notes",
        "computed",
        "paths",
        "checks",
    }
    assert answer["spend"] == 20_000
    assert answer["spend_by_verdict"] == {"working": 12_000, "wasted": 0, "unknown": 8000}
    email = next(unit for unit in answer["units"] if unit["unit"] == "email")
    assert set(email) == {
        "unit",
        "path",
        "spend",
        "incremental",
        "p_wasted",
        "verdict",
        "is_tested",
        "basis",
        "evidence",
        "money",
        "claims",
        "proposal",
    }
    assert set(email["incremental"]) == {"mean", "low", "high"}
    assert email["basis"] == "experiment"
    money = {"profit", "induced", "marginal_return", "wasted", "loss", "past_margin"}
    assert set(email["money"]) == money
    assert set(email["money"]["profit"]) == {"mean", "low", "high"}
    assert answer["synergy"] is None
    assert answer["computed"]["seed"] == 1


@pytest.mark.slow
def test_json_to_a_file_is_the_same_each_time(shop: Desk):
    for name in ("one", "two"):
        shop.says("which-half", *PERIOD, "--json", str(shop.folder / f"{name}.json"))

    one, two = ((shop.folder / f"{name}.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_the_report_is_written_where_it_is_asked_for(shop: Desk):
    said = shop.says("which-half", *PERIOD, "--html", str(shop.folder / "new" / "report.html"))

    assert "The report is in" in said
    text = (shop.folder / "new" / "report.html").read_text(encoding="utf-8")
    assert "60% of the spend worked, 40% nobody can tell yet." in text


def test_by_campaign_judges_campaigns(shop: Desk):
    assert "email (no campaign)" in shop.says("which-half", *PERIOD, "--by", "campaign")


def test_a_missing_margin_is_asked_for_with_the_line_to_add(shop: Desk):
    say(shop, margin=None, channels=[EMAIL, TV])
    (shop.folder / "halves.toml").write_text('currency = "USD"\n')

    said = shop.refuses("which-half", *PERIOD)

    assert "Pass --margin" in said
    assert "margin = 0.6" in said.splitlines()


@pytest.mark.slow
def test_the_margin_option_goes_before_the_setting(shop: Desk):
    answer = json.loads(shop.says("which-half", *PERIOD, "--json", "-", "--margin", "0.25"))

    assert answer["margin"] == 0.25
    assert "at most 1, got 60" in shop.refuses("which-half", *PERIOD, "--margin", "60")


def test_undeclared_channels_are_asked_for_with_the_lines_to_add(shop: Desk):
    (shop.folder / "halves.toml").write_text('currency = "USD"\nmargin = 0.5\n')

    said = shop.refuses("which-half", *PERIOD)

    assert "does not declare: email, tv" in said
    added = [line for line in said.splitlines() if line.startswith(("[[", "name", "path", "meets"))]
    (shop.folder / "halves.toml").write_text(
        'currency = "USD"\nmargin = 0.5\n' + "\n".join(added) + "\n"
    )
    assert "60% of the spend worked" in shop.says("which-half", *PERIOD)


def test_no_ledger_and_an_empty_ledger_say_what_to_do(desk: Desk):
    say(desk)
    assert "halves init" in desk.refuses("which-half", *PERIOD)
    Ledger.create(desk.folder / "ledger")
    assert "import some first" in desk.refuses("which-half")


def test_a_period_before_the_ledger_says_where_it_is(shop: Desk):
    said = shop.refuses("which-half", "--since", "2020-01-01", "--until", "2020-02-01")

    assert "it runs from 2026-01-01 until 2026-02-20" in said


def test_claims_stand_side_by_side_and_are_called_claims(shop: Desk):
    said = shop.says("claims", *PERIOD)

    for rule in ("first", "last", "linear", "Markov", "Shapley"):
        assert rule in said
    assert "A claim says who was there" in said


def test_one_rule_can_be_asked_for_by_number_of_deals(shop: Desk):
    said = shop.says("claims", *PERIOD, "--rule", "last_touch", "--count")

    row = next(line for line in said.splitlines() if "email" in line)
    assert "1,000.0" in row  # those treated, who were mailed before they bought


def test_an_unknown_rule_is_refused_with_those_there_are(shop: Desk):
    code, _, err = shop.runs("claims", "--rule", "tarot")

    assert code == 2
    assert "shapley" in err


def test_the_demo_shows_the_truth_beside_the_answer(desk: Desk, monkeypatch):
    monkeypatch.chdir(desk.folder)
    monkeypatch.setattr("sys.argv", ["halves", "demo", "--truth", "--people", "1000"])

    with pytest.raises(SystemExit) as left:
        main()

    assert not left.value.code
    assert "truth" in desk.capsys.readouterr().out
    home = desk.folder / "halves-demo" / "1000-people-seed-1"
    text = (home / "report.html").read_text(encoding="utf-8")
    assert "This company is simulated, so that the truth is known" in text
    assert Settings.read(home / "halves.toml").margin == 0.6
