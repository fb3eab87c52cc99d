"""Journeys: which touches came before which outcome, found in one pass over sorted rows.

A person's touches are cut at their outcomes. Those of a piece that lie in the look-back before its
outcome are a converted journey; every other touch of the period is on a null journey.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from halves.measure.errors import PeriodEmpty

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MICROSECOND = timedelta(microseconds=1)
NOT_COUNTED = -1  # the unit of a touch that is on no journey


@dataclass(frozen=True)
class Window:
    """The period whose outcomes count, and how long before an outcome a touch still does.

    Args:
        since: the first day, in UTC.
        until: the day after the last.
        look_back: more than zero.

    Raises:
        PeriodEmpty: `until` is not after `since`.
        ValueError: a look-back that is not above zero.
    """

    since: date
    until: date
    look_back: timedelta

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise PeriodEmpty(f"until must be after since, got {self.since} and {self.until}")
        if self.look_back <= timedelta(0):
            raise ValueError(f"look_back must be above zero, got {self.look_back}")

    @property
    def opens(self) -> datetime:
        """The period's first moment."""
        return datetime.combine(self.since, time(), UTC)

    @property
    def closes(self) -> datetime:
        """The moment after the period."""
        return datetime.combine(self.until, time(), UTC)

    @property
    def looks_from(self) -> datetime:
        """The first moment whose touches count."""
        return self.opens - self.look_back

    @property
    def opens_us(self) -> int:
        """The period's first moment, microseconds since 1970."""
        return (self.opens - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


@dataclass(frozen=True)
class Conversions:
    """Outcomes by person and time; those of one person at one moment are one conversion."""

    people: pa.Array  # everyone with an outcome, once, in order
    first: (
        Integers  # where each person's conversions start, and at the end where the last one's end
    )
    at: Integers  # microseconds since 1970
    outcomes: Floats  # how many outcomes fell on the moment
    credit: Floats  # what there is to claim: money, or the number of outcomes
    is_claimed: NDArray[np.bool_]  # False before the period: it ends a journey and is not claimed

    @staticmethod
    def of(outcomes: pa.Table, credit: Floats, window: Window) -> "Conversions":
        """Gather outcomes (`person_id`, `at`, sorted by both) and what each is worth."""
        at = microseconds(outcomes.column("at").combine_chunks())
        people = outcomes.column("person_id").combine_chunks()
        is_new_person = _changes(people)
        starts = np.flatnonzero(is_new_person | _differs(at))
        moments = np.cumsum(is_new_person[starts]) - 1
        count = int(moments[-1]) + 1 if len(starts) else 0
        return Conversions(
            people=_plain(people.take(pa.array(np.flatnonzero(is_new_person)))),
            first=np.searchsorted(moments, np.arange(count + 1)),
            at=at[starts],
            outcomes=np.diff(np.append(starts, len(at))).astype(np.float64),
            credit=_sums(credit, starts),
            is_claimed=at[starts] >= window.opens_us,
        )


@dataclass(frozen=True)
class Paths:
    """Journeys, one after the other; the touches of one are neighbours, in order of time."""

    unit: Integers  # of each touch
    starts: Integers  # the first touch of each journey

    @property
    def ends(self) -> Integers:
        """The last touch of each journey."""
        return np.append(self.starts[1:], len(self.unit)) - 1 if len(self.starts) else self.starts


@dataclass(frozen=True)
class Converted(Paths):
    """Journeys that led to a conversion."""

    at: Integers  # of each touch, microseconds since 1970
    conversion: Integers  # of each journey, its place among the conversions


@dataclass(frozen=True)
class People:
    """All touches of some people, by person and time."""

    ids: pa.Array  # each person once
    starts: Integers  # each person's first touch
    at: Integers
    unit: Integers


def microseconds(moments: pa.Array) -> Integers:
    """Timestamps as microseconds since 1970."""
    return np.asarray(moments.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def per_unit(unit: Integers, amounts: Floats, units: int) -> Floats:
    """Sum amounts by unit; shape (units,)."""
    return np.asarray(np.bincount(unit, amounts, units), dtype=np.float64)


def whole_people(
    batches: Iterable[pa.RecordBatch], unit_of: Callable[[pa.RecordBatch], Integers]
) -> Iterator[People]:
    """Gather batches sorted by `person_id` and `at`, so that no person is cut in two.

    Touches whose unit is `NOT_COUNTED` are left out.

    Raises:
        ValueError: a batch that starts with a person who comes before those already met.
    """
    waiting: People | None = None
    for batch in batches:
        people = _people(batch, unit_of(batch))
        if not len(people.at):
            continue
        if waiting is not None:
            here, before = people.ids[0].as_py(), waiting.ids[0].as_py()
            if here < before:
                raise ValueError(f"touches must be sorted by person, got {here!r} after {before!r}")
            people = _joined(waiting, people)
        last = people.starts[-1]
        if last:
            yield People(people.ids[:-1], people.starts[:-1], people.at[:last], people.unit[:last])
        waiting = People(
            people.ids[-1:], np.zeros(1, np.int64), people.at[last:], people.unit[last:]
        )
    if waiting is not None:
        yield waiting


def journeys(people: People, conversions: Conversions, window: Window) -> tuple[Paths, Converted]:
    """Cut people's touches into null journeys and converted ones.

    A touch before the period counts only where it lies in the look-back of an outcome; one that is
    exactly the look-back old still does.
    """
    rows, conversion, converts = _conversions_of(
        people, conversions, window.look_back // MICROSECOND
    )
    # A null journey ends where the person changes or a conversion comes in between.
    is_start = np.zeros(len(people.at), np.bool_)
    is_start[people.starts] = True
    is_start[rows[_differs(conversion)]] = True
    is_null = people.at >= window.opens_us
    rows, conversion = rows[converts], conversion[converts]
    is_null[rows] = False
    starts = np.flatnonzero(_differs(conversion))
    return _those(people.unit, np.flatnonzero(is_start), is_null), Converted(
        unit=people.unit[rows], starts=starts, at=people.at[rows], conversion=conversion[starts]
    )


def _people(batch: pa.RecordBatch, unit: Integers) -> People:
    at, ids = microseconds(batch.column("at")), batch.column("person_id")
    counted = unit != NOT_COUNTED
    if not counted.all():
        at, unit, ids = at[counted], unit[counted], ids.filter(pa.array(counted))
    starts = np.flatnonzero(_changes(ids))
    ids = ids.take(pa.array(starts))
    return People(_plain(ids), starts, at, unit)


def _joined(first: People, then: People) -> People:
    """Put one person's touches before other people's, whose first may be the same person."""
    is_same = first.ids[0].equals(then.ids[0])
    size = len(first.at)
    return People(
        ids=then.ids if is_same else pa.concat_arrays([first.ids, then.ids]),
        starts=np.append(0, then.starts[int(is_same) :] + size),
        at=np.concatenate([first.at, then.at]),
        unit=np.concatenate([first.unit, then.unit]),
    )


def _conversions_of(
    people: People, conversions: Conversions, look_back: int
) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Look at the few people who converted: their touches, the conversion after each, and is it
    in the look-back of one that is claimed.
    """
    place = _places(people.ids, conversions)
    converted = np.flatnonzero(place >= 0)
    lengths = np.diff(np.append(people.starts, len(people.at)))[converted]
    rows = _ranges(people.starts[converted], lengths)
    at, whose = people.at[rows], np.repeat(place[converted], lengths)
    end = conversions.first[whose + 1]
    after = _first_not_before(at, conversions.at, conversions.first[whose], end)
    has_next = after < end
    following = np.where(has_next, after, 0)
    in_time = at >= conversions.at[following] - look_back
    return rows, after, has_next & in_time & conversions.is_claimed[following]


def _places(ids: pa.Array, conversions: Conversions) -> Integers:
    """Where each person stands among those who converted; -1 if they did not."""
    # Looking many up among few is quick only while the few fit in the processor's cache, so only
    # the stretch that may hold these people is searched.
    everyone = conversions.people
    low = bisect_left(everyone, ids[0].as_py(), key=_text)
    high = bisect_right(everyone, ids[-1].as_py(), key=_text)
    found = pc.index_in(ids, value_set=everyone[low:high])
    return np.asarray(pc.fill_null(pc.add(found.cast(pa.int64()), low), -1))


def _text(scalar: pa.Scalar) -> str:
    return str(scalar.as_py())


def _first_not_before(at: Integers, moments: Integers, low: Integers, high: Integers) -> Integers:
    """Bisect, for each touch, its own stretch `low:high` of the sorted moments."""
    while (is_open := low < high).any():
        middle = (low + high) // 2
        is_later = is_open & (moments[np.minimum(middle, len(moments) - 1)] < at)
        low = np.where(is_later, middle + 1, low)
        high = np.where(is_open & ~is_later, middle, high)
    return low


def _those(unit: Integers, starts: Integers, mask: NDArray[np.bool_]) -> Paths:
    """Keep the touches in the mask and the journeys that have any left."""
    kept = np.add.reduceat(mask, starts, dtype=np.int64)
    return Paths(unit=unit[mask], starts=(np.cumsum(kept) - kept)[kept > 0])


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """All numbers from each start on, as many as its length says."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())


def _differs(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Say of each value whether it differs from the one before; the first does."""
    differs = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


def _changes(ids: pa.Array) -> NDArray[np.bool_]:
    """Say of each id whether it differs from the one before; the first does."""
    if pa.types.is_dictionary(ids.type):
        return _differs(ids.indices.to_numpy())
    changes = np.ones(len(ids), np.bool_)
    if len(ids):
        changes[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    return changes


def _plain(ids: pa.Array) -> pa.Array:
    plain = ids.dictionary_decode() if pa.types.is_dictionary(ids.type) else ids
    return plain.cast(pa.string())


def _sums(values: Floats, starts: Integers) -> Floats:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)
