"""The joint draws of an answer as a Parquet file: one row a unit, a list of draws in each cell."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from halves.measure.joint import Joint
from halves.measure.prior import Floats

_DRAWN = ("incremental", "induced", "opening", "half")
_MARGIN = b"margin"


def write_draws(joint: Joint, where: Path) -> None:
    """Write the draws, all or nothing; the same draws give the same file again."""
    rows = pa.table(
        {
            "unit": pa.array(joint.units),
            "path": pa.array(joint.paths),
            "spend": pa.array(joint.spend),
            **{name: _lists(getattr(joint, name)) for name in _DRAWN},
        }
    ).replace_schema_metadata({_MARGIN: repr(float(joint.margin)).encode()})
    where.parent.mkdir(parents=True, exist_ok=True)
    draft = where.with_name(f".{where.name}.{os.getpid()}.draft")
    pq.write_table(rows, draft, compression="zstd")
    draft.replace(where)


def read_draws(where: Path) -> Joint | None:
    """The draws as they were written; None if there is no such file."""
    try:
        rows = pq.read_table(where)
    except FileNotFoundError:
        return None
    drawn = {
        name: np.stack([np.asarray(one.values) for one in rows.column(name)], axis=1)
        for name in _DRAWN
    }
    return Joint(
        units=tuple(rows.column("unit").to_pylist()),
        paths=tuple(rows.column("path").to_pylist()),
        spend=rows.column("spend").to_numpy(),
        margin=float(rows.schema.metadata[_MARGIN]),
        **drawn,
    )


def _lists(draws: Floats) -> pa.Array:
    """Shape (draw, unit) as one list of draws for each unit."""
    size, units = draws.shape
    ends = pa.array(np.arange(units + 1, dtype=np.int64) * size)
    return pa.LargeListArray.from_arrays(ends, pa.array(draws.T.ravel()))
