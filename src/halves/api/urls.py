"""Where the API is; whatever else is asked for below it is not there."""

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from halves.api.house import api


@csrf_exempt
def nothing(request: HttpRequest) -> NoReturn:
    """Say that there is nothing, also where pages would send a browser on."""
    raise Http404


urlpatterns = [path("v1/", api.urls), re_path("", nothing)]
