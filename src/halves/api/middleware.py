"""What happens around every request to the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from halves.api.problems import MEDIA, of_status, written

Respond = Callable[[HttpRequest], HttpResponse]
_HERE = "/api/"


class Problems:
    """Whatever went wrong outside an operation is a problem too; nobody caches an answer."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._respond(request)
        if not request.path_info.startswith(_HERE):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        is_said = response.headers.get("Content-Type") == MEDIA
        if response.status_code >= 400 and not is_said and not response.streaming:
            written(response, of_status(response.status_code))
        return response
