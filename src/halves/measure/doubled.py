"""Spend that came in twice under other ids: the same days, campaigns and amounts again."""

from datetime import datetime, timedelta

from halves.ledger import Ledger

_NEARLY_ALL = 0.9  # of a channel's rows
_FEWEST = 3  # days and amounts; fewer may be alike by chance, or for being round


def doubled(book: Ledger, *, since: datetime, until: datetime) -> list[str]:
    """Channels of which nearly every row of spend in the period has a twin, by name.

    Args:
        book: the ledger.
        since: the period's first moment.
        until: the first moment after it.
    """
    rows = book.table("spend")
    last = (until - timedelta(microseconds=1)).date()
    rows = rows.filter(rows.day >= since.date(), rows.day <= last, rows.amount > 0)
    alike = ["day", "channel", "path", "campaign", "region", "amount", "currency"]
    groups = rows.group_by(alike).aggregate(rows=rows.count())
    counted = groups.group_by("channel").aggregate(
        rows=groups.rows.sum(),
        twins=groups.rows.sum(where=groups.rows > 1),
        days=groups.day.nunique(),
        amounts=groups.amount.nunique(),
    )
    return sorted(
        row["channel"]
        for row in book.query(counted).to_pylist()
        if min(row["days"], row["amounts"]) >= _FEWEST
        and float(row["twins"] or 0) >= _NEARLY_ALL * float(row["rows"])
    )
