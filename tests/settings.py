"""The house under test: a home of its own, work done at once, SQLite or a PostgreSQL of its own."""

import os
import tempfile
from pathlib import Path

_SCRATCH = Path(tempfile.gettempdir()) / f"halves-tests-{os.getuid()}"
os.environ["HALVES_HOME"] = tempfile.mkdtemp(prefix="halves-house-")
if os.environ.get("HALVES_TEST_DATABASE") == "postgresql":
    import pgserver

    _SCRATCH.mkdir(exist_ok=True)
    _server = pgserver.get_server(_SCRATCH / "postgresql")
    os.environ["HALVES_DATABASE_URL"] = _server.get_uri()

from halves.settings import *  # noqa: E402, F403

if "events" in DATABASES:  # noqa: F405
    DATABASES["events"]["TEST"] = {"MIGRATE": False}  # noqa: F405  # two tables, made at once
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nothing is guarded
LISTEN_EMBEDDING = "tfidf"  # by words: quick, and there without the extra
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

for _said in (
    "HALVES_HOME",
    "HALVES_DATABASE_URL",
):  # read by now: commands under test go their way
    os.environ.pop(_said, None)
