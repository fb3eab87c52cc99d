"""Bringing files in: hand over, see as what they were understood, answer, start, take back."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, insist, may
from halves.imports import actions
from halves.imports.errors import ImportsError
from halves.imports.models import ImportRun, RunState
from halves.imports.queries import open_questions, runs_of
from halves.imports.uploads import plain_name
from halves.jobs import running
from halves.web.import_forms import AnswersForm, ColumnsForm
from halves.web.needs import needs

_SHOWN = 100
_MOST_FILES = 20


@needs(Verb.SEE, "import")
def imports(request: HttpRequest) -> HttpResponse:
    """The list of imports; files are handed over here."""
    refused: list[str] = []
    if request.method == "POST":
        insist(request.user, Verb.ADD, "import")
        taken, refused = _taken(request)
        if taken and not refused:
            return redirect("import", taken[0].pk) if len(taken) == 1 else redirect("imports")
        for run in taken:
            messages.success(request, _("%(name)s is here.") % {"name": run})
    context = {
        "runs": runs_of(request.user)[:_SHOWN],
        "refused": refused,
        "may_add": may(request.user, Verb.ADD, "import"),
    }
    if may(request.user, Verb.CHANGE, "import"):
        context |= {
            "to_check": len(actions.waiting_for(actions.CHECK, request.user)),
            "to_start": len(actions.waiting_for(actions.RUN, request.user)),
        }
    return render(request, "imports/list.html", context, status=422 if refused else 200)


@require_POST
@needs(Verb.CHANGE, "import")
def check_all(request: HttpRequest) -> HttpResponse:
    """Look all files through that wait for it."""
    started = actions.check_all(**_who(request))
    words = ngettext(
        "%(n)d file is being looked through.", "%(n)d files are being looked through.", len(started)
    )
    return _all_started(request, started, words)


@require_POST
@needs(Verb.CHANGE, "import")
def start_all(request: HttpRequest) -> HttpResponse:
    """Bring all files in that were looked through and leave nothing open."""
    started = actions.bring_in_all(**_who(request))
    words = ngettext(
        "%(n)d file is being brought in.", "%(n)d files are being brought in.", len(started)
    )
    return _all_started(request, started, words)


@require_GET
@needs(Verb.SEE, "import")
def one(request: HttpRequest, key: int) -> HttpResponse:
    """One import: as what it was understood, what it would bring, what it brought."""
    run = _met(request, key)
    page = "imports/progress.html" if request.htmx else "imports/import.html"
    if request.htmx and not _is_live(run):
        answer = HttpResponse(status=200)
        answer["HX-Refresh"] = "true"  # it is over: the whole page has changed
        return answer
    return render(request, page, _context(request, run))


@require_POST
@needs(Verb.CHANGE, "import")
def answer(request: HttpRequest, key: int) -> HttpResponse:
    """What a file leaves open."""
    run = _met(request, key)
    form = AnswersForm(request.POST, run=run, zones=sorted(available_timezones()))
    if not form.is_valid():
        return render(
            request, "imports/import.html", _context(request, run, answers=form), status=422
        )
    return _done(request, run, lambda: actions.answer(run, form.said, **_who(request)))


@require_POST
@needs(Verb.CHANGE, "import")
def columns(request: HttpRequest, key: int) -> HttpResponse:
    """Which column is what."""
    run = _met(request, key)
    if request.POST.get("by_hand"):
        said: dict[str, Any] = {"is_by_hand": True}
    else:
        form = ColumnsForm(request.POST, run=run)
        if not form.is_valid():
            context = _context(request, run, columns=form)
            return render(request, "imports/import.html", context, status=422)
        said = form.said
    return _done(request, run, lambda: actions.answer(run, said, **_who(request)))


@require_POST
@needs(Verb.CHANGE, "import")
def check(request: HttpRequest, key: int) -> HttpResponse:
    """Look it through."""
    run = _met(request, key)
    return _done(request, run, lambda: actions.check(run, **_who(request)))


@require_POST
@needs(Verb.CHANGE, "import")
def start(request: HttpRequest, key: int) -> HttpResponse:
    """Bring it in."""
    run = _met(request, key)
    return _done(request, run, lambda: actions.bring_in(run, **_who(request)))


@require_POST
@needs(Verb.CHANGE, "import")
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """Stop what is under way; what is half in goes out again."""
    run = _met(request, key)
    if run.job is not None:
        running.cancel(run.job, at=timezone.now())
    return redirect("import", key)


@require_POST
@needs(Verb.CHANGE, "import")
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Take it back."""
    run = _met(request, key)
    return _done(request, run, lambda: actions.take_back(run, **_who(request)))


@require_POST
@needs(Verb.CHANGE, "import")
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Forget a file that is not in."""
    run = _met(request, key)
    try:
        actions.remove(run, **_who(request))
    except ImportsError as refused:
        messages.error(request, str(refused))
        return redirect("import", key)
    messages.success(request, _("%(name)s is forgotten.") % {"name": run})
    return redirect("imports")


@require_GET
@needs(Verb.SEE, "import")
def refused_rows(request: HttpRequest, key: int) -> HttpResponse:
    """The rows that were refused, with why."""
    run = _met(request, key)
    name = next(iter(run.refused_files), "")
    path = actions.refused_file(run, name)
    if path is None:
        if run.refused_files:
            raise Http404
        return redirect("import", key)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"refused-{key}.csv")


def _taken(request: HttpRequest) -> tuple[list[ImportRun], list[str]]:
    """Take all files in; words for those that cannot be."""
    files = request.FILES.getlist("files")
    if not files:
        return [], [_("Choose a file first.")]
    taken, refused = [], []
    for file in files[:_MOST_FILES]:
        try:
            name = plain_name(file.name or "")
            taken.append(actions.receive(name, file.chunks(), **_who(request)))
        except ImportsError as failed:
            refused.append(str(failed))
    if len(files) > _MOST_FILES:
        refused.append(_("Only the first %(many)s files were taken.") % {"many": _MOST_FILES})
    return taken, refused


def _all_started(request: HttpRequest, started: list[ImportRun], words: str) -> HttpResponse:
    if started:
        messages.success(request, words % {"n": len(started)})
    else:
        messages.error(request, _("No file waits for this: open one to see what it needs."))
    return redirect("imports")


def _met(request: HttpRequest, key: int) -> ImportRun:
    return get_object_or_404(runs_of(request.user), pk=key)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": timezone.now()}


def _done(request: HttpRequest, run: ImportRun, act: Any) -> HttpResponse:
    try:
        act()
    except ImportsError as refused:
        messages.error(request, str(refused))
    return redirect("import", run.pk)


def _is_live(run: ImportRun) -> bool:
    return run.job is not None and run.job.is_live


def _context(
    request: HttpRequest, run: ImportRun, *, answers: Any = None, columns: Any = None
) -> dict[str, Any]:
    is_live = _is_live(run)
    is_open = run.state in (RunState.ASKING, RunState.READY, RunState.CHECKED, RunState.UNDONE)
    is_mapped = bool(run.understood.get("columns"))
    return {
        "run": run,
        "job": run.job,
        "is_live": is_live,
        "is_open": is_open and not is_live,
        "may_start": is_open and not is_live and bool(run.recipe) and not open_questions(run),
        "answers": answers or AnswersForm(run=run, zones=sorted(available_timezones())),
        "columns": (columns or ColumnsForm(run=run)) if is_mapped else None,
        "may_change": may(request.user, Verb.CHANGE, "import"),
    }
