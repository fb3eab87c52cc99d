"""The protocol's own client, whose requests go to the house in this process."""

import asyncio
import json
from typing import Any

import httpx2
from asgiref.sync import async_to_sync, sync_to_async
from django.test import Client as Browser
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from halves.access.actions import SCOPES, make_token
from halves.access.models import ApiToken, User
from tests.house import MONDAY

_ENDS = 60  # seconds


class ToTheHouse(httpx2.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        content = await request.aread()
        return await sync_to_async(self._sent)(request, content)

    def _sent(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        said = Browser(SERVER_NAME="localhost").generic(
            request.method, request.url.path, content, headers=headers,
            content_type=headers.get("content-type", "application/json"),
        )  # fmt: skip
        return httpx2.Response(said.status_code, headers=dict(said.items()), content=said.content)


class Assistant:
    """A program that speaks the protocol with somebody's key."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.secret = make_token(user, name="assistant", scopes=scopes or SCOPES, at=MONDAY)
        self.token = ApiToken.objects.filter(user=user).latest("pk")

    def tools(self) -> dict[str, Any]:
        async def ask(client: Client) -> dict[str, Any]:
            return {one.name: one for one in (await client.list_tools()).tools}

        return self._with(ask)

    def __call__(self, tool: str, **arguments: object) -> Any:
        """What a tool says; a refusal is what it says too."""
        return json.loads(self.result(tool, **arguments).content[0].text)

    def result(self, tool: str, **arguments: object) -> CallToolResult:
        async def ask(client: Client) -> CallToolResult:
            return await client.call_tool(tool, arguments)

        return self._with(ask)

    def _with(self, ask: Any) -> Any:
        async def spoken() -> Any:
            headers = {"Authorization": f"Bearer {self.secret}"}
            http = httpx2.AsyncClient(transport=ToTheHouse(), headers=headers)
            where = streamable_http_client("http://localhost/mcp/", http_client=http)
            async with asyncio.timeout(_ENDS), Client(where) as client:
                return await ask(client)

        return async_to_sync(spoken)()
