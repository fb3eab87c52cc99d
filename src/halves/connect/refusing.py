"""SQL of why a row is refused: all its fields' reasons in one text, which is null for good rows."""

from collections.abc import Iterator, Mapping

from halves.connect.cells import Refusal, Value
from halves.connect.quoting import literal, literals
from halves.connect.targets import TARGETS
from halves.ledger.schema import Column

FIELD_MARK, PART_MARK = "\x1e", "\x1f"  # between refused fields, and between a field's parts
PROBLEM = "_problem"


def reason(name: str, table: str, value: Value) -> str:
    """SQL of why a field is refused; null if it is not."""
    column = TARGETS[table].columns[name]
    refusals = [*value.refusals, *_schema_refusals(f"v_{name}", name, column)]
    cases = " ".join(f"WHEN {one.when} THEN {one.reason}" for one in refusals)
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"


def _schema_refusals(value: str, name: str, column: Column) -> Iterator[Refusal]:
    """What the ledger itself would refuse, so that it need not."""
    if column.required:
        yield Refusal(f"{value} IS NULL", literal("is blank, and must not be"))
    if column.one_of:
        words = f"must be one of {', '.join(column.one_of)}"
        yield Refusal(f"{value} NOT IN ({literals(column.one_of)})", literal(words))
    if name == "currency":
        words = "must be an ISO 4217 code such as EUR"
        yield Refusal(f"NOT regexp_matches({value}, '^[A-Z]{{3}}$')", literal(words))
    for bound, sign, words in (
        (column.least, "<", "must be at least"),
        (column.above, "<=", "must be above"),
        (column.most, ">", "must be at most"),
    ):
        if bound is not None:
            yield Refusal(f"{value} {sign} {bound}", literal(f"{words} {bound:g}"))


def problem(reasons: Mapping[str, str], values: Mapping[str, Value]) -> str:
    """SQL of all that is refused in a row, in one text; null if nothing is."""
    tests = " OR ".join(f"r_{name} IS NOT NULL" for name in reasons)
    told = []
    for name in reasons:
        value = values.get(name, Value(f"v_{name}", "NULL"))
        raw = f"translate(coalesce(CAST({value.raw} AS VARCHAR), ''), chr(30) || chr(31), '  ')"
        head = literal(f"{name}{PART_MARK}{value.label}{PART_MARK}")
        told.append(
            f"CASE WHEN r_{name} IS NOT NULL "
            f"THEN {head} || {raw} || chr(31) || r_{name} || chr(30) ELSE '' END"
        )
    return f"CASE WHEN {tests} THEN {' || '.join(told)} END"
