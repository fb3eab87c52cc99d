"""An audience taken to an ad platform, by its pages."""

from halves.campaigns.ad_models import AdList, AdTaken
from tests.campaigns.ad_company import agreeing, looked_at, made, planned, worked_on
from tests.campaigns.company import audience_of, willing
from tests.house import browser


def test_an_audience_is_taken_to_a_platform(max_):
    people = agreeing(4)
    audience = audience_of([*people, *willing(2, named="m")])
    page = browser(max_)
    assert f"/audiences/{audience.pk}/ads/" in page.get(f"/audiences/{audience.pk}/").text
    form = {"title": "Sailors", "platform": "meta", "holdout": "0", "days": "28"}
    form |= {"outcome": "deal_closed", "of": "value", "campaign": "", "topic": ""}

    gone_to = page.post(f"/audiences/{audience.pk}/ads/", form).url
    ad_list = looked_at(AdList.objects.get())
    told = page.get(gone_to).text
    assert "4 people agreed to it" in told
    assert "never agreed to be known to ad platforms" in told

    page.post(f"{gone_to}make/")
    worked_on(ad_list)
    file = page.post(f"{gone_to}take/", {"part": "everyone"})
    lines = b"".join(file.streaming_content).decode().splitlines()

    assert lines[0] == "email,phone,fn,ln,zip,country"
    assert len(lines) == 5
    assert "attachment" in file["Content-Disposition"]
    assert str(AdTaken.objects.get().digest[:12]) in page.get(gone_to).text


def test_what_was_typed_stays_where_it_cannot_be(max_):
    audience = audience_of(agreeing(1))
    form = {"title": "…", "platform": "meta", "holdout": "12", "days": "28"}
    form |= {"outcome": "deal_closed", "of": "value"}

    answer = browser(max_).post(f"/audiences/{audience.pk}/ads/", form)

    assert answer.status_code == 422
    assert 'value="12"' in answer.text
    assert "Give it a name" in answer.text


def test_nothing_is_taken_before_a_file_is_made(max_):
    ad_list = planned(max_, agreeing(1))
    answer = browser(max_).post(f"/ad-lists/{ad_list.pk}/take/", {"part": "everyone"}, follow=True)

    assert "Make a file first" in answer.text


def test_a_seller_sees_a_list_and_takes_nothing(max_, ben):
    ad_list = planned(max_, agreeing(2))
    made(ad_list, max_)
    page = browser(ben)

    assert "Take it to the platform" not in page.get(f"/ad-lists/{ad_list.pk}/").text
    answer = page.post(f"/ad-lists/{ad_list.pk}/take/", {"part": "everyone"})
    assert answer.status_code == 403
