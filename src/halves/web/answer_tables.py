"""What stands behind an answer's pictures: the two halves, the mix model's checks, tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.measure.answer import Answer
from halves.measure.mix_result import ChannelChecks, Checks
from halves.measure.synergy import Synergy
from halves.report import checks, paths, words
from halves.report.charts import Chart
from halves.report.returns import returns

AGREED = 1.01  # R̂ up to which chains agree
_LEARNED = 0.5  # of what was uncertain beforehand: from here on it was seen rather than guessed
_STILL = 0.25  # a correlation of what is left over from which weeks are not taken one by one


@dataclass(frozen=True)
class Table:
    """A table behind a chart; the first cell of a row names it."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Halves:
    """What each path brought alone, and what needed both."""

    chart: Chart | None
    sentence: str
    funnel: str
    shares: str
    table: Table


@dataclass(frozen=True)
class Trust:
    """How far one stage of the mix model may be trusted."""

    title: str
    sentences: Sequence[str]
    chart: Chart
    by_unit: Table
    by_week: Table


def rule_names() -> dict[str, str]:
    """Each attribution rule, as a page calls it."""
    return {
        "first_touch": _("first touch"),
        "last_touch": _("last touch"),
        "linear": _("linear"),
        "position": _("position"),
        "time_decay": _("time decay"),
        "markov": _("Markov"),
        "shapley": _("Shapley"),
    }


def halves_of(answer: Answer) -> Halves | None:
    """The two halves; None where they cannot be told apart, or an older answer did not keep it."""
    found = answer.paths
    if found is None:
        return None
    money = answer.currency
    names = [_("both"), _("marketing alone"), _("sales alone"), _("neither")]
    told = zip(names, (one for _name, _look, one in paths.rows(found)), strict=True)
    return Halves(
        chart=paths.paths_chart(answer),
        sentence=_("What needed both: %(money)s. %(ground)s")
        % {"money": words.spread(found.needed_both, money), "ground": _ground(found)},
        funnel=_("Of it %(money)s is doors that one path opened and the other closed.")
        % {"money": words.spread(found.funnel, money)},
        shares=_("Shared fairly: marketing %(many)s; sales %(one)s.")
        % {"many": words.spread(found.many, money), "one": words.spread(found.one, money)},
        table=Table(
            _("Revenue with both paths, either alone, and neither"),
            [_("With"), _("revenue (90%)")],
            [(name, words.spread(one, money)) for name, one in told],
        ),
    )


def trust_in(answer: Answer) -> list[Trust]:
    """Of every stage of the mix model that was fitted, and that the stored answer holds."""
    titles = {
        "revenue": _("Revenue by week"),
        "doors": _("Doors opened by week"),
        "closing": _("Revenue by week, given the doors"),
    }
    named = zip(answer.checks, checks.checks(answer), strict=True)
    return [
        Trust(
            title=titles.get(name, one.title),
            sentences=_trusted(one.model),
            chart=one.chart,
            by_unit=_by_unit(one.model.channels),
            by_week=_by_week(one),
        )
        for name, one in named
    ]


def returned(answer: Answer) -> Table:
    """Behind the chart of returns and the one of what the evidence changed."""
    before = words.percent(answer.before.chance_of_loss)
    return Table(
        _("What each earned, and the chance that it loses money"),
        [_("Unit"), _("earned for 1 (90%)"), _("chance before"), _("chance now")],
        [
            (
                one.unit.unit,
                words.spread(one.earns, answer.currency),
                before,
                words.chance(one.unit.p_wasted),
            )
            for one in returns(answer)
        ],
    )


def claimed(answer: Answer) -> Table:
    """Behind the chart of claims: every rule's, beside what each unit brought in."""
    said = {rule for one in answer.units for rule in one.claims}
    names = {rule: name for rule, name in rule_names().items() if rule in said}
    return Table(
        _("What each rule claims, and what was brought in"),
        [_("Unit"), *names.values(), _("brought in (90%)")],
        [
            (
                one.unit,
                *(words.claim(one, rule, answer) for rule in names),
                words.incremental(one, answer.currency),
            )
            for one in answer.units
        ],
    )


def by_week(answer: Answer) -> Table:
    """Behind the chart of doors and deals."""
    return Table(
        _("Doors opened and deals closed by week"),
        [_("Week of"), _("doors opened"), _("deals closed")],
        [
            (words.day(week.starts), f"{week.doors_opened:,}", f"{week.deals_closed:,}")
            for week in answer.weeks
        ],
    )


def _ground(found: Synergy) -> str:
    """What the two halves' figures rest on."""
    if not found.is_tested:
        return _("Nobody was held out of both at random, so this is little more than a guess.")
    pairs = len(found.crossings)
    if found.learned < _LEARNED:
        said = ngettext(
            "It is still a guess: where %(n)d pair of tests crossed, too few people were in both.",
            "It is still a guess: where %(n)d pairs of tests crossed, too few people were in both.",
            pairs,
        )
    else:
        said = ngettext(
            "It was seen where %(n)d pair of tests crossed.",
            "It was seen where %(n)d pairs of tests crossed.",
            pairs,
        )
    return said % {"n": pairs}


def _trusted(model: Checks) -> list[str]:
    """Its fit, what is left over, and whether its chains agree, in words."""
    fit = model.fit
    said = [
        _(
            "The model accounts for %(told)s of the ups and downs over %(weeks)d weeks, and "
            "%(within)s of the weeks lie in the band that should hold 90%%."
        )
        % {
            "told": words.percent(max(fit.explained, 0.0)),
            "weeks": len(fit.weeks),
            "within": words.percent(fit.within),
        }
    ]
    if fit.carried > _STILL:
        said.append(_("What is left over follows the week before, which the model allows for."))
    agreement = (
        _(
            "Its chains agree: R̂ is at most %(r)s (%(limit)s is the limit), with at least "
            "%(draws)s independent draws."
        )
        if model.r_hat <= AGREED
        else _(
            "Its chains do not agree: R̂ is %(r)s (%(limit)s is the limit), with %(draws)s "
            "independent draws. Do not rely on it."
        )
    )
    said.append(
        agreement
        % {
            "r": f"{model.r_hat:.3f}",
            "limit": f"{AGREED:.2f}",
            "draws": f"{model.effective_draws:,.0f}",
        }
    )
    return said


def _by_unit(found: Sequence[ChannelChecks]) -> Table:
    return Table(
        _("How well it is known, by unit"),
        [
            _("Unit"),
            _("R̂"),
            _("independent draws"),
            _("chance of no effect, before"),
            _("after"),
            _("of the doubt removed"),
        ],
        [
            (
                one.channel,
                f"{one.r_hat:.3f}",
                f"{one.effective_draws:,.0f}",
                words.percent(one.p_zero_before),
                words.percent(one.p_zero),
                words.percent(max(one.learned, 0.0)),
            )
            for one in found
        ],
    )


def _by_week(one: checks.Check) -> Table:
    return Table(
        _("What happened and what the model says, by week"),
        [_("Week of"), _("happened"), _("the model"), _("left over")],
        [
            (words.day(week), f"{seen:,.0f}", f"{fitted:,.0f}", f"{seen - fitted:,.0f}")
            for week, seen, fitted in one.weeks
        ],
    )
