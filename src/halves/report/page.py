"""The report: one HTML file that stands alone, for reading, printing and passing on."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import halves
from halves.measure.answer import Answer
from halves.report import charts, checks, curves, paths, returns, words
from halves.report.known import Known

_INTERVAL_WIDTH = 132


def write_report(answer: Answer, where: Path, *, known: Known | None = None) -> None:
    """Write the report of an answer.

    Args:
        answer: what to tell.
        where: the file; its folder is made.
        known: the truth, if the company is simulated.
    """
    text = report(answer, known=known)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(text, encoding="utf-8")


def report(answer: Answer, *, known: Known | None = None) -> str:
    """The report as HTML."""
    ours = files("halves.report")
    sheets = (ours / "templates/report.css", ours / "static/halves/charts.css")
    styles = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    template = _templates().get_template("report.html")
    drawn = curves.curves(answer)
    return template.render(
        answer=answer,
        known=known,
        words=words,
        rules=[rule for rule in words.RULE_WORDS if any(rule in u.claims for u in answer.units)],
        scale=_scale(answer),
        truth_sentences=known.beside(answer) if known else [],
        styles=Markup(styles),  # noqa: S704 our own file
        returns=returns.returns(answer),
        returns_chart=returns.returns_chart(answer),
        change_chart=returns.change_chart(answer),
        paths_chart=paths.paths_chart(answer),
        paths=paths.rows(answer.paths) if answer.paths else [],
        curves=drawn,
        curves_finding=curves.finding(answer, drawn),
        curves_told=curves.TOLD,
        most=charts.MOST_ROWS,
        checks=checks.checks(answer),
        claims_chart=charts.claims_against_effect(answer, known=known),
        weeks_chart=charts.weeks(answer),
        version=halves.__version__,
    )


def _scale(answer: Answer) -> Callable[[float], float]:
    """Money to pixels, the same for every interval in the table."""
    amounts = [0.0, *(unit.spend / answer.margin for unit in answer.units)]
    for unit in answer.units:
        if words.is_told(unit) and unit.incremental:
            amounts += [unit.incremental.low, unit.incremental.high]
    least, most = min(amounts), max(amounts)
    size = (most - least) or 1.0
    return lambda amount: round(_INTERVAL_WIDTH * (amount - least) / size, 1)


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("halves.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
