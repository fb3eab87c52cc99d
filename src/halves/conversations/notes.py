"""Notes to begin with: words saved under a name, so that a talk is logged in seconds."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.conversations.box_models import Snippet
from halves.conversations.errors import ConversationRefused
from halves.conversations.models import Kind

_MOST = 100


def save_snippet(
    *, name: str, words: str, kind: str, is_shared: bool, by: User, at: datetime
) -> Snippet:
    """Keep words under a name; one's own of that name is replaced.

    Raises:
        ConversationRefused: no name, no words, or too many of them.
    """
    if not name.strip():
        raise ConversationRefused("name", _("Give it a name."))
    if not words.strip():
        raise ConversationRefused("words", _("Write the words to begin with."))
    if kind and kind not in Kind.values:
        raise ConversationRefused("kind", _("There is no such kind of talk."))
    if Snippet.objects.filter(by=by).count() >= _MOST:
        raise ConversationRefused("name", _("You have 100 of them: throw one away first."))
    with transaction.atomic():
        said = {"words": words.strip(), "kind": kind, "is_shared": is_shared}
        found, _new = Snippet.objects.update_or_create(by=by, name=name.strip()[:80], defaults=said)
        audit.record("snippet.save", found, by=by, at=at, after={"name": found.name})
    return found


def remove_snippet(snippet: Snippet, *, by: User, at: datetime) -> None:
    """Throw one away."""
    with transaction.atomic():
        audit.record("snippet.remove", snippet, by=by, at=at, before={"name": snippet.name})
        snippet.delete()
