"""Lists of people for ad platforms: each platform's columns, and how it wants each value written.

Plain data in and out. A new platform is a module with `HEADER` and `row`, named below.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from halves.connect.ads import google, meta
from halves.connect.ads.details import Details

__all__ = ["PLATFORMS", "Details", "Platform"]


@dataclass(frozen=True)
class Platform:
    """How one platform takes a list.

    Args:
        name: as people say it.
        channel: what ads there mostly are on the ledger.
        header: of its file.
        row: a person's details → the cells of their line; all empty: nothing to be known by.
    """

    name: str
    channel: str
    header: Sequence[str]
    row: Callable[[Details], tuple[str, ...]]


PLATFORMS: Mapping[str, Platform] = {
    "google": Platform("Google Customer Match", "paid_search", google.HEADER, google.row),
    "meta": Platform("Meta custom audience", "social", meta.HEADER, meta.row),
}
