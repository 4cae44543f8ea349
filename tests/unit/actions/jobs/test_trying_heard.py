"""What a system says of a failed try is for who may test connections; what BOS itself finds is for everybody."""

from __future__ import annotations

import pytest

from bos.actions import connections, documents, trying
from bos.actions.rights import UNTOLD
from bos.auth.actor import Actor
from bos.errors import BosError, Invalid, Unavailable
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling import pulled  # noqa: F401 - a fixture
from tests.unit.actions.jobs.test_pulling_events import SAM, payments, pull, splunk  # noqa: F401 - a fixture

BEA = Actor("bea", "Bea", roles=frozenset({"business_owner"}))
INSIDE = "/opt/splunk/secretpath failed on idx7.internal"


def attempt(one, actor, binding=None):
    return trying.try_signal(one.ctx, actor, one.flow, one.signal, binding)


def both(one, binding=None):
    """Return the error that who may test connections gets, and the one that a business owner gets."""
    found = []
    for actor in (SAM, BEA):
        with pytest.raises(BosError) as refused:
            attempt(one, actor, binding)
        found.append(refused.value)
    return found


def everything(error):
    return f"{error} {error.message} {error.where} {error.hint} {error.details} {getattr(error, 'problems', ())}"


def test_a_search_that_fails_names_nothing_of_the_system_to_who_may_not_test_it(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    one.double.faults["export"] = [{"messages": [[{"type": "FATAL", "text": INSIDE}]]}] * 2
    sam, bea = both(one)
    assert INSIDE in everything(sam)
    assert type(bea) is type(sam) is Unavailable
    assert (bea.message, bea.hint, bea.code) == ("The system could not finish the query.", UNTOLD, sam.code)
    assert "splunk" not in everything(bea).replace(bea.where, "")
    assert bea.__cause__ is None
    assert bea.__suppress_context__


def test_a_query_that_is_refused_says_so_in_words_of_bos(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    sam, bea = both(one, {"query": 'index="payments'})
    assert "Unbalanced quotes" in everything(sam)
    assert isinstance(bea, Invalid)
    assert (bea.message, bea.hint) == ("The system refused the query.", UNTOLD)
    assert "Unbalanced" not in everything(bea)


def test_a_query_that_counts_by_spans_nobody_can_read_is_told_by_a_try_a_pull_and_the_doctor(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    query = "index=payments | timechart count"
    sam, bea = both(one, {"query": query})
    assert sam.message == bea.message
    assert "timechart without a span" in bea.message
    assert "span=5m" in bea.hint
    live = documents.show(one.ctx, SAM, "signal", one.signal)
    over = live.document["binding"]["connection"]
    assert all(row.ok for row in connections.diagnose(one.ctx, SAM, over).findings)
    content = live.document | {"binding": live.document["binding"] | {"query": query}}
    documents.put(one.ctx, SAM, "signal", one.signal, content, rationale="Why.", base_version=live.version)
    asked = len(one.double.asked)
    failed = pull(one)
    assert (failed.state, len(one.double.asked)) == ("failed", asked)
    assert failed.error["detail"] == f"{one.signal} of {one.flow}: {sam.message}"
    found = connections.diagnose(one.ctx, SAM, over)
    assert [(row.what, row.words) for row in found.findings if not row.ok] == [(f"Signal {one.signal}", sam.message)]
    live = documents.show(one.ctx, SAM, "signal", one.signal)
    content = live.document | {"binding": live.document["binding"] | {"query": "`late_payments`"}}
    documents.put(one.ctx, SAM, "signal", one.signal, content, rationale="Why.", base_version=live.version)
    (row,) = [row for row in connections.diagnose(one.ctx, SAM, over).findings if row.what == f"Signal {one.signal}"]
    assert row.ok
    assert "commands that BOS does not see (a macro)" in row.words


def test_what_a_system_says_beside_its_rows_is_not_told_either(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    says = {"messages": [[{"type": "WARN", "text": INSIDE}]]}
    one.double.faults["export"] = [says, {}, says, {}]  # an hour, which is empty, and a day; for each of both
    assert any(INSIDE in note for note in attempt(one, SAM).notes)
    found = attempt(one, BEA)
    assert INSIDE not in found.model_dump_json()
    assert found.notes == (f"The system said something beside. {UNTOLD}",)
    assert found.read == 4


def test_a_system_that_is_left_alone_does_not_say_why(pulled):  # noqa: F811
    pulled.double.breaks = [500] * 5
    for _ in range(4):
        with pytest.raises(Unavailable):
            attempt(pulled, SAM)
    with pytest.raises(Unavailable) as failed:
        attempt(pulled, BEA)
    assert (failed.value.message, failed.value.hint) == ("The system does not answer as it should.", UNTOLD)
    sam, bea = both(pulled)
    assert "HTTP 500" in everything(sam), "the health of the connection keeps what the system said"
    assert "left alone for a while" in bea.message
    assert "HTTP" not in everything(bea)
    assert bea.details["retry_after"] > 0


def test_what_bos_itself_finds_is_told_to_everybody(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)), mapping={})
    assert "does not say which column is its case" in attempt(one, BEA).problem
    found = attempt(one, BEA, {"mapping": {"case": "payment", "resource": "clrk"}})
    assert found.notes[0].startswith("No row has the column 'clrk'")
    with pytest.raises(Invalid, match="names 'amnt'"):
        attempt(one, BEA, {"mapping": {"case": "payment", "amnt": "amount"}})
    with pytest.raises(Invalid, match="has no query"):
        attempt(one, BEA, {"query": " "})
