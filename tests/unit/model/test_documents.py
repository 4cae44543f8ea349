"""What a document may hold, and how its content is compared."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import NotFound
from bos.model.cost_rule import CostRule
from bos.model.kinds import KINDS, model_of, read
from bos.model.shape import PATTERNS
from bos.model.version import canonical, digest
from bos.model.wording import words

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_canonical_content_reads_back_equal_and_has_one_spelling(data):
    try:
        text = canonical(data)
    except UnicodeEncodeError:
        return
    assert json.loads(text) == data
    assert canonical(json.loads(text)) == text


def test_the_digest_is_the_sha256_of_the_sorted_json():
    assert canonical({"b": 1.0, "a": ["é", None]}) == '{"a":["é",null],"b":1}'.encode()
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_nothing_that_is_no_number_has_a_canonical_spelling():
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "bell\x07", "\ud800"])
def test_text_that_cannot_be_stored_is_refused_with_its_place(text):
    document, problems = read("template", {"id": "t", "title": f"T{text}"})
    assert document is None
    assert problems[0].path == "title"
    assert "cannot be stored" in problems[0].message


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE journal;--", "<script>alert(1)</script>", "שלום 🏦", "a\tb\nc", "50 %"]
)
def test_other_hostile_text_is_only_text(text):
    document, problems = read("template", {"id": "t", "title": "T", "description": text})
    assert problems == ()
    assert document.description == text


def test_every_problem_of_the_shape_is_reported_by_the_ids_of_items():
    data = {
        "id": "Not An Id",
        "colour": "red",
        "time_zone": "Mars/Olympus",
        "outcomes": [{"id": "returns", "title": "R", "measure": {"formula": "x", "unit": "", "window": "60 day s"}}, 3],
    }
    document, problems = read("template", data)
    assert document is None
    assert {p.path for p in problems} == {
        "id",
        "title",
        "colour",
        "time_zone",
        "outcomes[returns].measure.window",
        "outcomes[1]",
    }
    assert all(p.hint for p in problems)


@pytest.mark.parametrize("data", [None, 3, [], "text"])
def test_what_is_no_document_at_all_is_one_problem(data):
    document, problems = read("signal", data)
    assert document is None
    assert len(problems) == 1


def test_every_fault_of_a_shape_is_told_in_words_of_ours():
    patterns = {pattern for model in KINDS.values() for pattern in patterns_of(model.model_json_schema())}
    assert patterns == set(PATTERNS)
    template = {
        "id": 1, "title": None, "description": 5, "tags": "a", "time_zone": 3, "currency": "euro", "flow": 1, "more": 1,
        "binding": {"format": "pdf", "mapping": [1]}, "ownership": [{"id": "a", "covers": 1, "accountable": "A b"}],
        "outcomes": [{"id": "k", "title": " ", "measure": {"formula": "", "unit": "x" * 300, "window": "60"},
                      "target": {"value": "3x", "direction": "up"}}],
    }  # fmt: skip
    _, problems = read("template", template)
    assert len(problems) == 18
    for problem in problems:
        assert not re.search(r"Input|valid|pars|\^|\[a-z", f"{problem.message} {problem.hint}"), problem


def patterns_of(schema):
    """Yield every pattern in a JSON schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        schema = list(schema.values())
    for below in schema if isinstance(schema, list) else ():
        yield from patterns_of(below)


def test_an_unknown_kind_is_named():
    with pytest.raises(NotFound, match="'dream'"):
        model_of("dream")


def test_the_money_of_a_cost_rule_has_one_spelling_and_is_told_in_words():
    charge = {
        "currency": "USD", "fixed": 15, "per_unit": {"rate": "0.000200"}, "per_minute_late": "0.5",
        "tiers": [{"later_than": "1 day", "amount": "10"}], "at_most": "250",
    }  # fmt: skip
    rule = CostRule.model_validate({"id": "late", "title": "Late", "charge": charge})
    written = rule.data()["charge"]
    assert (written["fixed"], written["per_unit"]["rate"], written["at_most"]) == ("15.00", "0.0002", "250.00")
    assert CostRule.model_validate(rule.data()) == rule
    assert words(written) == (
        "USD 15.00 + 0.02 % of the amount in USD + USD 0.50 for each minute late + USD 10.00 when later than 1 day, "
        "at most USD 250.00"
    )
    assert words({**written, "per_unit": {"field": "pages", "rate": "10"}, "tiers": [], "at_most": None}) == (
        "USD 15.00 + USD 10 by pages + USD 0.50 for each minute late"
    )
