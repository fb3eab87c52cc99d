"""Role by role, page by page: generated from the list of URLs, so that none goes unasked."""

import pytest
from django.urls import URLPattern, get_resolver

from halves.access.actions import make_token
from halves.access.models import ApiToken, Role, User
from halves.access.rules import roles_that_may
from halves.audiences import actions as audiences
from halves.audiences import groups
from halves.conversations.actions import log
from halves.conversations.notes import save_snippet
from halves.conversations.talk import Talk
from halves.deals.pipelines import default_pipeline
from halves.imports.models import ImportRun
from halves.people import actions
from halves.people.merging import merge
from halves.people.models import Duplicate, SavedView, Task
from halves.scoreboard import actions as scoreboard
from halves.tracking.sources import add_source
from halves.webhooks.models import WebhookEndpoint
from tests.assistants.company import asked
from tests.campaigns import ad_company
from tests.campaigns.company import drafted as planned
from tests.concerns.company import something_heard
from tests.conversations.queue_company import a_decision
from tests.deals.company import a_deal, a_person, a_quote
from tests.experiments.company import drafted, studied
from tests.house import MONDAY, browser, colleague
from tests.pages.company import a_page, an_order
from tests.promises.company import a_survey, told
from tests.stories.company import something_told

pytestmark = pytest.mark.matrix

ALLAUTH = "account/"


def pages():
    return [
        (pattern.name, str(pattern.pattern), pattern.callback)
        for pattern in get_resolver("halves.web.urls").url_patterns
        if isinstance(pattern, URLPattern)
    ]


def test_every_page_says_what_it_needs():
    silent = [name for name, _, view in pages() if not hasattr(view, "needs")]

    assert silent == []


def test_what_is_not_ours_is_allauth_s():
    others = {
        str(one.pattern)
        for one in get_resolver("halves.web.urls").url_patterns
        if not isinstance(one, URLPattern)
    }

    assert others == {"account/", "account/2fa/"}


# Who may most are asked in make test-slow; who may least, and who writes, each time.
ROLES = [
    pytest.param(one, marks=pytest.mark.slow) if one in (Role.OWNER, Role.LEADER) else one
    for one in Role
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", pages(), ids=lambda page: page[0])
def test_a_page_opens_to_the_roles_that_may_and_to_nobody_else(house, role, page):
    name, route, view = page
    user = colleague("Someone", role)
    key = str(_key(name, user))
    other = str(_key(name, user)) if "<int:other>" in route else ""
    path = "/" + route.replace("<int:key>", key).replace("<int:other>", other).replace(
        "<path:name>", "newsletter"
    )

    codes = {browser(user).get(path).status_code, browser(user).post(path).status_code}
    stranger = {browser().get(path).status_code, browser().post(path).status_code}

    if view.needs is None:
        return
    verb, kind = view.needs
    if role in roles_that_may(verb, kind):
        assert codes & {200, 302, 422}, codes
    else:
        assert codes <= {403, 405}, codes
    assert 500 not in codes
    assert stranger <= {302, 405}, stranger


def _key(name: str, user: User) -> int:
    """Something that the page is about."""
    if name.startswith("ad_list"):
        audience = audiences.make_list(name="some", by=user, at=MONDAY)
        return ad_company.planned(user, audience).pk
    if name.startswith("audience"):
        return audiences.make_list(name="some", by=user, at=MONDAY).pk
    if name.startswith("group"):
        return groups.found_group(name="some", aspiration="more", by=user, at=MONDAY).pk
    if name.startswith("person"):
        return actions.add_person(by=None, at=MONDAY, source="t", name="Grace").pk
    if name.startswith("account"):
        return actions.add_account(by=None, at=MONDAY, name="Navy").pk
    if name.startswith("conversation"):
        whom = actions.add_person(by=None, at=MONDAY, source="t", name="Grace")
        return log(whom, Talk("call", MONDAY, user), by=None, at=MONDAY).pk
    if name == "snippet_remove":
        said = {"name": "First", "words": "Budget?", "kind": "", "is_shared": False}
        return save_snippet(**said, by=user, at=MONDAY).pk
    if name.startswith("proposal"):
        return asked(user).pk
    if name.startswith("task"):
        return Task.objects.create(title="Call", owner=user, made_at=MONDAY).pk
    if name == "view_remove":
        return SavedView.objects.create(user=user, of="people", name="Mine").pk
    if name.startswith("token"):
        make_token(user, name="t", scopes=["read"], at=MONDAY)
        return ApiToken.objects.get().pk
    if name == "duplicate" or name.startswith("duplicate_"):
        first, second = (
            actions.add_person(by=None, at=MONDAY, source="t", name=name) for name in "ab"
        )
        return Duplicate.objects.create(
            first=first, second=second, probability=0.95, found_at=MONDAY
        ).pk
    if name.startswith("merge"):
        kept, gone = (
            actions.add_person(by=None, at=MONDAY, source="t", name=name) for name in "ab"
        )
        return merge(kept, gone, by=None, at=MONDAY, why="t").pk
    if name.startswith("answer"):
        return scoreboard.ask(by=user, at=MONDAY).pk
    if name.startswith("experiment"):
        return drafted(user).pk
    if name in ("quote_add", "deal") or name.startswith("deal_"):
        return a_deal(user, a_person(email="")).pk
    if name == "quote" or name.startswith("quote_"):
        return a_quote(user, a_deal(user, a_person(email=""))).pk
    if name.startswith(("pipeline", "deals_forecast_")):
        return default_pipeline(at=MONDAY).pk
    if name.startswith("promise"):
        return told(user).pk
    if name.startswith("survey"):
        return a_survey(user).pk
    if name.startswith("call_"):
        return a_decision(user).pk
    if name.startswith("campaign"):
        return planned(user, []).pk
    if name.startswith("lift"):
        return studied(user).pk
    if name.startswith("source"):
        return add_source(name="Site", origins=[], by=user, at=MONDAY).source.pk
    if name == "stitch_decide":
        source = add_source(name="Site", origins=[], by=user, at=MONDAY).source
        said = {"ledger_id": "anon:1:v", "kind": "user_id", "value": "u", "said_at": MONDAY}
        return source.stitches.create(**said).pk
    if name.startswith("page"):
        return a_page(user).pk
    if name == "order":
        return an_order(user).pk
    if name.startswith("webhook"):
        return WebhookEndpoint.objects.create(url="https://example.org/", made_at=MONDAY).pk
    if name.startswith(("story", "offer", "proof", "concern", "settling")):
        return something_told(name.partition("_")[0], user)
    if name == "heard_place":
        return something_heard()
    if name.startswith("import"):
        return ImportRun.objects.create(name="contacts.csv", by=user, at=MONDAY).pk
    return user.pk
