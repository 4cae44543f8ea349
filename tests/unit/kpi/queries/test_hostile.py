"""What a person wrote is only ever a constant: a reader of each language finds it again, and nothing else changes."""

import importlib.util
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bos.errors import NotExpressible
from bos.kpi import BoundSignal, FieldBinding, KpiSpec
from bos.kpi.queries import telemetry_query

SPEC = importlib.util.spec_from_file_location("spl_reader_of_texts", Path(__file__).with_name("spl_reader.py"))
reader = importlib.util.module_from_spec(SPEC)
sys.modules["spl_reader_of_texts"] = reader
SPEC.loader.exec_module(reader)

SIGNALS = {"a": BoundSignal("a", "A", fields={"code": FieldBinding("code")})}
WINDOW = {"start": datetime(2026, 1, 5, tzinfo=UTC), "end": datetime(2026, 1, 6, tzinfo=UTC)}
WILD = "\"'\\`|[](){}$%*,;.= \n\t~#^+-\u2028é漢😀"
texts = st.text(
    st.sampled_from(WILD + "aZ09") | st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12
)


def query(text, language, *, plain="other"):
    """Return the query for a code that is either of two texts, or is neither."""
    written = [one.replace("'", "''") for one in (text, plain)]
    formula = f"count(a where code in ('{written[0]}', '{written[1]}') or code != '{written[0]}')"
    return telemetry_query(KpiSpec("k", formula), SIGNALS, language, **WINDOW).text


@given(texts)
@example('"] | delete [search "')
@example("`drop` \\")
@example('\\" | outputlookup x')
@example("007")
@settings(max_examples=200)
def test_splunk_finds_the_text_and_only_it(text):
    told = query(text, "spl", plain="plain words")
    commands = reader.parts(told, "|")
    assert [one.strip().partition(" ")[0] for one in commands] == [
        one.strip().partition(" ")[0] for one in reader.parts(query("x", "spl", plain="plain words"), "|")
    ]
    row = {"step": "A", "_time": WINDOW["start"].timestamp(), "case_id": "c", "event_id": "1"}
    only = telemetry_query(
        KpiSpec("k", "count(a where code = '{}')".format(text.replace("'", "''"))), SIGNALS, "spl"
    ).text
    rows = [{**row, "code": text}, {**row, "code": text + "x"}, {**row, "code": text.swapcase() + "y"}, row]
    assert reader.run(only, {"`bos_events`": rows})[0]["bos_value"] == 1


STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def read_promql(text):
    """Return the strings of a query, unescaped as Go does."""
    return [re.sub(r"\\(.)", lambda found: ESCAPES[found[1]], one) for one in STRING.findall(text)]


@pytest.mark.full
@given(texts)
@example('"} or vector(1) #')
@example("a|b.*")
@settings(max_examples=200)
def test_prometheus_finds_the_text_and_only_it(text):
    told = query(text, "promql")
    found = set(read_promql(told))
    (ways,) = found - {text, ""}
    assert re.sub(r"\\(.)", r"\1", ways) == f"{text}|other"
    assert STRING.sub('""', told) == STRING.sub('""', query("x", "promql"))
    pattern = re.compile(ways)
    assert pattern.fullmatch(text)
    assert pattern.fullmatch("other")
    assert not pattern.fullmatch(text + "x")


QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@given(texts)
@example("' OR 1=1 --")
@settings(max_examples=200)
def test_analytics_finds_the_text_or_it_is_refused(text):
    if "\\" in text or "\n" in text or {"'", '"'} <= set(text):
        with pytest.raises(NotExpressible, match="escaped"):
            query(text, "adql")
        return
    told = query(text, "adql")
    found = [one or two for one, two in QUOTED.findall(told)]
    assert found == ["A", text, "other", text]
    assert QUOTED.sub("''", told) == QUOTED.sub("''", query("x", "adql"))


@given(texts)
@settings(max_examples=200)
def test_names_of_fields_are_quoted_or_refused(name):
    signals = {"a": BoundSignal("a", "A", fields={"code": FieldBinding(name)})}
    spec = KpiSpec("k", "count(a where code = 'x')")
    try:
        told = telemetry_query(spec, signals, "spl").text
        assert ("field", name) in [
            one for part in told.split("| where ")[1:] for one in reader.tokens(part.split("\n|")[0])
        ]
    except NotExpressible:
        assert set(name) & set("'\"\\|[]`$\n\t")
    try:
        told = telemetry_query(spec, signals, "adql").text
        assert f"`{name}` = 'x'" in told or f"AND {name} = 'x'" in told
    except NotExpressible:
        assert set(name) & set("`\\\n\t")
