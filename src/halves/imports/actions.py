"""What can happen to an import: handed over, answered, looked through, brought in, taken back."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from halves.access import audit
from halves.access.models import User
from halves.connect.errors import ConnectError, ImportLeft, ImportNotFound
from halves.connect.recipe import Recipe
from halves.connect.running import Imported, OnProgress, Progress, dry_run, run_import, undo_import
from halves.imports.contacts import Contacts, OnRows
from halves.imports.errors import NotReady, RunBusy
from halves.imports.models import ImportRun, RunState
from halves.imports.queries import open_questions, runs_of
from halves.imports.understanding import refusal_words, understand
from halves.imports.uploads import called, draft_folder, folder_of, kept, placed, plain_name
from halves.jobs import running
from halves.jobs.errors import JobLost, JobRefused
from halves.jobs.models import LIVE, Job
from halves.jobs.running import Telling
from halves.posting.book import book
from halves.webhooks.events import happened

CHECK, RUN, UNDO = "import.check", "import.run", "import.undo"
_COMPACTED_AT = 0.1


def receive(name: str, chunks: Iterable[bytes], *, by: User, at: datetime) -> ImportRun:
    """Take a file in and say what it is.

    Raises:
        UploadRefused: it is empty, too large, or not what its name says; nothing of it is kept.
    """
    run = ImportRun(name=plain_name(name), by=by, at=at)
    with draft_folder() as draft:
        path = kept(draft, run.name, chunks)
        run.file, run.size = path.name, path.stat().st_size
        run.answers = {"called": called(run.name)}
        _look_at(run, path)
        # The row and its file appear together: one cut off here is handed over again.
        with transaction.atomic():
            run.save()
            audit.record("import.add", run, by=by, at=at, after={"name": run.name})
            placed(draft, run.pk)
    return run


def answer(run: ImportRun, said: Mapping[str, Any], *, by: User, at: datetime) -> ImportRun:
    """Say what a file leaves open, or that its columns are others.

    Args:
        run: which import.
        said: keys of `ImportRun.answers`; `told` and `parameters` are added to what was said.
        by: who says.
        at: now.

    Raises:
        RunBusy: it is being brought in at this moment, or is in.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
        _insist_idle(run)
        if run.state == RunState.DONE:
            raise RunBusy("it is in already: take it back first")
        for key, value in said.items():
            is_added = key in ("told", "parameters")
            run.answers[key] = {**run.answers.get(key, {}), **value} if is_added else value
        run.save(update_fields=["answers"])
        audit.record("import.change", run, by=by, at=at, after={"answers": dict(said)})
    return _understood(run)


def check(run: ImportRun, *, by: User, at: datetime) -> Job:
    """Look the file through; nothing is written."""
    return _started(CHECK, run, by=by, at=at)


def bring_in(run: ImportRun, *, by: User, at: datetime) -> Job:
    """Bring the file in; safe to repeat.

    Raises:
        NotReady: something must be answered first.
        RunBusy: work on it is under way.
    """
    return _started(RUN, run, by=by, at=at)


def check_all(*, by: User, at: datetime) -> list[ImportRun]:
    """Look all files through that wait for it; which ones."""
    return _all_started(waiting_for(CHECK, by), check, by=by, at=at)


def bring_in_all(*, by: User, at: datetime) -> list[ImportRun]:
    """Bring all files in that were looked through and leave nothing open, the oldest first."""
    return _all_started(waiting_for(RUN, by), bring_in, by=by, at=at)


def waiting_for(kind: str, user: User) -> list[ImportRun]:
    """Files that could be looked through, or brought in, at once: nothing of them is open."""
    state = {CHECK: RunState.READY, RUN: RunState.CHECKED}[kind]
    idle = Q(job=None) | ~Q(job__state__in=LIVE)
    rows = runs_of(user).filter(idle, state=state).exclude(recipe="").order_by("pk")
    return [run for run in rows if not open_questions(run)]


