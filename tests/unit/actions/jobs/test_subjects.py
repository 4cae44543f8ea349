"""People in telemetry: stored under pseudonyms as the signals say, and erased by destroying their key."""

from __future__ import annotations

import csv
import io
import re

import pytest

from bos.actions import audit, changes, documents, subjects
from bos.auth.actor import Actor
from bos.errors import Forbidden, Invalid, NotFound
from bos.kpi.connection import opened
from bos.model.diff import Change
from bos.telemetry.pseudonyms import ERASED

CORA = Actor("cora", "Cora", roles=frozenset({"compliance"}))
NAMES = ("Anna Ek", "Bo Berg")


def make_guarded(desk):
    """Return a flow one of whose two signals says that its events point to people."""
    flow = desk.flow()
    uses = []
    for event, pii in (("approved", "direct"), ("booked", "none")):
        id_ = f"{flow}.{event}"
        signal = {"id": id_, "title": event, "type": "process", "binding": {"event": event}, "pii": pii}
        documents.put(desk.ctx, desk.ana, "signal", id_, signal, rationale="First.")
        uses.append({"id": event, "signal": id_, "step": "all"})
    live = documents.show(desk.ctx, desk.ana, "template", flow)
    document = {**live.document, "process_signals": uses}
    document["binding"]["mapping"]["resource"] = "who"
    documents.put(desk.ctx, desk.ana, "template", flow, document, base_version=live.version, rationale="Signals.")
    return flow


@pytest.fixture
def guarded(desk):
    return make_guarded(desk)


def log(names=NAMES):
    """Return a CSV log: each of two events of a case a person."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("loan", "event", "at", "value", "who"))
    writer.writerows(
        (f"L{n}", event, f"2026-01-0{1 + n} 10:00", "1.00", who)
        for event in ("approved", "booked")
        for n, who in enumerate(names)
    )
    return out.getvalue()


def resources(desk, flow):
    with opened(desk.ctx.lake.snapshot(flow), memory_limit="1GB") as cursor:
        return {(step, who) for step, who in cursor.execute("SELECT step, resource FROM events").fetchall()}


def hidden(desk, flow):
    return {who for step, who in resources(desk, flow) if step == "approved"}


def test_a_name_is_stored_nowhere_where_the_signal_says_so(desk, guarded):
    desk.done(guarded, log())
    assert {who for step, who in resources(desk, guarded) if step == "booked"} == set(NAMES)
    assert len(hidden(desk, guarded)) == 2
    assert all(re.fullmatch("p-[0-9a-f]{16}", who) for who in hidden(desk, guarded))
    kept = desk.rows("SELECT lookup, key, at, erased_at FROM subject_key")
    assert not [name for name in NAMES for row in kept if name in str(row)]
    again = desk.done(guarded, log())
    assert (again.result["added"], again.result["duplicates"]) == (0, 4)


def test_the_journal_says_that_names_of_before_were_replaced(desk, guarded):
    signal = documents.show(desk.ctx, desk.ana, "signal", f"{guarded}.booked")
    desk.done(guarded, log())
    change = [Change(op="set", path="pii", new="sensitive")]
    changes.submit(
        desk.ctx, desk.ana, "signal", signal.id, base_version=signal.version, changes=change, rationale="Clerks book."
    )
    desk.done(guarded, log())
    desk.done(guarded, log(("Eve Falk",)))
    desk.done(guarded, log(("Eve Falk",)))
    entries = audit.entries(desk.ctx, desk.auditor, kind="template", id=guarded, tag="telemetry.imported").items
    told = [entry.after.get("names_replaced") for entry in entries]
    assert told == [None, {"snapshot": f"{guarded}@2", "rows": 2}, {"snapshot": f"{guarded}@2", "rows": 2}, None]
    assert not {who for _, who in resources(desk, guarded)} & set(NAMES)


def test_a_person_has_one_pseudonym_in_all_flows_of_a_home_and_another_in_another_home(desk, guarded, open_desk):
    desk.done(guarded, log())
    elsewhere = make_guarded(desk)
    desk.done(elsewhere, log())
    assert hidden(desk, elsewhere) == hidden(desk, guarded)
    other = open_desk()
    strange = make_guarded(other)
    other.done(strange, log())
    assert not hidden(other, strange) & hidden(desk, guarded)


def test_erasing_destroys_the_key_and_leaves_the_journal_whole_and_without_the_name(desk, guarded):
    desk.done(guarded, log(("Cy Dahl", *NAMES)))
    before, journal = resources(desk, guarded), desk.rows("SELECT seq, hash FROM journal ORDER BY seq")
    done = subjects.erase(desk.ctx, CORA, "Cy Dahl", rationale="Request 118.")
    assert done.pseudonym in {who for _, who in before}
    ours = desk.rows("SELECT key, erased_at FROM subject_key WHERE erased_at IS NOT NULL")
    assert [(key, at == done.at) for key, at in ours] == [(None, True)]
    assert resources(desk, guarded) == before
    after = desk.rows("SELECT seq, hash FROM journal ORDER BY seq")
    assert after[: len(journal)] == journal
    assert audit.verify(desk.ctx, desk.auditor).ok
    entry = audit.entries(desk.ctx, desk.auditor, tag="subject.erased").items[0]
    assert (entry.id, entry.rationale, entry.before, entry.after) == (done.pseudonym, "Request 118.", None, None)
    assert not [row for row in desk.rows("SELECT * FROM journal") if "Cy Dahl" in str(row)]
    with pytest.raises(NotFound):
        subjects.erase(desk.ctx, CORA, "Cy Dahl", rationale="Again.")
    late = desk.done(guarded, log(("Cy Dahl", *NAMES)))
    assert (late.result["added"], late.result["rejected"]) == (0, 1)
    assert late.result["reject_sample"][0]["reason"] == ERASED
    assert "Cy" not in str(late.result)


def test_who_may_erase_and_what_is_asked_of_them(desk, guarded):
    desk.done(guarded, log())
    for who in (desk.ana, desk.auditor, desk.viewer):
        with pytest.raises(Forbidden):
            subjects.erase(desk.ctx, who, NAMES[0], rationale="No.")
    with pytest.raises(Invalid):
        subjects.erase(desk.ctx, CORA, NAMES[0], rationale=" ")
    with pytest.raises(NotFound):
        subjects.erase(desk.ctx, CORA, "anna ek", rationale="Another spelling.")
    assert len(hidden(desk, guarded)) == 2
