"""A plan and the next test on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from halves.cli.show import PATH_STYLE, show_list
from halves.measure.answer import Answer
from halves.measure.next_test import NextTest, NextTests
from halves.measure.plan import Plan, UnitPlan
from halves.measure.trial_words import span
from halves.report import words
from halves.report.planning import Ahead, chance, is_still


def show_plan(
    plan: Plan, answer: Answer, ahead: Ahead, held: Sequence[str], console: Console
) -> None:
    """Print what to spend on what, what that should bring, and what it rests on."""
    console.print()
    console.print(Text(_headline(plan, answer, ahead), style="bold"))
    console.print(Text(_how_sure(plan, answer)))
    console.print()
    console.print(_plan_table(plan, answer, held))
    show_list(console, "How to read it", _plan_notes(plan, answer, ahead, held))
    _foot(answer, console)


def show_tests(found: NextTests, answer: Answer, console: Console) -> None:
    """Print the next test, the others that are worth their cost, and what cannot be tested."""
    console.print()
    best, over = found.best, span(found.horizon)
    if best is None:
        console.print(Text(f"No test is worth its cost over {over}.", style="bold"))
    else:
        console.print(Text(f"Test {best.unit} next.", style="bold"))
        console.print(Text(words.sentence(best.words)))
    console.print()
    worth = [one for one in found.tests if one.net > 0]
    if worth:
        console.print(_tests_table(worth, answer))
    idle = sorted((one for one in found.tests if one.net <= 0), key=lambda one: -one.perfect)
    if idle:
        console.print(Text("\nNot worth a test", style="bold"))
        console.print(_idle_table(idle, answer))
    cannot = [f"{unit}: {why}" for unit, why in found.untestable.items()]
    show_list(console, "Cannot be tested", cannot)
    show_list(console, "How to read it", _test_notes(found))
    _foot(answer, console)


def _headline(plan: Plan, answer: Answer, ahead: Ahead) -> str:
    if all(is_still(unit) for unit in plan.units):
        return "Leave the budget as it is: nothing that is known would bring more."
    advised, today = (words.exact(one, answer.currency) for one in (plan.advised, plan.today))
    return (
        f"From {ahead.words}, spend {advised} instead of {today}: expected profit rises by "
        f"{words.estimate(plan.change.mean, answer.currency)}."
    )


def _how_sure(plan: Plan, answer: Answer) -> str:
    if all(is_still(unit) for unit in plan.units):
        return "halves next-test says what to find out first."
    low, high = (
        words.estimate(one, answer.currency) for one in (plan.change.low, plan.change.high)
    )
    return f"The chance that it rises is {chance(plan.p_better)}; 90% between {low} and {high}."


def _plan_table(plan: Plan, answer: Answer, held: Sequence[str]) -> Table:
    table = _table(
        answer.by, "today", "advised", "change", "profit rises\nby (90%)", "chance\nit rises"
    )
    table.add_column("", no_wrap=True)
    for whole, parts in _by_whole(plan.units, answer).items():
        if parts[0].unit != whole:
            table.add_row(_name(whole, answer), *_money_row(parts, answer))
        for part in parts:
            named = part.unit.removeprefix(f"{whole} in ")
            label = _name(whole, answer) if named == whole else Text(f"  {named}")
            table.add_row(label, *_plan_row(part, answer, held))
    table.add_row(
        Text("all", style="bold"),
        *_money_row(plan.units, answer),
        words.spread(plan.change, answer.currency),
        chance(plan.p_better),
    )
    return table


def _table(first: str, *others: str) -> Table:
    """Names on the left, numbers on the right; only words may wrap."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _name(unit: str, answer: Answer) -> Text:
    """In the colour of its path."""
    paths = {one.unit: one.path for one in answer.units}
    return Text(unit, style=PATH_STYLE.get(paths.get(unit, ""), ""))


def _by_whole(units: Sequence[UnitPlan], answer: Answer) -> dict[str, list[UnitPlan]]:
    """Units, or their parts in regions, by the unit as a whole."""
    found: dict[str, list[UnitPlan]] = {}
    for unit in units:
        found.setdefault(_whole(unit.unit, answer), []).append(unit)
    return found


def _whole(part: str, answer: Answer) -> str:
    names = [unit.unit for unit in answer.units]
    if part in names:
        return part
    return next((name for name in names if part.startswith(f"{name} in ")), part)


