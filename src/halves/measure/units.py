"""Which unit each touch belongs to: its channel, campaign, story, seller or path."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from halves.ledger import Channel
from halves.measure.errors import UndeclaredChannels
from halves.measure.journeys import NOT_COUNTED, Integers

By = Literal["channel", "campaign", "story", "seller", "path"]

SELF = "self"
_PATHS = ("many", "one")
_NAMED = ("campaign", "story", "seller")


class Units:
    """Numbers the units of touches as they are met.

    A touch on the path `self` (a visit) belongs to none. One that names no campaign, story or
    seller, where that is asked for, belongs to a unit of its channel: `email (no campaign)`.

    Args:
        by: what a unit is.
        channels: those that are declared.

    Raises:
        ValueError: an unknown `by`, or a channel declared twice.
    """

    def __init__(self, by: By, channels: Sequence[Channel]) -> None:
        if by not in get_args(By):
            raise ValueError(f"by must be one of {', '.join(get_args(By))}, got {by!r}")
        self.by = by
        self._declared = {channel.name: place for place, channel in enumerate(channels)}
        if len(self._declared) < len(channels):
            names = [channel.name for channel in channels]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"channel {twice!r} is declared twice")
        self._declared_paths = [channel.path for channel in channels]
        self._undeclared: set[str] = set()
        self._codes = dict(self._declared) if by == "channel" else {}
        if by == "path":
            self._codes = {path: code for code, path in enumerate(_PATHS)}
        self._on_path = np.zeros((0, len(_PATHS)), np.int64)

    @property
    def columns(self) -> list[str]:
        """The columns of touches that this needs."""
        return ["path", "channel", *([self.by] if self.by in _NAMED else [])]

    @property
    def names(self) -> list[str]:
        """The units so far, by their numbers."""
        return list(self._codes)

    @property
    def paths(self) -> list[str]:
        """Each unit's path: `many`, `one`, or `both` if its touches ran on either."""
        if self.by == "channel":
            return list(self._declared_paths)
        if self.by == "path":
            return list(_PATHS)
        words = {(True, False): "many", (False, True): "one", (True, True): "both"}
        return [words[bool(many), bool(one)] for many, one in self._on_path]

    def of(self, touches: pa.RecordBatch) -> Integers:
        """Each touch's unit, or `NOT_COUNTED`."""
        path, paths = _coded(touches.column("path"))
        channel, channels = _coded(touches.column("channel"))
        is_self = _looked_up([name not in _PATHS for name in paths], path)
        self._note_undeclared(channels, channel, is_self)
        if self.by == "path":
            unit = _looked_up([self._codes.get(name, NOT_COUNTED) for name in paths], path)
        elif self.by == "channel":
            unit = _looked_up([self._codes.get(name, NOT_COUNTED) for name in channels], channel)
        else:
            unit = self._named(touches.column(self.by), channels, channel, is_self)
            self._note_paths(unit, _looked_up([name == "one" for name in paths], path), is_self)
        return np.where(is_self, NOT_COUNTED, unit) if is_self.any() else unit

    def refuse_undeclared(self) -> None:
        """Raise `UndeclaredChannels` if a touch on a channel that nobody declared was met."""
        if self._undeclared:
            raise UndeclaredChannels(sorted(self._undeclared))

    def _named(
        self, column: pa.Array, channels: list[str], channel: Integers, is_self: NDArray[np.bool_]
    ) -> Integers:
        name, names = _coded(column)
        is_named = name >= 0
        named = self._codes_of(names, name[is_named & ~is_self])
        nameless = self._codes_of(
            [f"{given} (no {self.by})" for given in channels], channel[~is_named & ~is_self]
        )
        # The place after the last one is that of no name, and -1 finds it.
        unit = np.append(named, NOT_COUNTED)[name]
        return unit if is_named.all() else np.where(is_named, unit, nameless[channel])

    def _codes_of(self, names: list[str], met: Integers) -> Integers:
        """Number names; a dictionary may hold some that no row has, which get no number."""
        codes = np.full(len(names), NOT_COUNTED)
        for place in np.unique(met):
            codes[place] = self._code(names[place])
        return codes

    def _code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def _note_undeclared(
        self, channels: list[str], channel: Integers, is_self: NDArray[np.bool_]
    ) -> None:
        strange = [name not in self._declared for name in channels]
        if any(strange):
            met = np.unique(channel[_looked_up(strange, channel) & ~is_self])
            self._undeclared |= {channels[place] for place in met}

    def _note_paths(
        self, unit: Integers, is_one: NDArray[np.bool_], is_self: NDArray[np.bool_]
    ) -> None:
        size = len(self._codes)
        met = np.bincount((unit * 2 + is_one)[~is_self], minlength=2 * size).reshape(size, 2)
        met[: len(self._on_path)] += self._on_path
        self._on_path = met


def _coded(column: pa.Array) -> tuple[Integers, list[str]]:
    """A text column as numbers (-1 for null) and what they stand for."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes = column.indices.fill_null(-1) if column.null_count else column.indices
    return codes.to_numpy(), column.dictionary.to_pylist()


def _looked_up(values: Sequence[object], codes: Integers) -> NDArray:  # type: ignore[type-arg]
    return np.array(values)[codes]
