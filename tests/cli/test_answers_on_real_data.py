"""Import real data and ask which half: what is known is said, and what cannot be known too."""

import json
from pathlib import Path

import pytest

from halves.cli.main import main

SHARED = Path(__file__).parents[2].parent / "shared/data"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder of its own; gives what it prints on stdout."""
    monkeypatch.chdir(tmp_path)

    def command(*words: object) -> str:
        monkeypatch.setattr("sys.argv", ["halves", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert not left.value.code, said.err
        return said.out

    return command


def units(answer: dict) -> dict[str, dict]:
    return {unit["unit"]: unit for unit in answer["units"]}


@pytest.mark.skipif(not (SHARED / "hillstrom").exists(), reason="shared/data/hillstrom is absent")
@pytest.mark.parametrize(
    ("cost", "womens"),
    [
        ("0.02", "working"),
        pytest.param("0.10", "unknown", marks=pytest.mark.slow),
    ],
)
def test_hillstrom_s_mails_are_judged_at_the_cost_that_is_stated(run, cost: str, womens: str):
    run("import", SHARED / "hillstrom", "--recipe", "hillstrom", "--set", f"cost_per_mail={cost}")

    answer = json.loads(run("which-half", "--margin", "0.3", "--json", "-"))

    found = units(answer)
    assert found["mens_email"]["verdict"] == "working"
    assert found["womens_email"]["verdict"] == womens
    for name, mails, spent_each in (
        ("mens_email", 21_307, 1.4226),
        ("womens_email", 21_387, 1.0772),
    ):
        unit = found[name]
        assert unit["spend"] == pytest.approx(mails * float(cost))
        # as published: spend a person, against 0.6528 of those who got no mail
        published = (spent_each - 0.6528) * mails
        assert unit["incremental"]["low"] < published < unit["incremental"]["high"]


@pytest.mark.skipif(not (SHARED / "olist").exists(), reason="shared/data/olist is absent")
def test_olist_s_answer_says_what_cannot_be_known(run):
    run("import", SHARED / "olist", "--recipe", "olist")

    answer = json.loads(run("which-half", "--margin", "0.5", "--json", "-"))

    found = units(answer)
    assert answer["outcomes"] == 842
    assert {unit["verdict"] for unit in found.values()} == {"unknown"}
    assert found["sdr"]["spend"] > 0
    assert found["sdr"]["path"] == "one"
    assert found["paid_search"]["spend"] == 0
    assert found["paid_search"]["p_wasted"] is None
    notes = " ".join(answer["notes"])
    assert "no spend is recorded for" in notes
    assert "of 842 sales carry no value" in notes
    assert "nothing was withheld at random of sdr, sales_rep" in notes


@pytest.mark.parametrize(
    ("recipe", "folder", "regions"),
    [
        ("robyn", "robyn", 1),
        pytest.param("meridian_national", "meridian", 1, marks=pytest.mark.slow),
        pytest.param("meridian_geo", "meridian", 40, marks=pytest.mark.slow),
    ],
)
def test_weekly_tables_are_answered_by_the_mix_model_and_nine_in_ten_make_a_verdict(
    run, tmp_path, recipe: str, folder: str, regions: int
):
    if not (SHARED / folder).exists():
        pytest.skip(f"shared/data/{folder} is absent")
    run("import", SHARED / folder, "--recipe", recipe)

    run("which-half", "--margin", "0.4", "--json", "answer.json", "--html", "report.html")

    answer = json.loads((tmp_path / "answer.json").read_text())
    page = (tmp_path / "report.html").read_text()
    assert page.count('<figure class="curve">') == len(answer["units"]) == 5
    assert "Can the mix model be trusted?" in page
    assert len(page.encode()) < 300_000
    for unit in answer["units"]:
        assert not unit["is_tested"]
        assert "mix model" in unit["evidence"]
        assert ("regions" in unit["evidence"]) == (regions > 1)
        sure = max(unit["p_wasted"], 1 - unit["p_wasted"])
        assert (unit["verdict"] == "unknown") == (sure < 0.9)
        assert unit["incremental"]["low"] < unit["incremental"]["mean"] < answer["outcome_value"]
    assert answer["people"] == regions
    assert any("nothing was withheld at random" in note for note in answer["notes"])
