"""What measuring needs to know and no file can tell: `halves.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import tomlkit

from halves.ledger.channels import Channel
from halves.ledger.errors import LedgerError

_KEYS = ("currency", "time_zone", "margin", "wages", "channels", "parameters", "promises", "brand")
_ELSEWHERE = ("house", "mail", "mailboxes", "phrasing")  # what other rooms read in the same file
_PROMISE_KEYS = ("cost_of_under",)
LEARNED: Literal["learned"] = "learned"  # from the ledger, and not stated
_BRAND_KEYS = ("names",)
_CHANNEL_KEYS = ("name", "path", "meets", "picks")


class SettingsRefused(LedgerError, ValueError):
    """A setting that cannot be what it says; the message names it and shows the value."""


@dataclass(frozen=True)
class Settings:
    """What a company says of itself, once, for every import and every answer.

    Args:
        currency: ISO 4217 code that answers are reported in.
        time_zone: IANA name of the zone in which days begin and end.
        margin: share of an outcome's value that is profit before marketing and sales, 0 to 1.
        wages: what an hour of each kind of work costs, in the reporting currency.
        channels: the channels, their paths, and how they meet and pick people.
        parameters: values that recipes ask for, such as the cost of one mail.
        promises: `cost_of_under`, what a broken promise costs, in the reporting currency, or
            `learned`.
        names: what people call us when they search for us; in the file, `[brand] names`.

    Raises:
        SettingsRefused: an unknown zone, a currency that is no code, a margin outside (0, 1], a
            negative wage or cost, or a channel declared twice.

    >>> Settings(currency="USD", margin=0.6).filled(Settings(currency="EUR", time_zone="UTC"))
    Settings(currency='USD', time_zone='UTC', margin=0.6, wages={}, channels=(), parameters={}, \
promises={}, names=())
    """

    currency: str | None = None
    time_zone: str | None = None
    margin: float | None = None
    wages: Mapping[str, Decimal] = field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    promises: Mapping[str, Decimal | str] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        code = self.currency
        if code is not None and not (len(code) == 3 and code.isascii() and code.isupper()):
            raise SettingsRefused(f"currency must be an ISO 4217 code such as EUR, got {code!r}")
        if self.time_zone is not None:
            _check_zone(self.time_zone)
        if self.margin is not None and not 0 < self.margin <= 1:
            raise SettingsRefused(f"margin must be above 0 and at most 1, got {self.margin}")
        for work, wage in self.wages.items():
            if not (wage.is_finite() and wage >= 0):
                raise SettingsRefused(f"wages.{work} must be at least 0, got {wage}")
        for what, cost in self.promises.items():
            if what not in _PROMISE_KEYS:
                raise SettingsRefused(f"[promises] has no {what!r}, but {_PROMISE_KEYS[0]}")
            if cost != LEARNED and not _is_cost(cost):
                raise SettingsRefused(
                    f'promises.{what} must be a number of at least 0 or "{LEARNED}", got {cost!s}'
                )
        names = [channel.name for channel in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SettingsRefused(f"channel {twice[0]!r} is declared twice")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; all is empty if there is none.

        Raises:
            SettingsRefused: it is no TOML, or holds a key or value that means nothing here.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as failed:
            raise SettingsRefused(f"{path} cannot be read: {failed}") from failed
        try:
            return cls.of(tomllib.loads(text, parse_float=Decimal))
        except (tomllib.TOMLDecodeError, SettingsRefused) as failed:
            raise SettingsRefused(f"{path}: {failed}") from failed

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Settings from parsed TOML.

        Raises:
            SettingsRefused: a key or value that means nothing here.
        """
        unknown = sorted(set(said) - set(_KEYS) - set(_ELSEWHERE))
        if unknown:
            raise SettingsRefused(f"no setting {unknown[0]!r}; there are {', '.join(_KEYS)}")
        margin = said.get("margin")
        return cls(
            currency=_text(said, "currency"),
            time_zone=_text(said, "time_zone"),
            margin=None if margin is None else float(_decimal("margin", margin)),
            wages={
                work: _decimal(f"wages.{work}", wage)
                for work, wage in _mapping(said, "wages").items()
            },
            channels=tuple(_channel(one) for one in said.get("channels", ())),
            parameters=dict(_mapping(said, "parameters")),
            promises={
                what: cost if cost == LEARNED else _price(f"promises.{what}", cost)
                for what, cost in _mapping(said, "promises").items()
            },
            names=_names(_mapping(said, "brand")),
        )

    @property
    def cost_of_under(self) -> float | Literal["learned"] | None:
        """What a broken promise costs, or that the ledger is to say; None if nobody said."""
        cost = self.promises.get("cost_of_under")
        if cost is None or cost == LEARNED:
            return None if cost is None else LEARNED
        return float(cost)

    def filled(self, other: "Settings") -> "Settings":
        """These settings, and what another says where these say nothing."""
        known = {channel.name for channel in self.channels}
        new = tuple(channel for channel in other.channels if channel.name not in known)
        return replace(
            self,
            currency=self.currency if self.currency is not None else other.currency,
            time_zone=self.time_zone if self.time_zone is not None else other.time_zone,
            margin=self.margin if self.margin is not None else other.margin,
            wages={**other.wages, **self.wages},
            channels=self.channels + new,
            parameters={**other.parameters, **self.parameters},
            promises={**other.promises, **self.promises},
            names=self.names or other.names,
        )

    def write(self, path: Path) -> None:
        """Write the file, keeping an existing one's comments and order; all or nothing."""
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomlkit.parse(old)
        for key in ("currency", "time_zone", "margin"):
            _put(document, key, getattr(self, key))
        for key in ("wages", "parameters", "promises"):
            _put_all(document, key, getattr(self, key))
        _put_channels(document, self.channels)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(tomlkit.dumps(document), encoding="utf-8")
        draft.replace(path)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise SettingsRefused(
            f"time_zone must be an IANA name such as Europe/Berlin, got {name!r}"
        ) from None


