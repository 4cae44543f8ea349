"""What the tables of `bos kpi` say of a run, and of an earlier period."""

from __future__ import annotations

from datetime import UTC, datetime

from bos.cli.kpi import _missing, _shown, _then
from bos.cli.kpi_movement import moved
from bos.cli.kpi_runs import _beside, _named
from bos.model.answers.kpis import Compared, KpiRun, KpiValue, NoData, RestatedValue
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
        "4", "2026-01-05 00:00:00+00:00 to 2026-01-12 00:00:00+00:00", "+2", "+50.0\u202f%",
    )  # fmt: skip
    bucket = Compared(start=AT, value=None, withheld_reason="Not covered.")
    assert _then(KpiValue(kpi="a", value=6, compared=bucket)) == ("-", "2026-01-05 00:00:00+00:00", "-", "-")
    assert _then(KpiValue(kpi="a", value=6)) == ("-", "-", "-", "-")


def test_restated_values_read_as_those_of_an_evaluation_with_every_digit_beside_a_rounded_one():
    rate = {"then": 0.0282975810132, "now": 0.0285, "difference": 0.0002024189868, "live": 0.0285}
    found = _beside(RestatedValue(kpi="a", unit="ratio", dimensions={"channel": "web"}, **rate, words=("Late.",)))
    assert tuple(text.replace("\u202f", " ").replace("\xa0", " ") for text in found) == (
        "a", "", "channel web", "2.83 % (2.82975810132 %)", "2.85 %", "+0.02 points (+0.02024189868 points)", "2.85 %",
        "Late.",
    )  # fmt: skip
    money = _beside(RestatedValue(kpi="a", unit="USD", bucket_start=AT, then="1101.128", now=None))
    assert money[1:3] == ("2026-01-05 00:00:00+00:00", "")
    assert money[3].replace("\u202f", " ").replace("\xa0", " ") == "USD 1 101.13 (USD 1 101.128)"
    assert money[4:6] == ("-", "-")


def test_a_number_that_is_missing_with_its_events_is_no_dash():
    gone = NoData(signal="back", title="Returned", words="No data was recorded yet: Returned")
    assert _shown(KpiValue(kpi="a", value=None, no_data=gone)) == "no data"
    assert [_shown(KpiValue(kpi="a", value=value)) for value in (None, 0)] == ["-", "0"]
    assert _missing("a", gone.words) == "No value · a: No data was recorded yet: Returned."


def test_what_is_no_sum_is_printed_with_the_reason_its_spread_and_its_parts(capsys):
    sides = [MovementSide(value=value, n=3, spread=Spread(n=3, median=2, p95=value, min=1, max=9)) for value in (4, 6)]
    parts = (Moved(of="web", then=4, then_n=2, now=6.5, now_n=2, difference=2.5), Moved(missing=True, then=1, then_n=1))
    found = Movement(
        flow="f", kpi="k", unit="USD", reason="A percentile is no sum.", dimension="channel", then=sides[0],
        now=sides[1], difference=2, parts=parts, notes=("Events are missing.",), template_version=1,
    )  # fmt: skip
    moved(found, json=False)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Change: +USD 2.00. No exact sum: A percentile is no sum." in lines
    assert "now 3 USD 2.00 USD 6.00 USD 1.00 USD 9.00" in lines
    assert "channel Then Now Moved n then n now" in lines
    assert "web USD 4.00 USD 6.50 +USD 2.50 2 2" in lines
    assert "not recorded USD 1.00 - - 1 0" in lines
    assert lines[-1] == "Note: Events are missing."
