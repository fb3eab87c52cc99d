"""Whatever is handed over as a file: an answer in words, and nothing half written."""

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.imports.models import ImportRun
from halves.jobs.running import run_job
from halves.people.models import Person
from tests.house import browser

HEADER = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Contact owner,Create Date\n"
TEXTS = st.text(max_size=300).map(lambda said: (HEADER + said).encode("utf-8", "ignore"))
CONTENTS = st.one_of(
    st.binary(max_size=400),
    TEXTS,
    TEXTS.map(lambda said: said.decode("utf-8", "ignore").encode("utf-16")),
    st.sampled_from([b"PK\x03\x04", b"PAR1", b"\xef\xbb\xbf", b"\x1f\x8b"]).flatmap(
        lambda begins: st.binary(max_size=200).map(lambda rest: begins + rest)
    ),
)
NAMES = st.one_of(
    st.sampled_from(["a.csv", "a.xlsx", "a.parquet", "a.tsv", "a.txt", "a.png", "a"]),
    st.text(min_size=1, max_size=30).map(lambda name: f"{name}.csv"),
)


@given(NAMES, CONTENTS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_handed_over_is_answered_in_words_and_nothing_comes_in(max_, name, content):
    client = browser(max_)
    handed = client.post("/imports/", {"files": [SimpleUploadedFile(name, content)]})

    assert handed.status_code in (200, 302, 400, 422), handed.status_code
    for run in ImportRun.objects.order_by("-pk")[:1]:
        assert client.get(f"/imports/{run.pk}/").status_code == 200
        started = client.post(f"/imports/{run.pk}/check/")
        assert started.status_code in (200, 302, 400, 409, 422), started.status_code
        run.refresh_from_db()
        if run.job is not None:
            run_job.call(run.job_id)
            run.job.refresh_from_db()
            assert "went wrong in halves itself" not in run.job.words
    assert not Person.objects.exists()
