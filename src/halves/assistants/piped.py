"""The protocol over standard input and output, for a client on this machine."""

import anyio
from django.conf import settings
from mcp.server.stdio import stdio_server

from halves.api.door import Caller
from halves.assistants.server import server_for


def run(caller: Caller) -> None:
    """Answer until the client closes its end."""
    anyio.run(_run, caller)


async def _run(caller: Caller) -> None:
    server = server_for(caller, house=settings.HALVES_URL)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
