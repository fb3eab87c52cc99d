"""Where assistants speak to us."""

from django.urls import path

from halves.assistants.views import mcp

urlpatterns = [path("mcp/", mcp, name="mcp"), path("mcp", mcp)]
