"""Touches, spend, outcomes and assignments in bulk: the one book of sales and marketing."""

from halves.ledger.appending import Appended
from halves.ledger.channels import Channel
from halves.ledger.engine import DuckDB, Engine
from halves.ledger.ledger import Ledger
from halves.ledger.schema import TABLES

__all__ = ["TABLES", "Appended", "Channel", "DuckDB", "Engine", "Ledger"]
