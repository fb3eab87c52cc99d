"""`halves demo --truth`: a company whose truth is known, and the answer beside it."""

from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from halves.cli.answering import telling
from halves.cli.place import Place
from halves.cli.show import show
from halves.ledger import Ledger
from halves.ledger.settings import Settings
from halves.measure import which_half
from halves.report.known import Known, KnownUnit
from halves.report.page import write_report
from halves.simulate import Company, Truth, simulate, truth

_console = Console(highlight=False)
_WORKERS = 2


def show_truth(*, people: int, seed: int, folder: Path) -> None:
    """Simulate a company, ask which half of its money is wasted, and compare with the truth."""
    company = Company.small(people=people, seed=seed)
    place = Place(
        home=folder / f"{people}-people-seed-{seed}",
        settings_file=folder / f"{people}-people-seed-{seed}" / "halves.toml",
    )
    report = place.home / "report.html"
    with telling() as tell, ProcessPoolExecutor(_WORKERS, get_context("spawn")) as pool:
        truths = _started(pool, company, seed)
        tell("a company lives through a year")
        book = _ledger(place, company, seed)
        answer = which_half(
            book,
            channels=company.channels,
            margin=company.margin,
            since=company.since,
            until=company.until,
            seed=seed,
            currency=company.currency,
            progress=tell,
        )
        tell("switching every channel off in turn, to know the truth")
        known = _known(truths)
    write_report(answer, report, known=known)
    show(answer, _console, known=known)
    _show_paths(place, report)


def _started(pool: ProcessPoolExecutor, company: Company, seed: int) -> list["Future[Truth]"]:
    """Work the truth out meanwhile: it takes as many years as there are channels."""
    names = [channel.name for channel in company.channels]
    return [
        pool.submit(truth, company, seed=seed, units=names[start::_WORKERS])
        for start in range(_WORKERS)
    ]


def _ledger(place: Place, company: Company, seed: int) -> Ledger:
    settings = Settings(
        currency=company.currency,
        time_zone="UTC",
        margin=company.margin,
        wages=company.wages,
        channels=company.channels,
    )
    settings.write(place.settings_file)
    book = place.book_or_new()
    simulate(company, seed=seed).write(book)
    book.compact()
    return book


def _known(truths: list["Future[Truth]"]) -> Known:
    units = {unit.unit: unit for part in truths for unit in part.result().units.values()}
    spend = sum(unit.spend for unit in units.values())
    wasted = sum(unit.spend for unit in units.values() if unit.is_wasted)
    return Known(
        units={name: KnownUnit(one.incremental, one.is_wasted) for name, one in units.items()},
        wasted_share=wasted / spend,
    )


def _show_paths(place: Place, report: Path) -> None:
    _console.print(f"\nThe report is in {report}: open it in a browser.", soft_wrap=True)
    _console.print("Ask the same company yourself:")
    _console.print(
        f"  halves which-half --home {place.home} --settings {place.settings_file} --by campaign",
        soft_wrap=True,
    )
