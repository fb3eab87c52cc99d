"""Whoever edits does not wait for the count of what was there before."""

import threading

import pytest

from halves.audiences.asking import asked_for
from halves.audiences.errors import CountOvertaken

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


def test_an_edit_stops_the_count_that_runs(house):
    begun, ended = threading.Event(), threading.Event()
    found: list[object] = []

    def count() -> None:
        def query(source):
            begun.set()
            return ENDLESS, []

        try:
            found.append(asked_for("max-1", query))
        except CountOvertaken as overtaken:
            found.append(overtaken)
        ended.set()

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    assert begun.wait(20)
    while not ended.wait(0.05):  # an edit, and another
        newer = asked_for("max-1", lambda source: ("SELECT 42", []))
        assert newer.column(0).to_pylist() == [42]
    thread.join()

    assert isinstance(found[0], CountOvertaken)


def test_the_count_of_another_builder_goes_on(house):
    def query(source):
        asked_for("lea-1", lambda other: ("SELECT 1", []))
        return "SELECT 2", []

    assert asked_for("max-1", query).column(0).to_pylist() == [2]


@pytest.mark.parametrize("token", ["", "max-1"])
def test_nothing_is_left_of_a_count_that_is_over(house, token):
    for number in range(3):
        one = asked_for(token, lambda source, number=number: ("SELECT ?", [number]))
        assert one.column(0).to_pylist() == [number]
