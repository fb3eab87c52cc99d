"""A program that talks to the API with a token."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from halves.access.actions import SCOPES, make_token
from halves.access.models import User
from tests.house import MONDAY

HERE = "/api/v1"


class Program:
    def __init__(self, user: User, *scopes: str) -> None:
        self.secret = make_token(user, name="t", scopes=scopes or SCOPES, at=MONDAY)
        self.client = Client(SERVER_NAME="localhost")

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return call(
            self.client, method, path, body, headers | {"Authorization": f"Bearer {self.secret}"}
        )

    def upload(self, path: str, *files: Path, **headers: str) -> Any:
        return send_files(
            self.client, path, files, headers | {"Authorization": f"Bearer {self.secret}"}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)


def call(client: Client, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return client.generic(method, HERE + path, headers=headers, **sent)


def send_files(client: Client, path: str, files: Sequence[Path], headers: Any = None) -> Any:
    sent = [SimpleUploadedFile(one.name, one.read_bytes()) for one in files]
    return client.post(HERE + path, {"files": sent}, headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content
