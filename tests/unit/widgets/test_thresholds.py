"""What an approver of thresholds sees: what they would have done, asked of BOS where a group proposes some."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bos.errors import InputError, Unavailable
from bos.model.answers.backtests import BackTest, IncidentFound, ThresholdTest
from bos.model.answers.changes import Group
from bos.model.diff import Change
from widgets.approvals.app import Approvals
from widgets.approvals.thresholds import known, proposed, told
from widgets.approvals.view import State, view

NEW = [{"id": "w", "level": "warning", "value": 0.02}, {"id": "b", "level": "breach", "value": 0.03}]
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def group(path="outcomes[rate].thresholds", new=NEW, state="waiting"):
    change = Change(op="set", path=path, new=new)
    return Group(group="g", kind="template", id="loans", state=state, changes=(change,), authors=("ana",),
                 rationale="Less noise.", base_version=1, at=NOW)  # fmt: skip


def tried(of, value):
    return ThresholdTest(of=of, level="breach", value=value, shown=f"above {value}", direction="at_most",
                         words="Would have fired 7 times in 90 days, for 9 d in all.")  # fmt: skip


TEST = BackTest(flow="loans", kpi="rate", title="Return rate", unit="ratio", by="day", time_zone="UTC",
                tests=(tried("proposed", 0.03), tried("current", 0.04)), template_version=1)  # fmt: skip


def test_thresholds_that_wait_are_asked_for_and_live_ones_that_nobody_signed_by_themselves():
    assert proposed(group()) == [("rate", [0.03], [0.02])]
    assert proposed(group(state="unsigned")) == [("rate", [], [])]
    assert proposed(group(state="rejected")) == []
    assert proposed(group(path="outcomes[rate].target", new={"value": 1})) == []
    assert proposed(group(new=[])) == []


def test_proposed_and_live_thresholds_stand_side_by_side():
    assert told([TEST]) == (
        "Return rate, breach above 0.03 (proposed): Would have fired 7 times in 90 days, for 9 d in all. "
        "Return rate, breach above 0.04 (live now): Would have fired 7 times in 90 days, for 9 d in all."
    )
    assert told([]) == ""


LIVE = {"title": "L", "time_zone": "America/New_York"}


class Bench:
    """Answers as a workbench does, as far as an approver's choice asks it."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def flow(self, _):
        return self

    def backtest(self, kpi, **levels):
        self.asked.append((kpi, levels))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"), [(TEST, "(live now)"), (Unavailable("The lake is away."), "cannot be told")]
)
def test_the_card_of_a_decision_tells_it(answer, words):
    page = object.__new__(Approvals)
    page._wb, page._state = Bench(answer), State(groups=(group(),), documents={("template", "loans"): LIVE})
    page._choose([group()])
    assert page._wb.asked == [("rate", {"breach": [0.03], "warning": [0.02], "incidents": ()})]
    assert words in page._state.past
    assert words in str(view(page._state))


def test_thresholds_are_held_against_incidents_that_an_approver_types():
    labels = (
        IncidentFound(start=NOW, end=NOW, name="File late", judged=True, caught=False),
        IncidentFound(start=NOW, end=NOW, name="Gateway", judged=True, caught=True),
    )
    words = "Would have fired once. Caught 1 of 2 incidents, USD 50.00; missed 1, USD 12.50. No false alarm."
    with_them = tried("proposed", 0.03).model_copy(update={"incidents": labels, "words": words})
    page = object.__new__(Approvals)
    page._wb = Bench(TEST.model_copy(update={"tests": (with_them,), "notes": ("A note.",)}))
    page._state = State(groups=(group(),), documents={("template", "loans"): LIVE})
    page.surface = SimpleNamespace(view=None)
    page._choose([group()])
    typed = "2026-03-02 08:00, 2026-03-03 12:00, File late\n2026-03-04,2026-03-05"
    page._receive({"type": "field", "field": "incidents", "value": typed, "rev": 1})
    page._receive({"type": "action", "action": "try"})
    first, second = page._wb.asked[-1][1]["incidents"]
    assert (first.start, first.name) == (datetime(2026, 3, 2, 13, tzinfo=UTC), "File late")
    assert (second.end, second.name) == (datetime(2026, 3, 5, 5, tzinfo=UTC), "")
    assert page._state.past == f"Return rate, breach above 0.03 (proposed): {words} Missed: File late. A note."
    page._receive({"type": "field", "field": "incidents", "value": "yesterday", "rev": 2})
    page._receive({"type": "action", "action": "try"})
    assert page._state.wrong_incidents
    assert page._state.wrong_incidents in str(page.surface.view)
    assert page._state.incidents == "yesterday"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("it was bad in March", "Line 1, “it was bad in March”, "),
        ("2026-03-02 08:00, 2026-03-03 12:00\n2026-03-05", "Line 2, “2026-03-05”, "),
        ("2026-03-03, 2026-03-02, Late", "Line 1, “2026-03-03,2026-03-02,Late”, "),
        ('"', 'Line 1, “"”, '),
    ],
)
def test_a_line_that_is_no_incident_is_told_with_one_that_is(typed, line):
    with pytest.raises(InputError) as caught:
        known(typed, "UTC")
    needs = "is no incident: it needs a time at which that began and, after it, one at which it ended."
    assert caught.value.message == line + needs
    (right,) = known(caught.value.hint.partition(": ")[2], "UTC")
    assert (right.start, right.end) == (datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 3, 12, tzinfo=UTC))
    assert right.name == "File late"
