"""Who it is that follows a link of a mail: known to us, though not signed in anywhere.

It is no proof of who they are (mails are passed on), so it opens nothing and shows nothing; it only
tells that the mail was theirs, which together with the address typed in is enough to know them by.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

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


def led_by_mail(url: str, *, person: int, campaign: str, house: str) -> str:
    """Where a link in a mail leads: to a page of ours it tells whose mail it was in.

    Args:
        url: as the mail has it.
        person, campaign: whose mail, of which campaign.
        house: the address of the house, such as `https://example.org`.

    >>> led_by_mail("https://elsewhere.org/p/x/", person=1, campaign="c", house="https://a.org")
    'https://elsewhere.org/p/x/'
    """
    parts, home = urlsplit(url), urlsplit(house)
    is_ours = (parts.scheme, parts.netloc) == (home.scheme, home.netloc) and house != ""
    if not is_ours or not parts.path.startswith("/p/"):
        return url
    said = dict(parse_qsl(parts.query))
    told = {"utm_source": "halves", "utm_medium": "email", "utm_campaign": campaign}
    return parts._replace(query=urlencode(told | said | {PARAMETER: visit_token(person)})).geturl()
