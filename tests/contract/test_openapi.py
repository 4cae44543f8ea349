"""The OpenAPI document, taken at its word: what schemathesis makes of it is answered as it says, never with a fault."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bos.home import Home
from bos.settings import Settings

FLOW = "loan-payment-processing"
WHY = {"rationale": "Because."}
REAL = 0.7
"""Share of the requests that name something that is there; the rest ask for what schemathesis makes up."""
NO_BODY = {"GET", "HEAD", "OPTIONS", "TRACE"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

pytestmark = pytest.mark.full
load_all_checks()


class Bank:
    """A server with the pilot flow and a run, and what its things are called."""

    def __init__(self, url, token):
        self.url, self.random, self.asked = url, random.Random(11), defaultdict(set)
        self.client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._do("/api/v1/blueprints/loan-payment-processing/templates", {"id": FLOW, **WHY})
        self._do("/api/v1/people", {"person": "bea", "display": "Bea", **WHY})
        run = self._do(f"/api/v1/flows/{FLOW}/runs", {})["run"]
        dashboard = self._do(f"/api/v1/flows/{FLOW}/dashboard", {})["run"]
        groups = self.client.get("/api/v1/changes").json()["items"]
        until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
        self.secret = self._do(
            "/api/v1/tokens",
            {"title": "All", "rights": ["write", "people.manage", "telemetry.rows", "journal.read", "policy.write"],
             "expires_at": until, **WHY},
        )["secret"]  # fmt: skip
        self.names = {
            "id": [FLOW],
            "name": [FLOW],
            "person": ["bea"],
            "run": [run, dashboard],
            "group": [group["group"] for group in groups],
            "kpi": ["overall_return_rate"],
            "collection": [
                "templates", "signals", "calendars", "cost-rules", "dashboards", "schedules", "policies", "feedback",
            ],
        }  # fmt: skip

    def _do(self, path, body):
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def name_real_things(self, case):
        """Let most requests ask for what is there."""
        for name in case.path_parameters or {}:
            if name in self.names and self.random.random() < REAL:
                case.path_parameters[name] = self.random.choice(self.names[name])


@pytest.fixture(scope="module")
def bank(make_store, serving, tmp_path_factory):
    home = tmp_path_factory.mktemp("openapi") / "home"
    with serving(Settings.load(home=home, env={}, database_url=make_store(), rate_limit=0)) as url:
        found = Bank(url, Home(home).token())
        yield found
        found.client.close()


@pytest.fixture(scope="module")
def described(bank):
    return schemathesis.openapi.from_url(f"{bank.url}/api/openapi.json")


def told(operation, bank):
    """Ask what schemathesis makes up for an operation; return what it finds wrong."""

    @settings(
        max_examples=10,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case):
        bank.name_real_things(case)
        own = bank.client.headers["Authorization"].removeprefix("Bearer ")
        secret = bank.secret if bank.random.random() < REAL else own
        bank.asked[operation.label].add(
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS).status_code
        )

    try:
        ask()
    except Exception as error:  # noqa: BLE001 - all operations are asked before any is told of
        return [f"{operation.label}: {error}"]
    return []


def test_what_is_asked_as_described_is_answered_as_described(described, bank):
    operations = [found.ok() for found in described.get_all_operations()]
    wrong = [line for operation in operations for line in told(operation, bank)]
    assert wrong == []
    assert len(bank.asked) == len(operations)
    reads = [label for label in bank.asked if label.startswith("GET")]
    answered = [label for label in reads if any(status < 400 for status in bank.asked[label])]
    assert len(answered) > len(reads) * 0.6, sorted(set(reads) - set(answered))


def test_no_method_that_is_not_described_gets_anything_out_of_an_address(described, bank):
    paths = {path: {method.upper() for method in entry} for path, entry in described.raw_schema["paths"].items()}
    for path, methods in paths.items():
        address = re.sub(r"\{\w+\}", "x", path)
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} - methods:
            for headers in ({}, dict(bank.client.headers)):
                answer = httpx.request(
                    method, bank.url + address, headers=headers, json=None if method in NO_BODY else {}
                )
                assert 400 <= answer.status_code < 500, (method, address, answer.status_code)
