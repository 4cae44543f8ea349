"""OpenSLO as text: what people write comes back exactly, and names are valid and tell things apart."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bos.actions.export_openslo import of_definitions
from bos.dashboards.exports.openslo_yaml import name_of
from tests.unit.exports.made_openslo import definitions, exported, kpi, notes, of_kind, only_slo, read, template
from tests.unit.exports.openslo_rules import hold

HOSTILE = ["---", "...", "# no", "!!python/object:os.system x", "&a *a", "a: b", "- a", "'", '"', "\\", "%YAML 1.1",
           "null", "~", "yes", "No", "0o14", "1_000", "1:30", ".inf", "1e3", "2026-01-01", "{{ x }}", "${x}", "<<", "=",
           "@a", "`a`", "|", ">", "a\n--- \nb", "\ta", " a ", "مرحبا", "שלום", "\u200f", "\u2028", "\ufeff", "\u00a0",
           "\U0001f600", "a" * 200, "?", "[", "{", ",", "y", "a\n\n b\n", "x #y"]  # fmt: skip
SPL = {"sent": ("spl", "index=a"), "returned": ("spl", "index=b")}
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t#:-'\"&*!|>%@`{}[],?~"), max_size=80
)
texts |= st.sampled_from(HOSTILE) | st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join).filter(
    lambda text: len(text) <= 200
)


@given(title=texts, description=texts, tag=texts, source=texts, constant=texts)
def test_whatever_people_write_comes_back_exactly(title, description, tag, source, constant):
    quoted = constant.replace("'", "''")
    own = kpi("x", f"ratio(count(returned where channel = '{quoted}'), count(sent))", title=title, source=source,
              description=description, tags=[tag])  # fmt: skip
    try:
        doc = template(own, title=title, description=description, tags=[tag])
        told = definitions(doc, bindings=SPL)
    except ValidationError:  # what the model refuses cannot be exported
        return
    parcel = of_definitions(told, "duckdb")
    assert parcel.content == of_definitions(told, "duckdb").content
    documents = read_loosely(parcel)
    (service,) = of_kind(documents, "Service").values()
    slos = of_kind(documents, "SLO")
    for one in (service, *slos.values()):
        whole = notes(one).get("title", one["metadata"]["displayName"])
        assert whole == title
        assert one["spec"].get("description", "") == description
        assert one["metadata"]["labels"]["tags"] == [tag]
    for slo in slos.values():
        assert notes(slo).get("source", "") == source
        assert notes(slo)["formula"] == doc["outcomes"][0]["measure"]["formula"]
    for other in parcel.not_carried:
        assert any(other.why in notes(one).get("not-carried", "") for one in documents)


def read_loosely(parcel):
    """Return the documents; an empty tag is a text of a person that the specification has no word about."""
    documents = list(yaml.safe_load_all(parcel.content.decode()))
    shown = [{**one, "metadata": {name: told for name, told in one["metadata"].items() if name != "labels"}}
             for one in documents]  # fmt: skip
    hold(shown)
    return documents


def test_long_texts_are_cut_and_stand_whole_in_an_annotation():
    own = kpi("x", "ratio(count(returned), count(sent))", title="t" * 200, description="d" * 10_000)
    slo = only_slo(read(exported(template(own))))
    assert slo["metadata"]["displayName"] == "t" * 62 + "…"
    assert slo["spec"]["description"] == "d" * 1049 + "…"
    assert notes(slo)["title"] == "t" * 200
    assert notes(slo)["description"] == "d" * 10_000


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_that_other_versions_of_yaml_read_as_something_else_are_quoted(text):
    """YAML 1.2 takes 0o14 for a number and 1.1 as read by others takes y for true, which PyYAML does not."""
    (told,) = [line for line in exported(template(kpi("x", "ratio(count(returned), count(sent))", source=text),
               title="T")).content.decode().splitlines() if "bos.workbench/source:" in line] or [""]  # fmt: skip
    value = told.partition("bos.workbench/source: ")[2]
    assert not value or value[0] in "\"'|" or value == "a" * 200, value


slugs = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,62}", fullmatch=True) | st.sampled_from(["a", "a-", "a--b", "a_b", "a-b"])
ids = st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True) | st.sampled_from(["a", "a_", "a__b", "a_b", "b_c", "c"])


@given(st.lists(st.tuples(slugs, ids), min_size=2, max_size=12, unique=True))
def test_names_are_valid_stable_and_tell_flows_and_kpis_apart(pairs):
    names = [name_of(*pair) for pair in pairs]
    assert len(set(names)) == len(pairs)
    assert names == [name_of(*pair) for pair in pairs]
    for name in names:
        assert len(name) <= 63
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert name[0] != "-" != name[-1]
