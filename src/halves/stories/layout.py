"""How a story looks in a mail: our MJML, compiled once for each version."""

import re
from functools import lru_cache

from css_inline import CSSInliner
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from mjml import mjml2html

from halves.stories.models import Kind

_INLINER = CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
_WARM, _COOL = "#8a4b00", "#00636b"  # the two halves, dark enough to read on white
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OPEN, _SHUT = "\ue000", "\ue001"

_MJML = """<mjml lang="{language}"><mj-head><mj-preview>@preheader@</mj-preview>
<mj-attributes><mj-all font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"/>
<mj-text font-size="16px" line-height="24px" color="#1f2328"/></mj-attributes>
<mj-style>
p, ul, ol, blockquote {{ margin: 0 0 16px }} li {{ margin: 0 0 4px }}
h2, h3, h4 {{ margin: 24px 0 8px; font-size: 18px; line-height: 24px }}
a {{ color: {colour} }} img {{ max-width: 100% }}
blockquote {{ padding: 0 0 0 12px; border-left: 3px solid {colour} }}
td.call {{ border-radius: 6px }}
a.call {{ display: inline-block; padding: 12px 20px; border-radius: 6px; background: {colour};
 color: #ffffff; font-weight: 600; text-decoration: none }}
.small, .small p, .small li {{ font-size: 14px; line-height: 20px; color: #57606a }}
.small a {{ color: #57606a }}
</mj-style></mj-head>
<mj-body background-color="#ffffff" width="600px">
<mj-section padding="24px 0 0"><mj-column border-top="4px solid {colour}" padding="24px 0 0">
<mj-text font-size="24px" line-height="32px" font-weight="600">@headline@</mj-text>
<mj-text>@body@</mj-text>
<mj-text>@call@</mj-text>
<mj-text css-class="small">@extra@</mj-text>
<mj-divider border-width="1px" border-color="#d0d7de"/>
<mj-text css-class="small">@foot@</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def mail(kind: str, slots: dict[str, str]) -> str:
    """The HTML of a mail with what stands in each place, styles at their elements."""
    shell = _shell(kind, get_language() or "en")
    whole = re.sub(
        r"@(\w+)@", lambda slot: slots[slot[1]].replace("@colour@", _colour(kind)), shell
    )
    tags: list[str] = []

    def taken_out(tag: re.Match[str]) -> str:
        tags.append(tag[0])
        return f"{_OPEN}{len(tags) - 1}{_SHUT}"

    # The inliner reads HTML, where a `<` inside a tag of Liquid would be no `<` any more.
    inlined = _INLINER.inline(_TAG.sub(taken_out, whole))
    return re.sub(f"{_OPEN}(\\d+){_SHUT}", lambda mark: tags[int(mark[1])], inlined)


def button(words: str, address: str) -> str:
    """The call to action, for a mail; nothing where it leads nowhere."""
    return (
        '<table role="presentation" border="0" cellpadding="0" cellspacing="0"><tr>'
        '<td bgcolor="@colour@" class="call"><a class="call" '
        f'href="{address}">{words}</a></td></tr></table>'
    )


def _colour(kind: str) -> str:
    return _WARM if kind == Kind.BELONGING else _COOL


@lru_cache(maxsize=8)
def _shell(kind: str, language: str) -> str:
    return str(
        mjml2html(
            _MJML.format(colour=_colour(kind), language=language), disable_comments=True, fonts={}
        )
    )


def foot() -> str:
    """What every mail ends with: how to hear less, or nothing, or read it in a browser."""
    ways = (
        ("unsubscribe", _("Unsubscribe")),
        ("preferences", _("Choose what you hear")),
        ("view_in_browser", _("Read it in the browser")),
    )
    shown = " ".join(
        f'{{% if links.{name} != "" %}}<a href="{{{{ links.{name} }}}}">{words}</a> {{% endif %}}'
        for name, words in ways
    )
    return '{% if links.footer != "" %}<p>{{ links.footer }}</p>{% endif %}<p>' + shown + "</p>"


def foot_in_text() -> str:
    """The same in a mail without HTML."""
    ways = (
        ("unsubscribe", _("Unsubscribe")),
        ("preferences", _("Choose what you hear")),
        ("view_in_browser", _("Read it in the browser")),
    )
    shown = "".join(
        f'{{% if links.{name} != "" %}}{words}: {{{{ links.{name} }}}}\n{{% endif %}}'
        for name, words in ways
    )
    return '{% if links.footer != "" %}{{ links.footer }}\n{% endif %}' + shown
