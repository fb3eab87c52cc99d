"""How soon a run of which half stops when it is told to: python -m bench.stopping

Of the ledger that `bench.which_half` makes; told to stop at twelve moments of the run.
"""

import argparse
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bench.which_half import SEED, make
from halves import Ledger, which_half
from halves.ledger.heeding import heeding
from halves.simulate import Company

MOMENTS = 12


class Stopped(Exception):
    """As a job raises it when somebody presses Stop."""


@dataclass
class Watch:
    """Asked now and then by the run; says stop from a moment on.

    Args:
        stop_at: seconds after the start; None: never.
    """

    stop_at: float | None = None
    began: float = field(default_factory=time.perf_counter)
    last: float = field(default_factory=time.perf_counter)
    longest: float = 0.0

    def look_up(self) -> None:
        """Note how long it was not asked."""
        now = time.perf_counter()
        self.longest, self.last = max(self.longest, now - self.last), now
        if self.stop_at is not None and now - self.began >= self.stop_at:
            raise Stopped


def run(touches: int, stop_at: float | None) -> tuple[float, float]:
    """Seconds that a run took, and the longest in which it did not look up."""
    folder = make(touches)
    company = Company.random(seed=SEED, people=int((folder / "people").read_text()))
    watch = Watch(stop_at)
    with suppress(Stopped), heeding(watch.look_up):
        which_half(
            Ledger.open(folder / "ledger"),
            channels=company.channels,
            margin=company.margin,
            since=company.since,
            until=company.until,
            seed=1,
            by="channel",
            currency=company.currency,
        )
    return time.perf_counter() - watch.began, watch.longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--touches", type=int, default=10_000_000)
    touches = parser.parse_args().touches
    make(touches)
    whole, longest = run(touches, None)
    print(f"the whole run: {whole:.1f} s; the longest without looking up: {longest:.2f} s")
    waits = []
    for place in range(1, MOMENTS + 1):
        at = whole * place / (MOMENTS + 2)
        took, _longest = run(touches, at)
        waits.append(took - at)
        print(f"told to stop at {at:.1f} s: over {took - at:.2f} s later", flush=True)
    print(f"the longest wait: {max(waits):.2f} s")


if __name__ == "__main__":
    main()