def _money_row(units: Sequence[UnitPlan], answer: Answer) -> list[str]:
    today, advised = sum(one.today for one in units), sum(one.advised for one in units)
    return [
        words.exact(today, answer.currency),
        words.exact(advised, answer.currency),
        "" if all(is_still(one) for one in units) else _percent_more(advised, today),
    ]


def _plan_row(unit: UnitPlan, answer: Answer, held: Sequence[str]) -> list[str]:
    money = _money_row([unit], answer)
    if is_still(unit):
        return [*money, "", "", "held" if unit.unit in held else ""]
    return [
        *money,
        words.spread(unit.change, answer.currency),
        chance(unit.p_better),
        "untried" if unit.is_extrapolated else "",
    ]


def _percent_more(advised: float, today: float) -> str:
    return f"{100 * (advised / today - 1):+.0f}%"


def _plan_notes(plan: Plan, answer: Answer, ahead: Ahead, held: Sequence[str]) -> list[str]:
    notes = []
    if held:
        names = dict.fromkeys(_whole(one, answer) for one in held)
        notes.append(
            f"held as they are: {', '.join(names)}. No test and no model speaks of them, and "
            "nobody can tell yet; halves next-test says what to test first, --move-unmeasured "
            "moves them on what is believed without a test"
        )
    beyond = [unit.unit for unit in plan.units if unit.is_extrapolated and not is_still(unit)]
    far = dict.fromkeys(_whole(one, answer) for one in beyond)
    if far:
        notes.append(
            f"untried: {', '.join(far)} would spend more than 1.5 times today's. "
            f"{words.estimate(plan.extrapolated, answer.currency)} of the gain is expected from "
            "there; go by steps, with --limit"
        )
    rest = plan.budget - plan.advised
    if rest > 0.01 * plan.budget:
        notes.append(
            f"{words.exact(rest, answer.currency)} of the budget is not spent: on nothing here is "
            "it expected to bring back what it costs"
        )
    notes.append(
        f"units are taken to respond as from {words.period(answer)}, season and all; how a unit "
        "saturates is hardly known where it was only ever on or off"
    )
    notes.append(
        "knowing for certain how the units that may move respond would bring "
        f"{words.estimate(plan.regret, answer.currency)} more"
    )
    return notes


def _tests_table(tests: Sequence[NextTest], answer: Answer) -> Table:
    table = _table(
        answer.by,
        "now\nbest",
        "withheld\nfrom",
        "for",
        "costs",
        "worth",
        "net",
        "sees break-\neven",
    )
    for one in tests:
        money = [words.estimate(x, answer.currency) for x in (one.price, one.gain, one.net)]
        table.add_row(
            _name(one.unit, answer),
            _now(one),
            "\n".join(one.design.regions) or f"{one.design.share:.0%}",
            span(one.design.length),
            *money,
            chance(one.power),
        )
    return table


def _now(one: NextTest) -> str:
    return {0.0: "cut", 1.0: "keep"}.get(one.now, f"× {one.now:g}")


def _idle_table(tests: Sequence[NextTest], answer: Answer) -> Table:
    table = _table(
        answer.by,
        "now\nbest",
        "chance\nwasted",
        "worth of\ncertainty",
        "best test sees\nbreak-even",
    )
    for one in tests:
        table.add_row(
            _name(one.unit, answer),
            _now(one),
            words.chance(one.p_wasted),
            words.estimate(one.perfect, answer.currency),
            chance(one.sharpest),
        )
    return table


def _test_notes(found: NextTests) -> list[str]:
    over = span(found.horizon)
    return [
        f"worth: what better decisions after the test bring for the rest of {over}, on average "
        "over what it may find; net: worth less costs",
        "costs: profit not earned where something that works is withheld, or lost by not cutting "
        "at once what is expected to lose money",
        "sees break-even: the chance that the test tells an effect from which the unit just pays "
        "from none; planned from revenue as it is, and what is known of people beforehand helps",
    ]


def _foot(answer: Answer, console: Console) -> None:
    console.print(
        f"From {words.period(answer)}; {answer.people:,} people, {answer.outcomes:,} sales; margin "
        f"{answer.margin:.2f}; seed {answer.seed}.",
        style="dim",
    )
