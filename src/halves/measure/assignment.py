"""Who is held out: a keyed hash of the experiment and the unit, so that anyone can check it."""

import hmac
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from halves.measure.trial_result import UnitKind

_LEAST_KEY = 16


def assign(experiment: str, unit: str, *, key: bytes, held_out_share: float) -> str:
    """Say which arm a unit is in: `treated` or `held_out`.

    The same experiment, unit and key always give the same arm; without the key nobody can tell
    beforehand. Raising the share only moves units into the holdout, never out of it.

    Args:
        experiment: its name; other experiments hold out other units.
        unit: a person's, account's or region's id.
        key: a secret of at least 16 bytes.
        held_out_share: how many are held out, between 0 and 1.

    Raises:
        ValueError: a share out of range or a short key.

    Source:
        HMAC (RFC 2104) with SHA-256; the first 53 bits as a number between 0 and 1.

    >>> assign("spring", "p1", key=b"a key of 16 bytes", held_out_share=0.2)
    'treated'
    """
    drawn = draws(experiment, [unit], key=key)[0]
    _check_share(held_out_share)
    return "held_out" if drawn < held_out_share else "treated"


def draws(experiment: str, units: Sequence[str], *, key: bytes) -> NDArray[np.float64]:
    """Each unit's draw, evenly spread between 0 and 1; those below the share are held out."""
    if len(key) < _LEAST_KEY:
        raise ValueError(f"key must be at least {_LEAST_KEY} bytes, got {len(key)}")
    name = experiment.encode()
    # The name's length goes first, so that ("ab", "c") and ("a", "bc") are not one message.
    start = len(name).to_bytes(4, "big") + name
    found = b"".join(hmac.digest(key, start + unit.encode(), "sha256")[:8] for unit in units)
    return (np.frombuffer(found, dtype=">u8") >> np.uint64(11)) / 2.0**53


def assignments(
    experiment: str,
    units: Sequence[str],
    *,
    unit_kind: UnitKind,
    key: bytes,
    held_out_share: float,
    at: datetime,
) -> pa.Table:
    """The arms of many units, as rows for the ledger's `assignments`.

    Args:
        experiment, key, held_out_share: as for `assign`.
        units: their ids, each once.
        unit_kind: what they are.
        at: when the arms were drawn.

    >>> from datetime import UTC
    >>> rows = assignments("spring", ["p1", "p2"], unit_kind="person", key=b"a key of 16 bytes",
    ...                    held_out_share=0.2, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> rows.column("arm").to_pylist(), rows.column("propensity").to_pylist()
    (['treated', 'treated'], [0.8, 0.8])
    """
    _check_share(held_out_share)
    held_out = draws(experiment, units, key=key) < held_out_share
    rows = len(held_out)
    return pa.table(
        {
            "experiment": pa.repeat(experiment, rows),
            "unit_kind": pa.repeat(unit_kind, rows),
            "unit_id": pa.array(units, pa.string()),
            "arm": np.where(held_out, "held_out", "treated"),
            "propensity": np.where(held_out, held_out_share, 1 - held_out_share),
            "at": pa.repeat(pa.scalar(at, pa.timestamp("us", "UTC")), rows),
        }
    )


def _check_share(held_out_share: float) -> None:
    if not 0 < held_out_share < 1:
        raise ValueError(f"held_out_share must be between 0 and 1, got {held_out_share}")
