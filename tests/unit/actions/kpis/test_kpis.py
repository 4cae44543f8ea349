import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from bos.actions import changes, documents, kpis
from bos.actions.evaluation import plain
from bos.actions.question import before
from bos.errors import NotExpressible, NotFound, UsageError
from bos.model.diff import Change
from bos.store.engine import reading
from bos.store.tables import journal


def values(run):
    return {value.kpi: value.value for value in run.values}


def test_without_window_there_is_one_row_a_kpi_over_everything(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow)
    assert [value.kpi for value in run.values] == ["sent", "return_rate", "amount", "to_post", "kept", "sent_back"]
    assert {value.bucket_start for value in run.values} == {None}
    assert values(run) == {
        "sent": 3, "return_rate": 0.333333333333, "amount": 157.75, "to_post": 7200.0, "kept": 2, "sent_back": 1,
    }  # fmt: skip
    assert {value.snapshot for value in run.values} == {"payments@1"} == {run.snapshot}
    assert [value.unit for value in run.values][:4] == ["count", "ratio", "USD", "seconds"]


def test_every_kpi_has_its_own_zone_and_rows_stay_in_the_order_asked(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent_back", "sent"], by="month")
    assert [value.kpi for value in run.values] == ["sent_back"] * 3 + ["sent"] * 3
    starts = {name: [v.bucket_start.isoformat() for v in run.values if v.kpi == name] for name in ("sent", "sent_back")}
    assert starts["sent"][0] == "2026-01-01T00:00:00-05:00"
    assert starts["sent_back"][0] == "2026-01-01T00:00:00+00:00"
    assert [v.value for v in run.values if v.kpi == "sent"] == [1, 2, 0]


def test_an_end_alone_asks_for_the_kpis_own_window_before_it(ctx, ana, flow):
    end = datetime(2026, 3, 2, 14, tzinfo=UTC)
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent", "amount"], end=end)
    # 30 days before 2 March 09:00 in New York is 31 January 09:00: the debit of the 30th is out, and 3 February is in
    assert values(run) == {"sent": 2, "amount": 157.75}


def test_a_window_of_days_keeps_the_hour_across_a_clock_change():
    moment = datetime(2026, 3, 9, 12, tzinfo=UTC)  # 08:00 in New York, one day after the clocks went forward
    assert before(moment, "2 days", "America/New_York") == datetime(2026, 3, 7, 13, tzinfo=UTC)
    assert before(moment, "1 week", "UTC") == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert before(moment, "90 minutes", "America/New_York") == datetime(2026, 3, 9, 10, 30, tzinfo=UTC)
    assert before(moment, "48 hours", "America/New_York") == datetime(2026, 3, 7, 12, tzinfo=UTC)


def test_dimensions_split_a_value(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], dimensions=["channel"])
    assert [(v.dimensions, v.value) for v in run.values] == [({"channel": "branch"}, 1), ({"channel": "web"}, 2)]


def test_a_run_is_kept_as_it_was_and_named_in_the_journal(ctx, ana, flow, add):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"])
    add("second", [("p9", "payment.initiated", "2026-02-09T09:00:00Z", "1.00", "web")])
    assert values(kpis.evaluate(ctx, ana, flow, kpis=["sent"])) == {"sent": 4}
    assert kpis.run(ctx, ana, run.run) == run
    assert [row.run for row in kpis.runs(ctx, ana, flow).items][-1] == run.run
    assert run.documents["template/payments"] == 1
    assert run.documents["signal/payment.initiated"] == 1
    with reading(ctx.engine) as connection:
        told = connection.execute(journal.select().where(journal.c.tag == "kpi.evaluated")).all()
    assert told[0].after["run"] == run.run
    assert told[0].after["result_hash"] == run.result_hash


def test_runs_are_listed_newest_first_in_pages(ctx, ana, flow):
    made = [kpis.evaluate(ctx, ana, flow, kpis=["sent"]).run for _ in range(3)]
    first = kpis.runs(ctx, ana, flow, limit=2)
    rest = kpis.runs(ctx, ana, flow, limit=2, cursor=first.next)
    assert [run.run for run in (*first.items, *rest.items)] == made[::-1]
    assert rest.next is None


def test_an_older_snapshot_gives_what_was_known_then_with_the_same_hash(ctx, ana, flow, add):
    then = kpis.evaluate(ctx, ana, flow)
    add("second", [("p2", "payment.posted", "2026-02-01T11:00:00Z", "50.50", "branch")])
    now = kpis.evaluate(ctx, ana, flow)
    again = kpis.evaluate(ctx, ana, flow, snapshot=1)
    assert values(now)["to_post"] == 5400.0
    assert again.result_hash == then.result_hash != now.result_hash
    with pytest.raises(NotFound, match="no telemetry version 7"):
        kpis.evaluate(ctx, ana, flow, snapshot=7)


