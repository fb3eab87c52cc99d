"""Keeping the ledger in order from the command line."""

import csv
from pathlib import Path

from typer.testing import CliRunner

from halves import Ledger
from halves.cli.main import app
from tests.conftest import MONDAY, touches


def run(home: Path, *words: str, answer: str | None = None) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)], input=answer)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def with_touches(home: Path) -> Ledger:
    book = Ledger.create(home / "ledger")
    book.append("touches", touches(("t1", "ada"), ("t2", "ada-2"), ("t3", "ben")), batch="a")
    return book


def test_compact_leaves_no_tail(tmp_path: Path) -> None:
    book = with_touches(tmp_path)
    run(tmp_path, "compact")
    assert book.tail_rows("touches") == 0
    assert book.read("touches").num_rows == 3


def test_merge_makes_two_one(tmp_path: Path) -> None:
    book = with_touches(tmp_path)
    assert run(tmp_path, "merge", "ada-2", "--into", "ada") == "ada-2 is ada."
    assert "one already" in run(tmp_path, "merge", "ada", "--into", "ada-2")
    assert sorted(book.read("touches")["person_id"].to_pylist()) == ["ada", "ada", "ben"]


def test_erase_asks_names_everyone_concerned_and_clears_refused_rows(tmp_path: Path) -> None:
    book = with_touches(tmp_path)
    book.merge("ada-2", into="ada", at=MONDAY, batch="m")
    refused = tmp_path / "imports" / "crm-1" / "refused.csv"
    refused.parent.mkdir(parents=True)
    rows = [["row", "value", "who"], ["2", "x", "ada-2"], ["3", "'=ben", "ben"], ["4", "y", "ada"]]
    with refused.open("w", newline="") as file:
        csv.writer(file).writerows(rows)

    stopped = CliRunner().invoke(app, ["erase", "ada", "--home", str(tmp_path)], input="n\n")
    assert "Erase ada and ada-2, who are the same person?" in stopped.output
    assert stopped.exit_code == 1
    assert book.read("touches").num_rows == 3

    said = run(tmp_path, "erase", "ada", answer="y\n")
    assert said.endswith("Erased: 2 touches, 1 aliases of the ledger and 2 refused rows.")
    assert book.read("touches")["person_id"].to_pylist() == ["ben"]
    with refused.open(newline="") as file:
        assert list(csv.reader(file)) == [rows[0], rows[2]]
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ada-2" not in left
