"""What holds buyers of the demo's company back: what it knew, and what was heard in its talks."""

from datetime import datetime
from importlib import import_module
from typing import Any

from halves.cli.demo_words import KNOWN, THEMES

_SOME = 3  # sentences that are worth a concern of their own


def know(*, by: Any, leader: Any, at: datetime) -> None:
    """Write down what was known from the first day on, each with its answer; in the caller's
    transaction."""
    actions = import_module("halves.concerns.actions")
    known = set(_concerns().values_list("name", flat=True))
    for name in KNOWN:
        theme = THEMES[name]
        if theme.name in known:
            continue
        concern = actions.add_concern(by=by, at=at, name=theme.name, kind=theme.kind)
        answer = actions.add_answer(
            concern, by=by, at=at, words=theme.settles[0], source="our own books"
        )
        actions.change_answer(answer, by=leader, at=at, is_approved=True)


def hear(*, by: Any, leader: Any, now: datetime) -> None:
    """Listen as the page and `halves listen` do, and put what was found in order, as people do.

    Said again, nothing new is heard, and what has its order stays.
    """
    listening = import_module("halves.concerns.listening")
    proposing = import_module("halves.concerns.proposing")
    knowing = import_module("halves.concerns.knowing")
    ours = listening.ready()
    listening.read_new(ours, knowing.known_concerns(), tell=_nobody)
    proposing.propose_new(ours, at=now)
    for one in _concerns().filter(is_proposed=True, is_aspiration=False).order_by("pk"):
        _shape(one, by=by, now=now)
    listening.hear_all(listening.LISTEN, at=now, tell=_nobody)


def _shape(found: Any, *, by: Any, now: datetime) -> None:
    """Give what was found its name, and part it first where it is about two things."""
    shaping = import_module("halves.concerns.shaping")
    first, *others = sorted(_themes(found).items(), key=lambda one: -len(one[1])) or [("", [])]
    for theme, keys in others:
        if len(keys) >= _SOME:
            part = shaping.split(found, keys, name=f"{found.name[:150]}: {theme}", by=by, at=now)
            _name(part, theme, by=by, now=now)
    if first[0] in THEMES:
        _name(found, first[0], by=by, now=now)


def _name(found: Any, theme: str, *, by: Any, now: datetime) -> None:
    """Call it what it is; a second one of the same is merged into the first."""
    name, kind = THEMES[theme].name, THEMES[theme].kind
    same = _concerns().filter(name=name, retired_at=None).first()
    if same is not None:
        import_module("halves.concerns.shaping").merge(found, same, by=by, at=now)
    else:
        change = import_module("halves.concerns.actions").change_concern
        change(found, by=by, at=now, name=name, kind=kind)


def _themes(found: Any) -> dict[str, list[int]]:
    """What was said of it, by what it is about."""
    of = {words: name for name, theme in THEMES.items() for words in theme.voiced}
    themes: dict[str, list[int]] = {}
    for key, words in found.heard.order_by("pk").values_list("pk", "words"):
        if words in of:
            themes.setdefault(of[words], []).append(key)
    return themes


def _concerns() -> Any:
    return import_module("halves.concerns.models").Concern.objects


def _nobody(*_: object) -> None:
    """Nobody is told how far it is."""