def test_definitions_of_then_are_used_when_a_moment_is_named(ctx, ana, flow):
    before_change = documents.show(ctx, ana, "template", flow).at
    change = Change(op="set", path="outcomes[sent].measure", new={"formula": "count(received)", "unit": "count"})
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=[change], rationale="Received counts.")
    assert values(kpis.evaluate(ctx, ana, flow, kpis=["sent"])) == {"sent": 2}
    then = kpis.evaluate(ctx, ana, flow, kpis=["sent"], as_of=before_change)
    assert values(then) == {"sent": 3}
    assert then.template_version == 1
    assert then.values[0].approval is None


def sign_everything(ctx, actor):
    for group in changes.groups(ctx, actor, state="unsigned", limit=1000).items:
        changes.sign(ctx, actor, group.group, decision="approve")


def test_a_number_is_as_approved_as_the_least_of_what_it_rests_on(ctx, ana, ben, flow):
    marks = {v.kpi: v.approval for v in kpis.evaluate(ctx, ana, flow).values}
    assert marks["sent"].state == "provisional"
    assert "data_steward" in marks["sent"].waiting_for
    sign_everything(ctx, ben)
    marks = {v.kpi: v.approval for v in kpis.evaluate(ctx, ana, flow).values}
    assert {mark.state for mark in marks.values()} == {"approved"}
    assert marks["sent"].signed_by == ("ben",)
    version = documents.show(ctx, ana, "template", flow).version
    change = Change(op="set", path="outcomes[sent].measure", new={"formula": "count(received)", "unit": "count"})
    changes.submit(ctx, ana, "template", flow, base_version=version, changes=[change], rationale="Received counts.")
    run = kpis.evaluate(ctx, ana, flow)
    marks = {v.kpi: v.approval for v in run.values}
    assert values(run)["sent"] == 3, "the approved definition is served while another waits"
    assert {name for name, mark in marks.items() if mark.state == "held"} == {"sent", "kept"}
    assert marks["sent"].waiting_for == ("data_steward",)


def test_working_time_is_as_approved_as_its_calendar(ctx, ana, ben, flow):
    clock = {"opens": "00:00", "closes": "23:59", "working_days": ["saturday"]}
    documents.put(ctx, ana, "calendar", "bank", {"title": "Bank", "clock": clock}, rationale="First.")
    live = documents.show(ctx, ana, "template", flow)
    outcomes = [
        {**one, "measure": {**one["measure"], "formula": "p50(duration(received -> posted, clock = business))",
                            "unit": "business seconds"}} if one["id"] == "to_post" else one
        for one in live.document["outcomes"]
    ]  # fmt: skip
    document = {**live.document, "outcomes": outcomes, "flow": {**live.document["flow"], "calendar": "bank"}}
    documents.put(ctx, ana, "template", flow, document, base_version=live.version, rationale="Working time.")
    sign_everything(ctx, ben)
    run = kpis.evaluate(ctx, ana, flow)
    assert values(run)["to_post"] == 7200.0
    assert {v.approval.state for v in run.values} == {"approved"}
    changed = {"title": "Bank", "clock": {**clock, "holidays": ["2026-01-31"]}}
    documents.put(ctx, ana, "calendar", "bank", changed, base_version=1, rationale="A holiday.")
    run = kpis.evaluate(ctx, ana, flow)
    assert {v.kpi for v in run.values if v.approval.state == "held"} == {"to_post"}
    assert values(run)["to_post"] == 7200.0, "the approved calendar counts while another waits"
    assert run.documents["calendar/bank"] == 1


def test_a_source_that_nobody_signed_marks_the_numbers_that_read_it(ctx, ana, ben, flow):
    sign_everything(ctx, ben)
    extra = {"id": "payment.posted", "title": "Posted", "type": "process", "binding": {"event": "other"}}
    documents.put(ctx, ana, "signal", "payment.posted", extra, rationale="Other name.", base_version=1)
    marks = {v.kpi: v.approval.state for v in kpis.evaluate(ctx, ana, flow).values}
    assert {name for name, state in marks.items() if state == "held"} == {"to_post"}


def test_the_query_that_is_shown_computes_the_number(ctx, ana, flow):
    found = kpis.query(ctx, ana, flow, "return_rate")
    assert found.formula == "ratio(count(returned), count(initiated))"
    assert found.snapshot == "payments@1"
    run = kpis.evaluate(ctx, ana, flow, kpis=["return_rate"])
    assert run.queries == {"return_rate": found.sql}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(ctx.lake.snapshot(flow).files)).create_view("events")
        ((value, count),) = connection.execute(found.sql).fetchall()
    assert (round(value, 12), count) == (0.333333333333, 3)


