"""How a company works a channel: whom it meets, at what cost, to what effect."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from halves.ledger import Channel

Among = Literal["everyone", "subscribers", "quiet", "visitors", "no_deal", "deal"]


@dataclass(frozen=True)
class Story:
    """What is told: of belonging, or of a solution."""

    name: str
    kind: Literal["belonging", "solution"]


@dataclass(frozen=True)
class Campaign:
    """One story over a channel; strength multiplies what the channel does to a person."""

    name: str
    story: str
    strength: float = 1.0


@dataclass(frozen=True)
class Seller:
    """Someone who calls and meets; skill multiplies what their touches do."""

    name: str
    skill: float = 1.0


@dataclass(frozen=True)
class Effect:
    """What touches do: the most they add to the log of a daily chance, and how long they last.

    A person's stock of touches grows by one a touch, keeps a share each day, and saturates.
    """

    opening: float = 0.0
    closing: float = 0.0
    kept: float = 0.9  # of the stock, from one day to the next

    def __post_init__(self) -> None:
        if not 0 <= self.kept < 1:
            raise ValueError(f"kept must be at least 0 and below 1, got {self.kept}")

    @property
    def is_nothing(self) -> bool:
        """Say whether touches change nothing at all."""
        return self.opening == 0 and self.closing == 0


@dataclass(frozen=True)
class Broadcast:
    """How the company works a channel that reaches whole regions: money by region and day."""

    channel: Channel
    effect: Effect
    campaigns: tuple[Campaign, ...]
    per_head: float  # money per person and day, on average
    half: float  # money per head and day at which a steady campaign does half of what it can


@dataclass(frozen=True)
class Practice:
    """How the company works a channel that meets people one by one.

    Each day every person in `among` is met with probability `chance * exp(follows * heat)`.
    What a touch costs is on the touch if it has minutes or a postage; a click is billed by the
    platform and is in `spend`, with the day's other clicks.
    """

    channel: Channel
    effect: Effect
    campaigns: tuple[Campaign, ...]
    among: Among
    chance: float
    follows: float = 0.0  # how strongly it picks by heat; below zero, it picks the cold
    every: timedelta = timedelta(days=1)
    sellers: tuple[Seller, ...] = ()
    minutes: float = 0.0  # a touch takes, on average
    wage: Decimal = Decimal(0)  # per hour
    postage: Decimal = Decimal(0)  # per touch
    click: Decimal = Decimal(0)  # per touch, billed by the platform
    making: Decimal = Decimal(0)  # per day of sending and 1,000 people known, to make it

    def __post_init__(self) -> None:
        for is_right, words in (
            (0 <= self.chance <= 1, f"chance must be from 0 to 1, got {self.chance}"),
            (self.campaigns, "a campaign is needed, got none"),
            (self._is_whole_days, f"every must be whole days, got {self.every}"),
            ((self.minutes > 0) == bool(self.sellers), "minutes and sellers go together"),
            (not (self.minutes and self.postage), "minutes and postage do not go together"),
        ):
            if not is_right:
                raise ValueError(f"channel {self.channel.name!r}: {words}")
        for price in ("wage", "postage", "click", "making"):
            if getattr(self, price) < 0:
                found = getattr(self, price)
                raise ValueError(
                    f"channel {self.channel.name!r}: {price} must not be negative, got {found}"
                )

    @property
    def _is_whole_days(self) -> bool:
        return self.every >= timedelta(days=1) and not self.every % timedelta(days=1)


@dataclass(frozen=True)
class Mailing:
    """A mail that somebody else sent, on one day: not drawn here, but felt here.

    Args:
        on: the day.
        to: whoever got it, by their places among the company's people.
        effect: what it does to each.
    """

    on: date
    to: tuple[int, ...]
    effect: Effect


@dataclass(frozen=True)
class GeoTest:
    """Regions in which a broadcast is withheld for a while."""

    name: str
    withheld: str
    held_out: tuple[str, ...]  # regions
    starts: date
    ends: date

    def __post_init__(self) -> None:
        if not self.held_out:
            raise ValueError(f"geo test {self.name!r} holds out no region")
        if self.ends <= self.starts:
            raise ValueError(
                f"geo test {self.name!r} must end after it starts, "
                f"got {self.starts} and {self.ends}"
            )


@dataclass(frozen=True)
class Trial:
    """People held out of a channel for a while, drawn when the channel first could meet them.

    If `study` is set, the platform runs it: nobody sees its arms, only its result.
    """

    name: str
    withheld: str
    held_out: float  # share
    starts: date
    ends: date
    study: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.held_out < 1:
            raise ValueError(
                f"trial {self.name!r}: held_out must be between 0 and 1, got {self.held_out}"
            )
        if self.ends <= self.starts:
            raise ValueError(
                f"trial {self.name!r} must end after it starts, got {self.starts} and {self.ends}"
            )
