"""How an import is told in a terminal: what came in, field by field, and what was refused."""

from rich.console import Console
from rich.table import Table

from halves.connect.counting import FieldCount, Reason, RowsCount
from halves.connect.guess import Recognised
from halves.connect.running import Imported

_REASONS = 5


def show_recognised(console: Console, found: Recognised) -> None:
    """What a file without a recipe was taken for, and what to know of that."""
    console.print(f"{found.head.path.name}: {found.export.title}", markup=False)
    for note in found.notes:
        console.print(f"  {note}", markup=False, style="dim")


def show_counts(console: Console, result: Imported) -> None:
    """A table for each set of rows: per field, what is filled, blank and refused."""
    for count in result.counts:
        console.print()
        console.print(_title(count), markup=False)
        if count.table:
            console.print(_fields(count))
        for field in count.fields:
            _show_reasons(console, field)
    if result.absent:
        console.print(f"\nNot there, and optional: {', '.join(result.absent)}.")


def show_refused(console: Console, result: Imported) -> None:
    """The reasons for refusals only, for an import whose counts nobody asked to see."""
    for count in result.counts:
        if any(field.refused for field in count.fields):
            console.print(_title(count), markup=False)
            for field in count.fields:
                _show_reasons(console, field)


def rows_in_words(result: Imported) -> str:
    """How many rows go where: `8,000 people and 842 touches`."""
    parts = [f"{rows:,} {table}" for table, rows in result.rows.items() if rows]
    if not parts:
        return "nothing"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _title(count: RowsCount) -> str:
    if not count.table:
        return f"{count.file}: {count.rows:,} rows that fit no column are refused"
    about = f" ({count.about})" if count.about else ""
    left_out = f", {count.left_out:,} left out by the recipe" if count.left_out else ""
    refused = f", {count.refused:,} refused" if count.refused else ""
    added = f", {count.added:,} added to others of their key" if count.added else ""
    return f"{count.table}{about}: {count.good:,} of {count.rows:,} rows{added}{refused}{left_out}"


def _fields(count: RowsCount) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column("field")
    for name in ("filled", "blank", "refused"):
        table.add_column(name, justify="right")
    for field in count.fields:
        refused = f"{field.refused:,}" if field.refused else ""
        blank = f"{field.blank:,}" if field.blank else ""
        table.add_row(field.field, f"{field.filled:,}", blank, refused)
    return table


def _show_reasons(console: Console, field: FieldCount) -> None:
    for reason in field.reasons[:_REASONS]:
        console.print(f"  {_told(field, reason)}", markup=False, soft_wrap=True)
    if len(field.reasons) > _REASONS:
        console.print(f"  … and {len(field.reasons) - _REASONS} more reasons for {field.field}")


def _told(field: FieldCount, reason: Reason) -> str:
    first = reason.samples[0]
    where = f"{first.file}, row {first.row}" if first.file else "the recipe"
    column = f", column {first.column}" if first.column else ""
    others = ", ".join(str(one.row) for one in reason.samples[1:])
    more = f" (also rows {others}{', …' if reason.rows > len(reason.samples) else ''})"
    many = f"{reason.rows:,} × " if reason.rows > 1 else ""
    name = f"{field.field}: " if field.field else ""
    told = f"{many}{name}{reason.words}, got {first.value!r} in {where}{column}"
    return told + (more if others else "")
