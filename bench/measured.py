"""CPU seconds and peak memory of some work in this process, the same way for halves and peers.

Only the standard library, so that it runs in a peer's environment too. CPU is user and system time
of all threads from the start of the work, imports left out; memory is the whole process's peak.
"""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Measured:
    """Figures of one process, by the name of the part."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self.claims: dict[str, dict[str, float]] = {}  # rule → unit → claimed, to be compared

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure one part of the work."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.figures[f"{name}_cpu_s"] = time.process_time() - cpu
        self.figures[f"{name}_wall_s"] = time.perf_counter() - wall

    def report(self) -> None:
        """Print all figures as one line of JSON."""
        for kind in ("cpu_s", "wall_s"):
            parts = [value for name, value in self.figures.items() if name.endswith(kind)]
            self.figures[kind] = sum(parts)
        self.figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"figures": self.figures, "claims": self.claims}))
