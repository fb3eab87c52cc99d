"""Lists for ad platforms through the API, as a program uses them."""

from halves.campaigns.ad_models import AdList
from tests.api.program import Program
from tests.campaigns.ad_company import agreeing, looked_at, worked_on
from tests.campaigns.company import audience_of


def test_a_program_plans_a_list_makes_a_file_and_takes_it(max_):
    audience = audience_of(agreeing(3))
    program = Program(max_, "read", "write", "export")
    said = {"audience": audience.pk, "title": "Sailors", "platform": "google", "holdout_share": 0}

    made = program("POST", "/ad-lists", said)
    where = f"/ad-lists/{made.json()['id']}"
    assert made.status_code == 201
    assert program.get(f"{where}/export").status_code == 409

    ad_list = looked_at(AdList.objects.get())
    assert program.get(where).json()["found"]["reached"] == 3
    assert program("POST", f"{where}/files").status_code == 202
    worked_on(ad_list)

    assert program.get(f"{where}/files").json()[0]["on_list"] == 3
    file = program.get(f"{where}/export?part=added")
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines[0] == "Email,Phone,First Name,Last Name,Country,Zip"
    assert len(lines) == 4


def test_a_file_before_anyone_looked_is_refused_with_what_to_do(max_):
    audience = audience_of(agreeing(1))
    program = Program(max_, "read", "write", "export")
    said = {"audience": audience.pk, "title": "Sailors", "platform": "meta"}
    key = program("POST", "/ad-lists", said).json()["id"]

    refused = program("POST", f"/ad-lists/{key}/files")

    assert refused.status_code == 409
    assert "See first whom it would take" in refused.json()["detail"]
