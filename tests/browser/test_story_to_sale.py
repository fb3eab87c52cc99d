"""A story, an audience, a campaign with people held out, the mail, the page, a sale, its result."""

import re

import pytest
import tomlkit

from tests.browser.test_access_to_pages import trouble
from tests.campaigns.company import settings_file
from tests.campaigns.sink import Sink

PATIENCE_MS = 60_000
PEOPLE = 24


@pytest.fixture
def sink(served, tmp_path):
    """A mail server on this machine; the house is told of it as whoever runs it would."""
    file = served.home / "halves.toml"
    before = file.read_text() if file.exists() else None
    one = Sink(tmp_path)
    one.start()
    settings_file(file, one.port, url=served.url)
    if before:  # what the house was told before stays, but for the mail's own tables
        both = tomlkit.parse(before)
        both.update(tomlkit.parse(file.read_text()))
        file.write_text(tomlkit.dumps(both))
    yield one
    one.kill()
    file.write_text(before or "")


def add_people(page) -> None:
    """People who agreed to be written to, through the API with the browser's own session."""
    page.goto("/people/add/")
    made = page.evaluate(
        """async (count) => {
            const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
            const ask = (path, body) => fetch('/api/v1' + path, {method: 'POST',
                headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
                body: JSON.stringify(body)});
            const codes = [];
            for (let n = 0; n < count; n++) {
                const said = {name: `Sailor ${n}`, email: `sailor${n}@boats.example`,
                    region: 'Harbour'};
                const added = await ask('/people', said);
                const key = (await added.json()).id;
                const agreed = await ask(`/people/${key}/consents`,
                    {channel: 'email', is_given: true, how: 'a form at the boat show'});
                codes.push(added.status, agreed.status);
            }
            return codes;
        }""",
        PEOPLE,
    )
    assert set(made) == {201}, made


def write_story(page, *, leads_to: str) -> None:
    page.goto("/stories/add/")
    form = page.locator("#sheet")
    form.get_by_label("A solution").check()
    said = {
        "name": "Room in the harbour",
        "for_whom": "people who sail on Sundays",
        "problem": "In summer no berth is free.",
        "fix": "A berth of your own, all year.",
        "headline": "A berth of your own",
        "subject": "{{ person.first_name }}, there is a berth",
        "body": "It waits **for you**, all year.",
        "call_words": "Take it",
        "call_url": leads_to,
    }
    for name, words in said.items():
        form.locator(f"[name={name}]").fill(words)
    form.get_by_label("12 of 12 berths were kept free").check()
    promise = form.locator("#id_promises fieldset").first
    promise.get_by_label("What is promised").fill("The berth is yours within three days")
    promise.get_by_label("What is counted").fill("days until the berth is free")
    promise.get_by_label("How much").fill("3")
    promise.get_by_label("Unit").fill("days")
    promise.get_by_label("At most, less is better").check()
    promise.get_by_label("Within days").fill("3")
    promise.get_by_label("Who keeps it").select_option(label="Ada")
    with page.expect_navigation():
        form.get_by_role("button", name="Save", exact=True).click()
    assert "Room in the harbour" in page.locator("h1").inner_text()


def add_proof(page) -> None:
    page.goto("/stories/proof/add/")
    page.locator("[name=claim]").fill("12 of 12 berths were kept free")
    page.locator("[name=source]").fill("the harbour's book, 2025")
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button").last.click()


def make_page(page) -> None:
    page.goto("/pages/add/")
    page.get_by_label("Story").select_option(label="Room in the harbour")
    said = {
        "slug": "berth",
        "button": "Order the berth",
        "sells": "Berth for a year",
        "price": "480",
        "currency": "EUR",
    }
    for name, words in said.items():
        page.locator(f"[name={name}]").fill(words)
    page.locator("[name=asks]").select_option("order")
    page.get_by_label("by invoice").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Publish").click()
    assert "The world sees it now" in page.locator("main").inner_text()


