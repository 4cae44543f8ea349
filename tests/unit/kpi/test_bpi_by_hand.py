"""Every KPI of the blueprint of loan applications against SQL written by hand, on the real log, whole and by month.

The log is that of the BPI Challenge 2012 (van Dongen). The blueprint is read as it ships, so a KPI that is added to it
without a statement here fails.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from bos.kpi.definitions import bound_signals, specs
from bos.kpi.engine import evaluate
from bos.model.answers.documents import Blueprint
from bos.model.kinds import model_of
from bos.resources import share

ZONE = "Europe/Amsterdam"
SPANS = """CREATE TEMP VIEW spans AS SELECT s.case_id, s.placed, (SELECT min(a.event_time) FROM events a
        WHERE a.case_id = s.case_id AND a.step = 'A_APPROVED' AND a.event_time >= s.placed) AS approved
    FROM (SELECT case_id, min(event_time) AS placed FROM events WHERE step = 'A_SUBMITTED' GROUP BY case_id) s"""
BY_HAND = {
    "submitted": ("count(*)", "SELECT event_time AS placed FROM events WHERE step = 'A_SUBMITTED'"),
    "declined": ("count(*)", "SELECT event_time AS placed FROM events WHERE step = 'A_DECLINED'"),
    "cancelled": ("count(*)", "SELECT event_time AS placed FROM events WHERE step = 'A_CANCELLED'"),
    "approved": ("count(*)", "SELECT event_time AS placed FROM events WHERE step = 'A_APPROVED'"),
    "undecided": (
        "count(*)",
        """SELECT min(event_time) AS placed FROM events GROUP BY case_id
            HAVING count(*) FILTER (step IN ('A_APPROVED', 'A_DECLINED', 'A_CANCELLED')) = 0""",
    ),
    "approved_within_14_days": ("count(*)", "SELECT placed FROM spans WHERE approved <= placed + INTERVAL 336 HOUR"),
    "median_submit_to_approve": (
        "median(epoch_us(approved) - epoch_us(placed)) / 1e6",
        "SELECT placed, approved FROM spans",
    ),
    "amount_requested": ("sum(amount)", "SELECT event_time AS placed, amount FROM events WHERE step = 'A_SUBMITTED'"),
    "amount_approved": ("sum(amount)", "SELECT event_time AS placed, amount FROM events WHERE step = 'A_APPROVED'"),
    "four_eyes_breaches": (
        "count(*)",
        """SELECT min(first) AS placed FROM (SELECT b.case_id, (SELECT min(event_time) FROM events f
                WHERE f.case_id = b.case_id AND f.step = 'A_APPROVED') AS first
            FROM events a JOIN events b ON a.case_id = b.case_id AND a.resource = b.resource
            WHERE a.step = 'A_ACCEPTED' AND b.step = 'A_APPROVED') GROUP BY case_id""",
    ),
}
"""KPI → its value over rows, and the rows with the time that places each."""


def full(kind, content):
    return model_of(kind).model_validate(content).data()


@pytest.fixture(scope="module")
def shipped():
    """Return the KPIs and the signals of the blueprint."""
    text = (share("data") / "blueprints" / "loan-application.yaml").read_text(encoding="utf-8")
    blueprint = Blueprint.model_validate(yaml.safe_load(text))
    template = full("template", blueprint.template)
    signals = {one["id"]: full("signal", one) for one in blueprint.signals}
    return specs(template), bound_signals(template, lambda _kind, id_: signals.get(id_))


@pytest.fixture(scope="module")
def by_hand(loan_log):
    """Return a function from a KPI to its value by hand, or to its values by month."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(loan_log.files)).create_view("events")
        connection.execute(SPANS)

        def asked(kpi, *, months=False):
            value, rows = BY_HAND[kpi]
            if not months:
                ((found,),) = connection.execute(f"SELECT {value} FROM ({rows})").fetchall()  # noqa: S608
                return found
            month = f"date_trunc('month', timezone('{ZONE}', placed))"
            return dict(connection.execute(f"SELECT {month}, {value} FROM ({rows}) GROUP BY 1").fetchall())  # noqa: S608

        yield asked


@pytest.mark.data
def test_every_kpi_of_the_blueprint_is_what_hand_written_sql_gives(loan_log, shipped, by_hand):
    kpis, signals = shipped
    assert [spec.id for spec in kpis] == list(BY_HAND)
    found = {row.kpi: row.value for row in evaluate(loan_log, kpis, signals, time_zone=ZONE)}
    for name, value in found.items():
        expected = by_hand(name)
        assert value == (pytest.approx(expected, rel=1e-11) if isinstance(expected, float) else expected), name


@pytest.mark.data
def test_so_are_the_months_of_each(loan_log, shipped, by_hand):
    kpis, signals = shipped
    rows = evaluate(loan_log, kpis, signals, by="month", time_zone=ZONE)
    for spec in kpis:
        own = {row.bucket_start.replace(tzinfo=None): row.value for row in rows if row.kpi == spec.id}
        expected = by_hand(spec.id, months=True)
        assert set(expected) <= set(own), spec.id
        for month, value in own.items():
            by_sql = expected.get(month, value if value is None else 0)
            assert value == (pytest.approx(by_sql, rel=1e-11) if isinstance(by_sql, float) else by_sql), (
                spec.id,
                month,
            )
    assert rows[0].bucket_start == datetime(2011, 10, 1, tzinfo=ZoneInfo(ZONE))
