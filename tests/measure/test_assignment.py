"""Arms by keyed hash: even, independent, repeatable, and ready for the ledger."""

import hashlib
import hmac

import numpy as np
import pytest

from halves.ledger import Ledger
from halves.measure.assignment import assign, assignments, draws
from tests.measure.made_up_trial import START, people

KEY = b"sixteen bytes ok"
MANY = people(100_000)


def test_draws_are_even():
    counts = np.histogram(draws("spring", MANY, key=KEY), bins=100, range=(0, 1))[0]

    squares = ((counts - 1_000) ** 2 / 1_000).sum()
    assert 66.5 < squares < 139  # chi-squared, 99 degrees of freedom: 0.5% to either side


def test_experiments_hold_out_different_people():
    spring, autumn = (draws(name, MANY, key=KEY) < 0.2 for name in ("spring", "autumn"))

    both = (spring & autumn).sum()
    assert both == pytest.approx(100_000 * 0.04, abs=3.3 * (100_000 * 0.04 * 0.96) ** 0.5)


def test_another_key_draws_anew():
    one, other = (draws("spring", MANY, key=key) for key in (KEY, b"another 16 bytes"))

    assert abs(np.corrcoef(one, other)[0, 1]) < 3.3 / 100_000**0.5


def test_an_arm_can_be_checked_by_hand():
    digest = hmac.new(KEY, b"\x00\x00\x00\x06springp7", hashlib.sha256).digest()
    drawn = (int.from_bytes(digest[:8], "big") >> 11) / 2**53

    assert draws("spring", ["p7"], key=KEY)[0] == drawn
    assert assign("spring", "p7", key=KEY, held_out_share=drawn) == "treated"
    assert assign("spring", "p7", key=KEY, held_out_share=drawn + 1e-9) == "held_out"


def test_one_by_one_and_all_at_once_agree():
    rows = assignments(
        "spring", MANY[:500], unit_kind="person", key=KEY, held_out_share=0.3, at=START
    )

    alone = [assign("spring", one, key=KEY, held_out_share=0.3) for one in MANY[:500]]
    assert rows.column("arm").to_pylist() == alone


def test_a_larger_holdout_keeps_who_was_held_out():
    drawn = draws("spring", MANY, key=KEY)

    assert set(np.flatnonzero(drawn < 0.1)) < set(np.flatnonzero(drawn < 0.2))


def test_names_that_run_together_are_told_apart():
    assert draws("ab", ["c"], key=KEY)[0] != draws("a", ["bc"], key=KEY)[0]
    assert draws("é", ["ü"], key=KEY)[0] != draws("é", ["u"], key=KEY)[0]


def test_the_ledger_takes_them(tmp_path):
    rows = assignments(
        "spring", ["acme", "bolt"], unit_kind="account", key=KEY, held_out_share=0.3, at=START
    )
    book = Ledger.create(tmp_path / "book")
    book.append("assignments", rows, batch="dice")

    found = book.read("assignments").to_pylist()
    assert {row["unit_id"] for row in found} == {"acme", "bolt"}
    for row in found:
        assert row["propensity"] == pytest.approx(0.3 if row["arm"] == "held_out" else 0.7)
        assert row["at"] == START


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="held_out_share must be between 0 and 1"):
        assign("spring", "p1", key=KEY, held_out_share=share)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="key must be at least 16 bytes, got 3"):
        draws("spring", ["p1"], key=b"abc")
