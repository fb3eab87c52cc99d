"""Imports: hand files over, answer what they leave open, look through, bring in, take back."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Query, Router, UploadedFile

from halves.access.models import User
from halves.access.rules import Verb
from halves.api import work_shapes as shapes
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.imports import actions
from halves.imports.answering import as_kept, columns_kept, country_kept
from halves.imports.models import ImportRun
from halves.imports.queries import runs_of
from halves.imports.together import receive_all
from halves.jobs import running

router = Router(tags=["imports"])
_MOST_FILES = 20
_ONE = "/imports/{int:key}"


@operation(router, "GET", "/imports", Verb.SEE, "import", gives=shapes.ImportPage)
def import_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List imports, the newest first."""
    return paged(runs_of(request.auth.user), said, "-at")


@operation(
    router,
    "POST",
    "/imports",
    Verb.ADD,
    "import",
    gives=list[shapes.ImportOut],
    status=201,
    apart=True,
)
def import_add(request: HttpRequest, files: File[list[UploadedFile]]) -> Any:
    """Hand files over, as `multipart/form-data`; all are taken in, or none."""
    if len(files) > _MOST_FILES:
        words = f"at most {_MOST_FILES} at once, got {len(files)}"
        raise Problem(422, "field-refused", words, errors=[Wrong("files", words)])
    handed = ((one.name or "", one.chunks()) for one in files)
    return receive_all(handed, **_who(request))


@operation(router, "GET", _ONE, Verb.SEE, "import", gives=shapes.ImportOut)
def import_one(request: HttpRequest, key: int) -> Any:
    """Read one import: as what it was understood, what is asked, how far it is, what it brought."""
    return _met(request, key)


@operation(router, "PATCH", _ONE, Verb.CHANGE, "import", gives=shapes.ImportOut, apart=True)
def import_answer(request: HttpRequest, key: int, said: shapes.ImportChange) -> Any:
    """Answer what a file leaves open, or say that its columns are others."""
    run, given = _met(request, key), said.model_fields_set
    kept: dict[str, Any] = as_kept(run, said.answers) if said.answers else {}
    if "country" in given:
        kept["country"] = country_kept(said.country)
    for name in given & {"is_newer", "is_by_hand"}:
        kept[name] = getattr(said, name)
    if given & {"table", "columns"}:
        kept |= columns_kept(run, table=said.table, columns=said.columns)
    if kept:
        actions.answer(run, kept, **_who(request))
    return _met(request, key)


@operation(
    router, "POST", f"{_ONE}/check", Verb.CHANGE, "import", gives=shapes.ImportOut, status=202
)
def import_check(request: HttpRequest, key: int) -> Any:
    """Look a file through: what would come in and what is refused, field by field."""
    actions.check(_met(request, key), **_who(request))
    return _met(request, key)


@operation(
    router, "POST", f"{_ONE}/start", Verb.CHANGE, "import", gives=shapes.ImportOut, status=202
)
def import_start(request: HttpRequest, key: int) -> Any:
    """Bring a file in."""
    actions.bring_in(_met(request, key), **_who(request))
    return _met(request, key)


@operation(router, "POST", f"{_ONE}/stop", Verb.CHANGE, "import", gives=shapes.ImportOut)
def import_stop(request: HttpRequest, key: int) -> Any:
    """Stop what is under way; what is half in goes out again."""
    run = _met(request, key)
    if run.job is not None:
        running.cancel(run.job, at=timezone.now())
    return _met(request, key)


@operation(
    router, "POST", f"{_ONE}/undo", Verb.CHANGE, "import", gives=shapes.ImportOut, status=202
)
def import_undo(request: HttpRequest, key: int) -> Any:
    """Take out what came in, and give back what it replaced."""
    actions.take_back(_met(request, key), **_who(request))
    return _met(request, key)


@operation(router, "DELETE", _ONE, Verb.CHANGE, "import", gives=None, status=204)
def import_remove(request: HttpRequest, key: int) -> None:
    """Forget a file that is not in."""
    actions.remove(_met(request, key), **_who(request))


@operation(router, "GET", f"{_ONE}/refused", Verb.SEE, "import", gives=None, file=("text/csv",))
def import_refused(request: HttpRequest, key: int) -> HttpResponse:
    """Take the refused rows away as a file, each with why; 404 where there are none."""
    run = _met(request, key)
    path = actions.refused_file(run, next(iter(run.refused_files), ""))
    if path is None:
        raise Http404
    name = f"refused-{key}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


def _met(request: HttpRequest, key: int) -> ImportRun:
    user: User = request.auth.user
    return get_object_or_404(runs_of(user), pk=key)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.auth.user, "at": timezone.now()}
