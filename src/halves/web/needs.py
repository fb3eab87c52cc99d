"""What a page needs of whoever opens it. A page without a word on it fails a test."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from halves.access.rules import Verb, insist

View = Callable[..., HttpResponse]


def needs(verb: Verb, kind: str) -> Callable[[View], View]:
    """Open a page to those whose role may do this to things of this kind."""

    def guarded(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            insist(request.user, verb, kind)
            return view(request, *args, **named)

        opened = login_required(page)
        opened.needs = (verb, kind)
        return opened

    return guarded


def anyone(view: View) -> View:
    """Open a page to whoever comes."""
    view.needs = None
    return view
