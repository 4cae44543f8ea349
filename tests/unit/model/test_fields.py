"""The registry and the models say the same fields."""

from __future__ import annotations

import typing

import pytest

from bos.errors import NotFound
from bos.model.document import Part
from bos.model.fields import FIELDS, critical_fields, field_of, pattern_of, sections
from bos.model.kinds import KINDS
from bos.model.roles import SIGNING_ROLES


def walk(model, known, path=""):
    """Yield the pattern of every field of a model, stopping where the registry has one."""
    for name, field in model.model_fields.items():
        if name == "id":
            continue
        here = f"{path}.{name}" if path else name
        annotation = field.annotation
        items = typing.get_args(annotation)
        if here in known:
            yield here
        elif isinstance(annotation, type) and issubclass(annotation, Part):
            yield from walk(annotation, known, here)
        elif typing.get_origin(annotation) is tuple and isinstance(items[0], type) and issubclass(items[0], Part):
            yield f"{here}[]"
            yield from walk(items[0], known, f"{here}[]")
        else:
            yield here


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_model_is_in_the_registry_and_the_other_way_round(kind):
    assert sorted(walk(KINDS[kind], FIELDS[kind])) == sorted(FIELDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_an_owner_that_can_sign_and_words_for_a_person(kind):
    for field in FIELDS[kind].values():
        assert field.owner in SIGNING_ROLES
        assert field.label
        assert field.help.endswith(".")


def test_a_field_is_critical_exactly_where_a_role_that_can_sign_approves_it():
    for kind in KINDS:
        assert {f.approver for f in critical_fields(kind)} <= SIGNING_ROLES
        assert all(f.approver is None for f in FIELDS[kind].values() if not f.critical)


def test_the_critical_fields_are_those_of_the_domain():
    critical = {f.pattern for f in critical_fields("template")}
    assert critical >= {
        "outcomes[].measure",
        "outcomes[].target",
        "outcomes[].thresholds",
        "outcomes[].cost_rule",
        "outcomes[].regulation",
        "flow.correlation_key",
        "flow.steps[].correlation_key",
        "flow.calendar",
        "ownership[].accountable",
        "process_signals[].signal",
    }
    assert not critical & {"description", "tags", "title", "outcomes[].description", "outcomes[]"}
    assert {f.pattern for f in critical_fields("signal")} == {
        "owner",
        "binding",
        "arrival",
        "pii",
        "retention_days",
    }
    assert {f.pattern for f in critical_fields("calendar")} == {"owner", "clock"}
    assert {f.pattern for f in critical_fields("cost_rule")} == {"owner", "charge"}


def test_a_reference_to_a_signal_may_be_taken_out_freely():
    assert field_of("template", "process_signals[returned].signal").removable
    assert not field_of("template", "outcomes[returns].measure").removable


def test_a_path_finds_its_field_whatever_the_item():
    assert field_of("template", "outcomes[returns].target").label == "Target"
    assert pattern_of("flow.steps[a].title") == "flow.steps[].title"
    with pytest.raises(NotFound, match="has no field"):
        field_of("template", "outcomes[returns].colour")


def test_sections_come_in_the_order_of_the_page():
    assert sections("template") == (
        "identity",
        "flow",
        "process_signals",
        "system_signals",
        "outcomes",
        "ownership",
    )
