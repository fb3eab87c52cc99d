"""halves: sales and marketing on one ledger, and an honest answer to which half is wasted.

The front door. Names load on first use, so that `import halves` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halves.ledger import Channel, Ledger
    from halves.measure import Interval, claims, which_half
    from halves.measure.next_test import next_test
    from halves.measure.plan import Limits, plan

_HOMES = {
    "Channel": "halves.ledger",
    "Ledger": "halves.ledger",
    "Interval": "halves.measure",
    "Limits": "halves.measure.plan",
    "claims": "halves.measure",
    "next_test": "halves.measure.next_test",
    "plan": "halves.measure.plan",
    "which_half": "halves.measure",
}

__all__ = [
    "Channel",
    "Interval",
    "Ledger",
    "Limits",
    "claims",
    "next_test",
    "plan",
    "which_half",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'halves' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
