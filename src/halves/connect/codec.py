"""TOML to frozen dataclasses and back, with a closed vocabulary: an unknown key is an error.

A dataclass's fields are the keys; each is `Annotated` with a reader that checks its value and says
where it is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from halves.connect.errors import RecipeRefused

Scalar = str | int | Decimal | bool | date | datetime
T = TypeVar("T")
Reader = Callable[[Any, str], T]


def _readers(cls: type) -> dict[str, Reader[Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(cls, include_extras=True).items()}


def _reader(hint: Any) -> Reader[Any]:
    if get_origin(hint) is Annotated:
        read: Reader[Any] = hint.__metadata__[0]
        return read
    return next(_reader(one) for one in get_args(hint) if get_origin(one) is Annotated)


def part(cls: type[T]) -> Reader[T]:
    """A TOML table that is one of our dataclasses.

    Raises (the reader): RecipeRefused for an unknown or a missing key, or a wrong value.
    """

    def read(said: Any, at: str) -> T:
        if not isinstance(said, Mapping):
            raise RecipeRefused(f"{at} must be a table, got {said!r}")
        keys = {one.name: one for one in fields(cls)}  # type: ignore[arg-type]
        for name in said:
            if name not in keys:
                raise RecipeRefused(f"{at}: no key {name!r}; there are {', '.join(keys)}")
        for name, one in keys.items():
            is_needed = one.default is MISSING and one.default_factory is MISSING
            if is_needed and name not in said:
                raise RecipeRefused(f"{at} needs {name!r}")
        readers = _readers(cls)
        values = {name: readers[name](value, f"{at}.{name}") for name, value in said.items()}
        try:
            return cls(**values)
        except RecipeRefused as refused:
            raise RecipeRefused(f"{at}: {refused}") from None

    return read


def many(cls: type[T]) -> Reader[tuple[T, ...]]:
    """A list of such tables."""

    def read(said: Any, at: str) -> tuple[T, ...]:
        if not isinstance(said, list):
            raise RecipeRefused(f"{at} must be a list of tables, got {said!r}")
        one = part(cls)
        return tuple(one(each, f"{at}[{place}]") for place, each in enumerate(said, start=1))

    return read


def mapping(read_value: Reader[T]) -> Reader[dict[str, T]]:
    """A TOML table with keys of the user's own."""

    def read(said: Any, at: str) -> dict[str, T]:
        if not isinstance(said, Mapping):
            raise RecipeRefused(f"{at} must be a table, got {said!r}")
        return {name: read_value(value, f"{at}.{name}") for name, value in said.items()}

    return read


def choice(*words: str) -> Reader[str]:
    """One of these words."""

    def read(said: Any, at: str) -> str:
        if said not in words:
            raise RecipeRefused(f"{at} must be one of {', '.join(words)}, got {said!r}")
        return str(said)

    return read


def text(said: Any, at: str) -> str:
    """A text."""
    if not isinstance(said, str):
        raise RecipeRefused(f"{at} must be text, got {said!r}")
    return said


def texts(said: Any, at: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(said, list):
        raise RecipeRefused(f"{at} must be a list of texts, got {said!r}")
    return tuple(text(one, at) for one in said)


def flag(said: Any, at: str) -> bool:
    """True or false."""
    if not isinstance(said, bool):
        raise RecipeRefused(f"{at} must be true or false, got {said!r}")
    return said


def whole(said: Any, at: str) -> int:
    """A whole number."""
    if isinstance(said, bool) or not isinstance(said, int):
        raise RecipeRefused(f"{at} must be a whole number, got {said!r}")
    return said


def number(said: Any, at: str) -> Decimal:
    """A number, exactly as written."""
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal):
        raise RecipeRefused(f"{at} must be a number, got {said!r}")
    value = Decimal(str(said))
    if not value.is_finite():
        raise RecipeRefused(f"{at} must be finite, got {said!r}")
    return value


def scalar(said: Any, at: str) -> Scalar:
    """A text, a number, true or false, a date or a time."""
    if isinstance(said, float):
        return number(said, at)
    if not isinstance(said, Scalar):
        raise RecipeRefused(f"{at} must be text, a number or a date, got {said!r}")
    return said


Text = Annotated[str, text]
Texts = Annotated[tuple[str, ...], texts]
Flag = Annotated[bool, flag]
Whole = Annotated[int, whole]


def plain(value: Any) -> Any:
    """A part as what TOML can hold; keys at their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        said = {
            one.name: plain(getattr(value, one.name))
            for one in fields(value)
            if not _is_default(one, getattr(value, one.name))
        }
        is_number = set(said) == {"constant"} and isinstance(said["constant"], int | float)
        return said["constant"] if is_number and _is_field(value) else said
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def _is_field(value: Any) -> bool:
    return hasattr(value, "template")


def _is_default(one: Any, value: Any) -> bool:
    if one.default_factory is not MISSING:
        return bool(value == one.default_factory())
    return one.default is not MISSING and bool(value == one.default)
