"""One week, three ways to its numbers: the pack, the dashboard, and pandas over the files the events came from."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

FLOW = "loan-payment-processing"
DEBITS = ["ach", "web", "third_party"]
UNAUTHORISED = ["R05", "R07", "R10", "R11", "R29", "R51"]


class Week:
    """The generated events as pandas reads them, and what of them a week has."""

    def __init__(self, pilot, start, end, bank_hours):
        self.bank_hours = bank_hours
        rows = pd.concat([pd.read_parquet(path) for path in pilot.events]).drop_duplicates("event_id")
        self.rows = rows.sort_values(["event_time", "event_id"])
        self.points = pd.read_csv(pilot.metrics, parse_dates=["time"])
        self.start, self.end = start, end

    def of(self, event, anchor=None):
        """Return the events of a kind that lie in the week; with an anchor those of cases that began it then."""
        mine = self.rows[self.rows.event == f"payment.{event}"]
        if anchor is None:
            return mine[self._inside(mine.event_time)]
        began = self.rows[self.rows.event == f"payment.{anchor}"].groupby("case_id").event_time.first()
        return mine[mine.case_id.isin(began[self._inside(began)].index)]

    def took(self, first, second):
        """Return the bank hours from the first of a kind to the first of another at or after it, by cases of the week.

        In seconds.
        """
        begun = self.of(first, first).groupby("case_id").event_time.first()
        ends = self.of(second, first).join(begun.rename("begun"), on="case_id")
        ends = ends[ends.event_time >= ends.begun].groupby("case_id").first()
        return self.bank_hours(ends.begun, ends.event_time)

    def measured(self, signal):
        """Return the values of a system signal in the week."""
        mine = self.points[self.points.signal == signal]
        return mine[self._inside(mine.time)].value

    def waiting(self, first, second):
        """Return the newest event of a kind of each case that no event of the other has followed by the week's end."""
        so_far = self.rows[self.rows.event_time < self.end]
        begun = so_far[so_far.event == f"payment.{first}"].groupby("case_id").last()
        ended = so_far[so_far.event == f"payment.{second}"].groupby("case_id").event_time.last()
        return begun[~(ended.reindex(begun.index) >= begun.event_time)]

    def _inside(self, moments):
        return (moments >= self.start) & (moments < self.end)


def by_hand(week):
    """Return every KPI of the pilot flow as its description says, without a formula."""
    back = week.of("returned", "initiated")
    back = back[back.channel.isin(DEBITS)]
    debits = week.of("initiated", "initiated").channel.isin(DEBITS).sum()
    received, credited = week.of("received", "received"), week.of("posted", "received")
    credited = credited[credited.loan_type == "mortgage"]
    on_day = (credited.effective_date.astype(str) == credited.receipt_date.astype(str)).sum()
    posted, due = week.of("posted"), week.of("due")
    took = week.took("received", "posted")
    loans = due.loan_id.nunique()
    late = {days: due[due.dpd >= days].loan_id.nunique() / loans for days in (30, 60, 90)}
    home = received[received.loan_type == "mortgage"].drop_duplicates("case_id")
    good = credited[credited.effective_date.astype(str) == credited.receipt_date.astype(str)]
    owed = home[~home.case_id.isin(good.case_id)]
    arrived = week.of("received")  # each by its own time, also the second of a case that began before
    suspense = week.waiting("unmatched", "matched")
    ends = pd.Series(week.end, suspense.index)
    return {
        "overall_return_rate": len(back) / debits,
        "administrative_return_rate": back.code.isin(["R02", "R03", "R04"]).sum() / debits,
        "unauthorised_return_rate": back.code.isin(UNAUTHORISED).sum() / debits,
        "credited_as_of_receipt": on_day / (received.loan_type == "mortgage").sum(),
        "stp_rate": (posted.manual.astype(str).str.lower() == "false").sum() / len(posted),
        "exception_rate": len(week.of("unmatched", "received")) / len(received),
        "receipt_to_posted_p50": took.quantile(0.5),
        "receipt_to_posted_p95": took.quantile(0.95),
        **{f"delinquent_{days}": share for days, share in late.items()},
        "suspense_balance": float(suspense.amount.sum()),
        "suspense_age": week.bank_hours(suspense.event_time, ends).max(),
        "ach_file_gap": week.measured("ach_control_total").sum()
        - float(arrived[arrived.channel == "ach"].amount.sum()),
        "return_cost": 4.5 * len(back),
        "late_crediting_cost": sum(round(15 + float(amount) * 0.0002, 2) for amount in owed.amount),
        "gateway_uptime": week.measured("gateway_availability").mean(),
    }


@pytest.mark.full
@pytest.mark.parametrize("incident", ["account_file", "posting_backlog"])
def test_pack_dashboard_and_a_calculation_by_hand_have_the_same_numbers(
    pilot, wb, launched, tmp_path, incident, bank_hours
):
    name = pilot.week_of(incident)
    review = wb.flow(FLOW).weekly_review(name)
    pack = {kpi.kpi: kpi for kpi in review.kpis}
    run = wb.flow(FLOW).dashboard(start=review.start, end=review.end)
    dashboard = {panel.id: panel for panel in run.panels if panel.kind == "kpi"}
    hand = by_hand(Week(pilot, review.start, review.end, bank_hours))
    assert {key: kpi.value for key, kpi in pack.items()} == {key: panel.value for key, panel in dashboard.items()}
    assert {key: kpi.shown for key, kpi in pack.items()} == {key: panel.shown for key, panel in dashboard.items()}
    assert {key: kpi.n for key, kpi in pack.items()} == {key: panel.n for key, panel in dashboard.items()}
    assert {key: kpi.as_of for key, kpi in pack.items()} == {key: panel.as_of for key, panel in dashboard.items()}
    values = {key: math.nan if kpi.value is None else float(kpi.value) for key, kpi in pack.items()}
    assert values == pytest.approx(hand, rel=1e-9, abs=1e-6, nan_ok=True), "a KPI without a case has no value by hand"
    html = (Path(launched("weekly", name, tmp_path).folder) / "report.html").read_text(encoding="utf-8")
    for kpi in pack.values():
        assert f"{kpi.shown}<" in html
        assert f'href="#definition-{kpi.kpi}"' in html
        assert f'id="definition-{kpi.kpi}"' in html
        assert kpi.freshness in html
    for row in review.systems:
        assert f'href="#system-{row.signal}"' in html
        assert f'id="system-{row.signal}"' in html
        assert row.freshness in html
