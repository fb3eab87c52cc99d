"""The report stands alone, says what it knows, and can be read by everyone."""

import re
import sys
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from halves.cli import charts, words
from halves.cli.known import Known, KnownUnit
from halves.cli.report import report
from halves.measure import Answer, Interval, Proposal, UnitAnswer, Week
from halves.measure.answer import Verdict

EVIL = '<script>alert("tv")</script>'
CLAIMS = {"first_touch": 90_000.0, "last_touch": 1_800_000.0, "shapley": 400_000.0}


def unit(name: str, path: str, spend: float, verdict: Verdict, **more: object) -> UnitAnswer:
    is_tested = verdict != "unknown"
    values = {
        "incremental": Interval(30_000.0, 0.0, 240_000.0),
        "p_wasted": {"working": 0.02, "wasted": 0.99, "unknown": 0.5}[verdict],
        "is_tested": is_tested,
        "evidence": "held out 20% of 9,000 people for 8 weeks: with it, 40 more deals"
        if is_tested
        else "nothing was withheld: nobody can tell yet",
        "claims": CLAIMS,
        **more,
    }
    return UnitAnswer(unit=name, path=path, spend=spend, verdict=verdict, **values)


@pytest.fixture
def answer() -> Answer:
    return Answer(
        units=[
            unit("tv", "many", 400_000.0, "unknown"),
            unit("checkin_call", "one", 290_000.0, "wasted"),
            unit("newsletter", "many", 310_000.0, "working"),
        ],
        wasted_share=Interval(0.49, 0.29, 0.69),
        synergy=None,
        since=date(2025, 1, 1),
        until=date(2026, 1, 1),
        by="channel",
        margin=0.6,
        currency="USD",
        people=100_000,
        outcomes=7000,
        outcome_value=6_600_000.0,
        weeks=[Week(date(2024, 12, 30), 12, 3), Week(date(2025, 1, 6), 40, 9)],
        ledger_versions={"touches": 12},
        seed=1,
        draws=8192,
        prior="before any test, anything",
        notes=["nothing was withheld at random of tv"],
    )


