"""An assistant speaks to a house that is served; its colleague reads what it asks, and decides."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.browser.test_access_to_pages import trouble


def key_of(page) -> str:
    page.goto("/settings/tokens/")
    page.get_by_label("What it is for").fill("Assistant")
    for scope in ("read", "write"):
        page.locator(f'input[type=checkbox][value="{scope}"]').check()
    page.get_by_role("button", name="Make").click()
    return re.search(r"hv_[\w-]+", page.locator("main").inner_text())[0]


def say(url: str, key: str, *calls: tuple[str, dict]) -> list[dict]:
    """One talk of the protocol's own client."""

    async def spoken() -> list[dict]:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"})
        where = streamable_http_client(f"{url}/mcp/", http_client=http)
        async with asyncio.timeout(60), Client(where) as client:
            found = [await client.call_tool(name, said) for name, said in calls]
            return [json.loads(one.content[0].text) for one in found]

    with ThreadPoolExecutor(1) as thread:  # the browser's loop has this one
        return thread.submit(asyncio.run, spoken()).result()


def test_what_an_assistant_asks_is_read_and_decided_by_its_colleague(served, signed_in):
    page = signed_in("ben")
    key = key_of(page)
    [made] = say(served.url, key, ("person_add", {"name": "Vera Rubin"}))
    wanted = {"key": made["id"], "is_wanted": True}

    first, second = say(
        served.url, key, ("person_leave_alone", wanted), ("person", {"key": made["id"]})
    )

    assert first["state"] == "waits for a person"
    assert second["is_do_not_contact"] is False
    page.goto(first["confirm_at"])
    assert "Vera Rubin" in page.locator("main h2").first.inner_text()
    assert '"is_wanted": true' in page.locator("pre").inner_text()
    assert trouble(page) == []
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm").click()
    assert "Done." in page.locator("main, .messages").first.inner_text()
    [now] = say(served.url, key, ("person", {"key": made["id"]}))
    assert now["is_do_not_contact"] is True
