"""How long the mix model takes to be sure: CPU seconds, effective draws, memory.

python -m bench.mix            writes docs/benchmarks-mix.md
python -m bench.mix 1 8        one line: regions, channels (used by the above, one process each)
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from halves.measure.mix import mix
from halves.measure.mix_data import MixData

PAGE = Path(__file__).parents[1] / "docs/benchmarks-mix.md"
WEEKS = 156
CASES = ((1, 6), (1, 8), (20, 8))
LIMITS = {(1, 8): 5.0, (20, 8): 27.0}


@dataclass(frozen=True, eq=False)
class MadeUp:
    """Data with known effects."""

    data: MixData
    increments: np.ndarray


def made_up(*, channels: int, regions: int, seed: int, weeks: int = WEEKS) -> MadeUp:
    """A company that advertises in bursts; every fourth channel does nothing."""
    rng = np.random.default_rng(seed)
    time_ = np.arange(weeks)
    heads = rng.uniform(0.5, 2.0, regions)
    spend = rng.gamma(2.0, 500.0, (weeks, regions, channels)) * heads[:, None]
    spend *= rng.random(spend.shape) < 0.6
    season = 0.1 * np.sin(2 * np.pi * time_ / 52.18) + 0.1 * time_ / weeks
    error = np.zeros((weeks, regions))
    for week in range(weeks):
        error[week] = 0.3 * error[week - 1] + 0.04 * rng.standard_normal(regions)
    outcome = 1 + season[:, None] + error
    increments = np.zeros(channels)
    for channel in range(channels):
        kept, half = rng.uniform(0.1, 0.7), rng.uniform(0.5, 3.0)
        share = 0.0 if channel % 4 == 3 else rng.uniform(0.02, 0.12)
        state = spend[:4, :, channel].mean(axis=0) / heads / 1000
        felt = np.zeros((weeks, regions))
        for week in range(weeks):
            state = kept * state + (1 - kept) * spend[week, :, channel] / heads / 1000
            felt[week] = state / (state + half)
        brought = share * felt / felt.mean()
        outcome += brought
        increments[channel] = (brought * heads).sum() * 10_000
    first = date(2023, 1, 2)
    data = MixData(
        weeks=tuple(first + timedelta(weeks=week) for week in range(weeks)),
        regions=tuple(f"region_{place}" for place in range(regions)),
        channels=tuple(f"channel_{place}" for place in range(channels)),
        spend=spend,
        outcome=outcome * heads * 10_000,
        population=heads * 1_000_000,
    )
    return MadeUp(data, increments)


def one(regions: int, channels: int) -> dict[str, float]:
    """Fit once, in this process, and measure everything since it began."""
    world = made_up(channels=channels, regions=regions, seed=1)
    began, wall = time.process_time(), time.perf_counter()
    answer = mix(world.data, seed=1)
    inside = [
        channel.increment.low <= truth <= channel.increment.high
        for channel, truth in zip(answer.channels, world.increments, strict=True)
    ]
    return {
        "regions": regions,
        "channels": channels,
        "fit_cpu_s": time.process_time() - began,
        "wall_s": time.perf_counter() - wall,
        "process_cpu_s": time.process_time(),
        "least_effective": answer.effective_draws,
        "largest_r_hat": answer.r_hat,
        "inside_90": int(sum(inside)),
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def page(rows: list[dict[str, float]]) -> str:
    """The measurements as a page."""
    lines = [
        "# Benchmarks: the mix model",
        "",
        f"Written by `python -m bench.mix`. {WEEKS} weeks, made-up data with known effects,",
        "default settings, one process each, one BLAS thread; CPU is the whole process's, import",
        "and data included.",
        "",
        "| regions × channels | CPU s | of it fitting | peak GB | least effective draws "
        "| largest R̂ | truths in 90% intervals | limit, CPU s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        limit = LIMITS.get((int(row["regions"]), int(row["channels"])))
        lines.append(
            f"| {row['regions']} × {row['channels']} | {row['process_cpu_s']:.1f} "
            f"| {row['fit_cpu_s']:.1f} | {row['peak_gb']:.2f} | {row['least_effective']:,.0f} "
            f"| {row['largest_r_hat']:.3f} | {row['inside_90']} of {row['channels']} "
            f"| {limit or ''} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every case in a process of its own, and write the page."""
    if len(sys.argv) == 3:
        print(json.dumps(one(int(sys.argv[1]), int(sys.argv[2]))))
        return
    rows = []
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # idle threads that spin count as CPU
    for regions, channels in CASES:
        command = [sys.executable, "-m", "bench.mix", str(regions), str(channels)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=alone)
        rows.append(json.loads(done.stdout))
        print(rows[-1])
    PAGE.write_text(page(rows))


if __name__ == "__main__":
    main()
