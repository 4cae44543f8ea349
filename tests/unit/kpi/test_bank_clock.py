"""The bank's clock: working time between two events, worked out by hand.

A row is: when the case was received and when it was posted (local time), what was waited for in between, and how much
working time that is. ``hold`` stops the clock, ``go`` lets it run again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.kpi import KpiSpec, check
from bos.kpi.definitions import bound_signals, specs
from bos.kpi.engine import evaluate
from bos.model.calendar import Calendar
from bos.model.signals import Signal
from bos.model.template import Template

pytestmark = pytest.mark.usefixtures("each_engine")

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BANK = {
    "time_zone": "America/New_York",
    "working_days": WEEK[:5],
    "opens": "08:00",
    "closes": "18:00",
    "cut_off": "17:00",
    "holidays": ["2026-01-19", "2026-11-26", "2026-12-25", "2027-01-01"],
    "stop_on": ["payment.hold"],
    "resume_on": ["go"],
}
MUMBAI = {"time_zone": "Asia/Kolkata", "working_days": WEEK[:6], "opens": "09:30", "closes": "17:15"}
LONDON = {"time_zone": "Europe/London", "working_days": WEEK, "opens": "00:00", "closes": "23:59:59"}
NIGHT = {"time_zone": "Europe/London", "working_days": WEEK, "opens": "01:30", "closes": "04:00"}
BRIEF = {"time_zone": "Europe/London", "working_days": WEEK, "opens": "01:30", "closes": "02:10"}
FRI, TUE, WED = "2026-01-16", "2026-01-20", "2026-01-21"

CASES = {
    "bank": (BANK, [
        ("within a day", f"{FRI} 09:00", f"{FRI} 10:30", "", "1:30"),
        ("at the cut-off is in time", f"{FRI} 17:00", f"{FRI} 17:30", "", "0:30"),
        ("a second after it is not", f"{FRI} 17:00:01", f"{FRI} 17:30", "", "0:00"),
        ("Friday 17:05 before a Monday holiday", f"{FRI} 17:05", f"{TUE} 09:00", "", "1:00"),
        ("posted as the bank opens", f"{FRI} 17:05", f"{TUE} 08:00", "", "0:00"),
        ("before the cut-off, over the long weekend", f"{FRI} 16:00", f"{TUE} 09:00", "", "3:00"),
        ("after closing", f"{FRI} 19:00", f"{TUE} 09:00", "", "1:00"),
        ("on a Saturday", "2026-01-17 12:00", f"{TUE} 09:00", "", "1:00"),
        ("from Saturday to Sunday", "2026-01-17 12:00", "2026-01-18 12:00", "", "0:00"),
        ("on a holiday", "2026-01-19 10:00", f"{TUE} 08:30", "", "0:30"),
        ("after the hour of the cut-off on a holiday", "2026-01-19 17:05", f"{TUE} 08:30", "", "0:30"),
        ("from Friday to a holiday", f"{FRI} 16:00", "2026-01-19 12:00", "", "2:00"),
        ("before the bank opens", f"{TUE} 07:00", f"{TUE} 09:00", "", "1:00"),
        ("before it opens until it opens", f"{TUE} 07:00", f"{TUE} 08:00", "", "0:00"),
        ("a whole day", f"{TUE} 07:00", f"{TUE} 18:00", "", "10:00"),
        ("a whole day and the evening", f"{TUE} 07:00", f"{TUE} 23:00", "", "10:00"),
        ("four days", f"{TUE} 08:00", "2026-01-23 18:00", "", "40:00"),
        ("four days and a weekend", f"{TUE} 08:00", "2026-01-26 08:00", "", "40:00"),
        ("after the cut-off of an ordinary day", f"{TUE} 17:30", f"{WED} 18:00", "", "10:00"),
        ("at one instant", f"{TUE} 12:00", f"{TUE} 12:00", "", "0:00"),
        ("a microsecond", f"{TUE} 12:00:00.000001", f"{TUE} 12:00:00.000002", "", "0:00:00.000001"),
        ("another day in UTC", f"{TUE} 20:00", f"{WED} 09:00", "", "1:00"),
        ("clocks go forward on the Sunday", "2026-03-06 16:00", "2026-03-09 09:00", "", "3:00"),
        ("clocks go back on the Sunday", "2026-10-30 16:00", "2026-11-02 09:00", "", "3:00"),
        ("Thanksgiving", "2026-11-25 17:30", "2026-11-27 08:45", "", "0:45"),
        ("Christmas", "2026-12-24 16:00", "2026-12-28 10:00", "", "4:00"),
        ("Christmas, after the cut-off", "2026-12-24 17:30", "2026-12-28 10:00", "", "2:00"),
        ("over New Year", "2026-12-31 15:00", "2027-01-04 09:00", "", "4:00"),
        ("waits for the customer for two hours", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 10:00; go {TUE} 12:00",
         "4:00"),
        ("waits and is never resumed", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 10:00", "1:00"),
        ("waits twice", f"{TUE} 09:00", f"{TUE} 15:00",
         f"hold {TUE} 10:00; go {TUE} 11:00; hold {TUE} 13:00; go {TUE} 14:00", "4:00"),
        ("is held twice and resumed once", f"{TUE} 09:00", f"{TUE} 15:00",
         f"hold {TUE} 10:00; hold {TUE} 11:00; go {TUE} 12:00", "4:00"),
        ("was held before it was received", f"{TUE} 09:00", f"{TUE} 12:00", f"hold {TUE} 08:30; go {TUE} 10:00",
         "2:00"),
        ("was held before, and never resumed", f"{TUE} 09:00", f"{TUE} 12:00", f"hold {TUE} 08:30", "0:00"),
        ("is resumed without having been held", f"{TUE} 09:00", f"{TUE} 15:00", f"go {TUE} 10:00", "6:00"),
        ("waits over the long weekend", f"{FRI} 16:00", f"{TUE} 10:00", f"hold {FRI} 16:30; go {TUE} 09:30", "1:00"),
        ("is held after it was posted", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 16:00", "6:00"),
        ("comes after the cut-off and is held", f"{FRI} 17:05", f"{TUE} 09:00", f"hold {FRI} 17:30; go {TUE} 08:30",
         "0:30"),
        ("is held in the night", f"{TUE} 17:00", f"{WED} 09:00", f"hold {TUE} 20:00; go {WED} 06:00", "2:00"),
        ("is held and resumed at one instant", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 10:00; go {TUE} 10:00",
         "6:00"),
        ("is resumed and held at one instant", f"{TUE} 09:00", f"{TUE} 15:00", f"go {TUE} 10:00; hold {TUE} 10:00",
         "1:00"),
        ("is held as it is posted", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 15:00", "6:00"),
        ("is resumed as it is received", f"{TUE} 09:00", f"{TUE} 12:00", f"hold {TUE} 08:30; go {TUE} 09:00", "3:00"),
    ]),
    "mumbai": (MUMBAI, [
        ("Saturday is a working day", "2026-01-16 17:00", "2026-01-17 10:00", "", "0:45"),
        ("Sunday is none", "2026-01-17 17:00", "2026-01-19 10:00", "", "0:45"),
        ("no cut-off: what comes late has the rest of the day", "2026-01-16 17:10", "2026-01-16 17:20", "", "0:05"),
        ("without stop rules it runs", "2026-01-16 10:00", "2026-01-16 12:00", "hold 2026-01-16 11:00", "2:00"),
    ]),
    "london": (LONDON, [
        ("the day on which clocks go forward", "2026-03-29 00:00", "2026-03-29 23:59:59", "", "22:59:59"),
        ("the day on which clocks go back", "2026-10-25 00:00", "2026-10-25 23:59:59", "", "24:59:59"),
        ("an ordinary day", "2026-10-26 00:00", "2026-10-26 23:59:59", "", "23:59:59"),
    ]),
    "night": (NIGHT, [
        ("an ordinary night", "2026-10-24 01:00", "2026-10-24 05:00", "", "2:30"),
        ("opens at the first of two half past one", "2026-10-25 00:00", "2026-10-25 04:00", "", "3:30"),
        ("received between the two", "2026-10-25 01:45", "2026-10-25 04:00", "", "3:15"),
        ("half past one does not exist: an hour later", "2026-03-29 00:00", "2026-03-29 04:00", "", "1:30"),
    ]),
    "brief": (BRIEF, [
        ("open for forty minutes", "2026-03-28 00:00", "2026-03-28 05:00", "", "0:40"),
        ("closes before it opens, by the clock change", "2026-03-29 00:00", "2026-03-30 05:00", "", "0:40"),
    ]),
}  # fmt: skip


def signals_of(clock, *, stepwise=False):
    """Return the signals of a flow whose calendar, or whose step's calendar, has a clock."""
    calendar = Calendar(id="days", title="Days", clock=clock).data()
    uses = [{"id": name, "signal": f"payment.{name}", "step": "work"} for name in ("received", "posted", "hold", "go")]
    steps = [{"id": "work", "title": "Work", "calendar": "days" if stepwise else None}]
    flow = {"correlation_key": ["case"], "calendar": None if stepwise else "days", "steps": steps}
    template = Template(id="flow", title="Flow", flow=flow, process_signals=uses).data()
    known = {
        f"payment.{name}": Signal(id=f"payment.{name}", title=name, type="process", binding={"event": name}).data()
        for name in ("received", "posted", "hold", "go")
    }
    return bound_signals(template, lambda kind, id_: calendar if kind == "calendar" else known[id_])