def _text(said: Mapping[str, Any], key: str) -> str | None:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise SettingsRefused(f"{key} must be text, got {value!r}")
    return value


def _mapping(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = said.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsRefused(f"{key} must be a table such as [{key}], got {value!r}")
    return MappingProxyType(dict(value))


def _names(said: Mapping[str, Any]) -> tuple[str, ...]:
    unknown = sorted(set(said) - set(_BRAND_KEYS))
    if unknown:
        raise SettingsRefused(f"[brand] has no {unknown[0]!r}, but {_BRAND_KEYS[0]}")
    names = said.get("names", [])
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise SettingsRefused(f'brand.names must be a list such as ["Acme"], got {names!r}')
    return tuple(one.strip() for one in names if one.strip())


def _decimal(key: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | float):
        raise SettingsRefused(f"{key} must be a number, got {value!r}")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise SettingsRefused(f"{key} must be a number, got {value!r}") from None


def _price(key: str, value: object) -> Decimal:
    try:
        return _decimal(key, value)
    except SettingsRefused:
        said = f'{key} must be a number or "{LEARNED}", got {value!r}'
        raise SettingsRefused(said) from None


def _is_cost(cost: Decimal | str) -> bool:
    return isinstance(cost, Decimal) and cost.is_finite() and cost >= 0


def _channel(said: object) -> Channel:
    if not isinstance(said, Mapping):
        raise SettingsRefused(f"a channel must be a table, got {said!r}")
    unknown = sorted(set(said) - set(_CHANNEL_KEYS))
    if unknown:
        known = ", ".join(_CHANNEL_KEYS)
        raise SettingsRefused(f"a channel has no {unknown[0]!r}; it has {known}")
    for key in ("name", "path"):
        if not isinstance(said.get(key), str):
            raise SettingsRefused(f"a channel needs a {key}, got {dict(said)!r}")
    try:
        return Channel(**said)
    except ValueError as failed:
        raise SettingsRefused(str(failed)) from failed


def _plain(value: object) -> object:
    if not isinstance(value, Decimal):
        return value
    # TOML has no decimals; the shortest float that reads back as the same number.
    return float(value) if value % 1 else int(value)


def _put(holder: Any, key: str, value: object) -> None:
    if value is None:
        holder.pop(key, None)
    elif key not in holder or _differs(holder[key], value):
        holder[key] = _plain(value)


def _differs(old: Any, new: object) -> bool:
    old = old.unwrap() if hasattr(old, "unwrap") else old
    return bool(old != _plain(new))


def _put_all(document: Any, key: str, values: Mapping[str, object]) -> None:
    if key not in document:
        if not values:
            return
        document.add(tomlkit.nl())
        document[key] = tomlkit.table()
    holder = document[key]
    for gone in [name for name in holder if name not in values]:
        holder.remove(gone)
    for name, value in values.items():
        _put(holder, name, value)


def _put_channels(document: Any, channels: tuple[Channel, ...]) -> None:
    if "channels" not in document:
        if not channels:
            return
        document.add(tomlkit.nl())
        document["channels"] = tomlkit.aot()
    holder = document["channels"]
    wanted = {channel.name: channel for channel in channels}
    for place in reversed(range(len(holder))):
        if holder[place]["name"] not in wanted:
            del holder[place]
    written = {one["name"]: one for one in holder}
    for name, channel in wanted.items():
        if name not in written:
            table = tomlkit.table()
            table["name"] = name
            table.trivia.indent = "\n" if len(holder) else ""
            holder.append(table)
            written[name] = holder[len(holder) - 1]
        for part in ("path", "meets", "picks"):
            _put(written[name], part, getattr(channel, part))
