"""Where events are sent, and the script that pages send them with."""

from django.urls import path

from halves.api import track

urlpatterns = [
    path("t.js", track.script, name="track_script"),
    path("v1/<slug:kind>", track.take, name="track"),
]
