"""How quickly a campaign is sent over SMTP, and what memory it takes.

    python -m bench.sending                    2,000 people, beside a bare SMTP loop
    python -m bench.sending --people 100_000   more; memory must not rise with them

Mails are rendered for each person and signed with DKIM (Ed25519); the server is aiosmtpd in a
process of its own, which writes each down. The bare loop sends one such mail again and again.
"""

import argparse
import os
import resource
import smtplib
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HALVES_HOME"] = str(Path(folder) / "home")
        os.environ["DJANGO_SETTINGS_MODULE"] = "halves.settings"
        _run(Path(folder), people)


def _run(folder: Path, count: int) -> None:
    import django

    django.setup()
    from halves.cli.serving import prepare_database
    from tests.campaigns.sink import Sink

    prepare_database()
    sink = Sink(folder)
    sink.start(is_kept=False)
    try:
        _measure(sink, count)
    finally:
        sink.kill()


def _measure(sink: "object", count: int) -> None:
    from django.conf import settings

    from halves.access.actions import add_user
    from halves.campaigns import drawing, sending
    from halves.campaigns.composing import Composer
    from halves.campaigns.models import Message
    from halves.mail.signing import make_keys
    from tests.campaigns.company import launched, now, settings_file, willing
    from tests.house import MONDAY

    settings_file(settings.PLACE.settings_file, sink.port)
    make_keys(settings.PLACE.home, selector="halves", kinds=["ed25519"])
    ada = add_user(
        email="a@b.org", name="Ada", role="owner", team=None, password="x" * 12, at=MONDAY
    )
    for start in range(0, count, 5_000):
        last = willing(min(5_000, count - start), start=start)
    campaign = launched(ada, last, at=now(), audience=_everyone())
    before = _memory_mb()
    sending.start_due(at=now())
    campaign.refresh_from_db()
    started = time.perf_counter()
    drawing.draw(campaign, at=now())
    drawn = time.perf_counter() - started
    campaign.refresh_from_db()
    sender, sent, started = sending._sender("email", now), 0, time.perf_counter()
    while gone := sender.send(campaign):
        sent += gone
    rate = sent / (time.perf_counter() - started)
    row = Message.objects.filter(state="sent").select_related("step").first()
    to = sending._recipients([row], "email")[row.person_id]
    mail = Composer(campaign, row.step, sender.settings).mail(row, to, at=now())
    bare = _bare(sink.port, sender._back_end.ready(mail))
    print(f"{sent:,} mails, {rate:.0f} a second; bare loop {bare:.0f}; ratio {rate / bare:.2f}")
    print(f"drawn in {drawn:.1f} s; memory {before:.0f} MB before, {_memory_mb():.0f} MB after")


def _everyone() -> "object":
    from halves.audiences.actions import make_list
    from halves.people.models import Person
    from tests.house import MONDAY

    keys = Person.objects.values_list("pk", flat=True).iterator()
    return make_list(name="everyone", people=keys, by=None, at=MONDAY)


def _bare(port: int, mail: bytes) -> float:
    server, times = smtplib.SMTP("127.0.0.1", port), 1_000
    started = time.perf_counter()
    for number in range(times):
        server.sendmail("news@navy.example", [f"bare{number}@people.example"], mail)
    return times / (time.perf_counter() - started)


def _memory_mb() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
