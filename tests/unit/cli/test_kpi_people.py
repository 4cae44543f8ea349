"""What `bos kpi` prints for people: numbers as the dashboards show them, and how late a case is on which clock."""

from __future__ import annotations

import pytest
import yaml

import bos
from bos.cli import output

RULE = "conformance(followed_by(received, posted, within = 1 hour, clock = business))"
LOG = """case,step,time,amount
1,received,2026-01-05T10:00:00Z,10.00
3,received,2026-01-05T09:00:00Z,20.00
3,posted,2026-01-05T11:00:00Z,20.00
2,received,2026-01-08T12:30:00Z,5.00
"""


@pytest.fixture(scope="module")
def office(shell, document, tmp_path_factory):  # noqa: ARG001 - the shell says which home it is
    """Return a flow with working time of 9 to 17 h; the newest event is on the Thursday after the others' Monday."""
    folder = tmp_path_factory.mktemp("office")
    kpis = {
        "late": (RULE, "payments"),
        "slow": ("conversion(received -> posted, within = 30 minutes)", "ratio"),
        "took": ("avg(duration(received -> posted, clock = business))", "business seconds"),
        "paid": ("sum(received.amount)", "USD"),
    }
    outcomes = [{"id": id_, "title": id_, "measure": {"formula": f, "unit": unit}} for id_, (f, unit) in kpis.items()]
    signals = [{"id": name, "signal": f"payment.{name}", "step": "post"} for name in ("received", "posted")]
    with bos.connect() as wb:
        for name in ("received", "posted"):
            signal = {"title": name.title(), "type": "process", "binding": {"event": name}}
            wb.signals.put(f"payment.{name}", signal, rationale="First.")
        wb.calendars.put("office", {"title": "Office"}, rationale="First.")
        flow = {**document["flow"], "calendar": "office"}
        made = {**document, "id": "office", "flow": flow, "process_signals": signals, "outcomes": outcomes}
        made["currency"] = "USD"
        made["binding"] = {"mapping": {name: name for name in ("case", "step", "time", "amount")}}
        (folder / "office.yaml").write_text(yaml.safe_dump(made), encoding="utf-8")
        wb.templates.put("office", made, rationale="First.")
        (folder / "log.csv").write_text(LOG)
        wb.flow("office").import_events(folder / "log.csv")
    return "office"


def test_how_late_a_case_is_says_on_which_clock(shell, office):
    """Monday 10 h to Thursday 12.30 h are 26.5 h of working time and 74.5 h on the wall."""
    told = shell.run("kpi", "cases", office, "late", "--part", "failed").stdout
    assert "no “Posted” by 5 January 2026 at 11:00. Late by 25 h 30 min working time." in told
    assert "Late by 1 h working time." in told
    found = shell.json("kpi", "cases", office, "late", "--part", "failed")
    assert (found["late_unit"], found["values"], found["unit"]) == ("business seconds", "", "")
    assert [one["late"] for one in found["items"]] == [91_800, 3_600]
    assert "late by 3 d 2 h" in shell.run("kpi", "cases", office, "slow", "--part", "failed").stdout
    found = shell.json("kpi", "cases", office, "slow", "--part", "failed")
    assert (found["late_unit"], found["items"][0]["late"]) == ("seconds", 266_400)
    with bos.connect() as wb:
        page = wb.flow(office).cases("late", "failed")
        assert "late by 25 h 30 min working time" in page._repr_html_()
        assert (page.attrs["late_unit"], list(page.df["late"])) == ("business seconds", [91_800, 3_600])


def test_numbers_are_told_as_dashboards_show_them_and_exactly_where_that_is_rounded(shell, office):
    lines = [
        " ".join(line.split()) for line in shell.run("kpi", "eval", office).stdout.replace("\u202f", " ").splitlines()
    ]
    assert lines[0] == "KPI From Value n Approval"
    told = {line.split()[0]: line for line in lines[1:]}
    assert told["late"].startswith("late 2 payments 3 ")
    assert told["slow"].startswith("slow 0 % 3 ")
    assert told["took"].startswith("took 2 h working time 1 ")
    assert told["paid"].startswith("paid USD 35.00 3 ")
    values = {row["kpi"]: row["value"] for row in shell.json("kpi", "eval", office)}
    assert values == {"late": 2, "slow": 0.0, "took": 7_200.0, "paid": 35}
    whole = ("--from", "2026-01-08", "--to", "2026-01-09", "--compare", "3 days")
    explained = shell.run("kpi", "explain", office, "paid", *whole).stdout
    assert "Then: USD 30.00, 2026-01-05" in explained
    assert "Change: \u2212USD 25.00" in explained


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0282975810132, "ratio", "2.83 % (2.82975810132 %)"),
        (0.25, "ratio", "25.0 %"),
        (2_743_772.167, "business seconds", "762 h 10 min working time (762 h 9 min 32.167 s working time)"),
        (7_200.0, "seconds", "2 h"),
        ("1101.13", "USD", "USD 1 101.13"),
        (1101.128, "USD", "USD 1 101.13 (USD 1 101.128)"),
        (12, "payments", "12 payments"),
        (None, "USD", "-"),
    ],
)
def test_every_digit_stands_beside_what_is_rounded(value, unit, words):
    assert output.told(value, unit).replace("\u202f", " ") == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0051827, "ratio", "+0.52 points (+0.51827 points)"),
        (-0.01, "ratio", "-1.00 points"),
        (0.1 + 0.2, "USD", "+USD 0.30"),
        ("-25.00", "USD", "-USD 25.00"),
        (-3_725.0, "seconds", "-1 h 2 min (-1 h 2 min 5 s)"),
        (0, "payments", "0 payments"),
        (None, "ratio", "-"),
    ],
)
def test_a_difference_has_its_sign_and_of_fractions_it_is_in_points(value, unit, words):
    assert output.change(value, unit).replace("\u202f", " ").replace("\u2212", "-") == words
