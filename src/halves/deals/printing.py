"""A quote on paper."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from halves.access.models import House
from halves.deals.quote_models import Quote, QuoteState
from halves.deals.quoting import promises_of
from halves.deals.showing import due_of, lines_of

# A font with more letters than the one that comes with reportlab, where the machine has it.
_FONTS = ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "Vera.ttf")
_FONT = "Quote"
rl_config.trustedHosts, rl_config.trustedSchemes = [], []  # nothing is fetched to print a quote


def as_pdf(quote: Quote) -> bytes:
    """The quote as it was sent, as a PDF that is the same each time it is asked for."""
    _know_font()
    paper = BytesIO()
    title = _("Quote %(number)s: %(title)s") % {"number": quote, "title": quote.deal.title}
    sheet = SimpleDocTemplate(
        paper,
        pagesize=A4,
        title=title,
        author=House.get().name or "halves",
        invariant=1,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
    )
    sheet.build([*_head(quote, title), _table(quote), *_foot(quote)])
    return paper.getvalue()


def _head(quote: Quote, title: str) -> list[Flowable]:
    person, account = quote.deal.person, quote.deal.account
    whom = ", ".join(str(one) for one in (person, account) if one)
    days = [_("Date: %(day)s") % {"day": _day(quote.sent_at or quote.made_at)}]
    if quote.valid_until:
        days.append(_("It holds until %(day)s.") % {"day": date_format(quote.valid_until, "j F Y")})
    said = [_p(House.get().name or "", 10), _p(title, 17), _p(whom, 11), _p(" ".join(days), 10)]
    if quote.words:
        said.append(_p(quote.words, 10))
    return [*said, Spacer(1, 6 * mm)]


def _table(quote: Quote) -> Table:
    rows: list[list[Any]] = [[_p(word, 9) for word in (_("What"), _("How many"), _("Each"), "")]]
    rows += [
        [_p(one.words, 10), *(_p(text, 10, right=True) for text in _numbers(one, quote))]
        for one in lines_of(quote)
    ]
    total = _p(_money(quote.total, quote.currency), 11, right=True)
    rows.append([_p(_("In all"), 11), "", "", total])
    table = Table(rows, colWidths=[75 * mm, 25 * mm, 33 * mm, 33 * mm], repeatRows=1)
    rule = ("LINEBELOW", (0, 0), (-1, -2), 0.4, colors.grey)
    table.setStyle(TableStyle([rule, ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def _numbers(line: Any, quote: Quote) -> tuple[str, str, str]:
    each, all_ = (_money(one, quote.currency) for one in (line.price, line.total))
    return f"{line.quantity.normalize():f}", each, all_


def _foot(quote: Quote) -> list[Flowable]:
    said: list[Flowable] = [Spacer(1, 6 * mm)]
    promised = promises_of(quote)
    if promised:
        said.append(_p(_("What we promise you"), 12))
        said += [_p(f"• {one['words']} {due_of(one)}".rstrip(), 10) for one in promised]
    if quote.terms:
        said += [Spacer(1, 4 * mm), _p(quote.terms, 9)]
    if quote.state == QuoteState.ACCEPTED:
        words = _("Accepted by %(name)s on %(day)s.")
        day = _day(quote.accepted_at)
        said += [Spacer(1, 4 * mm), _p(words % {"name": quote.accepted_by, "day": day}, 11)]
    return said


def _p(text: str, size: int, *, right: bool = False) -> Paragraph:
    style = ParagraphStyle("p", fontName=_FONT, fontSize=size, leading=size * 1.4, spaceAfter=3)
    style.alignment = 2 if right else 0
    # What people typed is text: a tag in it is shown, not obeyed.
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _money(amount: Any, currency: str) -> str:
    return f"{number_format(amount, 2, force_grouping=True)} {currency}"


def _day(at: datetime | None) -> str:
    return date_format(at, "j F Y") if at else ""


def _know_font() -> None:
    if _FONT in pdfmetrics.getRegisteredFontNames():
        return
    there = next((one for one in _FONTS[:-1] if Path(one).exists()), _FONTS[-1])
    pdfmetrics.registerFont(TTFont(_FONT, there))
