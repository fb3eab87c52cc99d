"""The front door stays light."""

import subprocess
import sys
import time

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
