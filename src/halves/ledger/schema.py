"""What each table of the ledger holds: its columns, its key, and whose word counts on a repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import pyarrow as pa

TEXT = pa.string()
MOMENT = pa.timestamp("us", tz="UTC")
DAY = pa.date32()
COUNT = pa.int64()
NUMBER = pa.float64()
MONEY = pa.decimal128(18, 6)  # a mail may cost a thousandth of a cent; fits 64 bits
RATE = pa.decimal128(18, 9)
NAMES = pa.list_(pa.string())

PATHS = ("many", "one", "self")
OUTCOME_KINDS = ("door_opened", "deal_closed", "renewed", "churned", "referred")
UNIT_KINDS = ("person", "account", "region")
ARMS = ("treated", "held_out")
KEEPINGS = ("over", "met", "under")
BETTER = ("less", "more")  # days to wait, leads brought


class Winner(Enum):
    """Which row stands when a key comes twice."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type and what it may hold."""

    type: pa.DataType
    required: bool = True
    one_of: tuple[str, ...] = ()
    least: float | None = None
    above: float | None = None
    most: float | None = None

    @property
    def is_money(self) -> bool:
        """Say whether the column is an amount in the row's currency."""
        return bool(self.type == MONEY)


@dataclass(frozen=True)
class Table:
    """One table: its key, who wins on a repeat, and its columns."""

    name: str
    key: tuple[str, ...]
    winner: Winner
    columns: Mapping[str, Column]
    when: str  # the column that orders a person's rows and dates an amount

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of the columns a caller writes."""
        return pa.schema([pa.field(n, c.type, not c.required) for n, c in self.columns.items()])

    @property
    def person(self) -> str | None:
        """The column that holds a person's id, if the table is about people."""
        return "person_id" if "person_id" in self.columns else None


def _may(column: Column) -> Column:
    return Column(column.type, False, column.one_of, column.least, column.above, column.most)


_text, _moment, _day = Column(TEXT), Column(MOMENT), Column(DAY)
_path = Column(TEXT, one_of=PATHS)
_cost = Column(MONEY, least=0)
_count = Column(COUNT, least=0)
_share = Column(NUMBER, above=0, most=1)
_currency = Column(TEXT, required=False)
_optional = _may(_text)

_TABLES = (
    Table(
        "people",
        ("person_id",),
        Winner.LAST,
        {"person_id": _text, "account_id": _optional, "region": _optional, "since": _moment},
        when="since",
    ),
    Table(
        "touches",
        ("touch_id",),
        Winner.FIRST,
        {
            "touch_id": _text,
            "person_id": _text,
            "account_id": _optional,
            "at": _moment,
            "path": _path,
            "channel": _text,
            "campaign": _optional,
            "story": _optional,
            "seller": _optional,
            "region": _optional,
            "cost": _may(_cost),
            "currency": _currency,
            "propensity": _may(_share),
            "source": _text,
        },
        when="at",
    ),
    Table(
        "spend",
        ("spend_id",),
        Winner.LAST,
        {
            "spend_id": _text,
            "day": _day,
            "channel": _text,
            "path": _path,
            "campaign": _optional,
            "region": _optional,
            "amount": _cost,
            "currency": _text,
            "impressions": _may(_count),
            "clicks": _may(_count),
            "source": _text,
        },
        when="day",
    ),
    Table(
        "outcomes",
        ("outcome_id",),
        Winner.FIRST,
        {
            "outcome_id": _text,
            "person_id": _text,
            "account_id": _optional,
            "at": _moment,
            "kind": Column(TEXT, one_of=OUTCOME_KINDS),
            "path": _may(_path),
            "value": Column(MONEY, required=False),  # a refund is negative
            "currency": _currency,
            "margin": Column(NUMBER, required=False, most=1),
            "deal_id": _optional,
            "region": _optional,
            "source": _text,
        },
        when="at",
    ),
    Table(
        "experiments",
        ("experiment",),
        Winner.LAST,
        {
            "experiment": _text,
            "withheld": Column(NAMES),
            "unit_kind": Column(TEXT, one_of=UNIT_KINDS),
            "starts": _moment,
            "ends": _moment,
        },
        when="starts",
    ),
    Table(
        "assignments",
        ("experiment", "unit_kind", "unit_id", "decision_id"),
        Winner.FIRST,
        {
            "experiment": _text,
            "unit_kind": Column(TEXT, one_of=UNIT_KINDS),
            "unit_id": _text,
            "decision_id": _optional,
            "arm": Column(TEXT, one_of=ARMS),
            "propensity": _share,
            "at": _moment,
        },
        when="at",
    ),
    Table(
        "lifts",
        ("lift_id",),
        Winner.LAST,
        {
            "lift_id": _text,
            "withheld": Column(NAMES),
            "starts": _moment,
            "ends": _moment,
            "region": _optional,
            "outcome": _text,
            "lift": Column(NUMBER),
            "se": Column(NUMBER, above=0),
            "spend_withheld": _may(_cost),
            "source": _text,
        },
        when="starts",
    ),
    Table(
        "deliveries",
        ("promise_id",),
        Winner.LAST,
        {
            "promise_id": _text,
            "person_id": _text,
            "at": _moment,
            "expected": Column(NUMBER),
            "delivered": Column(NUMBER),
            "keeping": Column(TEXT, one_of=KEEPINGS),
            "story": _optional,
            "campaign": _optional,
            "seller": _optional,
            "source": _text,
            "account_id": _optional,  # who delivered, or to whose account
            "measure": _optional,  # what is counted, such as days
            "better": Column(TEXT, required=False, one_of=BETTER),
            "said": _may(Column(NUMBER)),  # the customer's own mark afterwards
        },
        when="at",
    ),
    Table(
        "aliases",
        ("person_id",),
        Winner.LAST,
        {"person_id": _text, "now": _text, "at": _moment},
        when="at",
    ),
    Table(
        "rates",
        ("day", "currency"),
        Winner.LAST,
        {"day": _day, "currency": _text, "rate": Column(RATE, above=0)},
        when="day",
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
