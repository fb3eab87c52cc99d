"""The report stands alone, says what it knows, and can be read by everyone."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest

from halves.measure import Answer, Interval, Proposal, UnitAnswer, Week
from halves.measure.answer import Basis, Verdict
from halves.measure.joint import Joint
from halves.measure.mix import mix
from halves.measure.mix_data import MixData
from halves.measure.mix_result import Mix
from halves.measure.synergy import Crossing, Synergy
from halves.report import curves, returns, words
from halves.report.known import Known, KnownUnit
from halves.report.page import report

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


BASES: dict[str, Basis] = {
    "tv": "mix model",
    "checkin_call": "people like them",
    "newsletter": "experiment",
}


@pytest.fixture(scope="module")
def model() -> Mix:
    rng = np.random.default_rng(2)
    spend = rng.gamma(2.0, 50.0, (80, 1, 1))
    weeks = tuple(date(2024, 7, 1) + timedelta(weeks=week) for week in range(80))
    outcome = 9000 + 8 * spend[..., 0] + rng.normal(0, 300, (80, 1))
    return mix(MixData(weeks, ("everywhere",), ("tv",), spend, outcome), seed=1)


def measured(answer: Answer, **models: Mix) -> Answer:
    """The answer with draws behind it: tv pays in 7 draws of 10, calls in none, mail always."""
    paying = {"tv": 0.7, "checkin_call": 0.0, "newsletter": 1.0}
    size, spend = 1000, np.array([unit.spend for unit in answer.units])
    returns = np.empty((size, len(spend)))
    for place, unit in enumerate(answer.units):
        pays = np.arange(size) < size * paying.get(unit.unit, 0.5)
        returns[:, place] = np.where(pays, 1.5 + np.arange(size) / size, 0.2)
    joint = Joint(
        units=tuple(unit.unit for unit in answer.units),
        paths=tuple(unit.path for unit in answer.units),
        spend=spend,
        margin=answer.margin,
        incremental=returns * spend / answer.margin,
        induced=np.zeros_like(returns),
        opening=np.ones_like(returns),
        half=np.full_like(returns, 1.5),
    )
    units = [replace(unit, basis=BASES.get(unit.unit, "none")) for unit in answer.units]
    checks = {name: one.checks for name, one in models.items()}
    return replace(answer, units=units, joint=joint, models=models, checks=checks)


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
    text = report(answer)
    page = Page(text)

    said = re.findall(r"<desc>(.*?)</desc>", text)
    assert len(said) == 4  # two charts, each for wide pages and for phones
    assert sum("Last touch claims $1.8 M for checkin_call" in one for one in said) == 2
    assert sum("52 doors opened and 12 deals closed over 2 weeks" in one for one in said) == 2
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


def dots(page: Page, look: str) -> int:
    """How many dots a page draws in this look, hollow ones by their rims."""
    paths = [path for path in page.all("path") if path.get("class") == f"dot {look}"]
    return sum(str(path["d"]).count("h0") for path in paths)


def test_twenty_dots_say_how_likely_a_unit_is_to_pay(answer: Answer):
    only_tv = replace(answer, units=[answer.units[0]])
    chart = returns.returns_chart(measured(only_tv))
    assert chart is not None

    for drawing in (chart.wide, chart.narrow):
        page = Page(str(drawing))
        assert (dots(page, "many"), dots(page, "many rim")) == (14, 6)  # pays in 7 draws of 10
        # Before any evidence 0.2 + 0.1 + 0.7 × Φ(-ln 6 / 1.25) = 35% lose money.
        assert (dots(page, "was"), dots(page, "was rim")) == (13, 7)


def test_losing_dots_lie_left_of_break_even_and_paying_ones_right(answer: Answer):
    chart = returns.returns_chart(measured(answer))
    assert chart is not None
    page = Page(str(chart.wide))

    par = next(path for path in page.all("path") if path.get("class") == "par")
    at = float(str(par["d"])[1:].split()[0])
    for path in page.all("path"):
        looks = str(path.get("class")).split()
        if "dot" in looks and "core" not in looks:
            places = [float(one.split()[0]) for one in str(path["d"]).split("M")[1:]]
            assert all(x < at if "rim" in looks else x > at for x in places), looks


def test_the_chance_of_losing_money_is_shown_before_and_after(answer: Answer):
    text = Page(report(measured(answer))).text

    assert "Before any evidence each unit loses money with a chance of 35%." in text
    assert "It moved most for checkin_call: to 99%." in text


def test_a_response_curve_saturates_from_what_is_earned_today(answer: Answer):
    drawn = curves.curves(measured(answer))

    assert [curve.unit.unit for curve in drawn] == ["tv", "newsletter", "checkin_call"]
    today = 400_000 * (0.7 * (1.5 + 0.34965) + 0.3 * 0.2)  # a draw in 1000 after another
    half, same, more, twice = (interval.mean for interval in drawn[0].earns)
    assert same == pytest.approx(today, rel=1e-4)
    # x(1 + h)/(x + h) at h = 1.5, worked out by hand
    assert half == pytest.approx(today * 0.5 * 2.5 / 2.0, rel=1e-4)
    assert more == pytest.approx(today * 1.5 * 2.5 / 3.0, rel=1e-4)
    assert twice == pytest.approx(today * 2.0 * 2.5 / 3.5, rel=1e-4)
    assert drawn[0].marginal.mean == pytest.approx(today / 400_000 * 0.6, rel=1e-4)
    assert [curve.is_seen for curve in drawn] == [True, False, False]


def test_of_what_nothing_speaks_no_curve_and_no_dots_are_drawn(answer: Answer):
    silent = measured(replace(answer, units=[unit("radio", "many", 9000.0, "unknown")]))

    page = Page(report(silent))

    assert returns.returns_chart(silent) is None
    assert curves.curves(silent) == []
    assert "nothing yet" in page.text
    assert "More or less of each" not in page.text


def test_each_unit_says_what_kind_of_evidence_speaks_of_it(answer: Answer):
    text = report(measured(answer))

    rows = re.findall(r'<tr class="why">(.*?)</tr>', text, flags=re.DOTALL)
    said = [" ".join(Page(row).text.split()) for row in rows]
    assert said == [
        "mix model nothing was withheld: nobody can tell yet",
        "people like them held out 20% of 9,000 people for 8 weeks: with it, 40 more deals",
        "experiment held out 20% of 9,000 people for 8 weeks: with it, 40 more deals",
    ]


def test_the_mix_model_s_fit_and_sampler_are_laid_open(answer: Answer, model: Mix):
    page = Page(report(measured(answer, revenue=model)))

    assert f"R̂ is at most {model.r_hat:.3f} (1.01 is the limit)" in page.text
    assert f"at least {model.effective_draws:,.0f} independent draws" in page.text
    assert "over 80 weeks" in page.text
    seen = [path for path in page.all("path") if path.get("class") == "seen"]
    assert [str(path["d"]).count("L") for path in seen] == [79, 79]  # a point a week, both widths
    left = model.fit.outcome[0] - model.fit.fitted[0]
    assert f"1 July 2024{model.fit.outcome[0]:,.0f}" in page.text
    assert f"{left:,.0f}" in page.text


def test_every_picture_has_a_name_and_says_what_it_shows(answer: Answer, model: Mix):
    text = report(measured(answer, revenue=model))

    drawn = re.findall(r'<svg class="drawn" role="img".*?</svg>', text, flags=re.DOTALL)
    assert len(drawn) == 13  # five charts in two widths; a curve for each of three
    for svg in drawn:
        assert re.search(r'aria-label="[^"]{10,}"', svg)
        assert re.search(r"<desc>[^<]{30,}</desc>", svg)
    assert Page(text).text.count("The same as a table") == 4
    assert "Figures by channel, and by week" in text


def test_many_units_make_neither_a_big_file_nor_a_long_picture(answer: Answer, model: Mix):
    def of(size: int) -> str:
        units = [
            unit(f"campaign_{n}", "many", 1000.0 + n, "working", basis="experiment")
            for n in range(size)
        ]
        found = measured(replace(answer, units=units), revenue=model)
        return report(replace(found, units=units))

    thirty, many = of(30), of(120)

    assert len(thirty.encode()) < 500_000
    assert len(many.encode()) < 700_000
    assert thirty.count("<figcaption>") == many.count("<figcaption>") == 30
    assert "The 30 dearest are drawn; the table has all." in many
    assert "The 30 dearest" not in thirty
    assert "campaign_0<" in many


def test_what_needed_both_paths_is_said_with_what_it_rests_on(answer: Answer):
    guessed = Synergy(
        both=Interval(6.6e6, 6.4e6, 6.8e6),
        many_alone=Interval(3.1e6, 2.0e6, 4.2e6),
        one_alone=Interval(2.4e6, 1.5e6, 3.3e6),
        neither=Interval(1.2e6, 0.5e6, 1.9e6),
        many=Interval(3.0e6, 2.0e6, 4.0e6),
        one=Interval(2.4e6, 1.6e6, 3.2e6),
        needed_both=Interval(2.3e6, 1.1e6, 3.5e6),
        funnel=Interval(1.9e6, 1.2e6, 2.6e6),
        rest=Interval(0.4e6, -0.6e6, 1.4e6),
        crossings=(),
        learned=0.0,
    )
    crossing = Crossing(("tv",), ("checkin_call",), 3e5, 1e5, 0.2, 900)
    small = replace(guessed, crossings=(crossing,), learned=0.1)
    tested = replace(small, learned=0.8)

    guess = Page(report(replace(answer, paths=guessed))).text
    seen = Page(report(replace(answer, paths=tested))).text

    assert "What needed both: $2.3 M, 1.1 to 3.5." in guess
    assert "Nobody was held out of both at random, so this is little more than a guess." in guess
    assert "It was seen where 1 pair of tests crossed." in seen
    assert (
        "It is still a guess: where 1 pair of tests crossed"
        in Page(report(replace(answer, paths=small))).text
    )
    assert "Two halves" not in Page(report(answer)).text


def test_weekly_totals_are_not_taken_for_deals_of_known_people(answer: Answer):
    weeks = [Week(date(2025, 1, 6) + timedelta(weeks=week), 0, 1) for week in range(10)]
    totals = replace(answer, people=1, outcomes=10, weeks=weeks)

    page = Page(report(totals))

    assert "none known by name: outcomes are totals" in page.text
    assert "Doors opened, deals closed" not in page.text


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
    css = files("halves.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
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
