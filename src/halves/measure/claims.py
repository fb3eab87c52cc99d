"""Claims: the credit that attribution rules would give to each unit. A claim is not an effect."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from halves.ledger import Channel, Ledger
from halves.ledger.schema import OUTCOME_KINDS
from halves.measure.errors import OutcomesWithoutValue
from halves.measure.journeys import Conversions, Floats, Window, journeys, whole_people
from halves.measure.tally import RULES, RuleName, Tally
from halves.measure.units import SELF, By, Units

Of = Literal["value", "outcomes"]


def claims(
    book: Ledger,
    *,
    rule: RuleName,
    channels: Sequence[Channel],
    since: date,
    until: date,
    by: By = "channel",
    look_back: timedelta = timedelta(days=60),
    outcome: str = "deal_closed",
    of: Of = "value",
    half_life: timedelta = timedelta(days=7),
    currency: str | None = None,
) -> pa.Table:
    """What one attribution rule would credit to each unit for the outcomes of a period.

    Arguments and errors as for `all_claims`, which works out several rules in the same pass.

    Returns:
        One row a unit: `unit`, `path`, `claimed`. The last is `self`: outcomes with no touch in
        the look-back.
    """
    table = all_claims(
        book,
        rules=(rule,),
        channels=channels,
        since=since,
        until=until,
        by=by,
        look_back=look_back,
        outcome=outcome,
        of=of,
        half_life=half_life,
        currency=currency,
    )
    return table.rename_columns(["unit", "path", "claimed"])


def all_claims(
    book: Ledger,
    *,
    channels: Sequence[Channel],
    since: date,
    until: date,
    rules: Sequence[RuleName] = RULES,
    by: By = "channel",
    look_back: timedelta = timedelta(days=60),
    outcome: str = "deal_closed",
    of: Of = "value",
    half_life: timedelta = timedelta(days=7),
    currency: str | None = None,
) -> pa.Table:
    """What each attribution rule would credit to each unit, in one pass over the touches.

    A journey is the touches in the look-back before an outcome (or at its very moment) and since
    the person's previous outcome of that kind; what led to no outcome is a null journey. Touches
    at one moment are in order of `touch_id`. Outcomes of one person at one moment share a journey.

    Args:
        book: the ledger.
        channels: what each channel is; visits (`path` self) are on no channel.
        since: the first day (UTC) whose outcomes count. Touches count from `look_back` before.
        until: the day after the last.
        rules: some of `RULES`: the first touch or the last takes all; every touch the same;
            `position`, 40% each to first and last and 20% to those between; `time_decay`, twice
            as much for a touch one half-life later; `markov`, by removal effect; `shapley`, equal
            parts to the distinct units.
        by: what a unit is. A touch with no campaign, story or seller goes to its channel's:
            `email (no campaign)`.
        look_back: how long before an outcome a touch still counts.
        outcome: which kind of outcome.
        of: credit `value`, in money, or `outcomes`, by number. An outcome without a value has
            value 0.
        half_life: of `time_decay`.
        currency: convert values to this ISO 4217 currency; None if all are in one.

    Returns:
        One row a unit: `unit`, `path` (`many`, `one`, or `both` where a unit's touches ran on
        either) and a column for each rule. Channels come as declared, other units by name. The last
        row is `self`: outcomes with no touch in the look-back, so that every rule sums to what
        converted. With no outcome in the period all is 0.

    Raises:
        OutcomesWithoutValue: `of` is value and no outcome of the period has one.
        UndeclaredChannels: touches on a channel that `channels` does not name.
        CurrencyUnknown, MissingRate: as the ledger says.
        TooManyUnits: more units than `markov` has room for.
        PeriodEmpty: `until` is not after `since`.
        ValueError: an unknown word, or a time that is not above zero.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> book = Ledger.create(tempfile.mkdtemp() + "/book")
    >>> day = datetime(2026, 1, 5, tzinfo=UTC)
    >>> touches = {
    ...     "touch_id": ["t1", "t2"],
    ...     "person_id": ["ada", "ada"],
    ...     "at": [day, day + timedelta(days=1)],
    ...     "path": ["many", "one"],
    ...     "channel": ["email", "call"],
    ...     "source": ["doc", "doc"],
    ... }
    >>> deal = {
    ...     "outcome_id": ["o1"],
    ...     "person_id": ["ada"],
    ...     "at": [day + timedelta(days=2)],
    ...     "kind": ["deal_closed"],
    ...     "value": [100.0],
    ...     "source": ["doc"],
    ... }
    >>> _ = book.append("touches", pa.table(touches), batch="a")
    >>> _ = book.append("outcomes", pa.table(deal), batch="a")
    >>> all_claims(
    ...     book,
    ...     rules=("last_touch", "linear"),
    ...     channels=[Channel("email", path="many"), Channel("call", path="one")],
    ...     since=date(2026, 1, 1),
    ...     until=date(2026, 2, 1),
    ... ).to_pylist()[1]
    {'unit': 'call', 'path': 'one', 'last_touch': 100.0, 'linear': 50.0}
    """
    _check_word("outcome", outcome, OUTCOME_KINDS)
    window = Window(since=since, until=until, look_back=look_back)
    units = Units(by, channels)
    touches = book.by_person(
        "touches",
        ["person_id", "at", *units.columns],
        since=window.looks_from,
        until=window.closes,
    )
    outcomes = _outcomes(book, window, outcome=outcome, of=of, currency=currency)
    return claims_of_rows(
        touches, outcomes, window=window, units=units, rules=rules, of=of, half_life=half_life
    )


def claims_of_rows(
    touches: Iterable[pa.RecordBatch],
    outcomes: pa.Table,
    *,
    window: Window,
    units: Units,
    rules: Sequence[RuleName],
    of: Of,
    half_life: timedelta,
) -> pa.Table:
    """Work out `all_claims` from rows that are sorted by person and time.

    Args:
        touches: `person_id`, `at` and what `units` needs, from the window's `looks_from` on; text
            may come as dictionaries, and a person may go on from one batch to the next.
        outcomes: `person_id`, `at` and `value`, of one kind, from `looks_from` on.
        window: the period and the look-back.
        units: which unit each touch belongs to.
        rules: some of `RULES`.
        of: credit values, or the number of outcomes.
        half_life: of `time_decay`.

    Returns:
        As `all_claims`.
    """
    for rule in rules:
        _check_word("rule", rule, RULES)
    _check_word("of", of, get_args(Of))
    if half_life <= timedelta(0):
        raise ValueError(f"half_life must be above zero, got {half_life}")
    credit = _values(outcomes, window) if of == "value" else np.ones(outcomes.num_rows)
    conversions = Conversions.of(outcomes, credit, window)
    tally = Tally(rules, conversions, half_life=half_life)
    for people in whole_people(touches, units.of):
        null, converted = journeys(people, conversions, window)
        tally.count(null, converted, units=len(units.names))
    units.refuse_undeclared()
    return _table(units, tally)


def _check_word(name: str, word: str, words: Sequence[str]) -> None:
    if word not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {word!r}")


def _outcomes(
    book: Ledger, window: Window, *, outcome: str, of: Of, currency: str | None
) -> pa.Table:
    if of == "value" and currency is None:
        book.one_currency("outcomes")
    rows = book.table("outcomes", currency=currency if of == "value" else None)
    # An outcome in the look-back before the period is not claimed, and still ends a journey.
    rows = rows.filter(rows.kind == outcome, rows.at >= window.looks_from, rows.at < window.closes)
    return book.query(rows.select("person_id", "at", "value").order_by("person_id", "at"))


def _values(outcomes: pa.Table, window: Window) -> Floats:
    in_period = outcomes.filter(pc.greater_equal(outcomes.column("at"), window.opens))
    if in_period.num_rows and in_period.column("value").null_count == in_period.num_rows:
        raise OutcomesWithoutValue(
            f"none of the {in_period.num_rows:,} outcomes from {window.since} until {window.until} "
            'has a value; pass of="outcomes" to credit their number'
        )
    value = outcomes.column("value").cast(pa.float64())
    return np.asarray(pc.fill_null(value, 0.0), dtype=np.float64)


def _table(units: Units, tally: Tally) -> pa.Table:
    names, paths = units.names, units.paths
    order = np.arange(len(names)) if units.by == "channel" else np.argsort(names)
    order = np.append(order, len(names)).astype(np.int64)
    claimed = [pa.array(tally.claimed(rule, units=len(names))[order]) for rule in tally.rules]
    unit = pa.array([*names, SELF], pa.string()).take(order)
    path = pa.array([*paths, SELF], pa.string()).take(order)
    return pa.table([unit, path, *claimed], names=["unit", "path", *tally.rules])
