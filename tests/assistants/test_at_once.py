"""Of some windows that confirm one proposal at once, it is done once, and all are told so."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from halves.people.models import Consent
from tests.assistants.at_once import consent_asked, insist_on_once, pressed_at_once
from tests.homes import new_home


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's tests have no file")
@pytest.mark.django_db(transaction=True)
def test_pressed_at_once_it_is_done_once(ben):
    insist_on_once(ben)


def test_so_it_is_in_a_house_of_files(tmp_path):
    code = "import django; django.setup(); from tests.assistants.at_once import main; main()"
    env = {name: said for name, said in os.environ.items() if not name.startswith("HALVES_")}
    env |= {
        "HALVES_HOME": str(new_home(tmp_path / "home")),
        "HALVES_HOSTS": "testserver,localhost",
        "DJANGO_SETTINGS_MODULE": "halves.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only there a table can be held")
@pytest.mark.django_db(transaction=True)
def test_what_the_busy_database_did_not_do_is_confirmed_again_and_then_done_once(ben):
    proposal = consent_asked(ben)
    with ThreadPoolExecutor(1) as elsewhere, connection.cursor() as here:
        here.execute("SET lock_timeout = '300ms'")
        held, free = Event(), Event()
        holding = elsewhere.submit(_hold_consents, held, free)
        try:
            assert held.wait(timeout=20)
            told = pressed_at_once(ben, proposal, windows=1, is_here=True)
        finally:
            free.set()
            holding.result()
            here.execute("RESET lock_timeout")

    assert told == {"busy": 1}
    proposal.refresh_from_db()
    assert (proposal.state, Consent.objects.count()) == ("confirmed", 0)
    assert pressed_at_once(ben, proposal, windows=1) == {"Done.": 1}
    assert Consent.objects.count() == 1


def _hold_consents(held: Event, free: Event) -> None:
    try:
        with transaction.atomic(), connection.cursor() as there:
            there.execute(f"LOCK TABLE {Consent._meta.db_table} IN ACCESS EXCLUSIVE MODE")
            held.set()
            free.wait(timeout=20)
    finally:
        connection.close()
