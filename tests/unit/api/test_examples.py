"""The OpenAPI document: complete, with an example of everything that is sent and answered."""

import importlib
import pkgutil
import re

import pytest
from pydantic import BaseModel

import bos.model.answers
from bos.api import bodies, bodies_connections
from bos.api.app import create_app
from bos.api.examples import EXAMPLES
from bos.api.routes.health import Health
from bos.settings import Settings


def models():
    names = [f"bos.model.answers.{found.name}" for found in pkgutil.iter_modules(bos.model.answers.__path__)]
    modules = [bodies, bodies_connections, *(importlib.import_module(name) for name in names)]
    every = {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
    return {**every, "Health": Health}


@pytest.fixture(scope="module")
def document():
    return create_app(Settings.load(env={})).openapi()


def operations(document):
    for path, entry in document["paths"].items():
        for method, operation in entry.items():
            yield f"{method.upper()} {path}", operation


def named(schema):
    return set(re.findall(r"#/components/schemas/(\w+)", str(schema)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_its_model_describes(name):
    models()[name].model_validate(EXAMPLES[name])


def test_everything_sent_and_answered_has_an_example(document):
    shown = set()
    for _, operation in operations(document):
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        shown |= named([operation.get("requestBody", {}), good])
    without = {name for name in shown if not document["components"]["schemas"][name].get("examples")}
    assert len(shown) > 20
    assert without == set()


def test_every_operation_says_what_it_does_and_names_its_failures(document):
    for name, operation in operations(document):
        assert operation["description"].endswith("."), name
        assert {"4XX", "5XX"} <= set(operation["responses"]), name


def test_names_of_operations_are_unique(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_write_takes_an_idempotency_key(document):
    writes = [(n, o) for n, o in operations(document) if n.split()[0] in {"POST", "PUT", "DELETE"}]
    assert len(writes) > 10
    # What hands out a secret is not kept to be repeated, and who sends to a hook names the delivery as it is used to.
    paths = ("tickets/exchange", "tickets/renew", "tokens/sign-on", "hooks/{id}", "hooks/{id}/{key}")
    without = {f"POST /api/v1/{path}" for path in paths}
    for name, operation in writes:
        if name in without:
            continue
        assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}, name


def test_the_token_is_asked_for_where_it_is_needed_and_nowhere_else(document):
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}, {"session": []}]
    open_ = {path for path, entry in document["paths"].items() if entry.get("get", {}).get("security") == []}
    assert open_ == {"/healthz", "/readyz", "/metrics"}
