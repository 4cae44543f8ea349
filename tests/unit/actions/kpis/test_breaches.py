"""The cases that break the rules of a flow: why, with a right of its own, and in the journal."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bos.actions import breaches, cases, documents, kpis
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound, UsageError
from bos.store.engine import reading
from bos.store.tables import journal

VIEWER = Actor("vic", "Vic", roles=frozenset({"viewer"}))
RULES = {
    "unposted": "conformance(followed_by(received, posted, within = 3 hours))",
    "waiting": "conformance(followed_by(received, posted, within = 3 hours), show = pending)",
    "decided": "ratio(conformance(exactly_one(posted, returned, ended = received)), count(initiated))",
    "unbound": "conformance(precedes(unheard, posted))",
}


@pytest.fixture
def ruled(ctx, ana, flow):
    """Give the flow KPIs with rules, one of them of a signal that is bound to nothing."""
    held = documents.show(ctx, ana, "template", flow)
    changed = copy.deepcopy(held.document)
    changed["process_signals"].append({"id": "unheard", "signal": "payment.unheard", "step": "all"})
    changed["outcomes"] += [
        {"id": name, "title": name.title(), "measure": {"formula": formula, "unit": "count"}}
        for name, formula in RULES.items()
    ]
    silent = {"id": "payment.unheard", "title": "Unheard", "type": "process"}
    documents.put(ctx, ana, "signal", "payment.unheard", silent, rationale="A signal without events")
    documents.put(ctx, ana, "template", flow, changed, rationale="Rules of the flow", base_version=held.version)
    return flow


def test_every_rule_of_a_flow_is_judged_and_its_cases_tell_why(ctx, ana, ruled):
    found = breaches.broken(ctx, ana, ruled)
    assert [(rule.kpi, rule.rule, rule.total) for rule in found.rules] == [
        ("unposted", "followed_by(received, posted, within = 3 hours)", 1),
        ("waiting", "followed_by(received, posted, within = 3 hours)", 1),
        ("decided", "exactly_one(posted, returned, ended = received)", 0),
        ("unbound", "precedes(unheard, posted)", None),
    ]
    assert found.rules[3].withheld_reason == "Signal 'unheard' is not bound to recorded events."
    (late, *_) = found.items
    assert (late.kpi, late.case, late.at) == ("unposted", "p2", datetime(2026, 2, 1, 10, tzinfo=UTC))
    assert late.evidence.words == ("“Received” on 1 February 2026 at 05:00; no “Posted” by 1 February 2026 at 08:00.")
    (event,) = late.evidence.events
    assert (event.signal, event.step, event.by, late.evidence.missing) == (
        "received", "payment.received", None, ("posted",),
    )  # fmt: skip
    assert late.evidence.due == datetime(2026, 2, 1, 13, tzinfo=UTC)
    values = {value.kpi: value.value for value in kpis.evaluate(ctx, ana, ruled, kpis=list(RULES)[:2]).values}
    assert values == {"unposted": 1, "waiting": 0}
    (row, *_) = cases.cases(ctx, ana, ruled, "unposted").items
    assert (row.note, row.evidence) == ("breaks", late.evidence)


def test_some_rules_and_a_window_narrow_them(ctx, ana, ruled):
    first = datetime(2026, 2, 2, tzinfo=UTC)
    assert [rule.total for rule in breaches.broken(ctx, ana, ruled, kpis=["unposted"], start=first).rules] == [0]
    assert breaches.broken(ctx, ana, ruled, kpis=["decided"]).items == ()
    with pytest.raises(UsageError, match="'sent' has no rule"):
        breaches.broken(ctx, ana, ruled, kpis=["sent"])
    with pytest.raises(NotFound):
        breaches.broken(ctx, ana, ruled, kpis=["gone"])
    with pytest.raises(UsageError, match="limit"):
        breaches.broken(ctx, ana, ruled, limit=0)


def test_pages_of_each_rule_go_on_in_one_snapshot_until_all_are_listed(ctx, ana, ruled, add):
    late = [(f"q{i}", "payment.received", f"2026-02-0{i + 1}T10:00:00Z", "1.00", "web") for i in range(6)]
    add("late", late)
    first = breaches.broken(ctx, ana, ruled, kpis=["unposted", "decided"], limit=3)
    assert [rule.total for rule in first.rules] == [7, 6]
    add("later", [("r1", "payment.received", "2026-02-01T11:00:00Z", "1.00", "web")])
    pages = [first]
    while pages[-1].next:
        pages.append(breaches.broken(ctx, ana, ruled, kpis=["unposted", "decided"], limit=3, cursor=pages[-1].next))
    assert [len(page.items) for page in pages] == [6, 6, 1]
    assert {page.snapshot for page in pages} == {first.snapshot}
    assert [rule.total for rule in pages[-1].rules] == [7, 6]
    listed = [(one.kpi, one.case) for page in pages for one in page.items]
    whole = breaches.broken(ctx, ana, ruled, kpis=["unposted", "decided"], snapshot=2)
    assert sorted(listed) == sorted((one.kpi, one.case) for one in whole.items)
    assert [case for kpi, case in listed if kpi == "unposted"] == [
        one.case for one in whole.items if one.kpi == "unposted"
    ]
    assert whole.next is None
    assert breaches.broken(ctx, ana, ruled, kpis=["unposted"]).rules[0].total == 8


def test_an_older_snapshot_and_older_definitions_tell_what_was_known(ctx, ana, ruled, add):
    before = datetime.now(UTC)
    add("late", [("p2", "payment.posted", "2026-02-01T11:00:00Z", "50.50", "branch")])
    assert breaches.broken(ctx, ana, ruled, kpis=["unposted"]).rules[0].total == 0
    assert breaches.broken(ctx, ana, ruled, kpis=["unposted"], snapshot=1).rules[0].total == 1
    held = documents.show(ctx, ana, "template", ruled)
    changed = copy.deepcopy(held.document)
    changed["outcomes"] = [one for one in changed["outcomes"] if one["id"] != "unposted"]
    documents.put(ctx, ana, "template", ruled, changed, rationale="Not needed", base_version=held.version)
    with pytest.raises(NotFound):
        breaches.broken(ctx, ana, ruled, kpis=["unposted"])
    assert breaches.broken(ctx, ana, ruled, kpis=["unposted"], snapshot=1, as_of=before).rules[0].total == 1
    with pytest.raises(NotFound, match="9"):
        breaches.broken(ctx, ana, ruled, kpis=["waiting"], snapshot=9)
    with pytest.raises(UsageError, match="future"):
        breaches.broken(ctx, ana, ruled, as_of=datetime(2999, 1, 1, tzinfo=UTC))


def test_a_cursor_that_belongs_to_no_page_is_refused(ctx, ana, ruled, add):
    add("late", [(f"q{i}", "payment.received", "2026-02-01T10:00:00Z", "1.00", "web") for i in range(2)])
    page = breaches.broken(ctx, ana, ruled, kpis=["unposted"], limit=1)
    with pytest.raises(UsageError, match="cursor"):
        breaches.broken(ctx, ana, ruled, kpis=["unposted"], cursor="x")
    with pytest.raises(UsageError, match="cursor"):
        breaches.broken(ctx, ana, ruled, kpis=["unposted"], cursor=page.next, snapshot=1)
    held = documents.show(ctx, ana, "template", ruled)
    changed = {**copy.deepcopy(held.document), "description": "Another one"}
    documents.put(ctx, ana, "template", ruled, changed, rationale="Words", base_version=held.version)
    with pytest.raises(UsageError, match="template has changed"):
        breaches.broken(ctx, ana, ruled, kpis=["unposted"], cursor=page.next)


def test_reading_them_takes_the_right_to_single_rows_and_stands_in_the_journal(ctx, ana, ruled):
    with pytest.raises(Forbidden):
        breaches.broken(ctx, VIEWER, ruled)
    with pytest.raises(NotFound):
        breaches.broken(ctx, ana, "gone")
    breaches.broken(ctx, ana, ruled, kpis=["unposted"], limit=3)
    with reading(ctx.engine) as connection:
        rows = [row.after for row in connection.execute(select(journal).where(journal.c.tag == "data.read"))]
    assert rows[-1] == {
        "what": "breaches", "kpis": ["unposted"], "limit": 3, "offset": 0, "start": None, "end": None, "as_of": None,
        "snapshot": "payments@1",
    }  # fmt: skip
