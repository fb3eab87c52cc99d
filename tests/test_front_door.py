"""The front door stays light."""

import subprocess
import sys
import time
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import halves


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_halves_takes_under_a_second() -> None:
    in_a_new_process("import halves")  # warms the file cache
    began = time.perf_counter()
    in_a_new_process("import halves")
    assert time.perf_counter() - began < 1


def test_the_library_loads_neither_django_nor_jax() -> None:
    everything = "; ".join(f"halves.{name}" for name in halves.__all__)
    loaded = in_a_new_process(f"import halves, sys; {everything}; print(*sys.modules)").split()
    assert "halves.measure" in loaded
    assert not {"django", "jax", "pandas", "vl_convert"} & set(loaded)


def test_a_name_that_is_not_there_is_named() -> None:
    assert not hasattr(halves, "attribution")
    assert set(halves.__all__) <= set(dir(halves))


def test_the_base_install_stays_under_500_mb() -> None:
    """What the base dependencies put on disk, by their own records (bytecode left out)."""
    wanted, seen = ["halves"], set[str]()
    size = 0
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name in seen:
            continue
        seen.add(name)
        installed = metadata.distribution(name)
        size += sum(file.size or 0 for file in installed.files or ())
        for line in installed.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                wanted.append(needed.name)
    assert {"duckdb", "pyarrow", "deltalake"} <= seen
    assert size < 500e6
