"""Ways to look at a dashboard: against an earlier period, and split by a field."""

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import dashboards, kpis
from bos.errors import UsageError


def panel(run, name):
    return next(panel for panel in run.panels if panel.id == name)


@pytest.mark.full
def test_kpis_are_held_against_what_was_so_much_earlier(ctx, ana, sample):
    first = ctx.lake.snapshot(sample).first
    start, weeks = datetime(first.year, first.month, first.day, 5, tzinfo=UTC) + timedelta(days=22), timedelta(weeks=3)
    end = start + timedelta(days=7)
    run = dashboards.build(ctx, ana, sample, start=start, end=end, compare="3 weeks")
    names = [one.id for one in run.panels if one.kind == "kpi" and one.change and one.change.difference is not None]
    then = kpis.evaluate(ctx, ana, sample, kpis=names, start=start - weeks, end=end - weeks)
    assert {name: panel(run, name).change.value for name in names} == {v.kpi: v.value for v in then.values}
    assert len(names) > 9
    assert run.window.compare == "3 weeks"
    old = dashboards.build(ctx, ana, sample, start=start, end=end, compare="5 years")
    assert {one.change.words for one in old.panels if one.kind == "kpi" and one.change} == {
        "Nothing whole was recorded 5 years earlier to compare with"
    }
    with pytest.raises(UsageError, match="nothing to compare with"):
        dashboards.build(ctx, ana, sample, compare="yesteryear")


@pytest.mark.full
def test_a_split_shows_each_value_of_a_field_as_the_engine_counts_it(ctx, ana, sample):
    run = dashboards.build(ctx, ana, sample, split="channel", filters={"channel": ["web", "wire"]})
    found = {one.id.removeprefix("split."): one for one in run.panels if one.kind == "split"}
    declared = [row.kpi for row in kpis.listing(ctx, ana, sample).items if "channel" in row.measure["dimensions"]]
    assert set(found) == set(declared)
    every = dashboards.build(ctx, ana, sample, split="channel")
    values = kpis.evaluate(ctx, ana, sample, kpis=declared, dimensions=["channel"]).values
    by_kpi = {name: {v.dimensions["channel"]: (v.value, v.n) for v in values if v.kpi == name} for name in declared}
    for name in declared:
        rows = panel(every, f"split.{name}").rows
        assert {row[0]: row[1:3] for row in rows} == by_kpi[name]
        numbers = [row[1] for row in rows if row[1] is not None]
        assert numbers == sorted(numbers, reverse=True)
        kept = {row[0]: row[1:3] for row in found[name].rows}
        assert kept == {value: told for value, told in by_kpi[name].items() if value in {"web", "wire"}}
    page = dashboards.html(ctx, ana, every.run)
    assert "By channel" in page
    assert 'data-value="web"' in page
    first = ctx.lake.snapshot(sample).first
    start = datetime(first.year, first.month, first.day, 5, tzinfo=UTC) + timedelta(days=22)
    asked = {"start": start, "end": start + timedelta(days=7), "compare": "3 weeks"}
    week = dashboards.build(ctx, ana, sample, split="channel", **asked)
    taken = [one for one in week.panels if one.kind == "split" and "Of the change" in one.columns]
    assert len(taken) > 2
    for one in taken:
        change = panel(week, one.id.removeprefix("split.")).change
        assert sum(row[4] or 0 for row in one.rows) == pytest.approx(change.difference, abs=1e-9)
        assert f"against {change.period}" in one.summary
    with pytest.raises(UsageError, match="is split by 'colour'"):
        dashboards.build(ctx, ana, sample, split="colour")


@pytest.mark.full
def test_a_filter_by_a_value_that_no_event_has_says_so(ctx, ana, sample):
    told = "No event with channel &lt;zzz&gt; in this period, nor in any other."
    filters = {"channel": ["<zzz>", "web", None]}
    page = dashboards.html(ctx, ana, dashboards.build(ctx, ana, sample, filters=filters).run, part="body")
    assert page.count(f"<p>{told}</p>") == page.count("No event with") == 1
    page = dashboards.html(ctx, ana, dashboards.build(ctx, ana, sample, filters={"channel": ["web"]}).run, part="body")
    assert "No event with" not in page
