"""Which channel a visit came by: fixed rules over UTM fields, click ids and the referrer.

The names are a fixed list, since whoever writes a link may put anything into it. In order:

1. a click id that only advertisements carry;
2. `utm_medium`, and for paid clicks whether `utm_source` is a social network;
3. `fbclid`, which Facebook puts on every link;
4. any other campaign: `other`;
5. none of these: the person came by themselves (path `self`), from a search engine, a social
   network, another site, directly (`direct`), or from page to page of one site (`page`).

A search is for us, `brand_search`, where its words are told and hold a name of ours: `utm_term` of
a paid click, or the referrer's query. Most search engines keep the words to themselves; those
visits are searches for anything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_CLICKS = MappingProxyType(
    {
        "gclid": "paid_search",
        "gbraid": "paid_search",
        "wbraid": "paid_search",
        "msclkid": "paid_search",
        "ttclid": "paid_social",
        "li_fat_id": "paid_social",
    }
)
_MEDIA = MappingProxyType(
    {
        "cpc": "paid_search",
        "ppc": "paid_search",
        "sem": "paid_search",
        "paidsearch": "paid_search",
        "paidsocial": "paid_social",
        "display": "display",
        "banner": "display",
        "cpm": "display",
        "programmatic": "display",
        "email": "email",
        "newsletter": "email",
        "social": "social",
        "socialnetwork": "social",
        "socialmedia": "social",
        "affiliate": "affiliate",
        "affiliates": "affiliate",
        "video": "video",
        "cpv": "video",
        "sms": "sms",
        "tv": "tv",
        "radio": "radio",
        "podcast": "podcast",
        "print": "print",
        "qr": "print",
    }
)
_BY_THEMSELVES = MappingProxyType({"organic": "organic_search", "referral": "referral"})
_SOCIAL = (
    "facebook",
    "instagram",
    "linkedin",
    "twitter",
    "tiktok",
    "pinterest",
    "reddit",
    "youtube",
    "mastodon",
    "threads",
)
_SHORT = frozenset({"fb", "ig", "x", "meta", "t.co", "lnkd.in", "x.com"})
_SEARCH = (
    "google",
    "bing",
    "duckduckgo",
    "yahoo",
    "ecosia",
    "baidu",
    "yandex",
    "qwant",
    "startpage",
)
_ASKED = ("q", "p", "query", "text", "wd")  # where a search engine's address holds the words
BRANDED = "brand_search"
UTM = ("source", "medium", "campaign", "term", "content", "id")
CLICK_IDS = (*_CLICKS, "fbclid")


@dataclass(frozen=True)
class Came:
    """How a visit came about.

    Args:
        channel: of a fixed list.
        path: `many` where a campaign brought it, `self` where nobody did.
        campaign: as the link names it, if it does.
    """

    channel: str
    path: str
    campaign: str | None = None


def how(context: Mapping[str, Any], *, names: Iterable[str] = ()) -> Came:
    """Say how a visit came about, from an event's context as Segment's clients write it.

    Args:
        context: of the event.
        names: what we are called; without any, no search is known to be for us.

    >>> how({"page": {"url": "https://us.example/?gclid=1&utm_campaign=spring"}})
    Came(channel='paid_search', path='many', campaign='spring')
    >>> how({"page": {"url": "https://us.example/", "referrer": "https://www.google.com/"}})
    Came(channel='organic_search', path='self', campaign=None)
    >>> how({"page": {"referrer": "https://bing.com/?q=acme+shoes"}}, names=["Acme"])
    Came(channel='brand_search', path='self', campaign=None)
    """
    came = _came(context)
    if came.channel in ("paid_search", "organic_search") and _is_for_us(context, came, names):
        return replace(came, channel=BRANDED)
    return came


def _came(context: Mapping[str, Any]) -> Came:
    page = _mapping(context.get("page"))
    url = _text(page.get("url")) or _text(page.get("search"))
    query = _query(url)
    utm = _utm(_mapping(context.get("campaign")), query)
    campaign = (utm.get("campaign") or utm.get("id") or "")[:200] or None
    medium = _plain(utm.get("medium", ""))
    is_social = _is_social(utm.get("source", ""))
    for click, channel in _CLICKS.items():
        if query.get(click):
            return Came(channel, "many", campaign)
    if medium in _BY_THEMSELVES:
        return Came(_BY_THEMSELVES[medium], "self", campaign)
    if medium in _MEDIA:
        channel = _MEDIA[medium]
        is_paid_social = channel in ("paid_search", "display") and is_social
        return Came("paid_social" if is_paid_social else channel, "many", campaign)
    if query.get("fbclid") or (utm and is_social):
        return Came("social", "many", campaign)
    if utm:
        return Came("other", "many", campaign)
    return Came(_referred(_text(page.get("referrer")), url), "self")


def _referred(referrer: str, url: str) -> str:
    host, own = _host(referrer), _host(url)
    if not host:
        return "direct"
    if host == own:
        return "page"
    parts = host.split(".")
    if any(name in parts for name in _SEARCH):
        return "organic_search"
    return "organic_social" if _is_social(host) else "referral"


def _is_for_us(context: Mapping[str, Any], came: Came, names: Iterable[str]) -> bool:
    """Say whether the words of a search are told and hold a name of ours, as whole words."""
    page = _mapping(context.get("page"))
    url = _text(page.get("url")) or _text(page.get("search"))
    asked = [_utm(_mapping(context.get("campaign")), _query(url)).get("term", "")]
    if came.path == "self":
        query = _query(_text(page.get("referrer")))
        asked += [query.get(name, "") for name in _ASKED]
    said = f" {_words(' '.join(asked))} "
    return any(f" {words} " in said for words in map(_words, names) if words)


def _words(said: str) -> str:
    return " ".join(re.findall(r"\w+", said.casefold()))


def _utm(said: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in UTM:
        other = "name" if name == "campaign" else name
        value = _text(said.get(other)) or query.get(f"utm_{name}", "")
        if value.strip():
            found[name] = value.strip()
    return found


def _is_social(source: str) -> bool:
    plain = source.strip().lower()
    return plain in _SHORT or any(name in plain.split(".") or name == plain for name in _SOCIAL)


def _query(url: str) -> dict[str, str]:
    _, _, rest = url.partition("?")
    try:
        return dict(parse_qsl(rest.partition("#")[0], max_num_fields=100))
    except ValueError:  # more fields than a page has
        return {}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def _plain(said: str) -> str:
    return "".join(letter for letter in said.lower() if letter.isalnum())


def _mapping(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""
