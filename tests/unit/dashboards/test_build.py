"""A dashboard against an independent count of the same log, and what a build keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bos.actions import blueprints, budgets, changes, dashboards, documents, kpis
from bos.auth.actor import Actor
from bos.errors import NotFound, UsageError
from bos.model.diff import Change
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.telemetry.ingest import import_events


def panel(run, name):
    return next(panel for panel in run.panels if panel.id == name)


def ways_of(frame, template, native):
    """Return title of a step → what came of it, by loops over cases."""
    titles = {step["id"]: step["title"] for step in template["flow"]["steps"]}
    named = frame[frame["step"].isin(native.values())]
    times = {key: sorted(part["event_time"]) for key, part in named.groupby(["case_id", "step"])}
    newest = frame["event_time"].max()
    rules = [
        outcome["measure"]["formula"] for outcome in template["outcomes"] if "must_end" in outcome["measure"]["formula"]
    ]
    out = {}
    for step in [step for step in titles if step in native]:
        leads = [edge["target"] for edge in template["flow"]["edges"] if edge["source"] == step]
        told = [lead for lead in leads if lead in native]
        final = not leads or len(told) < len(leads) or any(step in rule for rule in rules)
        took, lasted, stay, passed = dict.fromkeys(told, 0), {lead: [] for lead in told}, [], 0
        reached = 0
        for case in frame["case_id"].unique():
            own = times.get((case, native[step]))
            if not own:
                continue
            reached += 1
            found, before = [], False
            for position, lead in enumerate(told):
                every = times.get((case, native[lead]), [])
                later = [t for t in every if (t > own[0] if lead == step else t >= own[0])]
                before |= len(every) > (lead == step)
                if later:
                    lasted[lead].append((later[0] - own[0]).total_seconds())
                    found.append((later[0], position, lead))
            if found:
                took[min(found)[2]] += 1
                stay.append((own[0], (min(found)[0] - own[0]).total_seconds(), False))
            else:
                stay.append((own[0], None, before))
                passed += before
        gone = [seconds for _, seconds, _ in stay if seconds is not None]
        patience = np.quantile(gone, 0.99) if gone else np.inf
        left = [start for start, seconds, before in stay if seconds is None and not before]
        dropped = sum((newest - start).total_seconds() > patience for start in left)
        rest = reached - sum(took.values())
        out[titles[step]] = {
            "reached": reached,
            "took": {titles[lead]: count for lead, count in took.items()},
            "lasted": {titles[lead]: seconds for lead, seconds in lasted.items()},
            "dropped": 0 if final else dropped,
            "ended": rest if final else passed,
            "in_flight": 0 if final else len(left) - dropped,
        }
    return out


VIEWER = Actor("vic", "Vic", roles=frozenset({"viewer"}))


def native_events(ctx, template):
    """Return step → the event that tells it: of the signal named like the step, else of the first."""
    found = {}
    for use in template["process_signals"]:
        event = documents.show(ctx, VIEWER, "signal", use["signal"]).document["binding"]["event"]
        if use["step"] and event and (use["step"] not in found or use["id"] == use["step"]):
            found[use["step"]] = event
    return found


def check_journeys(run, expected):
    rows = panel(run, "funnel").rows
    for step, want in expected.items():
        mine = {row[1]: row[2] for row in rows if row[0] == step}
        assert mine.pop("Reached") == want["reached"]
        rest = {"In flight": "in_flight", "Dropped off": "dropped", "May end here": "ended"}
        assert {name: mine.pop(words, 0) for words, name in rest.items()} == {n: want[n] for n in rest.values()}
        assert mine == want["took"]
        assert sum(mine.values()) + sum(want[name] for name in rest.values()) == want["reached"]
    for source, target, cases, median, p95 in panel(run, "times").rows:
        lasted = expected[source]["lasted"][target]
        assert cases == len(lasted)
        if lasted:
            assert (median, p95) == pytest.approx(tuple(np.quantile(lasted, [0.5, 0.95])), rel=1e-9)


def test_funnel_and_times_of_the_sample_equal_a_count_by_hand(ctx, ana, sample, frame):
    run = dashboards.build(ctx, ana, sample)
    template = documents.show(ctx, ana, "template", sample).document
    check_journeys(run, ways_of(frame(sample), template, native_events(ctx, template)))


def test_the_tiles_equal_the_kpis_of_the_same_window(ctx, ana, sample):
    for window in ({}, {"end": datetime(2026, 3, 10, tzinfo=UTC)}):
        run = dashboards.build(ctx, ana, sample, **window)
        asked = {value.kpi: value for value in kpis.evaluate(ctx, ana, sample, **window).values}
        tiles = [p for p in run.panels if p.kind == "kpi"]
        assert {p.id: (p.value, p.n) for p in tiles} == {name: (v.value, v.n) for name, v in asked.items()}
        assert all(p.queries[0].text.startswith(("SELECT", "WITH")) for p in tiles)


@pytest.mark.full
def test_the_query_of_a_kpi_is_shown_in_the_languages_that_can_say_it(ctx, ana, sample):
    window = {"start": datetime(2026, 3, 2, 5, tzinfo=UTC), "end": datetime(2026, 3, 7, 5, tzinfo=UTC)}
    run = dashboards.build(ctx, ana, sample, by="day", **window)
    markings = {"spl": {"generated, not run"}, "promql": {"estimated"}, "adql": {"generated, not run"}}
    seen = set()
    for one in run.panels:
        if one.kind not in {"kpi", "trend"}:
            continue
        assert one.queries[0].language == "duckdb"
        for query in one.queries[1:]:
            seen.add((one.kind, query.language))
            assert query.marking.removeprefix("estimated, ") in markings[query.language]
            assert query.note
    assert seen >= {("kpi", "spl"), ("kpi", "promql"), ("kpi", "adql"), ("trend", "spl"), ("trend", "promql")}
    late = [query.language for query in panel(run, "receipt_to_posted_p50").queries]
    assert "promql" not in late, "a duration is in no counter"
    page = dashboards.html(ctx, ana, run.run)
    assert "<h4>SPL (Splunk), <em>generated, not run</em></h4><p>earliest_time " in page
    assert "<h4>PromQL (Prometheus), <em>estimated</em></h4><p>" in page


def test_a_step_time_is_the_duration_of_the_kpi_language(ctx, ana, sample):
    asked = {v.kpi: v.value for v in kpis.evaluate(ctx, ana, sample, kpis=["receipt_to_posted_p50"]).values}
    run = dashboards.build(ctx, ana, sample)
    assert asked["receipt_to_posted_p50"] == panel(run, "receipt_to_posted_p50").value


def test_one_click_makes_the_definition_once_and_a_run_each_time(ctx, ana, sample):
    runs = [dashboards.build(ctx, ana, sample) for _ in range(2)]
    assert [run.dashboard_version for run in runs] == [1, 1]
    assert runs[0].run != runs[1].run
    assert runs[0].result_hash == runs[1].result_hash
    assert dashboards.run(ctx, ana, runs[0].run) == runs[0]
    listed = dashboards.runs(ctx, ana, sample, limit=2).items
    assert [row.run for row in listed] == [runs[1].run, runs[0].run]
    assert all(run.flow == sample for run in kpis.runs(ctx, ana, sample).items)
    with pytest.raises(NotFound):
        kpis.run(ctx, ana, runs[0].run)


def test_what_cannot_be_filtered_is_withheld_and_never_unfiltered(ctx, ana, sample, frame):
    run = dashboards.build(ctx, ana, sample, filters={"loan_type": ["auto"]})
    split = {p.id: p for p in run.panels if p.kind == "kpi"}
    assert split["credited_as_of_receipt"].status == "withheld"
    assert split["credited_as_of_receipt"].value is None
    assert "not split by loan_type" in split["credited_as_of_receipt"].status_words
    declared = [name for name, tile in split.items() if tile.status != "withheld"]
    assert len(declared) == 13
    whole = kpis.evaluate(ctx, ana, sample, kpis=declared, dimensions=["loan_type"])
    wanted = {v.kpi: (v.value, v.n) for v in whole.values if v.dimensions == {"loan_type": "auto"}}
    wanted |= {"suspense_balance": (0, 0), "suspense_age": (None, 0)}  # no payment of a car loan waits
    assert {name: (split[name].value, split[name].n) for name in declared} == wanted
    events = frame(sample)
    auto = events[events["attributes"].map(lambda pairs: dict(pairs).get("loan_type") == "auto")]
    if panel(run, "funnel").status != "withheld":
        due = {row[1]: row[2] for row in panel(run, "funnel").rows if row[0] == "Received"}
        assert due["Reached"] == auto[auto["step"].str.endswith("received")]["case_id"].nunique()
    with pytest.raises(UsageError, match="No KPI"):
        dashboards.build(ctx, ana, sample, filters={"colour": ["red"]})


def test_who_may_only_read_builds_a_dashboard_too(ctx, ana, sample):
    dashboards.build(ctx, ana, sample)
    assert dashboards.build(ctx, VIEWER, sample).author == "vic"
    with pytest.raises(NotFound):
        dashboards.build(ctx, VIEWER, "nothing-here")


def test_a_system_signal_without_points_is_silent_and_not_zero(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample)
    silent = panel(run, "system.gateway_availability")
    assert (silent.status, silent.value, silent.figure) == ("no_data", None, None)
    assert silent.steps == ("Initiated", "Authorised and settled")
    assert all(row[1] is None and row[4] == 0 for row in silent.rows)


def test_a_budget_of_what_was_never_recorded_ends_with_the_flow_and_not_now(ctx, ana, sample, frame):
    (budget,) = budgets.listing(ctx, ana, sample).items
    assert (budget.kpi, budget.n) == ("gateway_uptime", 0)
    assert budget.at == frame(sample)["event_time"].max() + timedelta(microseconds=1)


def test_the_page_is_the_same_bytes_each_time_and_asks_nobody(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample)
    text = dashboards.html(ctx, ana, run.run)
    assert text == dashboards.html(ctx, ana, run.run)
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    for one in run.panels:
        assert f'id="{one.id}"' in text


def test_the_body_is_what_stands_in_the_page(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample)
    body = dashboards.html(ctx, ana, run.run, part="body")
    assert f'<main class="bos-page bos-board">{body}</main>' in dashboards.html(ctx, ana, run.run)
    assert body.startswith('<header class="bos-head"><h1>')


def test_the_bucket_that_is_not_over_is_told_apart_and_is_in_no_change(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample, by="week")
    trends = [one for one in run.panels if one.kind == "trend" and one.rows]
    for trend in trends:
        assert trend.figure["layout"]["meta"]["part"][trend.rows[-1][0]] == "so far"
        assert trend.figure["data"][0]["y"][-1] is None
        assert trend.rows[-1][1] is None or "The week that is not over: " in trend.summary
    last = {trend.id.removeprefix("trend."): datetime.fromisoformat(trend.rows[-1][0]) for trend in trends}
    changes = [one for one in run.panels if one.kind == "kpi" and one.change and one.change.difference is not None]
    assert changes
    endings = {tile.change.of for tile in changes}
    assert len({ending for ending in endings if ending.startswith("Last whole week, ")}) == 1
    for tile in changes:
        ending = tile.change.words.split(":")[0]
        assert ending.startswith(
            ("Last whole week, ", "Last week that rests on enough, ", "Last week with all of its data, ")
        )
        assert f"{last[tile.id].day} {last[tile.id]:%b %Y}" not in ending


def test_a_number_whose_earlier_period_fell_silent_says_since_when(ctx, ana):
    """A debit on each day but those of the second of three weeks."""
    blueprints.create(ctx, ana, "loan-payment-processing", id="paused")
    measure = {"formula": "count(initiated)", "unit": "count"}
    asked = [Change(op="add", path="outcomes[debits]", new={"id": "debits", "title": "Debits", "measure": measure})]
    changes.submit(ctx, ana, "template", "paused", base_version=1, changes=asked, rationale="Debits.")
    days = [day for day in range(1, 22) if not 8 <= day <= 14]
    path = ctx.lake.root.parent / "paused.csv"
    rows = [f"i{day},payment.initiated,2026-02-{day:02}T10:00:00" for day in days]
    path.write_text("\n".join(["payment_id,event,occurred_at", *rows]) + "\n")
    mapping = {"case": "payment_id", "step": "event", "time": "occurred_at"}
    more = {"batch": "one", "rejects": ctx.rejects, "time_zone": "America/New_York", "currency": "USD"}
    import_events(ctx.lake, "paused", path, mapping=mapping, **more)
    week = {"start": datetime(2026, 2, 15, 5, tzinfo=UTC), "end": datetime(2026, 2, 22, 5, tzinfo=UTC), "by": "day"}
    debits = panel(dashboards.build(ctx, ana, "paused", **week), "debits")
    silent = "No data since 7 Feb 2026 10:00: Payment initiated"
    assert (debits.value, debits.change.value, debits.change.shown) == (7, None, "No data")
    assert debits.change.words == f"No counterpart in 8 Feb 2026 00:00 \u2013 14 Feb 2026 10:00: {silent}"


def test_a_hostile_value_of_a_filter_stays_a_value(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample, filters={"loan_type": ["auto' OR '1'='1", "\\'; DROP TABLE x; --"]})
    tiles = [p for p in run.panels if p.kind == "kpi" and p.status != "withheld"]
    assert {p.n for p in tiles} == {0}
    none = {(p.status, p.shown) for p in tiles if p.value is None}
    assert ("none", "No case") in none, "there is nothing to divide by, and no event is missing"
    assert none <= {("none", "No case"), ("no_data", "No data")}
    assert all(p.status_words.startswith("No data ") for p in tiles if p.status == "no_data"), "it says since when"


@pytest.mark.data
def test_the_real_log_shows_the_published_figures_and_money_first(ctx, ana, real, published):
    run = dashboards.build(ctx, ana, real)
    tiles = [p for p in run.panels if p.kind == "kpi"]
    assert {p.id: p.value for p in tiles} == published
    assert [p.id for p in tiles[:2]] == ["amount_requested", "amount_approved"]
    assert run.window.words == "All that was recorded: 1 Oct 2011 \u2013 14 Mar 2012, Europe/Amsterdam"


@pytest.mark.full
@pytest.mark.data
def test_funnel_and_times_of_the_real_log_equal_a_count_by_hand(ctx, ana, real, frame):
    run = dashboards.build(ctx, ana, real)
    template = documents.show(ctx, ana, "template", real).document
    expected = ways_of(frame(real), template, native_events(ctx, template))
    check_journeys(run, expected)
    assert timedelta(0) < run.as_of - datetime(2012, 3, 14, tzinfo=UTC) < timedelta(days=1)


def test_a_flow_without_any_event_has_no_number_and_the_page_says_what_to_do(ctx, ana):
    blueprints.create(ctx, ana, "loan-application", id="empty")
    run = dashboards.build(ctx, ana, "empty")
    tiles = [panel for panel in run.panels if panel.kind == "kpi"]
    assert {(tile.value, tile.status, tile.shown) for tile in tiles} == {(None, "no_data", "No data")}
    assert all(tile.status_words.startswith("No data was recorded yet: ") for tile in tiles)
    assert all(row[1] is None for panel in run.panels if panel.kind == "trend" for row in panel.rows)
    assert (panel(run, "funnel").shown, panel(run, "funnel").rows) == ("No data", ())
    page = dashboards.html(ctx, ana, run.run)
    assert "bos telemetry import FILE --flow empty" in page


def test_a_trend_counts_days_as_the_kpi_does_and_says_where_there_is_no_data(ctx, ana, tmp_path):
    blueprints.create(ctx, ana, "loan-payment-processing", id="young")
    rows = ["case,step,time,channel,loan_type"]
    for day in range(1, 13):
        rows.append(f"i{day},payment.initiated,2026-02-{day:02}T15:00:00Z,ach,auto")
        if 5 <= day <= 9:
            rows.append(f"i{day},payment.returned,2026-02-{day:02}T17:00:00Z,ach,auto")
    path = tmp_path / "young.csv"
    path.write_text("\n".join(rows) + "\n")
    mapping = {name: name for name in ("case", "step", "time")} | {
        "attr.channel": "channel",
        "attr.loan_type": "loan_type",
    }
    import_events(ctx.lake, "young", path, mapping=mapping, batch="one", rejects=ctx.rejects)
    trend = panel(dashboards.build(ctx, ana, "young", by="day"), "trend.overall_return_rate")
    assert [row[1] for row in trend.rows] == [None] * 4 + [1] * 5 + [0] * 3
    assert trend.summary.startswith("Between 0")
    assert "No data in 4 of 12 days: Payment returned." in trend.summary


def test_every_panel_says_how_far_all_it_rests_on_is_approved(ctx, ana, sample):
    sam = Actor("sam", "Sam", roles=SIGNING_ROLES)
    run = dashboards.build(ctx, ana, sample)
    assert {(one.kind, one.approval.state) for one in run.panels} == {
        (kind, "provisional") for kind in ("kpi", "trend", "budget", "funnel", "times", "system")
    }
    assert all(one.approval_words.startswith("Not approved yet · waits for ") for one in run.panels)
    page = dashboards.html(ctx, ana, run.run)
    marks = re.findall(r'<span class="[a-z -]+ bos-unsigned" role="img" aria-label="([^"]+)" title="([^"]+)">', page)
    assert marks[0] == ("Not approved yet", "Not approved yet")
    assert [words for words, _ in marks[1:]] == [title for _, title in marks[1:]]
    assert sorted(words for words, _ in marks[1:]) == sorted(one.approval_words for one in run.panels)
    assert ">Not approved yet<" not in page
    others = sum(one.kind != "kpi" for one in run.panels)
    kpis = len(run.panels) - others
    head = page.partition('<div class="bos-banner"')[2].partition("</div>")[0]
    assert f"{kpis} of {kpis} KPIs are not fully approved, {others} of {others} charts rest on what is not; " in head
    roles = {role for one in run.panels for role in one.approval.waiting_for}
    assert len(roles) > 2
    assert all(ROLES[role].lower() in head.lower() for role in roles)
    assert re.search(r"<p><span [^>]+bos-unsigned[^>]+>not <svg.+</svg></span> \d+ of ", head)

    use = documents.show(ctx, ana, "template", sample).document["system_signals"][0]
    name = f"system.{use['id']}"
    wanted = {("template", sample): f"system_signals[{use['id']}].signal", ("signal", use["signal"]): "binding"}
    for (kind, id_), path in wanted.items():
        assert panel(dashboards.build(ctx, ana, sample), name).approval.state == "provisional"
        group = documents.show(ctx, ana, kind, id_).approvals[path].group
        changes.sign(ctx, sam, group, decision="approve")
    run = dashboards.build(ctx, ana, sample)
    assert (panel(run, name).approval.state, panel(run, name).approval.signed_by) == ("approved", ("sam",))
    assert {one.approval.state for one in run.panels if one.id != name} == {"provisional"}
    page = dashboards.html(ctx, ana, run.run)
    assert "Not approved yet" not in page_part(page, name)
    assert f"{others - 1} of {others} charts rest on what is not" in page


def page_part(page, name):
    """Return the part of a page that shows a panel."""
    return page.partition(f'id="{name}"')[2].partition("</article>")[0]
