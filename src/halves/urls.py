"""Every address: the pages, and the API below /api/."""

from django.urls import include, path

from halves.web.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", include("halves.api.track_urls")),
    path("api/", include("halves.api.urls")),
    path("", include("halves.assistants.urls")),
    path("", include("halves.web.urls")),
]
