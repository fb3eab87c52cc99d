"""Pages that say what went wrong and what to do."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from halves.web.needs import anyone


@anyone
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was asked makes no sense."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "too_large.html", status=413)
    return render(request, "misread.html", {"failed": exception}, status=400)


@anyone
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A form that is too old, or something that this role may not do."""
    return render(request, "refused.html", {"failed": exception}, status=403)


@anyone
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or in another session."""
    return render(request, "stale_form.html", status=403)


@anyone
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is nothing here, or nothing that this user may see."""
    return render(request, "not_found.html", status=404)


@anyone
def server_error(request: HttpRequest) -> HttpResponse:
    """halves itself is at fault."""
    return render(request, "server_error.html", status=500)
