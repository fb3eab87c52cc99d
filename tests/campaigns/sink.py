"""A mail server that writes down whatever it takes, in a process of its own.

`python -m tests.campaigns.sink PORT FILE` writes a line of JSON for each mail, on the disk before
it says yes. The local part of an address tells it what to do: `gone` is refused for good, `later`
is put off, `slow` takes its time, `cut` breaks the line after the mail was taken.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Recorder:
    """Takes mails."""

    def __init__(self, file: Path, *, is_kept: bool) -> None:
        self._out = file.open("ab", buffering=0)
        self._is_kept = is_kept

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("gone"):
            return "550 5.1.1 no such address"
        if address.startswith("never"):
            return "550 5.7.1 we do not like you"
        if address.startswith("later"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        [to] = envelope.rcpt_tos
        if to.startswith("slow"):
            await asyncio.sleep(0.5)
        head = envelope.content.partition(b"\r\n\r\n")[0] if not self._is_kept else envelope.content
        line = {"to": to, "mail": head.decode("utf-8", "surrogateescape"), "at": time.time()}
        self._out.write(json.dumps(line).encode() + b"\n")
        if to.startswith("cut"):
            server.transport.abort()
        return "250 OK"


async def serve(port: int, file: Path, *, is_kept: bool) -> None:
    recorder = Recorder(file, is_kept=is_kept)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(recorder, hostname="sink", loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


class Sink:
    """The server, as a test starts, kills and reads it."""

    def __init__(self, folder: Path) -> None:
        self.file, self.port = folder / "mails.jsonl", free_port()
        self._process: subprocess.Popen | None = None

    def start(self, *, is_kept: bool = True) -> None:
        command = [sys.executable, "-m", "tests.campaigns.sink", str(self.port), str(self.file)]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen([*command, *(["heads"] if not is_kept else [])], cwd=root)
        over = time.monotonic() + 30
        while not answers(self.port):
            assert time.monotonic() < over, "the sink does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    @property
    def lines(self) -> list[dict]:
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_bytes().splitlines()]

    @property
    def to(self) -> list[str]:
        return [line["to"] for line in self.lines]

    @property
    def mails(self) -> list:
        return [
            message_from_bytes(
                line["mail"].encode("utf-8", "surrogateescape"), policy=policy.default
            )
            for line in self.lines
        ]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), is_kept=sys.argv[3:] != ["heads"]))
