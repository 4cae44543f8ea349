"""Rows of a pull that cannot be taken: how many, why and where they are is told, to whoever may know it."""

import pytest

from bos.actions import jobs, pulled_signals, telemetry, trying
from bos.auth.actor import Actor
from bos.model.standing import untaken
from bos.telemetry.merge import CHANGED
from bos.telemetry.raw import NOT_UTF8
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling_events import MAPPING, SAM, payments, pull, splunk  # noqa: F401 - a fixture

SYS = Actor("sys", "Sys", roles=frozenset({"admin"}))
FINE = "the amount has more than two decimals"


def listed(one, actor=SAM):
    (row,) = pulled_signals.listing(one.ctx, actor, one.flow).items
    return row.rejected


def test_what_a_pull_rejected_is_told_until_another_pull_rejects_something(splunk):  # noqa: F811
    events = [event | ({"amount": "1.005"} if i % 3 == 0 else {}) for i, event in enumerate(payments(12))]
    one = splunk(Double(events=events))
    assert pulled_signals.listing(one.ctx, SAM, one.flow).items[0].rejected is None
    done = pull(one)
    (told,) = done.result["signals"]
    assert (told["rejected"], told["reasons"]) == (4, {FINE: 4})
    found = listed(one)
    assert (found.rows, found.reasons, list(found.batches)) == (4, {FINE: 4}, told["batches"])
    (batch,) = found.batches
    assert b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).count(b"1.005") == 4
    assert pull(one).state == "done"
    assert listed(one) == found
    seen = jobs.show(one.ctx, SYS, done.id)
    assert seen.result["signals"][0]["reasons"] == {}
    assert (listed(one, SYS).rows, listed(one, SYS).reasons) == (4, {})


def test_a_pull_of_which_no_row_can_be_taken_says_where_the_rows_are(splunk):  # noqa: F811
    one = splunk(Double(events=payments(4)), mapping={**MAPPING, "case": "no_such"})
    failed = pull(one)
    found = listed(one)
    assert (found.rows, found.reasons) == (4, {"the case is missing": 4})
    (batch,) = found.batches
    assert f"bos telemetry rejects {one.flow} {batch} prints the rows." in failed.error["hint"]
    assert failed.error["details"]["reasons"] == found.reasons
    asked = Actor(SAM.person, "Sam", roles=frozenset({"viewer"}))
    seen = jobs.show(one.ctx, asked, failed.id).error["details"]
    assert seen == {**failed.error["details"], "reasons": {}, "reject_sample": []}
    assert b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch)).count(b"the case is missing") == 4


def test_rejected_points_are_told_as_events_are(splunk):  # noqa: F811
    events = [event | {"depth": str(i)} for i, event in enumerate(payments(3))]  # two are of one moment
    one = splunk(Double(events=events), kind="system", mapping={"value": "depth"}, language="spl")
    (told,) = pull(one).result["signals"]
    assert (told["read"], told["rejected"], told["reasons"]) == (3, 1, {CHANGED: 1})
    (batch,) = listed(one).batches
    assert CHANGED.encode() in b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch))


@pytest.mark.parametrize("field", ["payment", *(pytest.param(one, marks=pytest.mark.full) for one in ("chan", "_raw"))])
def test_half_a_character_of_one_row_is_told_of_that_row_and_keeps_no_other_from_being_read(splunk, field):  # noqa: F811
    events = payments(6)
    events[2] |= {field: "half \ud800"}
    one = splunk(Double(events=events))
    tried = trying.try_signal(one.ctx, SAM, one.flow, one.signal)
    (told,) = pull(one).result["signals"]
    if field == "_raw":  # which nothing reads
        assert (told["read"], told["added"], tried.taken) == (6, 6, 6)
        return
    assert (told["read"], told["added"], told["rejected"], told["reasons"]) == (6, 5, 1, {NOT_UTF8: 1})
    assert (tried.taken, [row.problem for row in tried.rows].count(NOT_UTF8)) == (5, 1)
    (batch,) = listed(one).batches
    assert b"ed\\\\xa0\\\\x80" in b"".join(telemetry.rejects(one.ctx, SAM, one.flow, batch))


def test_half_a_character_in_the_label_of_one_point_is_told_of_that_point(splunk):  # noqa: F811
    events = [event | {"depth": str(i), "uid": f"u{i}"} for i, event in enumerate(payments(5))]
    events[3] |= {"uid": "half \ud800"}
    one = splunk(Double(events=events), kind="system", mapping={"value": "depth", "attr.uid": "uid"}, language="spl")
    tried = trying.try_signal(one.ctx, SAM, one.flow, one.signal)
    assert (tried.taken, tried.rows[3].problem) == (4, NOT_UTF8)
    (told,) = pull(one).result["signals"]
    assert (told["read"], told["added"], told["rejected"], told["reasons"]) == (5, 4, 1, {NOT_UTF8: 1})


def test_the_command_says_how_many_rows_why_and_how_to_print_them():
    words = untaken("loan", 1200, {FINE: 1000, CHANGED: 200}, ("pull-1", "pull-2"))
    assert words == (
        f"1,200 rows could not be taken: {FINE} (1,000), {CHANGED} (200). "
        "bos telemetry rejects loan pull-1 prints them. Others: pull-2."
    )
    assert untaken("loan", 1, {}, ()) == "1 row could not be taken."
