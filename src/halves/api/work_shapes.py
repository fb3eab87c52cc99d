"""What goes out of long work, and of what imports and duplicates ask and find."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, Field

from halves.api.shapes import Named, asked, example
from halves.imports.models import ImportRun
from halves.imports.queries import answer_to, open_questions, questions_of

_WHEN = "2026-01-05T09:00:00Z"
_DONE = {
    "id": 31,
    "kind": "import.check",
    "state": "done",
    "doing": "people",
    "done": 40,
    "of": 40,
    "words": "",
    "asked_at": _WHEN,
    "started_at": _WHEN,
    "ended_at": _WHEN,
}
_QUESTION = {
    "name": "time_zone",
    "about": "in which time zone the file's times are",
    "kind": "zone",
    "needed": True,
    "answer": "Europe/Berlin",
}
_COUNT = {
    "rows": 40,
    "fields": [{"field": "person_id", "filled": 40, "blank": 0, "refused": 0, "reasons": []}],
    "refused": 0,
}
_PARTY = {
    "id": 12,
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "phone": "",
    "account": "Navy",
    "region": "US",
}


class JobOut(Schema):
    """Long work: how far it is, and what came of it."""

    id: int
    kind: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    doing: str
    done: int
    of: int = Field(description="0 while nobody knows")
    words: str = Field(description="What came of it, or why it failed and what to do")
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    model_config = example(**_DONE)


class QuestionOut(Schema):
    """Something that only a colleague can say of a file, and what was said so far."""

    name: str
    about: str
    kind: str
    needed: bool
    answer: str | bool | None


class ImportOut(Schema):
    """A file that was handed over: as what it was understood, and what became of it."""

    id: int
    name: str
    size: int
    by: Named | None
    at: datetime
    state: Literal["asking", "ready", "checked", "done", "undone", "refused"]
    words: str
    understood: dict[str, Any]
    questions: list[QuestionOut]
    may_start: bool
    job: JobOut | None
    import_id: str
    rows: dict[str, int]
    counts: list[dict[str, Any]] = Field(description="For each set of rows, by field")
    refused: int
    made: dict[str, Any]
    undone_at: datetime | None
    model_config = example(
        id=4,
        name="contacts.csv",
        size=9120,
        by={"id": 1, "name": "Ada"},
        at=_WHEN,
        state="checked",
        words="",
        understood={"title": "HubSpot contacts", "sureness": "sure", "headers": ["Record ID"]},
        questions=[_QUESTION],
        may_start=True,
        job=_DONE,
        import_id="hubspot-contacts-1f2e3d",
        rows={"contacts": 40},
        counts=[_COUNT],
        refused=0,
        made={},
        undone_at=None,
    )

    @staticmethod
    def resolve_understood(run: ImportRun) -> dict[str, Any]:
        """Without the questions, which stand by themselves."""
        return {name: one for name, one in run.understood.items() if name != "questions"}

    @staticmethod
    def resolve_questions(run: ImportRun) -> list[dict[str, Any]]:
        """What is asked, and what was answered."""
        return [{**vars(one), "answer": answer_to(run, one)} for one in questions_of(run)]

    @staticmethod
    def resolve_may_start(run: ImportRun) -> bool:
        """Whether it can be looked through and brought in now."""
        is_idle = run.job is None or not run.job.is_live
        is_open = run.state in ("ready", "checked", "undone")
        return is_idle and is_open and bool(run.recipe) and not open_questions(run)


class ImportPage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[ImportOut]
    after: str


class ImportChange(BaseModel):
    """What is said of a file; what is not said stays as it is."""

    answers: Annotated[
        dict[str, str | bool | float | None],
        Field(max_length=100, description="By the questions' names"),
    ] = {}
    country: Annotated[str, Field(max_length=2, description="Of telephone numbers without +")] = ""
    is_newer: bool = Field(False, description="Replace what is known; else fill what is empty")
    is_by_hand: bool = Field(False, description="It is not what it was recognised as")
    table: Literal["people", "touches", "outcomes", "spend"] | None = None
    columns: Annotated[
        dict[str, Annotated[str, Field(max_length=300)]],
        Field(max_length=100, description="What it is → the file's column, or nothing"),
    ] = {}
    model_config = asked(answers={"time_zone": "Europe/Berlin"}, is_newer=False)


class DuplicateOut(Schema):
    """Two people who are probably one, and why."""

    id: int
    first: dict[str, Any]
    second: dict[str, Any]
    probability: float
    compared: dict[str, Literal["same", "similar", "different", "unknown"]]
    found_at: datetime
    model_config = example(
        id=8,
        first=_PARTY,
        second=_PARTY | {"id": 13, "name": "Grace Hoper"},
        probability=0.97,
        compared={"name": "similar", "email": "same", "phone": "unknown"},
        found_at=_WHEN,
    )

    @staticmethod
    def resolve_first(row: Any) -> dict[str, Any]:
        """The older of the two."""
        return _party(row.first)

    @staticmethod
    def resolve_second(row: Any) -> dict[str, Any]:
        """The younger."""
        return _party(row.second)


class DuplicatePage(Schema):
    """One page, the most probable first; `after` begins the next, and is empty on the last."""

    rows: list[DuplicateOut]
    after: str


class KeepIn(BaseModel):
    """Whom of the two to keep."""

    keep: int
    model_config = asked(keep=12)


class MergeIn(BaseModel):
    """Who is the same person, and why."""

    gone: Annotated[int, Field(description="Found under the kept one from now on")]
    why: Annotated[str, Field(min_length=1, max_length=200)] = "a colleague said so"
    model_config = asked(gone=13, why="the same address")


class MergeOut(Schema):
    """Two who were made one."""

    id: int
    kept: Named
    gone: Named
    by: Named | None
    at: datetime
    why: str
    undone_at: datetime | None
    model_config = example(
        id=3,
        kept={"id": 12, "name": "Grace Hopper"},
        gone={"id": 13, "name": "Grace Hoper"},
        by={"id": 1, "name": "Ada"},
        at=_WHEN,
        why="the same address",
        undone_at=None,
    )


class MergePage(Schema):
    """One page, newest first; `after` begins the next, and is empty on the last."""

    rows: list[MergeOut]
    after: str


def _party(one: Any) -> dict[str, Any]:
    names = ("name", "email", "phone", "region")
    return (
        {"id": one.pk}
        | {name: getattr(one, name) for name in names}
        | {"account": str(one.account or "")}
    )
