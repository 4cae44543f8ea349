"""Why a case breaks a rule, in a sentence, worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from bos.dashboards.evidence import Names, evidence
from bos.kpi import BoundSignal, BusinessClock, KpiSpec
from bos.kpi.cases import cases
from bos.kpi.evidence import Mark, Proof

NAMES = Names({"posted": "Posted", "matched": "Matched", "sent": "Sent"}, {"PST": "Posted"}, "America/New_York")


def mark(what, hour, by="A17", *, second=0, event_id="e1", step="PST"):
    """An event of 3 March 2026, at an hour of New York."""
    at = datetime(2026, 3, 3, hour + 5, 2, second, tzinfo=UTC)
    return Mark(what, what.partition(" ")[0], event_id, step, at, by)


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (Proof("precedes", (mark("posted", 10),), ("matched",)),
         "“Posted” on 3 March 2026 at 10:02 by A17; no “Matched” before it."),
        (Proof("precedes", (mark("posted", 10, None), mark("matched", 11, second=7)), ("matched where code = 'x'",)),
         ("“Posted” on 3 March 2026 at 10:02; no “Matched” where code = 'x' before it. "
          "The first came on 3 March 2026 at 11:02:07 by A17.")),
        (Proof("followed_by", (mark("matched", 10),), ("posted",), datetime(2026, 3, 6, 5, tzinfo=UTC)),
         "“Matched” on 3 March 2026 at 10:02 by A17; no “Posted” by the end of 5 March 2026."),
        (Proof("followed_by", (mark("matched", 9), mark("posted", 10, "B")), (),
               datetime(2026, 3, 3, 14, 30, tzinfo=UTC)),
         ("“Matched” on 3 March 2026 at 09:02 by A17; “Posted” on 3 March 2026 at 10:02 by B, later than 3 March 2026 "
          "at 09:30.")),
        (Proof("different_persons", (mark("matched", 12), mark("posted", 9))),
         "“Posted” on 3 March 2026 at 09:02 and “Matched” on 3 March 2026 at 12:02, both by A17."),
        (Proof("never_twice", (mark("posted", 9), mark("posted", 10, "B")), times=2),
         "“Posted” on 3 March 2026 at 09:02 by A17, and again on 3 March 2026 at 10:02 by B: twice in all."),
        (Proof("never_twice", (mark("posted", 9), mark("posted", 10, None)), times=4),
         "“Posted” on 3 March 2026 at 09:02 by A17, and again on 3 March 2026 at 10:02: 4 times in all."),
        (Proof("exactly_one", (mark("posted", 9), mark("matched", 10), mark("sent", 11))),
         ("“Posted” on 3 March 2026 at 09:02 by A17, “Matched” on 3 March 2026 at 10:02 by A17 and “Sent” on 3 March "
          "2026 at 11:02 by A17, where only one of them may come.")),
        (Proof("exactly_one", (mark("sent", 9),), ("posted", "matched")),
         "“Sent” on 3 March 2026 at 09:02 by A17 ended the case; none of “Posted” and “Matched” came."),
        (Proof("must_end", (mark("", 9), mark("", 10, event_id="e2", step="<b>")), ("matched",)),
         ("Begun on 3 March 2026 at 09:02 by A17; its last event is “<b>” on 3 March 2026 at 10:02 by A17; no "
          "“Matched” yet.")),
        (Proof("must_end", (mark("", 9), mark("", 9)), ("matched", "unknown")),
         "“Posted” on 3 March 2026 at 09:02 by A17, its only event; none of “Matched” and “unknown” yet."),
        (Proof("along_flow", (mark("matched", 9), mark("posted where code = 'x'", 10, None))),
         ("“Posted” where code = 'x' on 3 March 2026 at 10:02 came right after “Matched” on 3 March 2026 at 09:02 by "
          "A17, and no way of the flow leads there.")),
    ],
)  # fmt: skip
def test_a_breach_is_told_in_one_sentence(proof, words):
    found = evidence(proof, NAMES)
    assert found.words == words
    assert [event.event_id for event in found.events] == [one.event_id for one in proof.events]


BANK = BusinessClock(
    "bank", "America/New_York", (0, 1, 2, 3, 4), 28_800, 64_800, 61_200, (date(2026, 1, 19),),
    (BoundSignal("hold", "HLD"),), (BoundSignal("go", "GO"),),
)  # fmt: skip
SIGNALS = {"matched": BoundSignal("matched", "MAT", clock=BANK), "posted": BoundSignal("posted", "PST", clock=BANK)}


@pytest.mark.parametrize(
    ("within", "matched", "between", "posted", "words"),
    [
        ("1 day", (16, 22, 5), "", (22, 14, 0), "the end of 21 January 2026."),  # Friday 17:05 is Tuesday
        ("1 day", (16, 22, 5), "", (22, 4, 59), ""),  # 23:59 on Wednesday
        ("1 day", (16, 22, 0), "", (21, 5, 1), "20 January"),  # at the cut-off it is Friday, so until Tuesday's end
        ("2 days", (16, 15, 0), "", (22, 4, 0), ""),  # Friday, Tuesday and Wednesday
        ("1 day", (20, 15, 0), "hold", (23, 4, 59), ""),  # held from Tuesday to Wednesday 12:00: until Thursday's end
        ("1 day", (20, 15, 0), "hold", (23, 5, 0), "22 January"),
        ("3 hours", (16, 21, 0), "", (20, 14, 0), ""),  # Friday 16:00 to 18:00, Tuesday 08:00 to 09:00
        ("3 hours", (16, 21, 0), "", (20, 14, 1), "20 January 2026 at 09:00"),
        ("3 hours", (16, 21, 0), "hold", (20, 14, 1), "20 January 2026 at 09:00"),  # held after that
        ("3 hours", (20, 15, 0), "hold", (21, 19, 0), ""),  # an hour on Tuesday, two on Wednesday from 12:00
        ("3 hours", (20, 15, 0), "hold", (21, 19, 1), "21 January 2026 at 14:00"),
    ],
)  # fmt: skip
def test_the_clock_of_the_bank_says_by_when_it_had_to_come(snapshot, within, matched, between, posted, words):
    def event(step, day, hour, minute):
        return {"case_id": "c", "step": step, "event_time": datetime(2026, 1, day, hour, minute, tzinfo=UTC)}

    rows = [event("MAT", *matched), event("PST", *posted), event("OTHER", 28, 12, 0)]
    if between:
        rows += [event("HLD", 20, 16, 0), event("GO", 21, 17, 0)]
    spec = KpiSpec("k", f"conformance(followed_by(matched, posted, within = {within}, clock = business))")
    found = cases(snapshot(rows), spec, SIGNALS)
    (one,) = found.items
    told = evidence(one.proof, NAMES).words if one.proof else ""
    assert (one.note, bool(told)) == (("breaks", True) if words else ("keeps", False))
    assert words in told
