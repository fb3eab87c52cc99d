import re
import sys
from pathlib import Path

import pytest

from halves.cli.main import main
from halves.ledger import Ledger
from halves.ledger.settings import Settings
from tests.connect.files import mails, real_data


class Terminal:
    """A folder with `halves` in it: what is typed, and what is said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
        self.folder, self._capsys, self._monkeypatch = folder, capsys, monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "160")
        self.write("mails.toml", mails())

    def write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content)

    def types(self, *words: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["halves", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    def book(self) -> Ledger:
        return Ledger.open(self.folder / "halves-data/ledger")


@pytest.fixture
def terminal(tmp_path, capsys, monkeypatch) -> Terminal:
    return Terminal(tmp_path, capsys, monkeypatch)


SENT = "id,to,when,cost\n1,ada,2026-01-02,0.10\n2,ben,2026-01-03,never\n"


def test_init_makes_a_ledger_and_the_settings(terminal):
    code, out, _ = terminal.types("init", "--currency", "EUR", "--time-zone", "Europe/Berlin")

    assert code == 0
    assert "halves-data" in out
    assert terminal.book().read("touches").num_rows == 0
    assert Settings.read(Path("halves.toml")) == Settings(currency="EUR", time_zone="Europe/Berlin")


def test_init_again_keeps_what_was_said_and_adds_the_rest(terminal):
    terminal.types("init", "--currency", "EUR")
    terminal.types("init", "--margin", "0.4")

    assert Settings.read(Path("halves.toml")) == Settings(currency="EUR", margin=0.4)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--currency", "euro", "currency must be an ISO 4217 code such as EUR, got 'euro'"),
        ("--time-zone", "Berlin", "time_zone must be an IANA name such as Europe/Berlin"),
        ("--margin", "60", "margin must be above 0 and at most 1, got 60.0"),
    ],
)
def test_init_refuses_what_cannot_be(terminal, option, value, words):
    code, _, err = terminal.types("init", option, value)

    assert code == 1
    assert words in err
    assert not Path("halves.toml").exists()


def test_an_import_tells_what_came_in_what_did_not_and_how_to_take_it_back(terminal):
    terminal.write("sent.csv", SENT)

    code, out, _ = terminal.types("import", "sent.csv", "--recipe", "mails.toml")

    assert code == 0
    assert "Came in: 1 touches." in out
    assert (
        "cost: is not an amount written like 1234.56, got 'never' in sent.csv, row 3, column cost"
        in out
    )
    refused = Path(re.search(r"They are in (\S+),", out)[1])
    assert "never" in refused.read_text()
    assert re.search(r"halves undo mails-[0-9a-f]{12}", out)


def test_a_dry_run_shows_each_field_and_writes_nothing(terminal):
    terminal.write("sent.csv", SENT)

    code, out, _ = terminal.types("import", "sent.csv", "-r", "mails.toml", "--dry-run")

    assert code == 0
    assert re.search(r"touches: 1 of 2 rows, 1 refused", out)
    assert re.search(r"cost +1 +1", out)
    assert "Would come in: 1 touches." in out
    assert not Path("halves-data").exists()
    assert not Path("halves.toml").exists()


def test_the_same_import_twice_is_one_and_says_so(terminal):
    terminal.write("sent.csv", SENT)
    terminal.types("import", "sent.csv", "-r", "mails.toml")

    code, out, _ = terminal.types("import", "sent.csv", "-r", "mails.toml")

    assert code == 0
    assert "came in already by this recipe" in out
    assert terminal.book().read("touches").num_rows == 1


def test_imports_are_listed_and_undone_by_the_beginning_of_their_id(terminal):
    terminal.write("sent.csv", SENT)
    assert "Nothing was imported yet" in terminal.types("imports")[1]
    terminal.types("import", "sent.csv", "-r", "mails.toml")

    _, listed, _ = terminal.types("imports")
    code, undone, _ = terminal.types("undo", "mails")
    _, after, _ = terminal.types("imports")

    assert re.search(
        r"mails-\w+ +done, .* UTC\s+1 touches; 1 rows refused\s+by mails from sent.csv", listed
    )
    assert (code, "Taken back: 1 touches." in undone) == (0, True)
    assert "undone" in after
    assert terminal.book().read("touches").num_rows == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["import", "nowhere.csv", "-r", "mails.toml"], "there is no file nowhere.csv"),
        (["import", "empty.csv", "-r", "mails.toml"], "empty.csv is empty"),
        (["import", "wrong.csv", "-r", "mails.toml"], "wrong.csv: no row has the column 'when'"),
        (["import", "sent.csv", "-r", "nothing.toml"], "there is no recipe nothing.toml"),
        (["import", "sent.csv", "-r", "nothing"], "there is no recipe 'nothing'; shipped are"),
        (["import", "sent.csv", "-r", "broken.toml"], "broken.toml: not TOML"),
        (["import", "sent.csv", "-r", "mails.toml", "--set", "x"], "--set takes NAME=VALUE"),
        (["undo", "mails"], "there is no"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_failure(terminal, words, told):
    terminal.write("sent.csv", SENT)
    terminal.write("empty.csv", "")
    terminal.write("wrong.csv", "id;to;at\n1;2;3\n")
    terminal.write("broken.toml", "name =")

    code, out, err = terminal.types(*words)

    assert code == 1
    assert told in err
    assert len(err.strip().splitlines()) == 1
    assert not out.strip()


def test_a_file_with_no_good_row_is_a_failure_that_says_why(terminal):
    terminal.write("sent.csv", "id,to,when,cost\n1,ada,never,1\n")

    code, out, _ = terminal.types("import", "sent.csv", "-r", "mails.toml")

    assert code == 1
    assert "Came in: nothing." in out
    assert "at: is not a time written like %Y-%m-%d, got 'never' in sent.csv, row 2" in out


def test_broken_settings_are_named(terminal):
    terminal.write("sent.csv", SENT)
    terminal.write("halves.toml", "margn = 0.5\n")

    code, _, err = terminal.types("import", "sent.csv", "-r", "mails.toml")

    assert (code, "halves.toml: no setting 'margn'" in err) == (1, True)


def test_hillstrom_asks_for_the_cost_of_a_mail(terminal):
    path = str(real_data("hillstrom", "hillstrom.csv"))

    code, _, err = terminal.types("import", path, "-r", "hillstrom")

    assert code == 1
    assert "needs cost_per_mail: what one mail costs, in USD" in err


def test_olist_comes_in_as_the_readme_says(terminal):
    code, out, _ = terminal.types("import", "--recipe", "olist", str(real_data("olist")))

    assert code == 0
    assert "8,000 people, 16,842 touches, 8,842 outcomes and 22,461 deliveries" in out
    assert Settings.read(Path("halves.toml")).currency == "BRL"
