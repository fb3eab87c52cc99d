"""Handing one thing over by HTTP: no redirect is followed, and a lost answer is called unknown."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from halves.connect.channels.channel import Outcome, What

_CONNECT_S, _READ_S = 5.0, 20.0
_MOST = 64 * 1024  # bytes of an answer that are looked at
_LOCAL = ("127.0.0.1", "localhost", "::1")


def post(
    session: requests.Session, url: str, *, body: bytes, headers: Mapping[str, str]
) -> tuple[Outcome, bytes]:
    """Post once; what came of it, and the beginning of the answer."""
    try:
        with session.post(
            url,
            data=body,
            headers=dict(headers),
            timeout=(_CONNECT_S, _READ_S),
            allow_redirects=False,
            stream=True,
        ) as answer:
            said = answer.raw.read(_MOST, decode_content=True) or b""
            return _of(answer.status_code, said), said
    except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as failed:
        return Outcome(What.DOWN, str(failed)[:300]), b""
    except requests.ConnectionError as failed:
        # Refused before a byte went out, or cut off after it may have been taken.
        is_refused = "NewConnectionError" in repr(failed) or "NameResolution" in repr(failed)
        return Outcome(What.DOWN if is_refused else What.UNKNOWN, str(failed)[:300]), b""
    except (requests.RequestException, OSError) as failed:
        return Outcome(What.UNKNOWN, str(failed)[:300]), b""
    except Exception as failed:  # the answer broke off while it was read
        return Outcome(What.UNKNOWN, repr(failed)[:300]), b""


def wrong_with(name: str, url: str) -> str:
    """What is wrong with an address that a secret is sent to; empty: nothing."""
    if not url:
        return f"{name} is not set"
    said = urlsplit(url)
    is_local = said.hostname in _LOCAL
    if not said.hostname or said.scheme not in ("https", "http"):
        return f"{name} must begin with https://, got {url!r}"
    if said.scheme == "http" and not is_local:
        return f"{name} must begin with https://, unless it is on this machine; got {url!r}"
    return ""


def _of(status: int, said: bytes) -> Outcome:
    words = f"{status} {said[:250].decode(errors='replace')}".strip()
    if 200 <= status < 300:
        return Outcome(What.SENT, words)
    if status in (401, 403, 404) or 300 <= status < 400:
        return Outcome(What.DOWN, words)  # wrongly set up: the same for every message
    if status in (408, 425, 429) or status == 503:
        return Outcome(What.LATER, words)
    if status >= 500:
        return Outcome(What.UNKNOWN, words)  # it may have been taken before that
    return Outcome(What.FAILED, words)
