"""How many requests a token may make; counted in the cache that all processes share."""

from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from halves.access.models import ApiToken
from halves.api.problems import Problem

_WINDOW_S = 60


def keep_pace(token: ApiToken, *, at: datetime) -> None:
    """Count a request.

    Raises:
        Problem: there were too many in this minute; Retry-After says how long to wait.
    """
    seconds = int(at.timestamp())
    minute, since = divmod(seconds, _WINDOW_S)
    key = f"api-pace-{token.pk}-{minute}"
    if cache.add(key, 1, timeout=2 * _WINDOW_S):
        return
    try:
        count = cache.incr(key)
    except ValueError:  # it was dropped between the two
        return
    if count > settings.API_REQUESTS_A_MINUTE:
        words = f"a token may make {settings.API_REQUESTS_A_MINUTE} requests a minute"
        wait = {"Retry-After": str(_WINDOW_S - since)}
        raise Problem(429, "too-many-requests", words, headers=wait)
