"""The error tree says what is wrong, where, and what to do."""

from __future__ import annotations

import pickle

import pytest

from bos import errors
from bos.errors import BosError, FormulaError, Invalid, NotFound, Problem

TREE = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, BosError)]


def test_a_message_has_what_where_and_what_to_do():
    error = NotFound("There is no flow 'x'.", where="flow", hint="See the list.")
    assert str(error) == "There is no flow 'x'. (flow) See the list."
    assert (error.code, error.status) == ("not-found", 404)


@pytest.mark.parametrize("kind", TREE)
def test_every_class_has_a_status_and_a_code_of_its_own_and_a_line_in_the_drawing(kind):
    error = kind("what")
    assert 400 <= error.status <= 599
    assert error.code == kind.default_code
    assert kind.__name__ in (errors.__doc__ or "")


def test_no_two_classes_share_a_code():
    assert len({kind.default_code for kind in TREE}) == len(TREE)


def test_problems_are_plain_data():
    problem = Problem("a[b].c", "is wrong", refs=("d",))
    assert problem.as_dict()["refs"] == ["d"]
    error = FormulaError("no", problems=(problem,), line=2, column=3)
    assert isinstance(error, Invalid)
    assert (error.line, error.column, error.problems) == (2, 3, (problem,))


def test_an_error_can_be_raised_and_caught_as_what_it_is():
    with pytest.raises(BosError, match="gone"):
        raise errors.Unavailable("gone")
    assert str(pickle.loads(pickle.dumps(NotFound("x")))) == "x"  # noqa: S301 - our own bytes
