"""The events of a flow as a DataFrame, over each transport."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from bos.actions import events as actions
from bos.errors import Invalid, NotFound, Unavailable, UsageError

ROWS = 45_000  # more than two pieces
COLUMNS = [
    "event_id", "case_id", "step", "event_time", "effective_date", "amount", "currency", "resource", "attributes",
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(wb, flow, tmp_path_factory):
    """Return the flow with events, and these as pandas reads them."""
    del wb
    rows = pd.DataFrame({"n": range(ROWS)})
    rows["time"] = pd.Timestamp("2026-01-01T00:00:00Z") + pd.to_timedelta((rows.n * 7_919) % ROWS, unit="s")
    rows["case"] = "c" + rows.n.astype(str)
    rows["step"] = rows.n.map(lambda n: "posted" if n % 3 else "other")
    rows["amount"] = rows.n.map(lambda n: f"{n}.{n % 100:02}")
    rows["note"] = rows.n.map(lambda n: f"<i>{n}" if n % 2 else "")
    path = tmp_path_factory.mktemp("events") / "log.csv"
    rows.to_csv(path, index=False)
    flow.import_events(path, generated=True)
    return flow, rows.sort_values("time", ignore_index=True)


def test_all_events_come_in_the_order_of_time_with_exact_money_and_aware_times(filled):
    flow, rows = filled
    frame = flow.events().df
    assert list(frame.columns) == COLUMNS
    assert str(frame.event_time.dt.tz) == "UTC"
    assert list(frame.event_time) == list(rows.time)
    assert list(frame.case_id) == list(rows.case)
    assert list(frame.amount) == [Decimal(text) for text in rows.amount]
    assert isinstance(frame.amount[0], Decimal)
    assert list(frame.attributes) == [{"note": note} if note else {} for note in rows.note]
    told = {"flow": flow.id, "template_version": 1, "time_zone": "UTC", "snapshot": flow.status().snapshot}
    assert frame.attrs == {**told, "generated": True, "total": ROWS, "cut": False}
    assert frame.effective_date.isna().all()


def test_a_window_a_step_and_a_limit_choose_as_pandas_does(filled):
    flow, rows = filled
    start, end = datetime(2026, 1, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, 5, tzinfo=UTC)
    inside = rows[(rows.time >= start) & (rows.time < end)]
    assert list(flow.events(start=start, end=end).df.case_id) == list(inside.case)
    posted = inside[inside.step == "posted"]
    for steps in ("post", ["post"], ["posted"], ["post", "posted"]):
        assert list(flow.events(start=start, end=end, steps=steps).df.case_id) == list(posted.case)
    assert list(flow.events(steps=["other"], limit=5).df.case_id) == list(rows[rows.step == "other"].case[:5])
    assert len(flow.events(steps=["post", "other"])) == ROWS
    assert list(flow.events(limit=1).df.case_id) == [rows.case[0]]


def test_a_snapshot_of_before_has_its_own_events(filled, tmp_path):
    flow, _ = filled
    before = int(flow.status().snapshot.rpartition("@")[2])
    later = tmp_path / "later.csv"
    later.write_text("case,step,time,amount,note\nlate,posted,2020-01-01T00:00:00Z,1.00,\n")
    flow.import_events(later)
    assert flow.events(limit=1).df.case_id[0] == "late"
    frame = flow.events(limit=1, snapshot=before).df
    assert frame.case_id[0] != "late"
    assert frame.attrs["snapshot"] == f"{flow.id}@{before}"
    with pytest.raises(NotFound):
        flow.events(snapshot=99)


def test_nothing_found_is_a_frame_with_columns(filled, wb):
    flow, _ = filled
    none = flow.events(end=datetime(1999, 1, 1, tzinfo=UTC)).df
    assert (len(none), list(none.columns)) == (0, COLUMNS)
    wb.templates.create("loan-payment-processing", id="silent")
    silent = wb.flow("silent").events(steps=["due", "downstream"]).df
    assert (len(silent), list(silent.columns), silent.attrs["generated"]) == (0, COLUMNS, False)


def test_what_cannot_be_asked_is_refused_before_anything_comes(filled, wb):
    flow, _ = filled
    with pytest.raises(NotFound, match="no step 'psot'") as caught:
        flow.events(steps=["psot"])
    assert "post" in caught.value.hint
    with pytest.raises(NotFound):
        flow.events(steps=["x' OR 1=1 --"])
    with pytest.raises(NotFound):
        wb.flow("absent").events()
    for wrong in ({"limit": 0}, {"limit": -1}, {"snapshot": -1}):
        with pytest.raises(Invalid):
            flow.events(**wrong)
    for start in (datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1)):  # noqa: DTZ001 - without a zone
        with pytest.raises(UsageError):
            flow.events(start=start)


def test_dates_come_as_dates(wb, tmp_path):
    wb.templates.create("loan-payment-processing", id="dated")
    log = tmp_path / "log.csv"
    log.write_text("c,s,t,d\n1,payment.due,2026-02-01T00:00:00-05:00,2026-01-31\n")
    flow = wb.flow("dated")
    flow.import_events(log, map={"case": "c", "step": "s", "time": "t", "effective_date": "d"})
    frame = flow.events(steps="due").df
    assert frame.effective_date[0] == date(2026, 1, 31)
    assert frame.event_time[0] == datetime(2026, 2, 1, 5, tzinfo=UTC)


def test_an_answer_that_breaks_off_is_an_error_and_no_shorter_frame(filled, monkeypatch):
    flow, _ = filled
    whole, taken = actions._taken, []

    def taking(sink):
        taken.append(sink)
        if len(taken) == 3:
            raise OSError("the disk is gone")
        return whole(sink)

    monkeypatch.setattr(actions, "_taken", taking)
    with pytest.raises(Unavailable):
        flow.events()
    assert len(taken) == 3


def test_whoever_fetches_rows_stands_in_the_journal_with_what_was_asked_for(filled, wb):
    flow, _ = filled
    before = len(list(wb.audit_entries(tag="data.read")))
    flow.events(steps=["other"], limit=2)
    entries = list(wb.audit_entries(tag="data.read"))
    assert len(entries) == before + 1
    told = {"what": "events", "snapshot": flow.status().snapshot, "start": None, "end": None}
    assert (entries[0].id, entries[0].after) == (flow.id, {**told, "steps": ["other"], "limit": 2})
    with pytest.raises(NotFound):
        flow.events(steps=["nowhere"])
    assert len(list(wb.audit_entries(tag="data.read"))) == before + 1
