"""Every page that there is, taken from the list of URLs, so that a new one is never forgotten."""

from urllib.parse import urlsplit

from django.urls import Resolver404, URLPattern, get_resolver, resolve


def plain_pages() -> list[str]:
    """Pages that need no thing to be about."""
    routes = [
        "/" + str(one.pattern)
        for one in get_resolver("halves.web.urls").url_patterns
        if isinstance(one, URLPattern) and "<" not in str(one.pattern)
    ]
    return [*routes, "/account/login/", "/account/password/change/", "/account/2fa/", "/nothing/"]


def names_of_pages_of_things() -> set[str]:
    """Names of pages about something: a person, an import."""
    return {
        one.name
        for one in get_resolver("halves.web.urls").url_patterns
        if isinstance(one, URLPattern) and "<" in str(one.pattern)
    }


def name_of(href: str) -> str:
    """The name of the page that a link leads to; empty for one that is not ours."""
    try:
        return resolve(urlsplit(href).path).url_name or ""
    except Resolver404:
        return ""
