"""Who it is that follows a link of a mail: known to us, though not signed in anywhere.

It is no proof of who they are (mails are passed on), so it opens nothing and shows nothing; it only
tells that the mail was theirs, which together with the address typed in is enough to know them by.
"""

from django.core import signing

_SALT = "halves.visit"
_KEPT_S = 60 * 60 * 24 * 60
PARAMETER = "v"


def visit_token(person: int) -> str:
    """What a link in a mail to this person carries, to one of our own pages."""
    return signing.dumps(person, salt=_SALT)


def visitor_of(token: str) -> int | None:
    """Whose mail led here; None where it is forged or old."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=_KEPT_S)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None
