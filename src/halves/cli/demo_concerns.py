"""What holds buyers of the demo's company back: what it knew, and what was heard in its talks."""

from collections import Counter
from datetime import datetime
from importlib import import_module
from typing import Any

from halves.cli.demo_words import KNOWN, THEMES

_UNSHAPED = "timing"  # found by listening, and nobody looked at it yet


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
    """Give what was found its name; a second one of the same is merged into the first."""
    theme = _theme(found)
    if theme is None or theme == _UNSHAPED:
        return
    name, kind = THEMES[theme].name, THEMES[theme].kind
    same = _concerns().filter(name=name, retired_at=None).first()
    if same is not None:
        import_module("halves.concerns.shaping").merge(found, same, by=by, at=now)
    else:
        change = import_module("halves.concerns.actions").change_concern
        change(found, by=by, at=now, name=name, kind=kind)


def _theme(found: Any) -> str | None:
    """What most of what was said of it is about."""
    of = {words: name for name, theme in THEMES.items() for words in theme.voiced}
    said = found.heard.values_list("words", flat=True)
    counts = Counter(of[words] for words in said if words in of)
    return counts.most_common(1)[0][0] if counts else None


def _concerns() -> Any:
    return import_module("halves.concerns.models").Concern.objects


def _nobody(*_: object) -> None:
    """Nobody is told how far it is."""
