"""What a caller is told while it waits, and that it may end the work."""

import pytest

from halves import which_half
from tests.measure.shop import EMAIL, SINCE, TV, UNTIL, open_shop, spend


class Enough(Exception):
    """The caller does not want to wait any longer."""


def asked(book, **options):
    return which_half(
        book,
        channels=[EMAIL, TV],
        margin=0.5,
        since=SINCE,
        until=UNTIL,
        seed=1,
        currency="USD",
        **options,
    )


@pytest.fixture
def shop(book):
    open_shop(book, people=400)
    book.append("spend", spend("tv", 2000), batch="tv")
    book.compact()
    return book


def test_every_stage_is_told_in_plain_words(shop):
    told = []

    asked(shop, progress=told.append)

    assert told[:4] == [
        "adding up spend",
        "counting people and outcomes",
        "reading tests",
        "reading the test winter",
    ]
    assert told[-1] == "planning what to test next"


@pytest.mark.parametrize(
    "stage",
    [
        "reading the test winter",
        pytest.param("adding up spend", marks=pytest.mark.slow),
        pytest.param("adding up claims", marks=pytest.mark.slow),
    ],
)
def test_a_caller_who_has_enough_ends_the_work_and_the_ledger_is_as_it_was(shop, stage):
    before, wanted = shop.versions(), asked(shop)

    def stop_at(doing: str) -> None:
        if doing == stage:
            raise Enough

    with pytest.raises(Enough):
        asked(shop, progress=stop_at)

    assert shop.versions() == before
    assert asked(shop).table.equals(wanted.table)
