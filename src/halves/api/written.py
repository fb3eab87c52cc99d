"""Notes and tags: what colleagues write down about a person, and about an account alike."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import shapes
from halves.api.door import operation
from halves.people import actions
from halves.people.models import Account, Note, Person

Thing = Person | Account
_SHOWN = 200


def notes_and_tags(
    router: Router,
    path: str,
    kind: str,
    *,
    gives: Any,
    met: Callable[[User, int], Thing],
    shown: Callable[[HttpResponse, int], Thing],
) -> None:
    """Serve the notes and the tags of a kind of things.

    Args:
        router: where the operations belong.
        path: of one such thing.
        kind: `person` or `account`.
        gives: the shape of one.
        met: the user, a key → the one, if the user may meet it.
        shown: the answer, a key → the one as it is after a change.
    """
    notes, tags = f"{path}/notes", f"{path}/tags"

    @operation(router, "GET", notes, Verb.SEE, kind, gives=list[shapes.NoteOut])
    @_named(kind, "notes", f"Read the newest {_SHOWN} notes about")
    def read(request: HttpRequest, key: int) -> Any:
        written = met(request.auth.user, key).notes.select_related("by")
        return list(written.order_by("-at", "-id")[:_SHOWN])

    @operation(router, "POST", notes, Verb.CHANGE, kind, gives=shapes.NoteOut, status=201)
    @_named(kind, "note_add", "Write something down about")
    def write(request: HttpRequest, key: int, said: shapes.NoteIn) -> Note:
        user = request.auth.user
        return actions.note(met(user, key), said.words, by=user, at=timezone.now())

    @operation(router, "POST", tags, Verb.CHANGE, kind, gives=gives)
    @_named(kind, "tag", "Put a word on")
    def tag(request: HttpRequest, response: HttpResponse, key: int, said: shapes.TagIn) -> Any:
        user = request.auth.user
        actions.tag(met(user, key), said.name, by=user, at=timezone.now())
        return shown(response, key)

    @operation(router, "DELETE", tags, Verb.CHANGE, kind, gives=gives)
    @_named(kind, "untag", "Take a word off")
    def untag(request: HttpRequest, response: HttpResponse, key: int, name: str) -> Any:
        user = request.auth.user
        actions.untag(met(user, key), name, by=user, at=timezone.now())
        return shown(response, key)


def _named(kind: str, name: str, words: str) -> Callable[[Any], Any]:
    """Call an operation by its kind too, in the document."""

    def named(view: Any) -> Any:
        view.__name__ = f"{kind}_{name}"
        view.__doc__ = f"{words} {'an' if kind == 'account' else 'a'} {kind}."
        return view

    return named
