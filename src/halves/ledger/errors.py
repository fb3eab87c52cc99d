"""What the ledger refuses, by name."""

from datetime import date


class LedgerError(Exception):
    """Something the ledger refuses to do; the message says why and what to do next."""


class LedgerNotFound(LedgerError):
    """There is no ledger in this place."""


class LedgerExists(LedgerError):
    """There is a ledger in this place already."""


class UnknownTable(LedgerError):
    """The ledger has no table of this name."""


class BatchNotFound(LedgerError):
    """No table holds this batch."""


class PersonNotFound(LedgerError):
    """No table holds this person."""


class LedgerChanged(LedgerError):
    """Files this reader was using were taken away by an erasure or a compaction; read again."""


class MissingRate(LedgerError):
    """An amount cannot be converted for want of an exchange rate."""

    def __init__(self, table: str, day: date, currency: str, wanted: str) -> None:
        self.day = day
        self.currency = currency
        super().__init__(
            f"{table}: no rate from {currency} to {wanted} on {day.isoformat()}; "
            "add it to the rates table"
        )


class CurrencyUnknown(LedgerError):
    """Amounts in several currencies and no reporting currency named."""


class BadRow(LedgerError, ValueError):
    """One value the schema refuses: which table, column, row (from 1) and value."""

    def __init__(
        self, table: str, column: str, row: int | None, value: object, *, because: str
    ) -> None:
        self.table = table
        self.column = column
        self.row = row
        self.value = value
        self.because = because
        where = f"{table}.{column}" if row is None else f"{table}.{column}, row {row}"
        super().__init__(f"{where}: {because}, got {value!r}")
