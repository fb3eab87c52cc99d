"""Files in a real browser: several at once, columns named by hand, cancelled in the middle."""

from pathlib import Path

from tests.browser.test_main_way import PATIENCE_MS
from tests.connect.known_exports import hubspot_companies

HEAD = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Contact owner,Create Date\n"


def contacts(path: Path, *, many: int, host: str) -> Path:
    rows = (f"{host}{n},Ida,Rhodes,ida{n}@{host},lead,,2025-01-01 09:00\n" for n in range(many))
    path.write_text(HEAD + "".join(rows))
    return path


def handed_over(page, *files: Path) -> None:
    page.goto("/imports/")
    page.get_by_label("Files").set_input_files([str(one) for one in files])
    with page.expect_navigation():
        page.get_by_role("button", name="Hand over").click()


def zone_answered(page, name: str | None = None) -> None:
    """Say the time zone, where an earlier file has not said it for all."""
    if name:
        page.goto("/imports/")
        page.get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_url("**/imports/*/")
    zone = page.get_by_label("time zone", exact=False)
    if zone.count():
        zone.first.select_option("UTC")
        with page.expect_navigation():
            page.get_by_role("button", name="Keep the answers").click()


def until(page, words: str) -> None:
    """Look at the list again until it says so."""
    for _ in range(PATIENCE_MS // 500):
        page.goto("/imports/")
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"the list never said {words!r}")


def test_several_files_are_looked_through_and_started_together(signed_in, tmp_path):
    page = signed_in("max")
    files = [
        contacts(tmp_path / "together-people.csv", many=30, host="together.example"),
        hubspot_companies(tmp_path / "together-companies.csv"),
    ]
    handed_over(page, *files)
    for one in files:
        zone_answered(page, one.name)
    page.goto("/imports/")
    page.get_by_role("button", name="Dry run of all 2 files").click()
    until(page, "Start all 2 files")
    page.get_by_role("button", name="Start all 2 files").click()
    page.get_by_text("2 files are being brought in.").wait_for()

    for one in files:
        page.get_by_role("link", name=one.name, exact=True).click()
        page.get_by_text("It is in.").wait_for(timeout=PATIENCE_MS)
        page.goto("/imports/")
    page.goto("/people/?search=ida29@together")
    assert page.get_by_role("link", name="Ida Rhodes").count() == 1


def test_a_file_that_nobody_knows_comes_in_once_its_columns_are_named(signed_in, tmp_path):
    page = signed_in("max")
    file = tmp_path / "messe.csv"
    file.write_text("wer,post,seit\nHedy Lamarr,hedy@messe.example,2026-01-05\n")
    handed_over(page, file)
    asked = page.get_by_role("region", name="Which column is what")
    asked.get_by_label("A row is about").select_option("people")
    named = {"Who it is": "post", "When": "seit", "Name": "wer", "E-mail": "post"}
    for label, column in named.items():
        asked.get_by_label(label, exact=label in ("Name", "E-mail")).first.select_option(column)
    with page.expect_navigation():
        page.get_by_role("button", name="Read it so").click()
    assert asked.get_by_label("Name", exact=True).input_value() == "wer"
    zone_answered(page)
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("heading", name="What would come in").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("It is in.").wait_for(timeout=PATIENCE_MS)

    page.goto("/people/?search=hedy@messe")
    assert page.get_by_role("link", name="Hedy Lamarr").count() == 1


def test_an_import_is_cancelled_in_the_middle_and_nothing_of_it_stays(signed_in, tmp_path):
    page = signed_in("max")
    handed_over(page, contacts(tmp_path / "long.csv", many=40_000, host="long.example"))
    zone_answered(page)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("contacts:").wait_for(timeout=PATIENCE_MS)  # rows are being written
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("It was cancelled; nothing of it came in.").wait_for(timeout=PATIENCE_MS)

    page.goto("/people/?search=long.example")
    assert page.get_by_text("Nobody matches").count()
    page.goto("/imports/")
    page.get_by_role("link", name="long.csv", exact=True).first.click()
    assert page.get_by_role("button", name="Start").count()  # it can be started again
