"""What a user writes as the body: a little Markdown, or rich text that was pasted, made clean.

Tags of Liquid are taken out before and put back after, so that cleaning sees none and misses none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

import nh3
from django.utils.translation import gettext as _

from halves.stories.errors import TemplateRefused
from halves.stories.templates import as_link, pieces

_OPEN, _SHUT = "\ue000", "\ue001"  # for private use: no text that people write has them
_PRIVATE = re.compile(f"[{_OPEN}{_SHUT}]")
_MARK = re.compile(f"{_OPEN}([TL])(\\d+){_SHUT}")
_RICH = re.compile(r"<(?:p|div|ul|ol|h[1-4]|table|blockquote)\b", re.IGNORECASE)
_BLOCK = re.compile(f"(?:{_OPEN}T\\d+{_SHUT}\\s*)+")
_IN_LINES = ("a", "b", "strong", "i", "em", "u", "s", "code", "span", "img", "br")
_BLOCKS = ("p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "hr")
_ELEMENTS = frozenset((*_IN_LINES, *_BLOCKS, "table", "thead", "tbody", "tr", "th", "td"))
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}}
# Whatever a fact holds, the host is the author's own.
_ADDRESS = re.compile(
    r"https?://[^/?#\s\\@{<>\"']+(?:[/?#][^\s\\<>\"']*)?|mailto:[^\s<>\"'\ue000]+|tel:[\d+() -]+",
    re.IGNORECASE,
)
_OWN = re.compile(r"\{\{-?\s*links\.(page|unsubscribe|preferences|view_in_browser)\s*-?\}\}")


@dataclass
class Clean:
    """A body that is clean HTML, with marks where tags and addresses of links were."""

    marked: str
    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # where no link may lead; empty: no address

    def html(self) -> str:
        """With tags and links in their places again."""
        return self._whole(self.marked, escape)

    def text(self) -> str:
        """The same as plain text."""
        reader = _Reader()
        reader.feed(self.marked)
        reader.close()
        return self._whole(reader.text(), str)

    def _whole(self, marked: str, escaped: Callable[[str], str]) -> str:
        def put_back(mark: re.Match[str]) -> str:
            number = int(mark[2])
            if mark[1] == "T":
                return self.tags[number]
            return as_link(self._whole(escaped(self.links[number]), escaped))

        # A brace that was written as an entity is a brace to read, and begins no tag.
        plain = marked.replace("{{", "{\u200b{").replace("{%", "{\u200b%")
        return _MARK.sub(put_back, plain)


def clean(source: str) -> Clean:
    """Read a body.

    Raises:
        TemplateRefused: a tag that templates do not have; says where.
    """
    found = Clean("")
    marked = "".join(
        _marked(found, one.words) if one.is_tag else _PRIVATE.sub("", one.words)
        for one in pieces(source.replace("\r\n", "\n"))
    )
    found.marked = nh3.clean(
        marked if _RICH.search(marked) else _from_markdown(marked),
        tags=set(_ELEMENTS),
        attributes={name: set(some) for name, some in _ATTRIBUTES.items()},
        attribute_filter=lambda element, name, value: _attribute(found, element, name, value),
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    # Addresses that are none at all are taken out before anyone asks us.
    found.refused += [""] * (found.marked.count("<a>") - len(found.refused))
    return found


def is_address(source: str) -> bool:
    """Say whether a link may lead there: a host that stands in it, or one of our own links."""
    said = source.strip()
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", f"{_OPEN}T0{_SHUT}", said)
    return _OWN.fullmatch(said) is not None or _ADDRESS.fullmatch(plain) is not None


def address_of(source: str) -> str:
    """An address as a template reads it.

    Raises:
        TemplateRefused: a link may not lead there.
    """
    if not is_address(source):
        raise TemplateRefused(
            _("Write the whole address, such as https://example.org/start; got “%(said)s”.")
            % {"said": source[:100]}
        )
    return as_link(source.strip())


def _marked(found: Clean, tag: str) -> str:
    found.tags.append(tag)
    return f"{_OPEN}T{len(found.tags) - 1}{_SHUT}"


def _attribute(found: Clean, element: str, name: str, value: str) -> str | None:
    if name == "href":
        said = _MARK.sub(lambda mark: found.tags[int(mark[2])], value)
        if not is_address(said):
            found.refused.append(said)
            return None
        found.links.append(value)
        return f"{_OPEN}L{len(found.links) - 1}{_SHUT}"
    if _OPEN in value or (name == "src" and not value.lower().startswith("https://")):
        return None
    return value


def _from_markdown(marked: str) -> str:
    blocks = re.split(r"\n\s*\n", marked.strip("\n"))
    return "\n".join(_block(one.strip("\n")) for one in blocks if one.strip())


def _block(block: str) -> str:
    if _BLOCK.fullmatch(block.strip()):
        return block  # nothing but tags: `{% if … %}` on a line of its own
    lines = [line.strip() for line in block.split("\n")]
    # Tags on lines of their own stand around the paragraph, not in it.
    for place, rest in ((0, lines[1:]), (-1, lines[:-1])):
        if _BLOCK.fullmatch(lines[place]):
            parts = [lines[place], _block("\n".join(rest))]
            return "\n".join(parts if place == 0 else reversed(parts))
    heading = re.match(r"(#{1,3}) +(.+)", lines[0])
    if heading and len(lines) == 1:
        level = len(heading[1]) + 1
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if all(re.match(r"[-*] +\S", line) for line in lines):
        return _items("ul", [line[1:].strip() for line in lines])
    if all(re.match(r"\d{1,3}[.)] +\S", line) for line in lines):
        return _items("ol", [re.sub(r"^\d+[.)]\s+", "", line) for line in lines])
    if all(line.startswith(">") for line in lines):
        said = "<br>".join(_inline(line[1:].strip()) for line in lines)
        return f"<blockquote>{said}</blockquote>"
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _items(element: str, lines: list[str]) -> str:
    inside = "".join(f"<li>{_inline(line)}</li>" for line in lines)
    return f"<{element}>{inside}</{element}>"


def _inline(line: str) -> str:
    line = re.sub(r"\[([^\[\]]{1,300})\]\(([^()\s]{1,500})\)", r'<a href="\2">\1</a>', line)
    line = re.sub(r"\*\*([^*]{1,1000})\*\*", r"<strong>\1</strong>", line)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]{0,1000})\*(?![\w*])", r"<em>\1</em>", line)


class _Reader(HTMLParser):
    """Reads clean HTML as text: paragraphs apart, links with where they lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._said: list[str] = []
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "pre", "table"):
            self._said.append("\n\n")
        elif tag == "li":
            self._said.append("\n- ")
        elif tag in ("br", "tr", "hr"):
            self._said.append("\n")
        elif tag in ("td", "th"):
            self._said.append(" ")
        elif tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href:
            self._said.append(f": {self._href}")
            self._href = ""
        elif tag in ("p", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4"):
            self._said.append("\n\n")

    def handle_data(self, data: str) -> None:
        self._said.append(re.sub(r"\s+", " ", data) if data.strip() else " ")

    def text(self) -> str:
        said = re.sub(r" *\n *", "\n", "".join(self._said))
        return re.sub(r"\n{3,}", "\n\n", said).strip()
