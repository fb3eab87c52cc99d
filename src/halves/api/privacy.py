"""A person's right to see what is known of them, and to be forgotten; the lock after a restore."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import BaseModel, Field

from halves.access.rules import Verb
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.shapes import asked, example
from halves.keeping.actions import lift_lock
from halves.keeping.erasing import erase_person, export_person
from halves.keeping.models import RestoreLock
from halves.people.models import Person
from halves.people.queries import people_of

router = Router(tags=["privacy"])


class Everything(Schema):
    """All that is held about a person, by where it is held."""

    held: dict[str, list[dict[str, Any]]]
    model_config = example(
        held={
            "operations": [{"table": "person", "name": "Grace Hopper"}],
            "ledger": [{"table": "touches", "channel": "email"}],
        }
    )


class EraseIn(BaseModel):
    """Whom; so that nobody is erased by a slip."""

    name: Annotated[str, Field(max_length=300, description="As the person is shown")]
    model_config = asked(name="Grace Hopper")


class ErasedOut(Schema):
    """How much went, by where it was; and what still names them, which must be nothing."""

    gone: dict[str, int]
    left: int
    model_config = example(gone={"operations": 9, "ledger": 40, "log values": 6}, left=0)


class LockOut(Schema):
    """Why nothing may be sent after a restore, until someone says that it may."""

    id: int
    why: str
    at: datetime
    model_config = example(
        id=1, why="the journal of refusals was not there", at="2026-01-05T09:00:00Z"
    )


@operation(
    router,
    "GET",
    "/people/{int:key}/everything",
    Verb.EXPORT,
    "privacy",
    gives=Everything,
    scope="export",
)
def person_everything(request: HttpRequest, key: int) -> Any:
    """Take away all that is held about someone, for them to see; the log says who asked."""
    user = request.auth.user
    return {"held": export_person(_met(request, key), by=user, at=timezone.now())}


@operation(
    router,
    "POST",
    "/people/{int:key}/erase",
    Verb.REMOVE,
    "privacy",
    gives=ErasedOut,
    apart=True,
)
def person_erase(request: HttpRequest, key: int, said: EraseIn) -> Any:
    """Erase someone everywhere, for good; the answer is the proof."""
    whom = _met(request, key)
    if said.name.strip() != str(whom):
        words = "must be their name as it is shown; nothing was erased"
        raise Problem(422, "field-refused", f"name: {words}", errors=[Wrong("name", words)])
    gone = erase_person(whom, by=request.auth.user, at=timezone.now())
    return {"left": gone.pop("left"), "gone": gone}


@operation(router, "GET", "/restore-locks", Verb.SEE, "restore_lock", gives=list[LockOut])
def restore_lock_list(request: HttpRequest) -> Any:
    """List what keeps halves from sending after a restore."""
    return list(RestoreLock.objects.filter(lifted_at=None).order_by("-id")[:100])


@operation(
    router,
    "POST",
    "/restore-locks/{int:key}/lift",
    Verb.CHANGE,
    "restore_lock",
    gives=None,
    status=204,
)
def restore_lock_lift(request: HttpRequest, key: int) -> None:
    """Say that sending may go on."""
    found = get_object_or_404(RestoreLock, pk=key)
    lift_lock(found, by=request.auth.user, at=timezone.now())


def _met(request: HttpRequest, key: int) -> Person:
    return get_object_or_404(people_of(request.auth.user), pk=key)
