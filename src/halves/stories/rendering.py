"""A version of a story, made ready for a channel once, then written out for each person."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from json import loads
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from halves.stories import channels
from halves.stories.errors import VariantUnknown, VersionBroken
from halves.stories.models import Version
from halves.stories.telling import OWN, digest_of, written
from halves.stories.templates import Template

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]+")
_LONGEST_SUBJECT = 300


class Channel(StrEnum):
    """Where a story is told."""

    EMAIL = "email"
    PAGE = "page"
    CALL = "call"  # the brief that a seller has before one
    AD = "ad"
    TEXT = "text"


def _as_it_is(address: str) -> str:
    return address


@dataclass(frozen=True)
class Links:
    """Where the links of one person's mail lead; what is empty is not shown.

    Args:
        unsubscribe, preferences, view_in_browser, page: whole addresses.
        track: an address → one that counts the click and leads there.
        footer: who writes, and why to this person.
    """

    unsubscribe: str = ""
    preferences: str = ""
    view_in_browser: str = ""
    page: str = ""
    track: Callable[[str], str] = field(default=_as_it_is)
    footer: str = ""

    def shown(self) -> dict[str, str]:
        """What templates may show of them."""
        return {
            "unsubscribe": self.unsubscribe,
            "preferences": self.preferences,
            "view_in_browser": self.view_in_browser,
            "page": self.page,
            "footer": self.footer,
        }


NO_LINKS = Links()


@dataclass(frozen=True)
class Rendered:
    """A story as one person gets it; `html` is empty where a channel has words only."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Prepared:
    """Templates that are parsed, with MJML compiled and styles in place."""

    subject: Template
    html: Template | None
    text: Template

    def for_person(self, facts: Mapping[str, Any], links: Links = NO_LINKS) -> Rendered:
        """Write it out.

        Args:
            facts: as `facts.of_people` has them.
            links: this person's own.

        Raises:
            TemplateTooMuch: it takes too long, or comes out too long.
        """
        known = {"person": facts, "links": links.shown(), "halves": links}
        text = re.sub(r"\n{3,}", "\n\n", self.text.write(known)).strip()
        return Rendered(
            subject=one_line(self.subject.write(known)),
            html=self.html.write(known) if self.html else "",
            text=text + "\n",
        )


def prepared(version: Version, *, variant: str = OWN, channel: Channel) -> Prepared:
    """Make a version ready; asking again costs nothing.

    Raises:
        VariantUnknown: it has no variant of this name.
        VersionBroken: it is not what was frozen.
        TemplateRefused: a template of it does not parse.
    """
    if digest_of(version.told) != version.digest:
        raise VersionBroken(_("This version is not what was frozen: nothing is sent of it."))
    return prepared_of(version.told, variant=variant, channel=channel)


def prepared_of(told: Mapping[str, Any], *, variant: str = OWN, channel: Channel) -> Prepared:
    """The same for what is being written."""
    if variant not in told["words"]:
        names = ", ".join(sorted(told["words"]))
        raise VariantUnknown(
            _("There is no variant “%(name)s”; there are: %(names)s.")
            % {"name": variant, "names": names}
        )
    return _prepared(written(dict(told)), variant, channel, get_language() or "en")


@lru_cache(maxsize=128)
def _prepared(told: str, variant: str, channel: Channel, language: str) -> Prepared:
    made = channels.MAKERS[channel](loads(told), variant)
    return Prepared(made.subject, made.html, made.text)


def one_line(said: str) -> str:
    """A subject: one line, so that no header can be slipped in behind it."""
    return " ".join(_CONTROL.sub(" ", said).split())[:_LONGEST_SUBJECT]
