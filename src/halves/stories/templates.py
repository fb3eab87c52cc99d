"""What a user writes with Liquid in it, as a sandbox: no reach beyond the facts, bounded work."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import thread_time
from typing import Any, TextIO
from urllib.parse import quote

from django.utils.translation import gettext as _
from liquid import Environment
from liquid.builtin import content, illegal, output
from liquid.builtin.tags import assign_tag, capture_tag, case_tag, for_tag, if_tag, unless_tag
from liquid.context import ReadOnlyChainMap, RenderContext
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.output import LimitedStringIO
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.template import BoundTemplate
from liquid.token import TOKEN_EOF, TOKEN_TAG

from halves.stories.errors import TemplateRefused, TemplateTooMuch
from halves.stories.filters import FILTERS, text

MOST_SOURCE = 50_000  # characters
MOST_OUTPUT = 400_000  # bytes
_MOST_SECONDS = 0.5  # of processor time, so that a busy machine refuses nobody's mail
_MOST_TURNS = 500  # of loops, those inside others multiplied
_MOST_LOCALS = 200_000  # bytes held by assign and capture
_MOST_TOKEN = 1_000  # characters between {{ and }}
_EVERY = 64
_LINK = "halves_link"  # our own, around what stands in an href
_FLOW = ("if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase")
_LOOPS = ("for", "endfor", "break", "continue")
_TAGS = frozenset((*_FLOW, *_LOOPS, "assign", "capture", "endcapture", "#"))
_ENDS = {name: f"end{name}" for name in ("if", "unless", "case", "for", "capture")}
_OF_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"\{%-?\s*(#|\w*)")


class Written(str):
    """HTML that a template wrote itself: its own words, and values that are escaped already."""

    __slots__ = ()


@dataclass(frozen=True)
class Piece:
    """A part of a source: plain words, or a tag with what is in it."""

    is_tag: bool
    words: str
    start: int


@dataclass(frozen=True)
class Asked:
    """A fact that a template asks for, such as `person.first_name`, and where."""

    path: str
    line: int
    column: int


def pieces(source: str) -> list[Piece]:
    """The parts of a source, in order.

    Raises:
        TemplateRefused: a tag that is not closed, that there is none of, or that is too long.
    """
    if len(source) > MOST_SOURCE:
        raise TemplateRefused(_("This is too long: it may have 50,000 characters."))
    found = list(_apart(source))
    _insist_on_pairs(source, found)
    return found


def _insist_on_pairs(source: str, found: list[Piece]) -> None:
    """Say of a block that is not closed where it begins, which the library does not."""
    begun: list[tuple[str, int]] = []
    for one in found:
        name = _NAME.match(one.words)[1] if one.words.startswith("{%") else ""
        if name in _ENDS:
            begun.append((name, one.start))
        elif name.startswith("end"):
            last = begun.pop() if begun else ("", 0)
            if _ENDS.get(last[0]) != name:
                words = _("“%(name)s” closes nothing that is open here.") % {"name": name}
                _refuse(source, one.start, words)
    if begun:
        name, start = begun[-1]
        words = _("“%(name)s” begins here and is not closed: write {%% %(end)s %%} after it.")
        _refuse(source, start, words % {"name": name, "end": _ENDS[name]})


def _apart(source: str) -> Iterator[Piece]:
    place = opened = 0
    for found in re.finditer(r"\{[{%]", source):
        start = found.start()
        if start < place:
            if start >= opened + 2:
                _refuse(source, opened, _("Close this tag before the next one begins."))
            continue
        opened = start
        closing = "}}" if source[start + 1] == "{" else "%}"
        end = source.find(closing, start + 2)
        if end < 0 or end - start > _MOST_TOKEN:
            words = _("This tag is opened and not closed: it ends with %(closing)s.")
            _refuse(source, start, words % {"closing": closing})
        if start > place:
            yield Piece(False, source[place:start], place)
        place = end + 2
        yield Piece(True, _sound(source, start, source[start:place]), start)
    if place < len(source):
        yield Piece(False, source[place:], place)


def _sound(source: str, start: int, tag: str) -> str:
    """Let a tag through that templates may have."""
    if ".." in _QUOTED.sub("", tag):
        _refuse(source, start, _("Ranges such as (1..9) are not for templates."))
    if re.search(r"\s{50}", tag):
        _refuse(source, start, _("Leave out the spaces in this tag."))
    if tag.startswith("{%"):
        name = _NAME.match(tag)[1]
        if name not in _TAGS:
            words = _("There is no tag “%(name)s”. There are: %(names)s.")
            names = "if, unless, case, for, assign, capture"
            _refuse(source, start, words % {"name": name, "names": names})
    return tag


def _refuse(source: str, place: int, words: str) -> None:
    line, column = _where(source, place)
    raise TemplateRefused(words, line=line, column=column)


def _where(source: str, place: int) -> tuple[int, int]:
    before = source[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1


class _Paced(LimitedStringIO):
    """What is written; now and then it looks how long that took."""

    def __init__(self, limit: int, clock: "_Clock") -> None:
        super().__init__(limit)
        self.clock = clock

    def write(self, said: str) -> int:
        self.clock.tick()
        return super().write(said)


class _Clock:
    """How much processor time is left."""

    __slots__ = ("count", "until")

    def __init__(self) -> None:
        self.count, self.until = 0, 0.0

    def tick(self) -> None:
        self.count += 1
        if self.count % _EVERY == 0:
            now = thread_time()
            self.until = self.until or now + _MOST_SECONDS
            if now > self.until:
                raise TemplateTooMuch(_("The template takes too long to write out."))


class _Context(RenderContext):
    """Knows the facts and nothing else: no clock, no loader."""

    __slots__ = ("clock",)

    def __init__(self, template: BoundTemplate, **named: Any) -> None:
        super().__init__(template, **named)
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.clock = _Clock()

    def get(self, path: list[object], **named: Any) -> object:
        self.clock.tick()
        return super().get(path, **named)

    def filter(self, name: str, token: Any) -> Any:
        self.clock.tick()
        return super().filter(name, token)

    def get_buffer(self, buf: TextIO | None = None) -> LimitedStringIO:
        held = buf.size if isinstance(buf, LimitedStringIO) else 0
        return _Paced(self.env.output_stream_limit - held, self.clock)


class _Output(output.OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if context.env.is_html:
            # Only what a capture wrote is HTML already, never a fact or a filter's answer.
            plain = str.__str__(value) if type(value) is Written else html.escape(text(value))
            return buffer.write(plain)
        return buffer.write(text(value))


class _OutputTag(output.Output):
    node_class = _Output


class _Capture(capture_tag.CaptureNode):
    def _assign(self, context: RenderContext, buf: Any) -> None:
        said = buf.getvalue()
        context.assign(self.name, Written(said) if context.env.is_html else said)


class _CaptureTag(capture_tag.CaptureTag):
    node_class = _Capture


class _Link(capture_tag.CaptureNode):
    """An address: written out, led through whoever counts its clicks, and escaped as a whole."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        inside = context.get_buffer(buffer)
        self.block.render(context, inside)
        said = inside.getvalue()
        address = html.unescape(said) if context.env.is_html else said
        sound = quote(address.strip(), safe=_OF_ADDRESSES)
        led = context.globals["halves"].track(sound)
        return buffer.write(html.escape(led) if context.env.is_html else led)