def take_back(run: ImportRun, *, by: User, at: datetime) -> Job:
    """Take out what came in, and give back what it replaced."""
    return _started(UNDO, run, by=by, at=at)


def remove(run: ImportRun, *, by: User, at: datetime) -> None:
    """Forget a file that is not in."""
    _insist_idle(run)
    if run.state == RunState.DONE:
        raise RunBusy("it is in: take it back first")
    folder = folder_of(run.pk)
    with transaction.atomic():
        audit.record("import.remove", run, by=by, at=at, before={"name": run.name})
        run.delete()
    rmtree(folder, ignore_errors=True)


def do_check(job: Job, tell: Telling) -> Mapping[str, Any]:
    """The worker's part of `check`."""
    run = ImportRun.objects.get(pk=job.arguments["run"])
    path, recipe = _path(run), Recipe.parse(run.recipe)
    contacts = _contacts(run, recipe, job.asked_at)
    try:
        found = dry_run(
            [path],
            recipe=recipe,
            settings=settings.PLACE.settings(),
            stated=_stated(run, recipe),
            on_progress=_telling(tell),
            keeper=contacts,
        )
    except ConnectError as refused:
        raise JobRefused(refusal_words(path, refused)) from None
    ImportRun.objects.filter(pk=run.pk).exclude(state=RunState.DONE).update(
        state=RunState.CHECKED, words="", made=contacts.unwilling, **_result(found)
    )
    return {}


def do_run(job: Job, tell: Telling) -> Mapping[str, Any]:
    """The worker's part of `bring_in`: completes what a crash left half done."""
    run = ImportRun.objects.get(pk=job.arguments["run"])
    path, recipe = _path(run), Recipe.parse(run.recipe)
    on_progress = _telling(tell)
    contacts = _contacts(
        run,
        recipe,
        job.asked_at,
        on_rows=lambda target, done, of: on_progress(Progress(target, done, of)),
    )
    try:
        found = run_import(
            book(),
            [path],
            recipe=recipe,
            imports=settings.PLACE.imports,
            settings_file=settings.PLACE.settings_file,
            at=job.asked_at,
            stated=_stated(run, recipe),
            on_progress=on_progress,
            keeper=contacts,
        )
    except ImportLeft:
        raise JobLost from None
    except ConnectError as refused:
        raise JobRefused(refusal_words(path, refused)) from None
    if found.is_new:
        book().compact(*_tables(found), least_tail=_COMPACTED_AT)
        made = contacts.made | contacts.unwilling | {"shown": contacts.conflicts}
        ImportRun.objects.filter(pk=run.pk).update(
            state=RunState.DONE, words="", undone_at=None, made=made, **_result(found)
        )
        happened("import.done", {"import": run.pk, "name": run.name}, at=datetime.now(UTC))
    else:
        ImportRun.objects.filter(pk=run.pk).update(
            state=RunState.DONE, import_id=found.id, rows=dict(found.rows), made={"again": True}
        )
    return {"import_id": found.id}


def do_undo(job: Job, tell: Telling) -> Mapping[str, Any]:
    """The worker's part of `take_back`."""
    run = ImportRun.objects.get(pk=job.arguments["run"])
    recipe = Recipe.parse(run.recipe)
    tell("taking back")
    keeper = _contacts(run, recipe, job.asked_at)
    try:
        gone = undo_import(book(), run.import_id, imports=settings.PLACE.imports, keeper=keeper)
    except ImportNotFound:  # a crash between the two: it is out
        gone = dict(keeper.undo(run.import_id))
    same = ImportRun.objects.filter(import_id=run.import_id, state=RunState.DONE)
    same.update(state=RunState.UNDONE, undone_at=job.asked_at)
    return {"gone": gone}


