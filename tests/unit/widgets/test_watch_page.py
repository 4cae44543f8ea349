"""The page of watched KPIs, as data."""

from __future__ import annotations

from datetime import UTC, datetime

from bos.model.answers.documents import DocumentRow
from bos.model.answers.people import SessionAnswer
from bos.model.answers.watching import Acknowledgement, Money, Watched
from widgets.watch.view import State, view

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MAY = ("kpi.read", "kpi.acknowledge", "kpi.subscribe")
FLOW = DocumentRow(
    kind="template", id="f", title="Loans", version=1, state="approved", owner="process_owner", author="ana", at=AT
)


def watched(kpi, **more):
    told = {"flow": "f", "kpi": kpi, "title": kpi.title(), "every": "1 hour", "over": "60 days", **more}
    return Watched(**{"owner": "sre", "owners": ("ben",), "time_zone": "Europe/Paris", **told})


def rows(*found, may=MAY):
    session = SessionAnswer(person="ana", display="Ana", may=may, signed_in="ana")
    page = view(State(flows=(FLOW,), found={"f": found}, names={"ben": "Ben B."}, session=session))
    (box,) = page["body"]
    return next(one for one in box["children"] if one["t"] == "list")["rows"]


def test_what_needs_somebody_comes_first_and_says_state_money_and_who_looks_after_it():
    done = Acknowledgement(by="ben", at=AT, why="I ask the bank.")
    told = {"state": "breach", "since": AT, "looked_at": AT, "words": "Breach: above 3.00 %"}
    cost = Money(amount="1200", currency="USD", shown="USD 1 200.00")
    breach = watched("rate", **told, value=0.04, shown="4.00 %", money=cost, acknowledged=done)
    gone = watched("back", state="no_data", shown="No data", words="No data since 14 Feb 2026 12:00: Returned")
    fine = watched("fine", state="ok", coming="warning", times=2, value=1, shown="1", words="As it should be")
    first, second, new, last = rows(fine, watched("new"), gone, breach)
    at = "2 Mar 2026 15:30"
    assert first["title"] == "Rate: 4.00 %"
    assert first["words"].split(" · ") == [
        "Breach: above 3.00 %",
        f"since {at}",
        "SRE / application owner: Ben B.",
        f"Looked at every hour, over the last 60 days, last at {at}, Europe/Paris",
        f"Ben B. looks after it since {at}: I ask the bank.",
    ]
    assert [one["text"] for one in first["marks"]] == ["Breach", "USD 1 200.00 at stake"]
    assert [one["label"] for one in first["ends"]] == ["Take over from Ben B.", "Tell me of changes"]
    assert (second["title"], [one["text"] for one in second["marks"]]) == ("Back", ["No data"])
    assert second["words"].startswith("No data since 14 Feb 2026 12:00: Returned · SRE")
    assert [one["text"] for one in new["marks"]] == ["Not looked at yet"]
    assert last["words"].startswith("Warning in the last 2 looks, which does not count yet · ")
    assert [one["label"] for one in last["ends"]] == ["Tell me of changes"]


def test_one_of_a_unit_is_told_without_its_number():
    (row,) = rows(watched("rate", every="1 minutes", over="1 weeks"))
    assert row["words"].endswith("Looked at every minute, over the last week")
    (row,) = rows(watched("rate", every="5 minutes", over="11 days"))
    assert row["words"].endswith("Looked at every 5 minutes, over the last 11 days")


def test_who_only_reads_is_offered_nothing_and_an_owner_that_nobody_holds_is_told():
    (row,) = rows(watched("rate", state="breach", owners=()), may=("kpi.read",))
    assert row["ends"] == []
    assert "nobody holds this role" in row["words"]
    session = SessionAnswer(person="ana", display="Ana", may=("kpi.read",), signed_in="ana")
    (box,) = view(State(flows=(FLOW,), found={"f": ()}, session=session))["body"]
    assert box["children"][0]["text"].startswith("No KPI is watched.")