class _LinkTag(Tag):
    name = _LINK
    end = f"end{_LINK}"
    block = True
    node_class = _Link

    def parse(self, stream: TokenStream) -> _Link:
        token = stream.eat(TOKEN_TAG)
        block = get_parser(self.env).parse_block(stream, frozenset((self.end, TOKEN_EOF)))
        stream.expect(TOKEN_TAG, value=self.end)
        return _Link(token, _LINK, block)


class _Bound(BoundTemplate):
    context_class = _Context


class _Sandbox(Environment):
    block_nesting_limit = 10
    context_depth_limit = 20
    loop_iteration_limit = _MOST_TURNS
    local_namespace_limit = _MOST_LOCALS
    output_stream_limit = MOST_OUTPUT
    template_class = _Bound

    def __init__(self, *, is_html: bool) -> None:
        super().__init__()
        self.is_html = is_html

    def __hash__(self) -> int:
        return id(self)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only what is bounded: no include, render, range, increment or raw."""
        for tag in (
            content.Literal,
            _OutputTag,
            illegal.Illegal,
            if_tag.IfTag,
            unless_tag.UnlessTag,
            case_tag.CaseTag,
            for_tag.ForTag,
            for_tag.BreakTag,
            for_tag.ContinueTag,
            assign_tag.AssignTag,
            _CaptureTag,
            _LinkTag,
        ):
            self.add_tag(tag)
        self.filters.update(FILTERS)


_PLAIN, _HTML = _Sandbox(is_html=False), _Sandbox(is_html=True)


@dataclass(frozen=True)
class Template:
    """A source that parses; it is written out for one person after the other."""

    source: str
    bound: BoundTemplate

    def write(self, facts: Mapping[str, Any]) -> str:
        """The words for someone.

        Args:
            facts: all that it may show; `halves` leads links.

        Raises:
            TemplateTooMuch: it takes too long, or comes out too long.
        """
        context = _Context(self.bound, globals=facts)
        buffer = context.get_buffer()
        try:
            self.bound.render_with_context(context, buffer)
        except ResourceLimitError:
            raise TemplateTooMuch(
                _("The template writes too much, or goes round too often.")
            ) from None
        except LiquidError as failed:
            raise _refused(failed) from None
        except (RecursionError, ArithmeticError, ValueError):
            raise TemplateRefused(_("The template cannot be written out.")) from None
        return buffer.getvalue()

    def asked(self) -> list[Asked]:
        """The facts that it asks for."""
        found = self.bound.analyze(include_partials=False).globals
        return [
            Asked(str(one), *_where(self.source, one.span.index))
            for ones in found.values()
            for one in ones
        ]


def parsed(source: str, *, is_html: bool = False) -> Template:
    """Read a source that a user wrote.

    Raises:
        TemplateRefused: says where and why.
    """
    pieces(source)
    made = _parsed(source, is_html=is_html)
    for name, spans in made.bound.analyze(include_partials=False).filters.items():
        if name not in FILTERS:
            words = _("There is no filter “%(name)s”. There are: %(names)s.")
            names = ", ".join(sorted(FILTERS))
            _refuse(source, spans[0].index, words % {"name": name, "names": names})
    return made


def as_link(address: str) -> str:
    """An address with tags in it, as it stands in what `finished` reads."""
    return f"{{% {_LINK} %}}{address}{{% end{_LINK} %}}"


def finished(source: str, *, is_html: bool) -> Template:
    """Read a source that is made of parts which were read before, and our own layout.

    Raises:
        TemplateRefused: a tag begins in one part and ends in another.
    """
    return _parsed(source, is_html=is_html)


def _parsed(source: str, *, is_html: bool) -> Template:
    try:
        return Template(source, (_HTML if is_html else _PLAIN).from_string(source))
    except LiquidError as failed:
        raise _refused(failed) from None


def _refused(failed: LiquidError) -> TemplateRefused:
    words = str(failed.message or _("it does not parse"))
    try:
        where = failed.context()
    except ValueError:  # at the very end
        where = None
    line, column = (where[0], where[1] + 1) if where else (1, 1)
    return TemplateRefused(words, line=line, column=column)
