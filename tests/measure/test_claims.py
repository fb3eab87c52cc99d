"""What attribution rules credit, through the ledger, on cases worked out by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from halves import Channel, Ledger
from halves.ledger.errors import CurrencyUnknown
from halves.measure.claims import RULES, all_claims, claims
from halves.measure.errors import OutcomesWithoutValue, PeriodEmpty, UndeclaredChannels

SINCE, UNTIL = date(2026, 1, 1), date(2026, 4, 1)
MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNELS = [
    Channel("email", path="many"),
    Channel("social", path="many"),
    Channel("call", path="one"),
]

Row = dict[str, object]


def touch(touch_id: str, person: str, days: float, channel: str, **more: object) -> Row:
    path = "one" if channel == "call" else "many"
    at = MONDAY + days * DAY
    row = {"touch_id": touch_id, "person_id": person, "at": at, "path": path, "channel": channel}
    return {**row, "source": "test", **more}


def deal(person: str, days: float, value: float | None, **more: object) -> Row:
    at = MONDAY + days * DAY
    row = {"outcome_id": f"{person}{days}", "person_id": person, "at": at, "kind": "deal_closed"}
    return {**row, "value": value, "source": "test", **more}


def write(book: Ledger, touches: Sequence[Row] = (), outcomes: Sequence[Row] = ()) -> Ledger:
    if touches:
        book.append("touches", pa.Table.from_pylist(list(touches)), batch="touches")
    if outcomes:
        book.append("outcomes", pa.Table.from_pylist(list(outcomes)), batch="outcomes")
    return book


def claimed(book: Ledger, rule: str, **options: object) -> dict[str, float]:
    """unit → what the rule gives it, rounded, without those that get nothing."""
    options = {"channels": CHANNELS, "since": SINCE, "until": UNTIL, **options}
    table = claims(book, rule=rule, **options)
    assert table.column_names == ["unit", "path", "claimed"]
    return _given(table, "claimed")


def claimed_by_all(book: Ledger, **options: object) -> dict[str, dict[str, float]]:
    """rule → the same."""
    options = {"channels": CHANNELS, "since": SINCE, "until": UNTIL, **options}
    table = all_claims(book, **options)
    return {rule: _given(table, rule) for rule in RULES}


def _given(table: pa.Table, column: str) -> dict[str, float]:
    rows = zip(table["unit"].to_pylist(), table[column].to_pylist(), strict=True)
    return {unit: round(amount, 9) for unit, amount in rows if amount}


@pytest.fixture
def three_touches(book: Ledger) -> Ledger:
    """Ada: email, then social a week later, then a call a week later; a deal of 100 that day."""
    touches = [
        touch("t1", "ada", 0, "email"),
        touch("t2", "ada", 7, "social"),
        touch("t3", "ada", 14, "call"),
    ]
    return write(book, touches, [deal("ada", 14, 100.0)])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first_touch", {"email": 100.0}),
        ("last_touch", {"call": 100.0}),
        ("linear", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
        ("position", {"email": 40.0, "social": 20.0, "call": 40.0}),
        ("time_decay", {"email": 14.285714286, "social": 28.571428571, "call": 57.142857143}),
        ("markov", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
        ("shapley", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
    ],
)
def test_each_rule_shares_a_journey_as_worked_by_hand(
    three_touches: Ledger, rule: str, expected: dict[str, float]
) -> None:
    assert claimed(three_touches, rule) == expected


def test_a_lone_touch_takes_all_and_two_share_equally_by_position(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "email"),
        touch("t2", "ben", 0, "email"),
        touch("t3", "ben", 1, "call"),
    ]
    write(book, touches, [deal("ada", 2, 10.0), deal("ben", 2, 100.0)])
    assert claimed(book, "position") == {"email": 60.0, "call": 50.0}


def test_four_touches_share_by_position_40_10_10_40(book: Ledger) -> None:
    channels = ("email", "social", "social", "call")
    touches = [touch(f"t{day}", "ada", day, channel) for day, channel in enumerate(channels)]
    write(book, touches, [deal("ada", 4, 100.0)])
    assert claimed(book, "position") == {"email": 40.0, "social": 20.0, "call": 40.0}


def test_a_half_life_is_how_long_a_touch_takes_to_weigh_half(three_touches: Ledger) -> None:
    shares = claimed(three_touches, "time_decay", half_life=3.5 * DAY)
    assert shares == {"email": 4.761904762, "social": 19.047619048, "call": 76.190476190}


def test_touches_many_half_lives_old_still_share_everything(three_touches: Ledger) -> None:
    assert claimed(three_touches, "time_decay", half_life=timedelta(seconds=1)) == {"call": 100.0}


def test_a_journey_starts_after_the_previous_outcome(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "email"),
        touch("t2", "ada", 2, "social"),
        touch("t3", "ada", 4, "call"),
    ]
    write(book, touches, [deal("ada", 1, 10.0), deal("ada", 3, 100.0), deal("ada", 5, 1_000.0)])
    shares = claimed_by_all(book)
    for rule in RULES:
        assert shares[rule] == {"email": 10.0, "social": 100.0, "call": 1_000.0}


def test_an_outcome_of_another_kind_does_not_end_a_journey(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ada", 2, "call")]
    write(book, touches, [deal("ada", 1, None, kind="door_opened"), deal("ada", 3, 10.0)])
    assert claimed(book, "linear") == {"email": 5.0, "call": 5.0}
    assert claimed(book, "linear", outcome="door_opened", of="outcomes") == {"email": 1.0}


def test_a_touch_at_the_moment_of_an_outcome_led_to_it(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ada", 1, "call")]
    write(book, touches, [deal("ada", 0, 10.0), deal("ada", 1, 100.0)])
    assert claimed(book, "first_touch") == {"email": 10.0, "call": 100.0}


def test_touches_at_one_moment_are_in_order_of_their_ids(book: Ledger) -> None:
    touches = [touch("t2", "ada", 0, "email"), touch("t1", "ada", 0, "call")]
    write(book, touches, [deal("ada", 0, 10.0)])
    assert claimed(book, "first_touch") == {"call": 10.0}
    assert claimed(book, "last_touch") == {"email": 10.0}


def test_outcomes_at_one_moment_share_a_journey(book: Ledger) -> None:
    write(
        book,
        [touch("t1", "ada", 0, "email"), touch("t2", "ada", 1, "call")],
        [deal("ada", 2, 10.0), deal("ada", 2, 30.0, outcome_id="second")],
    )
    for of, each in (("value", 20.0), ("outcomes", 1.0)):
        shares = claimed_by_all(book, of=of)
        for rule in ("linear", "markov", "shapley"):
            assert shares[rule] == {"email": each, "call": each}


def test_a_touch_exactly_as_old_as_the_look_back_counts_and_an_older_one_does_not(
    book: Ledger,
) -> None:
    microsecond = 1 / 86_400_000_000
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ben", -microsecond, "email")]
    write(book, touches, [deal("ada", 10, 1.0), deal("ben", 10, 100.0)])
    assert claimed(book, "linear", look_back=10 * DAY) == {"email": 1.0, "self": 100.0}


def test_a_touch_before_the_period_counts_in_the_look_back_of_an_outcome(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ada", 6, "call")]
    write(book, touches, [deal("ada", 7, 100.0)])
    after = {"since": (MONDAY + 3 * DAY).date()}
    assert claimed(book, "linear", **after) == {"email": 50.0, "call": 50.0}
    assert claimed(book, "linear", **after, look_back=5 * DAY) == {"call": 100.0}


def test_an_outcome_before_the_period_takes_its_touches_with_it(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ada", 6, "call")]
    write(book, touches, [deal("ada", 1, 5.0), deal("ada", 7, 100.0)])
    after = (MONDAY + 3 * DAY).date()
    assert claimed_by_all(book, since=after) == {rule: {"call": 100.0} for rule in RULES}


def test_the_period_ends_before_its_last_day(book: Ledger) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        deal("ada", 0, 1.0, at=midnight - timedelta(microseconds=1)),
        deal("ben", 0, 10.0, at=midnight),
    ]
    write(book, [], rows)
    assert claimed(book, "linear", until=date(2026, 3, 1)) == {"self": 1.0}
    assert claimed(book, "linear", since=date(2026, 3, 1)) == {"self": 10.0}


def test_visits_claim_nothing_and_need_no_declaring(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "website", path="self"),
        touch("t2", "ada", 1, "email"),
        touch("t3", "ada", 2, "email", path="self"),
        touch("t4", "ben", 0, "website", path="self"),
        touch("t5", "ben", 1, "email", path="self"),
    ]
    write(book, touches, [deal("ada", 3, 10.0), deal("ben", 3, 100.0)])
    assert claimed_by_all(book) == {rule: {"email": 10.0, "self": 100.0} for rule in RULES}


def test_what_nobody_touched_is_claimed_by_self_and_channels_stand_as_declared(
    book: Ledger,
) -> None:
    write(book, [], [deal("ada", 3, 10.0)])
    table = all_claims(book, channels=CHANNELS, since=SINCE, until=UNTIL)
    assert table.column_names == ["unit", "path", *RULES]
    assert table["unit"].to_pylist() == ["email", "social", "call", "self"]
    assert table["path"].to_pylist() == ["many", "many", "one", "self"]
    for rule in RULES:
        assert table[rule].to_pylist() == [0.0, 0.0, 0.0, 10.0]


def test_without_outcomes_nothing_is_claimed(book: Ledger) -> None:
    write(book, [touch("t1", "ada", 0, "email"), touch("t2", "ada", 0, "call")])
    table = all_claims(book, channels=CHANNELS, since=SINCE, until=UNTIL)
    for rule in RULES:
        assert table[rule].to_pylist() == [0.0, 0.0, 0.0, 0.0]


def test_money_that_is_not_there_is_refused_with_the_way_out(book: Ledger) -> None:
    write(book, [touch("t1", "ada", 0, "email")], [deal("ada", 1, None)])
    with pytest.raises(OutcomesWithoutValue, match=r'1 outcomes .*2026-01-01.*of="outcomes"'):
        claimed(book, "linear")
    assert claimed(book, "linear", of="outcomes") == {"email": 1.0}


def test_an_outcome_without_a_value_among_others_is_worth_nothing(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ben", 0, "call")]
    write(book, touches, [deal("ada", 1, None), deal("ben", 1, 10.0)])
    assert claimed(book, "linear") == {"call": 10.0}


def test_a_refund_takes_its_claim_back(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ben", 0, "call")]
    write(book, touches, [deal("ada", 1, -40.0), deal("ben", 1, 100.0)])
    assert claimed_by_all(book) == {rule: {"email": -40.0, "call": 100.0} for rule in RULES}


def test_refunds_that_cancel_all_value_leave_claims_that_sum_to_it(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ben", 0, "call")]
    write(book, touches, [deal("ada", 1, -40.0), deal("ben", 1, 40.0)])
    assert claimed(book, "linear") == {"email": -40.0, "call": 40.0}
    assert sum(claimed(book, "markov").values()) == 0.0


def test_all_channels_that_nobody_declared_are_named(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "tv"),
        touch("t2", "ben", 0, "radio"),
        touch("t3", "ada", 1, "email"),
        touch("t4", "cyd", -200, "telegraph"),  # long before the period
    ]
    write(book, touches)
    for by in ("channel", "campaign", "path"):
        with pytest.raises(UndeclaredChannels) as refused:
            claimed(book, "linear", by=by)
        assert refused.value.channels == ("radio", "tv")


def test_campaigns_claim_and_touches_without_one_go_to_their_channel(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "email", campaign="spring"),
        touch("t2", "ada", 1, "call", campaign="spring"),
        touch("t3", "ada", 2, "email"),
        touch("t4", "ada", 3, "call"),
        touch("t5", "ben", 3, "social", campaign="autumn"),
    ]
    write(book, touches, [deal("ada", 4, 100.0)])
    table = claims(book, rule="linear", by="campaign", channels=CHANNELS, since=SINCE, until=UNTIL)
    assert table.to_pylist() == [
        {"unit": "autumn", "path": "many", "claimed": 0.0},
        {"unit": "call (no campaign)", "path": "one", "claimed": 25.0},
        {"unit": "email (no campaign)", "path": "many", "claimed": 25.0},
        {"unit": "spring", "path": "both", "claimed": 50.0},
        {"unit": "self", "path": "self", "claimed": 0.0},
    ]


def test_campaigns_outside_the_period_and_of_visits_are_left_out(book: Ledger) -> None:
    touches = [
        touch("t1", "ada", 0, "email", campaign="spring"),
        touch("t2", "ada", 1, "email", campaign="shop", path="self"),
        touch("t3", "ada", 1, "call", path="self"),
        touch("t4", "ada", -200, "email", campaign="years ago"),
    ]
    write(book, touches, [deal("ada", 4, 100.0)])
    book.compact()
    table = claims(book, rule="linear", by="campaign", channels=CHANNELS, since=SINCE, until=UNTIL)
    assert table["unit"].to_pylist() == ["spring", "self"]


@pytest.mark.parametrize("by", ["story", "seller"])
def test_stories_and_sellers_claim_too(book: Ledger, by: str) -> None:
    touches = [
        touch("t1", "ada", 0, "call", **{by: "Dot"}),
        touch("t2", "ada", 1, "call", **{by: "Eve"}),
        touch("t3", "ada", 2, "email"),
    ]
    write(book, touches, [deal("ada", 4, 99.0)])
    assert claimed(book, "linear", by=by) == {"Dot": 33.0, "Eve": 33.0, f"email (no {by})": 33.0}


def test_paths_claim_against_each_other(three_touches: Ledger) -> None:
    table = claims(
        three_touches, rule="linear", by="path", channels=CHANNELS, since=SINCE, until=UNTIL
    )
    assert table["unit"].to_pylist() == table["path"].to_pylist() == ["many", "one", "self"]
    assert table["claimed"].to_pylist() == pytest.approx([200 / 3, 100 / 3, 0.0])


def test_values_in_several_currencies_need_the_one_to_report_in(book: Ledger) -> None:
    touches = [touch("t1", "ada", 0, "email"), touch("t2", "ben", 0, "call")]
    deals = [deal("ada", 1, 10.0, currency="EUR"), deal("ben", 1, 10.0, currency="USD")]
    write(book, touches, deals)
    rate = {"day": [(MONDAY + DAY).date()], "currency": ["USD"], "rate": [0.5]}
    book.append("rates", pa.table(rate), batch="rates")
    with pytest.raises(CurrencyUnknown, match="EUR, USD"):
        claimed(book, "linear")
    assert claimed(book, "linear", currency="EUR") == {"email": 10.0, "call": 5.0}
    assert claimed(book, "linear", of="outcomes") == {"email": 1.0, "call": 1.0}


def test_merged_people_walk_one_journey(book: Ledger) -> None:
    touches = [touch("t1", "ada", 1, "call"), touch("t2", "lovelace", 0, "email")]
    write(book, touches, [deal("lovelace", 2, 100.0)])
    book.merge("lovelace", into="ada", at=MONDAY, batch="same")
    assert claimed(book, "linear") == {"email": 50.0, "call": 50.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rule": "best_touch"}, "rule must be one of first_touch, .*'best_touch'"),
        ({"by": "region"}, "by must be one of channel, .*'region'"),
        ({"of": "profit"}, "of must be one of value, outcomes, got 'profit'"),
        ({"outcome": "deal_won"}, "outcome must be one of door_opened, .*'deal_won'"),
        ({"look_back": timedelta(0)}, "look_back must be above zero, got 0:00:00"),
        ({"half_life": -DAY}, "half_life must be above zero, got -1 day"),
        ({"channels": [*CHANNELS, CHANNELS[0]]}, "channel 'email' is declared twice"),
    ],
)
def test_a_wrong_argument_is_refused_and_shown(
    book: Ledger, wrong: dict[str, object], words: str
) -> None:
    options = {"rule": "linear", "channels": CHANNELS, "since": SINCE, "until": UNTIL, **wrong}
    with pytest.raises(ValueError, match=words):
        claims(book, **options)


def test_a_period_that_ends_before_it_starts_is_refused(book: Ledger) -> None:
    with pytest.raises(PeriodEmpty, match="2026-01-01 and 2025-12-31"):
        claimed(book, "linear", until=date(2025, 12, 31))
