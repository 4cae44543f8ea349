"""Every error of the tree comes back from its problem document as the error that it was."""

from __future__ import annotations

import json

import pytest

from bos import errors
from bos.api.problems import document_of
from bos.client.problems import error_of
from bos.errors import BosError, FormulaError, Internal, Invalid, NotExpressible, Problem

TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BosError) and kind is not BosError
]
PROBLEMS = (
    Problem("outcomes[late].target", "It is missing.", "Give one.", "missing", ("outcomes[late]",)),
    Problem("title", "It is long.", severity="attention"),
)


def full(kind):
    more = {"problems": PROBLEMS} if issubclass(kind, Invalid) else {}
    more |= {"line": 3, "column": 14} if issubclass(kind, FormulaError) else {}
    more |= {"node": "p50(x)"} if issubclass(kind, NotExpressible) else {}
    return kind("What.", where="Where", hint="Hint.", code="special", details={"live": [1, None]}, **more)


def sent(error):
    return error_of(json.loads(json.dumps(document_of(error, request_id="r"))))


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_comes_back_as_it_was(kind):
    error, back = full(kind), sent(full(kind))
    assert type(back) is kind
    assert {name: getattr(back, name) for name in vars(error)} == vars(error)
    assert str(back) == str(error)


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_that_says_little_keeps_its_class_and_code(kind):
    back = sent(kind("What."))
    assert (type(back), back.code, back.message) == (kind, kind.default_code, "What.")


@pytest.mark.parametrize("document", [{}, {"type": "about:blank", "title": "Teapot"}, {"problems": None, "type": 7}])
def test_a_document_of_somebody_else_is_still_an_error(document):
    assert type(error_of(document)) is BosError
    assert error_of(document).message


def test_an_incident_keeps_its_number():
    assert sent(Internal("Something.", details={"incident": "4f"})).details == {"incident": "4f"}
