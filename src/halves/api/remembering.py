"""A write that is sent again happens once.

The key is written down, the work done and the answer kept in one transaction: of two at once, the
second waits for the first and gets its answer; after a crash there is neither work nor key.

Work that takes long, such as taking in a file, must not hold the database for so long: its key is
claimed first, and the second of two at once is told that the first is under way.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from halves.access.models import User
from halves.api.models import Remembered
from halves.api.problems import Problem, answer

KEPT = timedelta(hours=24)
UNDER_WAY = timedelta(minutes=15)  # older claims are of a server that died
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = ("Content-Type", "ETag", "Location")


def once(
    request: HttpRequest,
    user: User,
    work: Callable[[], HttpResponse],
    *,
    at: datetime,
    secret: bool,
    apart: bool = False,
) -> HttpResponse:
    """Do a write, unless the same user sent it before with the same key.

    What was refused is not remembered, since nothing happened: the same key may be tried again.

    Args:
        request: has the header `Idempotency-Key`, or not.
        user: who asks; a key is theirs alone.
        work: does it and answers.
        at: now.
        secret: the answer holds what must not be kept, and is not given twice.
        apart: the work takes long, and sees to its own transactions.

    Raises:
        Problem: the key is none, or came with another request before, or with one under way.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work() if apart else _whole(work)
    if not _KEY.fullmatch(key):
        raise Problem(
            422, "idempotency-key", "Idempotency-Key must have 1 to 255 letters of ASCII, no spaces"
        )
    digest = _digest(request)
    Remembered.objects.filter(at__lt=at - KEPT).delete()
    Remembered.objects.filter(status=0, at__lt=at - UNDER_WAY).delete()
    mine = Remembered(user=user, key=key, digest=digest, path=request.path[:300], at=at)
    try:
        if apart:
            with transaction.atomic():
                mine.save()
        else:
            return _together(mine, work, secret=secret)
    except IntegrityError:
        known = Remembered.objects.filter(user=user, key=key).first()
        if known is None:
            raise
        return _again(known, digest)
    return _apart(mine, work, secret=secret)


def _together(mine: Remembered, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
    with transaction.atomic():
        mine.save()
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(mine, response, secret=secret)
    return response


def _apart(mine: Remembered, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
    is_done = False
    try:
        response = work()
        is_done = response.status_code < 400
    finally:
        if not is_done:
            mine.delete()
    if is_done:
        _keep(mine, response, secret=secret)
    return response


def _whole(work: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _keep(known: Remembered, response: HttpResponse, *, secret: bool) -> None:
    known.status = 409 if secret else response.status_code
    known.headers = {name: response[name] for name in _HEADERS if name in response}
    known.answer = "" if secret else response.content.decode()
    known.save()  # written anew where an erasure took it out


def _again(known: Remembered, digest: str) -> HttpResponse:
    if known.digest != digest:
        raise Problem(
            422,
            "idempotency-key-reused",
            "this Idempotency-Key came with another request before: use a new key",
        )
    if known.status == 0:
        words = "the same request is under way: ask again in a moment"
        raise Problem(409, "under-way", words, headers={"Retry-After": "2"})
    if known.status == 409:
        words = "this was done before, and its secret is shown only once"
        return answer(Problem(409, "done-already", words))
    headers = known.headers | {"Idempotency-Replayed": "true"}
    return HttpResponse(known.answer, status=known.status, headers=headers)


def _digest(request: HttpRequest) -> str:
    """Keyed, since a body may hold a password."""
    said = (request.method or "", request.get_full_path(), request.headers.get("If-Match", ""))
    found = salted_hmac("halves.api.remembering", "\n".join(said), algorithm="sha256")
    if request.method == "POST" and request.content_type == "multipart/form-data":
        # As it is understood, since what divides its parts is another each time.
        found.update(repr(sorted(request.POST.lists())).encode("utf-8", "replace"))
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                found.update(repr((name, file.name, file.size)).encode("utf-8", "replace"))
                for chunk in file.chunks():
                    found.update(chunk)
                file.seek(0)
    else:
        found.update(request.body)
    return found.hexdigest()
