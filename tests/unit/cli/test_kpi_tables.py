"""What the tables of `bos kpi` say of a run, and of an earlier period."""

from __future__ import annotations

from datetime import UTC, datetime

from bos.cli.kpi import _then
from bos.cli.kpi_movement import moved
from bos.cli.kpi_runs import _named
from bos.model.answers.kpis import Compared, KpiRun, KpiValue
from bos.model.answers.movement import Moved, Movement, MovementSide, Spread

AT = datetime(2026, 1, 5, tzinfo=UTC)


def run(*names):
    values = tuple(KpiValue(kpi=name, value=1) for name in names)
    return KpiRun(
        run="r", flow="f", at=AT, author="ana", template_version=1, snapshot=None, values=values, result_hash="0"
    )


def test_a_run_of_many_kpis_is_told_by_the_first_and_how_many_more():
    assert _named(run("a", "a")) == "a"
    assert _named(run("a", "b")) == "a, b"
    assert _named(run(*"abcdefg")) == "a, b and 5 more"


def test_an_earlier_value_names_its_period_and_an_earlier_bucket_its_start():
    period = Compared(start=AT, end=AT.replace(day=12), value=4, difference=2, change=0.5)
    assert _then(KpiValue(kpi="a", value=6, compared=period)) == (
        "4", "2026-01-05 00:00:00+00:00 to 2026-01-12 00:00:00+00:00", "2", "+50.0%",
    )  # fmt: skip
    bucket = Compared(start=AT, value=None, withheld_reason="Not covered.")
    assert _then(KpiValue(kpi="a", value=6, compared=bucket)) == ("-", "2026-01-05 00:00:00+00:00", "-", "-")
    assert _then(KpiValue(kpi="a", value=6)) == ("-", "-", "-", "-")


def test_what_is_no_sum_is_printed_with_the_reason_its_spread_and_its_parts(capsys):
    sides = [MovementSide(value=value, n=3, spread=Spread(n=3, median=2, p95=value, min=1, max=9)) for value in (4, 6)]
    parts = (Moved(of="web", then=4, then_n=2, now=6.5, now_n=2, difference=2.5), Moved(missing=True, then=1, then_n=1))
    found = Movement(
        flow="f", kpi="k", unit="USD", reason="A percentile is no sum.", dimension="channel", then=sides[0],
        now=sides[1], difference=2, parts=parts, notes=("Events are missing.",), template_version=1,
    )  # fmt: skip
    moved(found, json=False)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Change: +2. No exact sum: A percentile is no sum." in lines
    assert "now 3 2 6 1 9" in lines
    assert "channel Then Now Moved n then n now" in lines
    assert "web 4 6.5 +2.5 2 2" in lines
    assert "not recorded 1 - - 1 0" in lines
    assert lines[-1] == "Note: Events are missing."
