"""The connector that the page on writing one shows runs as it stands there, and its rows become what BOS stores."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bos.actions import connections
from bos.auth.actor import Actor
from bos.errors import Invalid, Unavailable
from bos.outgoing import connectors
from bos.telemetry.rows import parts, text_of

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "writing.md"
SPAN = {"start": datetime(2026, 3, 2, tzinfo=UTC), "end": datetime(2026, 3, 3, tzinfo=UTC)}
ROW = {"booked_at": "2026-03-02T09:30:00Z", "payment": "P1", "amount": 10.5, "channel": None}


@pytest.fixture(scope="module")
def bookings():
    """Return the class of the page."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    code = next(text for text in blocks if "class Bookings" in text)
    names = {}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    return names["Bookings"]


def target(reach, system):
    return reach(system.url, secrets={"token": "t0"}, settings={"ledger": "retail"})


def test_it_is_a_connector_that_would_not_be_left_out(bookings):
    entry = SimpleNamespace(name="bookings", value="bos_bookings:Bookings", load=lambda: bookings)
    assert connectors._loaded(entry) == (bookings, "")


def test_its_rows_are_stored_as_text_also_where_a_column_has_no_value(bookings, answering, reach, tmp_path):
    with answering((200, {}, json.dumps([ROW, ROW | {"payment": "P2"}]).encode())) as system:
        with closing(bookings(target(reach, system))) as connector:
            batches = list(connector.read("kind=card", **SPAN))
        ((file, last),) = [
            (pq.read_table(file), last)
            for file, last in parts(batches, tmp_path, columns={"case": "payment", "attr.c": "channel"}, fixed={})
        ]
    assert (last, file.to_pydict()) == (True, {"case": ["P1", "P2"], "attr.c": [None, None]})
    (asked,) = system.asked
    assert asked.headers["Authorization"] == "Bearer t0"
    assert "ledger=retail&query=kind%3Dcard&from=2026-03-02T00" in asked.path


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        ((400, {}, b"no such field"), Invalid, "query"),
        ((503, {"Retry-After": "7"}, b""), Unavailable, "system.busy"),
        ((401, {}, b""), Unavailable, "system.refused"),
        ((200, {}, b"<html>"), Unavailable, "system.strange"),
        ((200, {}, b'{"rows": []}'), Unavailable, "system.strange"),
    ],
)
def test_what_goes_wrong_is_an_error_by_which_bos_knows_what_to_do(bookings, answering, reach, answer, error, code):
    with answering(answer) as system, closing(bookings(target(reach, system))) as connector:
        with pytest.raises(error) as told:
            list(connector.read("q", **SPAN))
        assert told.value.code == code
        (finding,) = connector.doctor()
        assert finding.ok == (answer[0] == 200)


def test_a_column_without_any_value_needs_no_type_and_other_types_are_still_refused():
    batch = pa.RecordBatch.from_pylist([{"a": None, "n": 1}, {"a": None, "n": 2}])
    assert pa.types.is_null(batch.schema.field("a").type)
    found = text_of(batch, "a")
    assert (found.type, found.to_pylist()) == (pa.string(), [None, None])
    with pytest.raises(Invalid, match="'n' as int64"):
        text_of(batch, "n")


def test_what_is_left_out_is_listed_with_the_reason(monkeypatch):
    def entry(name, found):
        def load():
            if isinstance(found, Exception):
                raise found
            return found

        return SimpleNamespace(name=name, value=f"pack:{name}", load=load)

    good = connectors.installed()["mail"]
    named = [
        entry("broken", ImportError("no module")),
        entry("bare", object),
        entry("other", good),
        entry("mail", good),
    ]
    monkeypatch.setattr(connectors, "entry_points", lambda **_: named)
    connectors.found.cache_clear()
    try:
        listed = connections.connectors(Actor("sam", "Sam", roles=frozenset({"sre"}))).items
    finally:
        monkeypatch.undo()
        connectors.found.cache_clear()
    assert [(one.name, one.title, one.problem) for one in listed] == [
        ("mail", good.title, ""),
        ("bare", "pack:bare", "It lacks name, title, schemes, settings, secrets, unproven, doctor, close."),
        ("broken", "pack:broken", "It cannot be loaded: ImportError: no module"),
        ("other", "pack:other", "It calls itself mail, not other as its entry point does."),
    ]
