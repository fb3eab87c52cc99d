"""Numbers and verdicts in words, the same on the terminal and in the report."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from halves.measure.answer import VERDICTS, Answer, Basis, UnitAnswer, Verdict
from halves.measure.interval import Interval

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$", "JPY": "¥", "INR": "₹"}
VERDICT_WORDS: Mapping[Verdict, str] = {
    "working": "working",
    "wasted": "wasted",
    "unknown": "nobody can tell yet",
}
BASIS_WORDS: Mapping[Basis, str] = {
    "experiment": "experiment",
    "mix model": "mix model",
    "people like them": "people like them",
    "none": "nothing yet",
}
PATH_WORDS = {"many": "one-to-many", "one": "one-to-one"}
RULE_WORDS = {
    "first_touch": "first touch",
    "last_touch": "last touch",
    "linear": "linear",
    "position": "position",
    "time_decay": "time decay",
    "markov": "Markov",
    "shapley": "Shapley",
}
_SCALES = ((1e9, " B"), (1e6, " M"), (1e3, " k"), (1.0, ""))


def exact(amount: float, currency: str | None) -> str:
    """An amount that is known, to the whole unit.

    >>> exact(92362.6, "USD")
    '$92,363'
    """
    return _signed(f"{abs(round(amount)):,}", round(amount), currency)


def estimate(amount: float, currency: str | None) -> str:
    """An amount that is estimated, to two digits that mean something.

    >>> estimate(1_771_794, "USD"), estimate(-30_347, "EUR"), estimate(0.4, None)
    ('$1.8 M', '-€30 k', '0.40')
    """
    step = _step(amount)
    size, suffix = _scale(amount)
    return _signed(_digits(abs(amount), step, size) + suffix, amount, currency)


def on_axis(amount: float, currency: str | None) -> str:
    """A round amount beside an axis, with no digit that says nothing.

    >>> on_axis(5_000_000, "EUR"), on_axis(0.5, "USD"), on_axis(0, "USD"), on_axis(-1500, None)
    ('€5 M', '$0.50', '0', '-1.5 k')
    """
    if not amount:
        return "0"
    size, suffix = _scale(amount)
    digits = f"{abs(amount) / size:.3g}"
    if "." in digits and not suffix and currency:
        digits = f"{abs(amount):.2f}"
    return _signed(digits + suffix, amount, currency)


def spread(interval: Interval, currency: str | None) -> str:
    """An estimate with its 90% interval, no digit finer than the widest end deserves.

    >>> spread(Interval(1.2e6, 0.9e6, 1.62e6), "USD")
    '$1.2 M, 0.9 to 1.6'
    """
    widest = max((interval.mean, interval.low, interval.high), key=abs)
    step, (size, suffix) = _step(widest), _scale(widest)
    mean, low, high = (
        _minus(_digits(abs(value), step, size), value)
        for value in (interval.mean, interval.low, interval.high)
    )
    symbol = _symbol(currency)
    middle = f"-{symbol}{mean[1:]}" if mean.startswith("-") else f"{symbol}{mean}"
    return f"{middle}{suffix}, {low} to {high}"


def one(currency: str | None) -> str:
    """One unit of money, as in "one more $1".

    >>> one("USD"), one(None)
    ('$1', '1')
    """
    return f"{_symbol(currency)}1"


def percent(share: float) -> str:
    """A share in whole percents; what is nearly nothing or everything says so.

    >>> percent(0.274), percent(0.001), percent(0.9991), percent(0.0)
    ('27%', 'under 1%', 'over 99%', '0%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 < share < 1:
        return "over 99%"
    return f"{100 * share:.0f}%"


def chance(p_wasted: float | None) -> str:
    """The chance that a unit is wasted, in percents rounded towards doubt.

    What falls just short of a verdict must not read as if it had reached it.

    >>> chance(0.899), chance(0.901), chance(0.101), chance(None)
    ('89%', '90%', '11%', 'not known')
    """
    if p_wasted is None:
        return "not known"
    hundredths = 100 * p_wasted
    whole = math.floor(hundredths) if p_wasted > 0.5 else math.ceil(hundredths)
    if p_wasted < 0.01:
        return "under 1%"
    return "over 99%" if p_wasted > 0.99 else f"{whole}%"


def is_told(unit: UnitAnswer) -> bool:
    """Say whether anything speaks of a unit: where nothing does, only the belief before stands."""
    return unit.is_tested or unit.basis != "none"


def incremental(unit: UnitAnswer, currency: str | None) -> str:
    """What a unit brought in; nothing is claimed to be known where nothing speaks of it."""
    if unit.incremental is None or not is_told(unit):
        return "not known"
    return spread(unit.incremental, currency)


def listed(names: Sequence[str]) -> str:
    """Names as one would say them; of many the first.

    >>> listed(["tv", "mail", "calls"])
    'tv, mail and calls'
    """
    if len(names) > 5:
        return f"{', '.join(names[:4])} and {len(names) - 4} others"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def shares(answer: Answer) -> dict[Verdict, int]:
    """Spend by verdict in whole percents that add up to 100."""
    spent = answer.spend_by_verdict
    total = answer.spend
    if not total:
        return dict.fromkeys(VERDICTS, 0)
    exactly = {verdict: 100 * spent[verdict] / total for verdict in VERDICTS}
    whole = {verdict: math.floor(value) for verdict, value in exactly.items()}
    by_rest = sorted(VERDICTS, key=lambda v: whole[v] - exactly[v])
    for verdict in by_rest[: 100 - sum(whole.values())]:
        whole[verdict] += 1
    return whole


def headline(answer: Answer) -> str:
    """The one sentence that answers the question."""
    if not answer.spend:
        return "No spend is recorded, so nobody can tell which half was wasted."
    part = shares(answer)
    if part["unknown"] == 100:
        return "Nobody can tell yet which half of the spend was wasted."
    said = [
        (part["working"], "worked"),
        (part["wasted"], "was wasted"),
        (part["unknown"], "nobody can tell yet"),
    ]
    first, *rest = [f"{share}% {words}" for share, words in said if share]
    return ", ".join([first.replace("%", "% of the spend", 1), *rest]) + "."


def wasted_share(answer: Answer) -> str | None:
    """How much was wasted in all, what nobody can tell included; None where there is no spend."""
    share = answer.wasted_share
    if share is None:
        return None
    low, high = percent(share.low), percent(share.high)
    found = (
        f"Counting what we are unsure of by its chances, {percent(share.mean)} of all spend was "
        "wasted"
    )
    return f"{found}." if low == high else f"{found}; anything from {low} to {high} is likely."


def period(answer: Answer) -> str:
    """The period by its first and last day."""
    return f"{day(answer.since)} to {day(answer.until - timedelta(days=1))}"


def day(when: date) -> str:
    """A day, such as 3 March 2026."""
    return f"{when.day} {when:%B %Y}"


def is_in_totals(answer: Answer) -> bool:
    """Say whether outcomes are totals: as many in each week, and nobody known by name."""
    counted = {week.deals_closed for week in answer.weeks if week.doors_opened == 0}
    doors = any(week.doors_opened for week in answer.weeks)
    return len(answer.weeks) > 2 and not doors and len(counted) == 1 and counted != {0}


def by_spend(answer: Answer) -> list[UnitAnswer]:
    """Units nobody can tell of, the dearest first: where a test is worth most."""
    unknown = [unit for unit in answer.units if unit.verdict == "unknown" and unit.spend > 0]
    return sorted(unknown, key=lambda unit: -unit.spend)


def no_holdout(unit: UnitAnswer) -> str:
    """What to do where no holdout of people can be planned."""
    return (
        "nobody it reaches is known by name, or none of them bought: withhold it in some regions "
        "for some weeks, and log which"
    )


def next_test(unit: UnitAnswer) -> str:
    """The experiment that would settle a unit."""
    return sentence(unit.proposal.words if unit.proposal else no_holdout(unit))


def claim(unit: UnitAnswer, rule: str, answer: Answer) -> str:
    """What a rule would credit: money, or a number of deals where none has a value."""
    claimed = unit.claims.get(rule)
    if claimed is None:
        return "none"
    if answer.outcome_value:
        return estimate(claimed, answer.currency)
    return f"{claimed:,.0f} deals"


def rightness(unit: UnitAnswer, is_wasted: bool) -> str:
    """Say whether a verdict is right, wrong, or was not given."""
    if unit.verdict == "unknown":
        return "open"
    return "right" if (unit.verdict == "wasted") == is_wasted else "wrong"


def sentence(text: str) -> str:
    """Start with a capital and end with a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _symbol(currency: str | None) -> str:
    if currency is None:
        return ""
    return SYMBOLS.get(currency, f"{currency} ")


def _signed(digits: str, amount: float, currency: str | None) -> str:
    return _minus(_symbol(currency) + digits, amount if digits.strip("0., ") else 0.0)


def _minus(digits: str, amount: float) -> str:
    return f"-{digits}" if amount < 0 and digits.strip("0.") else digits


def _step(amount: float) -> float:
    """The place of the second digit."""
    return float(10 ** (math.floor(math.log10(abs(amount))) - 1)) if amount else 1.0


def _scale(amount: float) -> tuple[float, str]:
    return next(((size, word) for size, word in _SCALES if abs(amount) >= size), (1.0, ""))


def _digits(amount: float, step: float, size: float) -> str:
    rounded = round(amount / step) * step / size
    places = max(0, -math.floor(math.log10(step / size) + 1e-9))
    text = f"{rounded:,.{places}f}"
    return "0" if not text.strip("0.,") else text
