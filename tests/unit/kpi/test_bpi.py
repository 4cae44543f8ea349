"""The ten KPIs of a real bank's loan applications (BPI Challenge 2012, van Dongen), exactly."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from bos.kpi import BoundSignal, KpiSpec
from bos.kpi.cases import cases
from bos.kpi.engine import compile_sql, evaluate
from bos.kpi.explain import effects, plan, side, summed, value

pytestmark = pytest.mark.usefixtures("each_engine")

SIGNALS = {
    name: BoundSignal(name, f"A_{name.upper()}")
    for name in ("submitted", "accepted", "approved", "declined", "cancelled")
}
KPIS = {
    "submitted": ("count(submitted)", 13_087),
    "declined": ("count(declined)", 7_635),
    "cancelled": ("count(cancelled)", 2_807),
    "approved": ("count(approved)", 2_246),
    "undecided": ("conformance(must_end(approved, declined, cancelled))", 399),
    "approved_within_14_days": ("conversion(submitted -> approved, within = 14 days, show = converted)", 1_086),
    "median_submit_to_approve": ("p50(duration(submitted -> approved))", 1_247_325.9335),
    "amount_requested": ("sum(submitted.amount)", Decimal("177634511.00")),
    "amount_approved": ("sum(approved.amount)", Decimal("35290338.00")),
    "four_eyes_breaches": ("conformance(different_persons(accepted, approved))", 50),
}
SPECS = [KpiSpec(name, formula) for name, (formula, _) in KPIS.items()]


@pytest.mark.data
def test_the_ten_figures_are_exact(loan_log):
    rows = evaluate(loan_log, SPECS, SIGNALS)
    assert {row.kpi: row.value for row in rows} == {name: value for name, (_, value) in KPIS.items()}
    assert [row.withheld_reason for row in rows] == [None] * len(rows)


RULES = {
    "precedes(accepted, approved)": ("missing_before", "A_APPROVED", "A_ACCEPTED"),
    "precedes(sent_back, approved)": ("missing_before", "A_APPROVED", "O_SENT_BACK"),
    "different_persons(accepted, approved)": ("one_person", "A_ACCEPTED", "A_APPROVED"),
    "different_persons(created, accepted)": ("one_person", "O_CREATED", "A_ACCEPTED"),
    "never_twice(sent)": ("more_than_once", "O_SENT"),
    "never_twice(calls)": ("more_than_once", "W_Nabellen offertes"),
    "followed_by(submitted, approved, within = 14 days)": ("too_late", "A_SUBMITTED", "A_APPROVED", 14 * 24),
    "followed_by(sent, sent_back, within = 30 days)": ("too_late", "O_SENT", "O_SENT_BACK", 30 * 24),
    "followed_by(calls, sent_back, within = 2 hours)": ("too_late", "W_Nabellen offertes", "O_SENT_BACK", 2),
    "exactly_one(approved, declined, cancelled)": ("several", "A_APPROVED", "A_DECLINED", "A_CANCELLED"),
    "exactly_one(offer_accepted, offer_declined)": ("several", "O_ACCEPTED", "O_DECLINED"),
    "must_end(approved, declined, cancelled)": ("none_of", "A_APPROVED", "A_DECLINED", "A_CANCELLED"),
}
"""Rule → how pandas finds the cases that break it."""
STEPS = {
    "sent": "O_SENT", "sent_back": "O_SENT_BACK", "created": "O_CREATED", "calls": "W_Nabellen offertes",
    "offer_accepted": "O_ACCEPTED", "offer_declined": "O_DECLINED",
}  # fmt: skip


class Judged:
    """The rules on a table of the loan_log, by pandas: every method returns the cases that break one."""

    def __init__(self, table):
        self.table = table.sort_values(["event_time", "event_id"])
        timely = table.event_time - table.ingested_at <= pd.Timedelta(days=1)
        self.newest = table[timely].event_time.max()

    def of(self, *steps):
        return self.table[self.table.step.isin(steps)]

    def first(self, step):
        return self.of(step).groupby("case_id").event_time.min()

    def missing_before(self, then, before):
        both = self.first(then).to_frame("then").join(self.first(before).rename("before"))
        return set(both[both.before.isna() | (both.before > both.then)].index)

    def one_person(self, one, other):
        pairs = self.of(one).merge(self.of(other), on=["case_id", "resource"])
        return set(pairs.dropna(subset="resource").case_id)

    def more_than_once(self, step):
        times = self.of(step).groupby("case_id").size()
        return set(times[times > 1].index)

    def too_late(self, first, then, hours):
        left = self.of(first)[["case_id", "event_time"]]
        right = self.of(then)[["case_id", "event_time"]].assign(came=lambda rows: rows.event_time)
        found = pd.merge_asof(left, right, on="event_time", by="case_id", direction="forward")
        late = found.came.fillna(self.newest) - found.event_time > pd.Timedelta(hours=hours)
        return set(found[late].case_id)

    def several(self, *steps):
        kinds = self.of(*steps).groupby("case_id").step.nunique()
        return set(kinds[kinds > 1].index)

    def none_of(self, *steps):
        return set(self.table.case_id) - set(self.of(*steps).case_id)


@pytest.fixture(scope="module")
def judged(loan_log):
    columns = ["case_id", "step", "event_time", "event_id", "resource", "ingested_at"]
    return Judged(pd.concat(pd.read_parquet(path, columns=columns) for path in loan_log.files))


@pytest.mark.full
@pytest.mark.data
def test_the_cases_that_break_a_rule_are_those_of_pandas_each_with_its_proof(loan_log, judged):
    signals = SIGNALS | {name: BoundSignal(name, step) for name, step in STEPS.items()}
    specs = [KpiSpec(f"k{i}", f"conformance({rule})") for i, rule in enumerate(RULES)]
    values = {row.kpi: row.value for row in evaluate(loan_log, specs, signals)}
    for spec, (rule, (method, *steps)) in zip(specs, RULES.items(), strict=True):
        wanted = getattr(judged, method)(*steps)
        assert values[spec.id] == len(wanted), rule
        listed = cases(loan_log, spec, signals, part="failed", limit=1_000)
        assert listed.total == len(wanted), rule
        assert {one.case for one in listed.items} <= wanted, rule
        assert len({one.case for one in listed.items}) == min(len(wanted), 1_000), rule
        assert all(one.proof.events for one in listed.items), rule
    assert values["k2"] == 50
    assert values["k11"] == 399


@pytest.mark.data
def test_the_months_of_a_count_add_up_across_the_clock_change(loan_log):
    rows = evaluate(loan_log, SPECS[:4], SIGNALS, by="month", time_zone="Europe/Amsterdam")
    starts = [row.bucket_start.isoformat() for row in rows if row.kpi == "submitted"]
    assert starts[:2] == ["2011-10-01T00:00:00+02:00", "2011-11-01T00:00:00+01:00"]
    for name in ("submitted", "declined", "cancelled", "approved"):
        assert sum(row.value for row in rows if row.kpi == name) == KPIS[name][1]


@pytest.mark.data
@pytest.mark.parametrize(
    "formula",
    [
        "ratio(count(approved), count(submitted))",
        "avg(submitted.amount)",
        "sum(approved.amount)",
        "count(declined)",
        "conversion(submitted -> approved, within = 14 days)",
        "avg(duration(submitted -> approved))",
    ],
)
def test_the_change_from_month_to_month_is_the_sum_of_its_parts(loan_log, formula):
    spec = KpiSpec("k", formula, "submitted")
    months = [datetime(2011, month, 1, tzinfo=ZoneInfo("Europe/Amsterdam")) for month in (10, 11, 12)]
    found, sides, whole = plan(spec), [], []
    for start, end in pairwise(months):
        window = {"start": start, "end": end, "time_zone": "Europe/Amsterdam"}
        sides.append(side(found, evaluate(loan_log, found.specs, SIGNALS, dimensions=("amount",), **window)))
        whole.append(evaluate(loan_log, [spec], SIGNALS, **window)[0].value)
        assert float(value(found, sides[-1])) == pytest.approx(float(whole[-1]), rel=1e-9)
    parts = effects(found, *sides)
    assert len({part.part for part in parts}) > 100
    assert float(summed(parts)) == pytest.approx(float(whole[1]) - float(whole[0]), rel=1e-9, abs=1e-9)


@pytest.mark.data
def test_the_statement_of_a_kpi_alone_gives_the_same_figure(loan_log):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(loan_log.files)).create_view("events")
        for spec in SPECS:
            ((value, _),) = connection.execute(compile_sql(spec, SIGNALS)).fetchall()
            assert value == KPIS[spec.id][1]