def test_a_query_in_the_language_of_a_vendor_is_marked_or_refused(ctx, ana, flow):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = {"start": start, "end": start + timedelta(days=2), "by": "hour"}
    splunk = kpis.query(ctx, ana, flow, "return_rate", language="spl", **window)
    assert splunk.text.startswith("search `bos_events`")
    assert (splunk.language, splunk.marking, splunk.ran) == ("spl", "generated, not run", False)
    assert splunk.sql == kpis.query(ctx, ana, flow, "return_rate", **window).sql
    analytics = kpis.query(ctx, ana, flow, "sent", language="adql", **window)
    assert analytics.text.startswith("SELECT series(eventTimestamp, '1h'), count(*) FROM bos_events WHERE step = ")
    prometheus = kpis.query(ctx, ana, flow, "sent", language="promql", **window)
    assert prometheus.marking == "estimated"
    assert prometheus.tolerance
    assert prometheus.parameters["start"] == str(int(start.timestamp()) + 3_600)
    with pytest.raises(NotExpressible, match="know no case"):
        kpis.query(ctx, ana, flow, "to_post", language="promql", **window)
    plain = kpis.query(ctx, ana, flow, "sent")
    assert (plain.language, plain.text, plain.marking) == ("duckdb", plain.sql, "")


def test_the_listing_says_who_answers_for_each_kpi(ctx, ana, flow):
    rows = kpis.listing(ctx, ana, flow).items
    assert [row.kpi for row in rows][:2] == ["sent", "return_rate"]
    assert {row.owner for row in rows} == {"business_owner"}
    assert rows[0].approvals["outcomes[sent].measure"].state == "provisional"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kpis": ["sennt"]}, NotFound, "no KPI 'sennt'"),
        ({"kpis": ["sent", "sent"]}, UsageError, "named twice"),
        ({"start": datetime(2026, 1, 1)}, UsageError, "no time zone"),  # noqa: DTZ001 - the fault
        ({"kpis": ["sent"], "dimensions": ["chanel"]}, UsageError, "not split by chanel"),
        ({"by": "decade"}, UsageError, "decade"),
        ({"as_of": datetime(1999, 1, 1, tzinfo=UTC)}, NotFound, "payments"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_no_run(ctx, ana, flow, options, error, words):
    with pytest.raises(error, match=words):
        kpis.evaluate(ctx, ana, flow, **options)
    assert kpis.runs(ctx, ana, flow).items == ()


def test_a_flow_that_is_not_there_is_named(ctx, ana):
    for act in (kpis.evaluate, kpis.listing):
        with pytest.raises(NotFound, match="no template 'nowhere'"):
            act(ctx, ana, "nowhere")


def test_a_flow_without_events_has_no_data_and_no_error(ctx, ana, flow):
    document = {**documents.show(ctx, ana, "template", flow).document, "id": "empty"}
    documents.put(ctx, ana, "template", "empty", document, rationale="First.")
    run = kpis.evaluate(ctx, ana, "empty")
    assert set(values(run).values()) == {None}
    told = {value.kpi: value.no_data.words for value in run.values}
    assert told["sent"] == "No data was recorded yet: Initiated"
    assert told["kept"] == "No data was recorded yet: Returned"
    assert told["to_post"] == "No data was recorded yet: Received"
    assert run.snapshot == "empty@0"


def test_numbers_keep_every_digit_as_json():
    assert plain(Decimal("177634511.00")) == 177634511
    assert isinstance(plain(Decimal("177634511.00")), int)
    assert plain(Decimal("0.10")) == 0.1
    big = Decimal("1234567890123456.78")
    assert plain(big) == "1234567890123456.78"
    assert plain(10**17) == "100000000000000000"
    assert plain(float("inf")) is None
    for value in (Decimal("999999999999.99"), Decimal(-5), 3, 2.5):
        assert Decimal(str(json.loads(json.dumps(plain(value))))) == Decimal(str(value))


def test_of_all_kpis_those_that_lack_a_dimension_say_so_and_keep_no_other_number_back(ctx, ana, watched):
    flow = watched([("gateway.up", datetime(2026, 2, 1, tzinfo=UTC), 1)])
    run = kpis.evaluate(ctx, ana, flow, dimensions=["channel"], compare="1 year", end=datetime(2026, 3, 1, tzinfo=UTC))
    told = {value.kpi: value for value in run.values if value.withheld_reason}
    assert set(told) == {"available", "fast"}
    assert told["fast"].withheld_reason.startswith("It cannot be computed: A KPI of a system signal is not split")
    assert told["fast"].compared is None
    assert set(run.queries) == {"sent", "return_rate", "amount", "to_post", "kept", "sent_back"}
    with pytest.raises(UsageError, match="fast is not split by channel"):
        kpis.evaluate(ctx, ana, flow, kpis=["sent", "fast"], dimensions=["channel"])


@pytest.mark.parametrize("field", ["case", "amount", "resource", "effective_date", "payment_id"])
def test_a_split_that_would_tell_single_cases_is_refused(ctx, ana, flow, field):
    for names in (["sent"], None):
        with pytest.raises(UsageError, match=f"split by '?{field}"):
            kpis.evaluate(ctx, ana, flow, kpis=names, dimensions=["channel", field])