def seconds(text):
    hours, minutes, *rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest[0] if rest else 0)


def log(rows, zone):
    """Return the events of the rows, each a case of its own; ids grow in the order they are written."""

    def at(text):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    events = []
    for what, received, posted, between, _ in rows:
        marks = [part.strip().split(" ", 1) for part in between.split(";") if part.strip()]
        for step, moment in (("received", received), *marks, ("posted", posted)):
            events.append({"case_id": what, "step": step, "event_time": at(moment)})
    return events


def of_cases(held, signals, function="sum"):
    spec = KpiSpec("took", f"{function}(duration(received -> posted, clock = business))")
    assert [problem for problem in check(spec, signals) if problem.severity == "error"] == []
    return {row.dimensions["case"]: row.value for row in evaluate(held, [spec], signals, dimensions=["case"])}


@pytest.mark.parametrize("stepwise", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_working_time_is_what_a_person_works_out(snapshot, name, stepwise):
    clock, rows = CASES[name]
    held = snapshot(log(rows, clock["time_zone"]))
    found = of_cases(held, signals_of(clock, stepwise=stepwise))
    assert found == {what: seconds(expected) for what, *_, expected in rows}


BY_STEP = [
    ("from the front desk, by the bank's hours", "received", f"{FRI} 16:00", f"{TUE} 09:00", "", "3:00"),
    ("from the back office, by its own hours", "handed", f"{FRI} 21:30", f"{FRI} 22:30", "", "1:00"),
    ("the back office works on the Saturday and on the holiday", "handed", f"{FRI} 23:30", f"{TUE} 09:00", "", "6:00"),
    ("its cut-off is its own: none, so 22:45 has a quarter of an hour", "handed", f"{TUE} 22:45", f"{WED} 09:00", "",
     "0:15"),
    ("a hold stops the bank's clock", "received", f"{TUE} 09:00", f"{TUE} 15:00", f"hold {TUE} 10:00; go {TUE} 12:00",
     "4:00"),
    ("and not that of the back office", "handed", f"{TUE} 20:00", f"{TUE} 22:30", f"hold {TUE} 20:30", "2:30"),
]  # fmt: skip
"""Of a flow whose back office has hours of its own: from which step, the rest as above."""
OFFICE = {"time_zone": "America/New_York", "working_days": WEEK[:6], "opens": "20:00", "closes": "23:00"}


def signals_by_step():
    """Return the signals of a flow with the bank's calendar, and a step of its back office with another one."""
    names = ("received", "handed", "posted", "hold", "go")
    steps = [{"id": "desk", "title": "Desk"}, {"id": "office", "title": "Back office", "calendar": "office"}]
    uses = [
        {"id": name, "signal": f"payment.{name}", "step": "office" if name == "handed" else "desk"} for name in names
    ]
    flow = {"correlation_key": ["case"], "calendar": "bank", "steps": steps}
    known = {
        f"payment.{name}": Signal(id=f"payment.{name}", title=name, type="process", binding={"event": name}).data()
        for name in names
    }
    known |= {
        id_: Calendar(id=id_, title=id_, clock=clock).data() for id_, clock in (("bank", BANK), ("office", OFFICE))
    }
    template = Template(id="flow", title="Flow", flow=flow, process_signals=uses).data()
    return bound_signals(template, lambda _kind, id_: known[id_])


def test_working_time_is_that_of_the_step_it_begins_at(snapshot):
    rows = log([(what, *rest) for what, _, *rest in BY_STEP], BANK["time_zone"])
    begins = {what: step for what, step, *_ in BY_STEP}
    held = snapshot([
        row | {"step": begins[row["case_id"]]} if row["step"] == "received" else row for row in rows
    ])  # fmt: skip
    signals, found = signals_by_step(), {}
    for step in ("received", "handed"):
        spec = KpiSpec(step, f"sum(duration({step} -> posted, clock = business))")
        values = evaluate(held, [spec], signals, dimensions=["case"])
        found |= {row.dimensions["case"]: row.value for row in values}
    assert found == {what: seconds(expected) for what, *_, expected in BY_STEP}


def test_there_are_at_least_thirty_of_them_and_no_two_have_one_name():
    names = [row[0] for _, rows in CASES.values() for row in rows]
    assert len(names) == len(set(names)) >= 30


def test_a_case_that_is_not_posted_has_no_working_time_and_its_holds_change_nothing(snapshot):
    rows = [("posted", f"{TUE} 09:00", f"{TUE} 10:00", "", "1:00")]
    events = log(rows, BANK["time_zone"])
    first = events[0]["event_time"]
    events += [
        {"case_id": "open", "step": "received", "event_time": first},
        {"case_id": "open", "step": "hold", "event_time": first + timedelta(hours=1)},
        {"case_id": "only held", "step": "hold", "event_time": first},
    ]
    assert of_cases(snapshot(events), signals_of(BANK)) == {"posted": 3600.0, "open": None}


def test_an_empty_log_has_no_working_time(no_files):
    spec = KpiSpec("took", "p95(duration(received -> posted, clock = business))")
    (row,) = evaluate(no_files, [spec], signals_of(BANK))
    assert (row.value, row.n) == (None, 0)


def test_time_on_the_wall_and_working_time_stand_side_by_side(snapshot):
    held = snapshot(log([("one", f"{FRI} 16:00", f"{TUE} 09:00", "", "")], BANK["time_zone"]))
    pair = [
        KpiSpec("wall", "avg(duration(received -> posted))"),
        KpiSpec("work", "avg(duration(received -> posted, clock = business))"),
    ]
    found = {row.kpi: row.value for row in evaluate(held, pair, signals_of(BANK))}
    assert found == {"wall": 89 * 3600.0, "work": 3 * 3600.0}


def test_without_a_calendar_there_is_no_working_time_and_who_stops_the_clock_must_be_of_the_flow():
    spec = KpiSpec("took", "p95(duration(received -> posted, clock = business))")
    template = Template(
        id="flow", title="Flow",
        process_signals=[{"id": name, "signal": f"s.{name}"} for name in ("received", "posted")],
    ).data()  # fmt: skip
    signal = Signal(id="s", title="S", type="process", binding={"event": "x"}).data()
    bare = bound_signals(template, lambda kind, _: signal if kind == "signal" else None)
    (problem,) = check(spec, bare)
    assert (problem.code, problem.severity) == ("no-calendar", "error")
    assert specs(template) == ()
    strange = signals_of({**BANK, "stop_on": ["elsewhere"]})
    (problem,) = check(spec, strange)
    assert (problem.code, problem.severity) == ("clock-signal", "attention")
    assert "'elsewhere'" in problem.message
