"""A message of a KPI goes with its chart, and is told without it rather than never."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from bos.actions import connection_health, pictured
from bos.cli.main import app
from bos.look.course import Course
from bos.store import outbox
from bos.store.engine import transaction
from tests.unit.actions.jobs.told import NOW, SAM, change


def packed(told, many):
    """Archive a pack with so many exceptions, and put it into the outbox."""
    folder = told.ctx.home.folder("reports") / told.flow / f"2026-W09-{many}"
    folder.mkdir(parents=True)
    points = tuple((NOW + timedelta(days=7 * week), 0.01 * week) for week in range(8))
    charts = [Course(f"Rate {n} & more, last 8 weeks", "W09 1 %", "%", points).data() for n in range(many)]
    (folder / "report.html").write_text("<p>All well.</p>")
    pack = {"flow": told.flow, "title": "Loans", "folder": folder.name, "pack": "p1", "report": "weekly"}
    pack |= {"period": "2026-W09", "at": NOW.isoformat(), "exceptions": many, "charts": charts, "attention": []}
    with transaction(told.ctx.engine) as session:
        outbox.add(session, [("pack", pack)], NOW)
    told.drain()
    return f"{folder.name}.html"


def charted(told, **over):
    """Put a change of state with a trend into the outbox."""
    days = [(datetime(2026, 2, day, tzinfo=UTC).isoformat(), 0.01 * day, 10) for day in range(1, 8)]
    panel = {
        "id": "trend.returns", "kind": "trend", "title": "Return rate by day", "summary": "Between 1 % and 7 %.",
        "owner": "process_owner", "unit": "ratio", "period": "1 to 7 Feb", "columns": ["Day from", "Value", "Rests on"],
        "rows": days,
    }  # fmt: skip
    change(told, trend={"panel": panel, "zone": "UTC"}, **over)


def left_out(told):
    page = connection_health.health(told.ctx, SAM)
    return next(one.left_out for one in page.items if one.connection == told.connection)


def test_a_message_goes_with_its_chart_and_without_where_the_system_takes_none(told, tmp_path):
    charted(told)
    assert told.deliver()
    assert left_out(told) == ""
    charted(told, title="A pictureless rate")
    assert told.deliver()
    first, second = told.books.entries
    assert (first["files"], second["files"]) == (["chart.png"], [])
    without = "Without its chart: it is on the dashboard."
    assert (without in first["paragraphs"], without in second["paragraphs"]) == (False, True)
    sent, _ = told.listed()
    assert (sent.state, sent.attempts) == ("sent", 1)
    assert sent.reason == left_out(told) == "The chart was left out. The ledger takes no pictures."
    env = {"BOS_DATABASE_URL": told.ctx.settings.database_url, "BOS_STATE_DIR": str(tmp_path)}
    shown = CliRunner().invoke(app, ["connector", "health", "--home", str(told.ctx.home.path)], env=env)
    assert f"{told.connection}, of the newest message: {sent.reason}" in " ".join(shown.output.split()), shown.output


def test_a_message_whose_chart_does_not_get_through_is_told_without_it_and_once(told):
    charted(told)
    told.books.faults = [(503, {}, None)] * 2
    for _ in range(2):
        told.deliver()
        assert told.books.entries == []
        told.now()
    told.deliver()
    (entry,) = told.books.entries
    assert entry["files"] == []
    assert left_out(told) == "The chart was left out."
    charted(told, state="ok")
    told.deliver()
    assert (told.books.entries[1]["files"], left_out(told)) == (["chart.png"], "")


@pytest.mark.parametrize("many", [0, 2])
def test_a_pack_goes_with_the_charts_that_travel_with_it_and_with_its_file(told, many):
    file = packed(told, many)
    assert told.deliver()
    (entry,) = told.books.entries
    assert entry["files"] == [*(f"chart-{n}.png" for n in range(1, many + 1)), file]
    assert left_out(told) == ""


def test_a_pack_whose_charts_cannot_be_drawn_or_sent_goes_with_its_file_alone(told, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pictured, "framed", lambda *_, **__: 1 / 0)
        file = packed(told, 1)
        assert told.deliver()
    told.books.faults = [(503, {}, None)] * 2
    other = packed(told, 2)
    for _ in range(3):
        told.deliver()
        told.now()
    assert [entry["files"] for entry in told.books.entries] == [[file], [other]]
    assert left_out(told) == "The chart was left out."
