"""SQL that reads text as numbers, money and times; null where the text is not written so."""

from dataclasses import dataclass

from halves.connect.quoting import literal

_DOLLARS = ["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD"]
MARKS = {
    "$": _DOLLARS,
    "US$": ["USD"],
    "C$": ["CAD"],
    "A$": ["AUD"],
    "R$": ["BRL"],
    "€": ["EUR"],
    "£": ["GBP"],
    "¥": ["JPY", "CNY"],
    "₹": ["INR"],
    "₩": ["KRW"],
    "₺": ["TRY"],
    "zł": ["PLN"],
    "kr": ["SEK", "NOK", "DKK", "ISK"],
    "kr.": ["SEK", "NOK", "DKK", "ISK"],
    "Fr.": ["CHF"],
    "Kč": ["CZK"],
    "Ft": ["HUF"],
}
FIRST_YEAR, LAST_YEAR = 1900, 2200  # outside, a year was read by the wrong format
_SPACES = "' \t\r\n' || chr(160) || chr(8239)"
# A mark around digits: no digit, no space, nothing that a number is made of, or one with a point.
_MARK = r"([^\d\s.,()+−'’-]+\.?)?"


@dataclass(frozen=True)
class Marks:
    """How a file writes its numbers."""

    decimal: str = "."
    thousands: str = ""

    @property
    def example(self) -> str:
        """A number so written."""
        return f"1{self.thousands}234{self.decimal}56"


def bare(text: str, nulls: tuple[str, ...] = ()) -> str:
    """Text without spaces around it; null if nothing is left or it says that nothing is there."""
    # Nearly all cells have nothing to trim, and asking that costs a third of trimming them.
    trimmed = (
        f"CASE WHEN regexp_matches({text}, '^[!-~]([ -~]*[!-~])?$') THEN {text} "
        f"ELSE nullif(trim({text}, {_SPACES}), '') END"
    )
    if not nulls:
        return trimmed
    words = ", ".join(literal(word.strip()) for word in nulls)
    return f"CASE WHEN ({trimmed}) NOT IN ({words}) THEN {trimmed} END"


def apart(text: str, marks: Marks) -> str:
    """A cell taken apart into sign, digits and marks; null for plain digits, which need it not.

    `number`, `money` and `currency_mark` name it many times, so a query works it out first and
    hands them the column in `parts`.
    """
    taken = f"regexp_extract({text}, {literal(_pattern(marks))}, {_GROUPS})"
    return taken if marks.decimal != "." else f"CASE WHEN NOT {_is_quick(text)} THEN {taken} END"


def number(text: str, sql_type: str, marks: Marks, parts: str = "") -> str:
    """A number: an optional sign (or brackets for less than nothing), digits, an exponent.

    Thousands are read only where the marks stand between groups of three.
    """
    parts = parts or apart(text, marks)
    slow = _assembled(parts, sql_type, marks)
    slow = f"CASE WHEN {parts}.before = '' AND {parts}.after = '' THEN {slow} END"
    return _quick_first(text, sql_type, marks, slow)


def money(text: str, sql_type: str, marks: Marks, parts: str = "") -> str:
    """The same, with or without a currency's sign or code before or behind the digits."""
    parts = parts or apart(text, marks)
    is_mark = f"{_mark_in(parts)} = '' OR {_may_be_currency(_mark_in(parts))}"
    slow = f"CASE WHEN {is_mark} THEN {_assembled(parts, sql_type, marks)} END"
    return _quick_first(text, sql_type, marks, slow)


def currency_mark(text: str, marks: Marks, parts: str = "") -> str:
    """The sign or code that an amount is written with; empty if there is neither."""
    parts = parts or apart(text, marks)
    mark = _mark_in(parts)
    return (
        f"CASE WHEN {_is_quick(text)} THEN '' WHEN {_may_be_currency(mark)} THEN {mark} ELSE '' END"
    )


def is_mark_of(mark: str, currency: str) -> str:
    """Whether a sign or code may stand for a currency."""
    known = " ".join(
        f"WHEN {literal(sign)} THEN {currency} IN ({', '.join(map(literal, codes))})"
        for sign, codes in MARKS.items()
    )
    return f"CASE {mark} WHEN '' THEN true {known} ELSE {mark} = {currency} END"


def local_time(text: str, form: str | None, *, may_be_iso: bool = False) -> str:
    """A time as the clock on the wall shows it, its zone unsaid; null if it says an offset."""
    if form is None:
        return f"CASE WHEN {_looks_iso(text)} THEN try_cast({text} AS TIMESTAMP) END"
    read = f"try_strptime({text}, {literal(form)})"
    if may_be_iso:
        return f"coalesce({read}, {local_time(text, None)})"
    return read