def refused_file(run: ImportRun, name: str) -> Path | None:
    """A file of refused rows, if this import has one of this name."""
    if name not in run.refused_files or not run.import_id:
        return None
    path = settings.PLACE.imports / run.import_id / name
    return path if path.is_file() else None


def _started(kind: str, run: ImportRun, *, by: User, at: datetime) -> Job:
    """Ask for work, unless some is under way."""
    wanted = {CHECK: ~Q(state=RunState.DONE), RUN: ~Q(state=RunState.DONE), UNDO: Q(state="done")}
    with transaction.atomic():
        open_ones = open_questions(run)
        if kind != UNDO and (open_ones or not run.recipe):
            raise NotReady("; ".join(one.about for one in open_ones) or run.words)
        job = running.start(kind, by=by, at=at, arguments={"run": run.pk})
        idle = Q(job=None) | ~Q(job__state__in=LIVE)
        # One conditional UPDATE, so that two people clicking at once start it once.
        mine = ImportRun.objects.filter(idle, wanted[kind], pk=run.pk)
        if not ImportRun.objects.filter(pk__in=mine.values("pk")).update(job=job):
            raise RunBusy("work on this import is under way, or it is done")
        audit.record(kind, run, by=by, at=at)
    run.job = job
    return job


def _all_started(
    runs: Iterable[ImportRun], start: Callable[..., Job], *, by: User, at: datetime
) -> list[ImportRun]:
    started = []
    for run in runs:
        with suppress(NotReady, RunBusy):  # a colleague was quicker
            start(run, by=by, at=at)
            started.append(run)
    return started


def _insist_idle(run: ImportRun) -> None:
    if run.job is not None and run.job.is_live:
        raise RunBusy("work on this import is under way: wait for it, or cancel it")


def _understood(run: ImportRun) -> ImportRun:
    """Look at the file again, with all that was said of it."""
    _look_at(run, _path(run))
    run.save()
    return run


def _look_at(run: ImportRun, path: Path) -> None:
    try:
        found = understand(path, run.answers, settings.PLACE.settings())
    except ConnectError as refused:
        run.state, run.words = RunState.REFUSED, refusal_words(path, refused)
        run.recipe, run.understood = "", {**run.understood, "questions": []}
    else:
        run.understood = {**found.facts, "questions": [asdict(one) for one in found.questions]}
        run.recipe = found.recipe.to_toml() if found.recipe is not None else ""
        run.words = found.words
        is_open = found.recipe is None or bool(open_questions(run))
        run.state = RunState.ASKING if is_open else RunState.READY


def _path(run: ImportRun) -> Path:
    return folder_of(run.pk) / run.file


def _stated(run: ImportRun, recipe: Recipe) -> dict[str, str]:
    said = run.answers.get("parameters", {})
    return {
        name: str(value)
        for name, value in said.items()
        if value not in (None, "") and (name in recipe.parameters or name.startswith("wages."))
    }


def _contacts(
    run: ImportRun,
    recipe: Recipe,
    at: datetime,
    *,
    on_rows: OnRows = lambda target, done, of: None,
) -> Contacts:
    return Contacts(
        source=recipe.source or recipe.name,
        book=book(),
        at=at,
        is_newer=bool(run.answers.get("is_newer")),
        country=run.answers.get("country") or None,
        on_rows=on_rows,
    )


def _telling(tell: Telling) -> OnProgress:
    def on_progress(progress: Progress) -> None:
        try:
            tell(progress.table, progress.rows, progress.of)
        except JobLost:
            raise ImportLeft("another worker goes on with it") from None

    return on_progress


def _tables(found: Imported) -> list[str]:
    return [table for table in found.rows if table not in ("contacts", "companies")]


def _result(found: Imported) -> dict[str, Any]:
    return {
        "import_id": found.id,
        "rows": dict(found.rows),
        "counts": [asdict(one) | {"refused": one.refused} for one in found.counts],
        "refused": found.refused,
        "refused_files": [path.name for path in found.refused_files],
    }
