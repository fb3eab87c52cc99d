"""What is found from every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from halves.access.rules import Verb, may
from halves.people.models import Person
from halves.people.queries import Asked, people_asked
from halves.web.needs import needs


@require_GET
@needs(Verb.SEE, "person")
def palette(request: HttpRequest) -> HttpResponse:
    """What the palette finds: people, and pages by their name."""
    said = request.GET.get("search", "").strip()
    found = people_asked(request.user, Asked(search=said)) if said else Person.objects.none()
    context = {
        "found": found.select_related("account").order_by("name", "id")[:8],
        "said": said,
        "may_log": may(request.user, Verb.ADD, "conversation"),
    }
    return render(request, "parts/palette.html", context)