def build_audience(page) -> None:
    page.goto("/audiences/add/")
    about = page.locator("[name='0.0.about']")
    if about.input_value() != "field:person.region":
        with page.expect_response("**/audiences/**"):
            about.select_option("field:person.region")
        page.wait_for_timeout(500)  # the conditions are drawn anew
    page.locator("[name='0.0.value']").fill("Harbour")
    page.get_by_text(f"{PEOPLE} people belong").wait_for(timeout=PATIENCE_MS)
    page.locator("#name").fill("Sailors of the harbour")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the audience").click()
    assert "Sailors of the harbour" in page.locator("h1").inner_text()


def tell_it(page) -> None:
    page.goto("/campaigns/add/")
    page.locator("[name=title]").fill("A berth for sailors")
    page.locator("[name=audience]").select_option(label="Sailors of the harbour")
    page.locator("[name=story]").select_option(label="Room in the harbour")
    page.locator("[name=holdout_share]").fill("25")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="See whom it goes to").click()
    launch = page.get_by_role("button", name=re.compile(f"Launch it to {PEOPLE} people"))
    launch.wait_for(timeout=PATIENCE_MS)
    assert "What leaving some alone can detect" in page.locator("main").inner_text()
    launch.click()
    page.get_by_text(re.compile("held out", re.IGNORECASE)).first.wait_for(timeout=PATIENCE_MS)


def wait_until(page, is_so, seconds: int = 60) -> None:
    for _ in range(seconds * 4):
        if is_so():
            return
        page.wait_for_timeout(250)
    pytest.fail(f"not within {seconds} s")


def test_from_a_story_to_a_sale_and_what_it_changed(signed_in, served, sink, chromium):
    page = signed_in("ada")
    add_people(page)
    add_proof(page)
    write_story(page, leads_to=f"{served.url}/p/berth/")
    make_page(page)
    build_audience(page)
    tell_it(page)

    page.get_by_text(re.compile(r"\bsent\b", re.IGNORECASE)).first.wait_for(timeout=PATIENCE_MS)
    campaign = page.url
    wait_until(page, lambda: "Sent" in _state(page, campaign))
    told = {line["to"] for line in sink.lines}
    assert 6 <= len(told) < PEOPLE  # some are held out
    assert len(sink.lines) == len(told)

    mail = sink.mails[0]
    assert re.fullmatch(r"Sailor, there is a berth", mail["Subject"])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content()
    link = re.search(rf"{re.escape(served.url)}/c/\S+", text)[0]

    reader = chromium.new_context(base_url=served.url, java_script_enabled=False).new_page()
    reader.goto(link)
    assert "/p/berth/" in reader.url
    assert "A berth of your own" in reader.locator("h1").inner_text()
    assert "The berth is yours within three days" in reader.locator("main").inner_text()
    reader.wait_for_timeout(2_200)  # nobody types quicker
    reader.get_by_label("Your name").fill("Sailor")
    reader.get_by_label("Your e-mail address").fill(mail["To"])
    with reader.expect_navigation():
        reader.get_by_role("button", name="Order the berth").click()
    assert "Your address is confirmed" in reader.locator("main").inner_text()
    reader.get_by_role("link", name="See your order").click()
    assert "480.00 EUR" in reader.locator("main").inner_text()
    assert "on invoice" in reader.locator("main").inner_text()

    page.goto(f"/people/?search={mail['To']}")
    page.locator("table a").first.click()
    for words in ("Ordered", "Promised by", "Deal closed", "email"):
        wait_until(page, lambda words=words: _has(page, words))
    wait_until(page, lambda: any("Your order" in str(m["Subject"]) for m in sink.mails))
    receipt = next(m for m in sink.mails if "Your order" in str(m["Subject"]))
    assert "The berth is yours within three days" in receipt.get_content()

    unsubscribe = re.search(r"<(http[^>]+)>", sink.mails[1]["List-Unsubscribe"])[1]
    answer = reader.request.post(unsubscribe, form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200

    page.goto(campaign)
    assert trouble(page) == []


def _state(page, url: str) -> str:
    page.goto(url)
    return page.locator("main").inner_text()


def _has(page, words: str) -> bool:
    page.reload()
    return words in page.locator("main").inner_text()
