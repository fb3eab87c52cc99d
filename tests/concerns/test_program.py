"""What was heard, for programs: ranked, quoted, shaped; what one person may hold."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase

from halves.concerns.models import Concern, Heard
from tests.api.program import Program
from tests.concerns.company import DEAR, DOUBT, deal, listen, voiced

NOW = datetime.now(UTC)


def test_a_program_reads_ranks_quotes_and_puts_in_order(ben, bea):
    talks = voiced(ben, DEAR + DOUBT, at=NOW - timedelta(days=2))
    deal(talks[0].person, "open", 500)
    program = Program(ben)
    with TestCase.captureOnCommitCallbacks(execute=True):
        asked = program("POST", "/concerns/listen", {"is_again": False})
    assert (asked.status_code, asked.json()["kind"]) == (202, "listen")
    dear, doubt = (Heard.objects.get(words=one[0]).concern for one in (DEAR, DOUBT))

    first = program.get("/concerns/ranked").json()[0]
    assert (first["concern"]["id"], first["people"], first["at_stake"]) == (
        dear.pk, 6, "500.000000",
    )  # fmt: skip
    assert first["best"]["verdict"] == "no_winner"
    said = program.get(f"/concerns/{dear.pk}/heard?size=2").json()
    assert len(said["rows"]) == 2
    assert said["after"]
    held = program.get(f"/people/{talks[0].person_id}/concerns").json()
    assert [one["concern"]["id"] for one in held] == [dear.pk, doubt.pk]
    assert (held[0]["low"], held[0]["high"]) == (1.0, 1.0)

    kept = program("POST", f"/concerns/{doubt.pk}/merge", {"into_id": dear.pk}).json()
    assert kept["id"] == dear.pk
    own = Heard.objects.get(words=DOUBT[0])
    body = {"name": "Is it a scam?", "heard_ids": [own.pk]}
    made = program("POST", f"/concerns/{dear.pk}/split", body)
    assert made.status_code == 201
    again = program("POST", f"/concerns/{doubt.pk}/merge", {"into_id": dear.pk})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "into")


def test_a_program_that_sends_no_body_is_told_to_send_one(ben):
    refused = Program(ben)("POST", "/concerns/listen")

    assert refused.status_code == 422
    assert refused.json()["detail"] == "the body is missing: send JSON, {} at least"


def test_words_of_a_private_talk_are_their_seller_s_in_programs_too(ben, bea):
    talks = voiced(ben, DEAR, at=NOW, is_private=True)
    known = Concern.objects.create(name="It is too expensive for us", kind="price", made_at=NOW)
    listen(at=NOW)
    where = f"/concerns/{known.pk}/heard"

    assert len(Program(ben).get(where).json()["rows"]) > 0
    assert Program(bea).get(where).json()["rows"] == []
    assert Program(bea).get("/concerns/pile").json()["rows"] == []
    told = Program(bea).get(f"/people/{talks[0].person_id}/concerns").json()
    assert [one for one in told if one["voiced_at"]] == []
    own = Heard.objects.first()
    assert Program(bea)("PUT", f"/heard/{own.pk}/concern", {"concern_id": None}).status_code == 404