class Page(HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_it_needs_no_network_and_runs_no_script(answer: Answer):
    text = report(answer)
    page = Page(text)

    policy = next(
        meta["content"]
        for meta in page.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not page.all("script") + page.all("link") + page.all("img") + page.all("iframe")
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.findall(r"url\((?!#)", text)
    assert not [name for _, attributes in page.tags for name in attributes if name[:2] == "on"]


def test_it_answers_in_one_sentence_first(answer: Answer):
    page = Page(report(answer))

    assert "31% of the spend worked, 29% was wasted, 40% nobody can tell yet." in page.text
    assert page.text.index("31% of the spend") < page.text.index("Spend by verdict")
    assert "49% of all spend was wasted; anything from 29% to 69% is likely" in page.text


def test_names_from_the_ledger_are_shown_and_never_run(answer: Answer):
    evil = replace(answer, units=[unit(EVIL, "many", 1000.0, "wasted", evidence=EVIL)])

    page = Page(report(evil))

    assert not page.all("script")
    assert EVIL in page.text


def test_charts_say_what_they_show_to_those_who_cannot_see_them(answer: Answer):
    page = Page(report(answer))

    labels = [svg.get("aria-label") for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(labels) == 4  # two charts, each for wide pages and for phones
    assert any("Last touch claims $1.8 M for checkin_call" in str(label) for label in labels)
    assert any("52 doors opened and 12 deals closed over 2 weeks" in str(label) for label in labels)
    assert all(
        svg.get("aria-hidden") == "true" for svg in page.all("svg") if svg.get("role") != "img"
    )


def test_there_is_a_table_behind_each_chart(answer: Answer):
    page = Page(report(answer))

    assert len(page.all("table")) == 3
    assert len(page.all("details")) == 2
    for number in ("$90 k", "$1.8 M", "$400 k", "30 December 2024"):
        assert number in page.text


def test_a_unit_that_was_never_tested_gets_no_number(answer: Answer):
    untested = replace(answer, units=[unit("tv", "many", 400_000.0, "unknown")])

    page = Page(report(untested))

    assert "Nobody can tell yet which half of the spend was wasted." in page.text
    assert page.text.count("not known") >= 2
    assert "$30 k, 0 to 240" not in page.text


def test_what_to_test_next_comes_with_its_size(answer: Answer):
    proposal = Proposal(
        withheld="tv",
        held_out_share=0.2,
        people=40_000,
        length=(date(2025, 3, 1) - date(2025, 1, 4)),
        detectable=31_000.0,
        words="hold out 20% of the 40,000 people it reaches for 8 weeks",
    )
    planned = replace(answer, units=[replace(answer.units[0], proposal=proposal)])

    assert "Hold out 20% of the 40,000 people it reaches for 8 weeks." in Page(report(planned)).text


def test_where_the_truth_is_known_it_stands_beside_the_answer(answer: Answer):
    known = Known(
        units={
            "tv": KnownUnit(1_400_000.0, is_wasted=False),
            "checkin_call": KnownUnit(0.0, is_wasted=True),
            "newsletter": KnownUnit(400_000.0, is_wasted=True),
        },
        wasted_share=0.6,
    )

    page = Page(report(answer, known=known))

    assert "Of 2 verdicts given, 1 is true." in page.text
    assert "In truth 60% of the spend was wasted; the answer says 29% to 69%." in page.text
    assert "Last touch credits checkin_call with $1.8 M; it brought in $0." in page.text
    assert "wasted, as said" in page.text


def test_a_ledger_without_spend_outcomes_or_value_still_makes_a_page(answer: Answer):
    bare = unit(
        "organic", "many", 0.0, "unknown", incremental=None, p_wasted=None, claims={"linear": 3.0}
    )
    empty = replace(
        answer, units=[bare], wasted_share=None, outcome_value=0.0, weeks=[], currency=None
    )

    page = Page(report(empty))

    assert "No spend is recorded, so nobody can tell which half was wasted." in page.text
    assert "none recorded" in page.text
    assert "3 deals" in page.text


def test_colours_have_enough_contrast_in_light_and_dark():
    css = files("halves.cli").joinpath("templates", "report.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)[:2]
    )
    for tokens in (light, dark):
        for ground in ("page", "surface"):
            for ink in ("ink", "muted", "many-ink", "one-ink", "both", "good", "bad"):
                assert contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
            for fill in ("many", "one"):
                assert contrast(tokens[fill], tokens[ground]) >= 3, (fill, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_without_the_drawing_package_it_says_what_to_install(answer: Answer, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)

    with pytest.raises(charts.ChartsMissing, match=r"pip install 'halves\[charts\]'"):
        report(answer)


@pytest.mark.parametrize(
    ("low", "mean", "high", "said"),
    [
        (0.9e6, 1.2e6, 1.62e6, "$1.2 M, 0.9 to 1.6"),
        (-3_848, 436_579, 1_771_794, "$0.4 M, 0 to 1.8"),
        (-144_461, -30_347, 0, "-$30 k, -140 to 0"),
        (102_336, 166_145, 229_915, "$170 k, 100 to 230"),
        (0.0, 0.0, 0.0, "$0, 0 to 0"),
        (960.0, 980.0, 999.6, "$980, 960 to 1,000"),
    ],
)
def test_estimates_keep_two_digits(low: float, mean: float, high: float, said: str):
    assert words.spread(Interval(mean=mean, low=low, high=high), "USD") == said


@pytest.mark.parametrize(
    ("spends", "said"),
    [
        ((410, 270, 320), "41% of the spend worked, 27% was wasted, 32% nobody can tell yet."),
        ((1, 1, 1), "34% of the spend worked, 33% was wasted, 33% nobody can tell yet."),
        ((0, 5, 5), "50% of the spend was wasted, 50% nobody can tell yet."),
        ((7, 0, 0), "100% of the spend worked."),
    ],
)
def test_the_sentence_adds_up_to_all_spend(answer: Answer, spends: tuple[int, ...], said: str):
    kinds: tuple[Verdict, ...] = ("working", "wasted", "unknown")
    units = [unit(kind, "many", spend, kind) for kind, spend in zip(kinds, spends, strict=True)]

    assert words.headline(replace(answer, units=units)) == said
