"""The API as a whole: all operations, and the document that says what they are."""

from typing import Any

from ninja import NinjaAPI

from halves.api import (
    accounts,
    ads,
    audiences,
    calls,
    campaigns,
    concerns,
    conversations,
    deals,
    duplicates,
    experiments,
    heard,
    imports,
    me,
    pages,
    people,
    privacy,
    promises,
    score,
    settings,
    sources,
    stories,
    tasks,
    webhooks,
)
from halves.api.asking import Careful
from halves.api.document import completed
from halves.api.problems import handle_all

ABOUT = """All that the pages do, for programs: people, imports, experiments, the score, settings.

Send `Authorization: Bearer hv_…`; make the token under Settings → Keys. Lists come in pages: send
`after` as the page before said. Writes may carry an `Idempotency-Key`. Changes name the version
that was read. What goes wrong comes as `application/problem+json`.
"""


class Api(NinjaAPI):
    """Ninja's, with a document that says all that happens."""

    def get_openapi_schema(self, **said: Any) -> Any:
        """The document."""
        return completed(super().get_openapi_schema(**said))


api = Api(
    title="halves",
    version="1",
    description=ABOUT,
    docs_url=None,  # its page needs scripts that the house does not let in
    parser=Careful(),
    urls_namespace="api",
)
handle_all(api)
for one in (
    me,
    people,
    accounts,
    tasks,
    duplicates,
    privacy,
    imports,
    audiences,
    ads,
    campaigns,
    calls,
    experiments,
    score,
    stories,
    heard,
    concerns,
    conversations,
    deals,
    promises,
    pages,
    settings,
    sources,
    webhooks,
):
    api.add_router("", one.router)
