"""The OpenAPI document keeps its word: whatever is sent, no fault of ours comes back."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from pydantic import BaseModel
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance

from halves.imports.actions import receive
from halves.people import actions
from halves.people.merging import merge
from halves.people.models import Duplicate
from halves.web.wsgi import application
from tests.api.program import HERE, Program
from tests.campaigns.company import drafted as planned
from tests.experiments.company import drafted, studied
from tests.house import MONDAY, browser

CHECKED = [
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
    conformance.response_headers_conformance,
    checks.not_a_server_error,
]
few = schemathesis.openapi.from_wsgi(f"{HERE}/openapi.json", application)
few.config.phases.coverage.enabled = False
many = schemathesis.openapi.from_wsgi(f"{HERE}/openapi.json", application)
ALIKE = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture
def document(house):
    return browser().get(f"{HERE}/openapi.json").json()


def test_it_is_openapi_with_examples(document):
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            body = said.get("requestBody")
            for media in (body or {}).get("content", {}).values():
                assert "example" in media, (method, path)
            for status, answer in said["responses"].items():
                for kind, media in answer.get("content", {}).items():
                    is_file = path.endswith(("/export", "/refused")) and status == "200"
                    assert "example" in media or is_file, (method, path, status, kind)
            assert said["summary"]
            is_write = method != "get"
            names = {one["name"] for one in said["parameters"]}
            assert ("Idempotency-Key" in names) == is_write


def test_no_two_shapes_are_called_the_same():
    """Of two with one name the document would keep one, and break its word for the other."""
    named: dict[str, set[str]] = {}
    pending = list(BaseModel.__subclasses__())
    while pending:
        shape = pending.pop()
        pending += shape.__subclasses__()
        if shape.__module__.startswith("halves.api"):
            named.setdefault(shape.__name__, set()).add(shape.__module__)

    assert {name: where for name, where in named.items() if len(where) > 1} == {}


@few.parametrize()
@settings(max_examples=8, **ALIKE)
def test_whatever_is_sent_the_answer_is_one_of_the_document(case, program):
    send(case, program, CHECKED)


@pytest.mark.slow
@many.parametrize()
@settings(max_examples=60, **ALIKE)
def test_so_it_is_at_every_edge_and_nothing_else_than_the_document_says_is_taken(case, program):
    send(case, program, [*CHECKED, conformance.negative_data_rejection])


def send(case, program, checked):
    """Every other id is one of something that is there."""
    key = case.path_parameters.get("key")
    if isinstance(key, int) and key % 2:
        case.path_parameters["key"] = 1
        if "name" in case.path_parameters:
            case.path_parameters["name"] = "email"
    case.call_and_validate(headers={"Authorization": f"Bearer {program.secret}"}, checks=checked)


@pytest.fixture
def program(ada, settings, answered):
    """Someone who may do all, in a house where there is something to meet."""
    settings.API_REQUESTS_A_MINUTE = 10**6
    account = actions.add_account(by=ada, at=MONDAY, name="Navy")
    people = [
        actions.add_person(
            by=ada, at=MONDAY, source="t", name=f"Grace {count}", account=account, owner=ada
        )
        for count in range(5)
    ]
    Duplicate.objects.create(first=people[1], second=people[2], probability=0.95, found_at=MONDAY)
    merge(people[3], people[4], by=ada, at=MONDAY, why="t")
    drafted(ada)
    planned(ada, people[:2])
    studied(ada)
    receive("leads.csv", [b"id,email,created\n1,ada@example.org,2026-01-05\n"], by=ada, at=MONDAY)
    # As Django's own client does: a request's end must not close the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Program(ada)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
