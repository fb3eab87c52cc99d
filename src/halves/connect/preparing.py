"""Before an import: which files go where, what the user said, and an id made from all of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatch
from pathlib import Path

from halves.connect.codec import Scalar
from halves.connect.compiling import Query, Terms, compiled
from halves.connect.delimited import open_bytes
from halves.connect.errors import ConnectError, FileRefused, ParameterMissing, RecipeRefused
from halves.connect.needs import needed_columns
from halves.connect.parts import Parameter
from halves.connect.reading import Source, open_source
from halves.connect.recipe import Recipe
from halves.ledger.settings import Settings

_WAGE = "wages."


@dataclass(frozen=True)
class Prepared:
    """All that an import needs: nothing is read from the user's files again but through it.

    Args:
        id: the same for the same files, recipe and parameters.
        recipe: the recipe.
        files: the files that each of the recipe's names stands for.
        sources: the same, opened.
        terms: what holds for all rows.
        queries: one for each set of rows whose files are there.
        absent: optional files that are not there.
    """

    id: str
    recipe: Recipe
    files: Mapping[str, tuple[Path, ...]]
    sources: Mapping[str, Source]
    terms: Terms
    queries: tuple[Query, ...]
    absent: tuple[str, ...]


def prepare(
    given: Sequence[Path],
    recipe: Recipe,
    *,
    settings: Settings,
    stated: Mapping[str, str],
    folder: Path,
) -> Prepared:
    """Open the files and compile the recipe.

    Args:
        given: files, and folders of files.
        recipe: the recipe.
        settings: what the company says of itself.
        stated: what the user says now, by the name of the parameter (or `wages.NAME`).
        folder: an empty folder for copies of the files as text.

    Raises:
        FileRefused, RecipeRefused, ParameterMissing: see there.
    """
    terms = terms_of(recipe, settings, stated)
    files = matched(given, recipe)
    needed = needed_columns(recipe)
    sources = {
        name: open_source(
            paths, recipe.files[name], needed=needed[name], folder=folder / f"file-{place}"
        )
        for place, (name, paths) in enumerate(files.items())
    }
    queries = []
    for place, rows in enumerate(recipe.rows, start=1):
        if rows.file is not None and rows.file not in sources:
            continue
        try:
            queries.append(compiled(rows, recipe, sources, terms))
        except RecipeRefused as refused:
            raise RecipeRefused(
                f"recipe {recipe.name}, rows[{place}] ({rows.table}): {refused}"
            ) from None
    return Prepared(
        id=f"{recipe.name}-{_digest(recipe, terms, files)}",
        recipe=recipe,
        files=files,
        sources=sources,
        terms=terms,
        queries=tuple(queries),
        absent=tuple(name for name in recipe.files if name not in files),
    )


def matched(given: Sequence[Path], recipe: Recipe) -> dict[str, tuple[Path, ...]]:
    """Which of the files each of the recipe's names stands for.

    Raises:
        FileRefused: a file that is not there or that the recipe has no use for, or one that it
            needs and that was not given.
    """
    if not given:
        raise FileRefused("no files were given")
    alone = next(iter(recipe.files), None) if len(recipe.files) == 1 else None
    found: dict[str, list[Path]] = {}
    for path in given:
        inside = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
        for file in inside:
            name = next((name for name in recipe.files if _fits(file, recipe, name)), None)
            if name is None and not path.is_dir():
                name = alone
                if not path.exists():
                    raise FileRefused(f"there is no file {path}")
                if name is None:
                    raise FileRefused(f"{path}: the recipe {_takes(recipe)}")
            if name is not None and file not in found.setdefault(name, []):
                found[name].append(file)
    for name, spec in recipe.files.items():
        if name not in found and not spec.optional:
            raise FileRefused(
                f"no file like {' or '.join(spec.names)} among {', '.join(map(str, given))}; "
                f"the recipe {_takes(recipe)}"
            )
    return {name: tuple(found[name]) for name in recipe.files if name in found}


def _fits(file: Path, recipe: Recipe, name: str) -> bool:
    plain = file.name.casefold()
    return any(fnmatch(plain, pattern.casefold()) for pattern in recipe.files[name].names)


def _takes(recipe: Recipe) -> str:
    patterns = (" or ".join(spec.names) for spec in recipe.files.values())
    return f"{recipe.name} takes {', '.join(patterns)}"


def terms_of(recipe: Recipe, settings: Settings, stated: Mapping[str, str]) -> Terms:
    """What the user, their settings and the recipe say, in this order.

    Raises:
        ParameterMissing: one that nobody said; says what it is.
        ConnectError: a name that the recipe does not ask for, or a value of the wrong kind.
    """
    ours = recipe.settings
    parameters: dict[str, Scalar] = {}
    for name in stated:
        if name not in recipe.parameters and not name.startswith(_WAGE):
            known = ", ".join([*recipe.parameters, f"{_WAGE}NAME"])
            raise ConnectError(f"the recipe {recipe.name} asks for no {name!r}; it has {known}")
    for name, parameter in recipe.parameters.items():
        said = stated.get(name, settings.parameters.get(name, parameter.default))
        if said is None:
            raise ParameterMissing(
                f"the recipe {recipe.name} needs {name}: {parameter.about}; say it with "
                f"--set {name}=VALUE"
            )
        parameters[name] = _as_kind(name, parameter, said)
    # Wages are in the currency of whoever states them; those of another currency do not count.
    is_same = None in (ours.currency, settings.currency) or ours.currency == settings.currency
    wages = {**ours.wages, **(settings.wages if is_same else {})}
    for name, said in stated.items():
        if name.startswith(_WAGE):
            wages[name.removeprefix(_WAGE)] = _decimal(name, said)
    return Terms(
        parameters=parameters,
        wages=wages,
        currency=ours.currency or settings.currency,
        time_zone=ours.time_zone or settings.time_zone,
    )


def _as_kind(name: str, parameter: Parameter, said: object) -> Scalar:
    if parameter.kind == "number":
        return _decimal(name, said)
    if parameter.kind == "day":
        try:
            return date.fromisoformat(str(said))
        except ValueError:
            raise ConnectError(f"{name} must be a day such as 2026-01-31, got {said!r}") from None
    return str(said)


def _decimal(name: str, said: object) -> Decimal:
    try:
        value = Decimal(str(said))
    except InvalidOperation:
        raise ConnectError(f"{name} must be a number, got {said!r}") from None
    if not value.is_finite() or value < 0:
        raise ConnectError(f"{name} must be at least 0, got {said!r}")
    return value


def _digest(recipe: Recipe, terms: Terms, files: Mapping[str, tuple[Path, ...]]) -> str:
    whole = hashlib.sha256()
    said = [recipe.to_toml(), repr(sorted(terms.parameters.items())), repr(terms.currency)]
    said += [repr(sorted(terms.wages.items())), repr(terms.time_zone)]
    for one in said:
        whole.update(one.encode() + b"\0")
    for name, paths in files.items():
        for path in paths:
            content = hashlib.sha256()
            with open_bytes(path) as file:
                while block := file.read(1 << 20):
                    content.update(block)
            whole.update(f"{name}\0{content.hexdigest()}\0".encode())
    return whole.hexdigest()[:12]
