"""Journeys written as paths, for tests of rules that need no ledger."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from halves import Channel
from halves.measure.claims import claims_of_rows
from halves.measure.journeys import Window
from halves.measure.tally import RuleName
from halves.measure.units import By, Units

START = datetime(2026, 1, 5, tzinfo=UTC)

Path = tuple[str, float | None]  # "email call email", and the value it led to, if it did


def claimed(paths: Sequence[Path], rule: RuleName, *, by: By = "channel") -> dict[str, float]:
    """unit → what the rule gives it; the words of a path are channels, or campaigns of one."""
    people = [f"{number:06d}" for number in range(len(paths))]
    steps = [
        (person, START + timedelta(minutes=minute), word)
        for person, (path, _) in zip(people, paths, strict=True)
        for minute, word in enumerate(path.split())
    ]
    words = [word for _, _, word in steps]
    channel = words if by == "channel" else ["email"] * len(steps)
    touches = {
        "person_id": [person for person, _, _ in steps],
        "at": pa.array([at for _, at, _ in steps], pa.timestamp("us", "UTC")),
        "path": ["many"] * len(steps),
        "channel": channel,
        **({} if by == "channel" else {by: words}),
    }
    won = [(person, value) for person, (_, value) in zip(people, paths, strict=True) if value]
    outcomes = {
        "person_id": pa.array([person for person, _ in won], pa.string()),
        "at": pa.array([START + timedelta(days=1)] * len(won), pa.timestamp("us", "UTC")),
        "value": pa.array([value for _, value in won], pa.float64()),
    }
    table = claims_of_rows(
        pa.table(touches).to_batches(),
        pa.table(outcomes),
        window=Window(since=date(2026, 1, 1), until=date(2026, 2, 1), look_back=timedelta(days=30)),
        units=Units(by, [Channel(name, path="many") for name in sorted(set(channel))]),
        rules=(rule,),
        of="value",
        half_life=timedelta(days=7),
    )
    given = dict(zip(table["unit"].to_pylist(), table[rule].to_pylist(), strict=True))
    assert given.pop("self") == 0.0
    return given
