"""Reading imports: the list, one of them, and what stands open on it."""

from django.db.models import QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.imports.models import ImportRun
from halves.imports.understanding import Question


def runs_of(user: User) -> "QuerySet[ImportRun]":
    """All imports that the user may see, the newest first."""
    rows = ImportRun.objects.select_related("by", "job").order_by("-at", "-id")
    return visible(user, "import", rows)


def questions_of(run: ImportRun) -> list[Question]:
    """What is asked of an import."""
    return [Question(**one) for one in run.understood.get("questions", [])]


def answer_to(run: ImportRun, question: Question) -> object:
    """What was answered so far; None if nothing."""
    part, _, name = question.name.partition(".")
    if part == "parameter":
        return run.answers.get("parameters", {}).get(name)
    if part == "told":
        return run.answers.get("told", {}).get(name)
    if part == "wages":
        return run.answers.get("parameters", {}).get(question.name)
    return run.answers.get(question.name)


def open_questions(run: ImportRun) -> list[Question]:
    """Those that must be answered before the import can start, and are not."""
    return [one for one in questions_of(run) if one.needed and answer_to(run, one) in (None, "")]