def instant(text: str, form: str | None, zone: str, *, may_be_iso: bool = False) -> str:
    """A moment, as a time in UTC; text that names no offset is in `zone`."""
    if form is not None and has_offset(form):
        plus = f"regexp_replace({text}, '[zZ]$', '+00:00')"
        return utc_of(f"try_strptime({plus}, {literal(form)})")
    local = in_utc(local_time(text, form, may_be_iso=may_be_iso), zone)
    if form is not None:
        return local
    exact = utc_of(f"try_cast({text} AS TIMESTAMPTZ)")
    if zone == "UTC":  # the session's zone, so text without an offset is read in it
        return f"CASE WHEN {_looks_iso(text)} THEN {exact} END"
    return (
        f"CASE WHEN NOT {_looks_iso(text)} THEN NULL WHEN {_says_offset(text)} THEN {exact} "
        f"ELSE {local} END"
    )


def calendar_day(text: str, form: str | None, zone: str, *, may_be_iso: bool = False) -> str:
    """The day in `zone` on which a time falls."""
    if form is not None and has_offset(form):
        moment = instant(text, form, zone)
        return f"CAST({in_zone(moment, zone)} AS DATE)"
    local = local_time(text, form, may_be_iso=may_be_iso)
    if form is not None:
        return f"CAST({local} AS DATE)"
    moment = instant(text, None, zone)
    there = in_zone(moment, zone)
    return f"CAST(CASE WHEN {_says_offset(text)} THEN {there} ELSE {local} END AS DATE)"


def utc_of(moment: str) -> str:
    """A moment as a time in UTC; a seventh of the cost of `timezone('UTC', …)`."""
    return f"make_timestamp(epoch_us({moment}))"


def in_utc(local: str, zone: str) -> str:
    """A time on the wall of `zone` as a time in UTC."""
    return local if zone == "UTC" else utc_of(f"timezone({literal(zone)}, {local})")


def in_zone(utc: str, zone: str) -> str:
    """A time in UTC as a time on the wall of `zone`."""
    return utc if zone == "UTC" else f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def has_offset(form: str) -> bool:
    """Say whether a format reads the offset from UTC."""
    return "%z" in form or "%Z" in form


def _looks_iso(text: str) -> str:
    # Without this, DuckDB takes words such as "epoch" and "infinity" for times.
    return f"(substr({text}, 5, 1) IN ('-', '/') AND length({text}) >= 8)"


def _says_offset(text: str) -> str:
    return f"regexp_matches(substr({text}, 11), '([zZ]|[+-]\\d{{2}}(:?\\d{{2}})?)$')"


_GROUPS = "['open', 'before', 'sign', 'digits', 'exponent', 'after', 'shut']"


def _mark_in(parts: str) -> str:
    return f"(ltrim({parts}.before, '-') || {parts}.after)"


def _may_be_currency(mark: str) -> str:
    signs = ", ".join(literal(sign) for sign in MARKS)
    return f"({mark} IN ({signs}) OR regexp_matches({mark}, '^[A-Z]{{3}}$'))"


def _pattern(marks: Marks) -> str:
    point, mark = f"\\{marks.decimal}", f"\\{marks.thousands}" if marks.thousands else ""
    if marks.thousands and marks.thousands.isspace():
        mark = "[ \u00a0\u202f]"
    whole = rf"\d{{1,3}}(?:{mark}\d{{3}})+|\d+" if mark else r"\d+"
    digits = rf"((?:{whole})(?:{point}\d*)?|{point}\d+)"
    return rf"^(\()?\s*{_lead()}\s*([-+−])?\s*{digits}([eE][-+]?\d{{1,3}})?\s*{_MARK}\s*(\))?$"


def _lead() -> str:
    # The sign may stand before the mark, too: "-€ 5". RE2 looks nothing ahead, so say both.
    return r"([^\d\s.,()+−'’]*[^\d\s.,()+−'’-]\.?)?"


def _assembled(parts: str, sql_type: str, marks: Marks) -> str:
    digits = f"{parts}.digits"
    if marks.thousands:
        swept = "[ \u00a0\u202f]" if marks.thousands.isspace() else f"\\{marks.thousands}"
        digits = f"regexp_replace({digits}, {literal(swept)}, '', 'g')"
    if marks.decimal != ".":
        digits = f"replace({digits}, {literal(marks.decimal)}, '.')"
    minus = (
        f"CASE WHEN {parts}.open = '(' OR {parts}.sign IN ('-', '−') "
        f"OR left({parts}.before, 1) = '-' THEN '-' ELSE '' END"
    )
    whole = f"try_cast({minus} || {digits} || {parts}.exponent AS {sql_type})"
    return f"CASE WHEN ({parts}.open = '') = ({parts}.shut = '') THEN {whole} END"


def _quick_first(text: str, sql_type: str, marks: Marks, slow: str) -> str:
    # Nearly all cells are plain digits; only the others pay for the pattern.
    if marks.decimal != ".":
        return slow
    return f"CASE WHEN {_is_quick(text)} THEN try_cast({text} AS {sql_type}) ELSE {slow} END"


def _is_quick(text: str) -> str:
    return f"(try_cast({text} AS DECIMAL(18, 6)) IS NOT NULL AND NOT contains({text}, '_'))"
