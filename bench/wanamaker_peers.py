"""Meridian and PyMC-Marketing on a ledger's national weeks, each in an environment of its own.

They see weekly spend by channel and revenue, all regions together. `bench/mix_peers.py` says how
they are installed and run.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.mix_peers import QUANTILES, Brought, NoAnswer, PeerAnswer, ask
from bench.peers.weekly import Weekly
from bench.wanamaker_weeks import Weeks
from bench.wanamaker_worlds import Case

_MIDDLE, _WIDE = (0.25, 0.75), (0.05, 0.95)


class Silent(Exception):
    """A peer that gave no answer; the message says why."""


def asked(peer: str) -> Callable[[Case], PeerAnswer]:
    """A peer, as a function of what a company knows.

    Raises `Silent` where it is not installed, fails or takes too long.
    """

    def of(case: Case) -> PeerAnswer:
        with TemporaryDirectory() as folder:
            given = Path(folder) / "given.npz"
            weekly(case).write(given)
            answer = ask(peer, given, seed=1)
        if isinstance(answer, NoAnswer):
            raise Silent(f"{peer}: {answer.why}")
        return answer

    return of


def weekly(case: Case) -> Weekly:
    """National weeks, without channels that never spent."""
    weeks = Weeks.read(case)
    spend = weeks.spend.sum(axis=1, keepdims=True)
    spent = spend[weeks.opens :].any(axis=(0, 1))
    days = [weeks.first + timedelta(weeks=week) for week in range(len(weeks))]
    return Weekly(
        weeks=[day.isoformat() for day in days],
        regions=["all"],
        channels=[one.name for one, on in zip(case.channels, spent, strict=True) if on],
        spend=spend[:, :, spent],
        revenue=weeks.revenue.sum(axis=1, keepdims=True),
        population=weeks.heads.sum(keepdims=True),
        period=np.arange(len(weeks)) >= weeks.opens,
    )


def intervals(one: Brought) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middle 50% and 90% of a peer's draws."""
    at = dict(zip(QUANTILES, one.quantiles, strict=True))
    return (at[_MIDDLE[0]], at[_MIDDLE[1]]), (at[_WIDE[0]], at[_WIDE[1]])
