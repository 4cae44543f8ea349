"""Watched KPIs on a real database: a state changes once, others hear of it once, and somebody looks after it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import audit, documents, watching
from bos.actions.outbox import relay
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound
from bos.store import watching as stored
from bos.store.engine import transaction

RULE = {"id": "clerk", "title": "A clerk's time", "charge": {"currency": "USD", "fixed": "12.50"}}
DAILY = [
    (f"d{day}", f"payment.{step}", f"2026-02-{day:02}T09:00:00Z", "10.00", "web")
    for day in range(4, 20)
    for step in ("initiated", "received")
] + [("d4", "payment.returned", "2026-02-04T12:00:00Z", "10.00", "web")]
BACK = [("d8", "payment.returned", "2026-02-08T12:00:00Z", "10.00", "web")]


def february(day, hour=12):
    return datetime(2026, 2, day, hour, tzinfo=UTC)


@pytest.fixture
def watched(ctx, ana, flow, add):
    """Return a function that gives the flow a watched rate of returns, with a cost rule and daily payments."""
    documents.put(ctx, ana, "cost_rule", "clerk", RULE, rationale="First.")
    add("daily", DAILY)

    def make(**watch):
        template = documents.show(ctx, ana, "template", flow).document
        rate = next(one for one in template["outcomes"] if one["id"] == "return_rate")
        rate |= {
            "cost_rule": "clerk",
            "target": {"value": 0.1, "direction": "at_most"},
            "thresholds": [
                {"id": "w", "level": "warning", "value": 0.2},
                {"id": "b", "level": "breach", "value": 0.3},
            ],
            "watch": {"every": "1 hour", "over": "2 days", **watch},
        }
        documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Watched.")
        with transaction(ctx.engine) as connection:
            connection.exec_driver_sql("DELETE FROM outbox")
        return flow

    return make


def heard(ctx):
    """Return what the outbox tells of states, and empty it."""
    found = []
    relay(ctx, lambda topic, payload: found.append((topic, payload)), limit=1000)
    return [payload for topic, payload in found if topic == watching.CHANGED]


def stands(ctx, ana, flow):
    (found,) = watching.listing(ctx, ana, flow).items
    return found


def test_a_breach_is_told_once_with_its_money_and_ends_with_patience(ctx, ana, watched, add):
    flow = watched()
    assert stands(ctx, ana, flow).state is None
    assert watching.tick(ctx, february(7)) == 0  # the first look: all is well, nobody is told
    first = stands(ctx, ana, flow)
    assert (first.state, first.value, first.n, first.money.amount, first.over) == ("ok", 0, 2, "0.00", "2 days")
    add("back", BACK)
    assert watching.tick(ctx, february(7, 13)) == 0  # of the debits of the 6th and 7th none came back
    assert watching.tick(ctx, february(8)) == 1  # one of those of the 7th and 8th did
    (told,) = heard(ctx)
    assert (told["before"], told["state"], told["change"], told["value"]) == ("ok", "breach", 2, 0.5)
    assert (told["shown"], told["words"]) == ("50.0\u202f%", "Breach: above 30.0\u202f%")
    assert told["money"] == {"amount": "12.50", "currency": "USD", "shown": "USD 12.50"}
    assert told["owner"] == "business_owner"
    assert watching.tick(ctx, february(8)) == 0  # the span was looked at
    assert watching.tick(ctx, february(8, 13)) == 0  # still a breach
    assert watching.tick(ctx, february(11)) == 0  # the first look that is better
    found = stands(ctx, ana, flow)
    assert (found.state, found.coming, found.times, found.since) == ("breach", "ok", 1, february(8))
    assert heard(ctx) == []
    assert watching.tick(ctx, february(11, 13)) == 1
    (told,) = heard(ctx)
    assert (told["before"], told["state"], told["change"]) == ("breach", "ok", 3)
    auditor = Actor("rita", "Rita", roles=frozenset({"auditor"}))
    notes = [entry for entry in audit.entries(ctx, auditor).items if entry.tag == "kpi.state"]
    assert sorted(note.after["state"] for note in notes) == ["breach", "ok"]
    assert {note.path for note in notes} == {"outcomes[return_rate]"}


def test_two_workers_that_look_at_once_change_a_state_once(ctx, ana, watched, add):
    flow = watched()
    add("back", BACK)
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(lambda _: watching.tick(ctx, february(8)), range(8)))
    assert sum(changes) == 1
    assert [told["state"] for told in heard(ctx)] == ["breach"]
    assert stands(ctx, ana, flow).changes == 1


def test_no_data_is_a_state_of_its_own_and_is_not_a_recovery(ctx, ana, watched, add):
    flow = watched(better_after=1)
    add("back", BACK)
    watching.tick(ctx, february(8))
    watching.tick(ctx, february(28))  # the payments ended on the 19th
    found = stands(ctx, ana, flow)
    assert (found.state, found.value, found.shown, found.money) == ("no_data", None, "No data", None)
    assert found.words.startswith("No data since")
    assert [told["state"] for told in heard(ctx)] == ["breach", "no_data"]


def test_a_count_of_nothing_is_no_data_once_the_log_has_ended(ctx, ana, watched):
    flow = watched()
    template = documents.show(ctx, ana, "template", flow).document
    sent = next(one for one in template["outcomes"] if one["id"] == "sent")
    sent |= {
        "target": {"value": 5, "direction": "at_most"},
        "watch": {"every": "1 hour", "over": "1 day", "worse_after": 1, "better_after": 1},
    }
    documents.put(ctx, ana, "template", flow, template, base_version=2, rationale="Watched, too.")
    watching.tick(ctx, february(10))
    told = {one.kpi: (one.state, one.value) for one in watching.listing(ctx, ana, flow).items}
    assert told["sent"] == ("ok", 1)
    watching.tick(ctx, datetime(2026, 11, 29, tzinfo=UTC))
    told = {one.kpi: (one.state, one.words) for one in watching.listing(ctx, ana, flow).items}
    assert told["sent"] == ("no_data", "No data since 19 Feb 2026 04:00: Initiated")


def test_what_is_beyond_a_bound_of_trust_is_withheld(ctx, ana, watched):
    flow = watched()
    template = documents.show(ctx, ana, "template", flow).document
    template["trust"] = {"approved": True}
    documents.put(ctx, ana, "template", flow, template, base_version=2, rationale="Stricter.")
    assert watching.tick(ctx, february(8)) == 1
    found = stands(ctx, ana, flow)
    assert (found.state, found.value, found.money) == ("withheld", None, None)
    assert found.words.startswith("Not approved yet")


def test_a_lake_that_cannot_be_read_is_told_as_such(ctx, ana, watched):
    flow = watched()
    for path in ctx.lake.events(flow).glob("*.parquet"):
        path.write_bytes(b"no parquet")
    watching.tick(ctx, february(8))
    found = stands(ctx, ana, flow)
    assert (found.state, found.words.split(":")[0]) == ("withheld", "It could not be computed")
    assert str(ctx.lake.root) not in found.words


def test_somebody_looks_after_a_breach_until_the_state_changes(ctx, ana, ben, watched, add):
    flow = watched(better_after=1)
    with pytest.raises(Conflict, match="was not looked at yet"):
        watching.acknowledge(ctx, ana, flow, "return_rate", rationale="Mine.")
    watching.tick(ctx, february(7))
    with pytest.raises(Conflict, match="is as it should be"):
        watching.acknowledge(ctx, ana, flow, "return_rate", rationale="Mine.")
    add("back", BACK)
    watching.tick(ctx, february(8))
    with pytest.raises(Invalid, match="rationale is missing"):
        watching.acknowledge(ctx, ana, flow, "return_rate", rationale=" ")
    with pytest.raises(Forbidden):
        watching.acknowledge(ctx, Actor("v", "V", roles=frozenset({"viewer"})), flow, "return_rate", rationale="Mine.")
    with pytest.raises(NotFound, match="'sent' of the flow payments is not watched"):
        watching.acknowledge(ctx, ana, flow, "sent", rationale="Mine.")
    done = watching.acknowledge(ctx, ana, flow, "return_rate", rationale="I ask the bank.")
    assert (done.acknowledged.by, done.acknowledged.why) == ("ana", "I ask the bank.")
    with pytest.raises(Conflict, match=r"ana looks after the KPI return_rate since .* UTC: I ask the bank"):
        watching.acknowledge(ctx, ben, flow, "return_rate", rationale="Mine.")
    with pytest.raises(Conflict, match="ana looks after"):
        watching.acknowledge(ctx, ben, flow, "return_rate", rationale="Mine.", instead_of="sam")
    assert stands(ctx, ben, flow).acknowledged == done.acknowledged
    taken = watching.acknowledge(ctx, ben, flow, "return_rate", rationale="Ana is away.", instead_of="ana")
    assert taken.acknowledged.by == "ben"
    done = watching.acknowledge(ctx, ben, flow, "return_rate", rationale="I asked the bank.")  # one's own words
    assert (done.acknowledged.by, done.acknowledged.why) == ("ben", "I asked the bank.")
    noted = audit.entries(ctx, Actor("rita", "Rita", roles=frozenset({"auditor"})), tag="kpi.acknowledged").items
    assert [entry.before for entry in noted] == [{"by": "ben"}, {"by": "ana"}, None]
    watching.tick(ctx, february(8, 13))
    assert stands(ctx, ben, flow).acknowledged == done.acknowledged
    watching.tick(ctx, february(11))
    assert (stands(ctx, ana, flow).state, stands(ctx, ana, flow).acknowledged) == ("ok", None)


def test_those_who_asked_for_it_hear_of_changes(ctx, ana, ben, watched, add):
    flow = watched(better_after=1)
    vera = Actor("vera", "Vera", roles=frozenset({"viewer"}))
    with pytest.raises(NotFound, match="is not watched"):
        watching.subscribe(ctx, vera, flow, kpi="sent")
    for on in (True, False):
        with pytest.raises(NotFound, match="no template 'lost'"):
            watching.subscribe(ctx, ben, "lost", on=on)
    for who, kpi in ((vera, "return_rate"), (ben, ""), (ben, "")):
        assert watching.subscribe(ctx, who, flow, kpi=kpi).subscribed
    with pytest.raises(Conflict, match="You hear of every watched KPI of payments, so of return_rate, too"):
        watching.subscribe(ctx, ben, flow, kpi="return_rate", on=False)
    assert stands(ctx, ben, flow).subscribed
    assert (stands(ctx, vera, flow).subscribed, stands(ctx, ana, flow).subscribed) == (True, False)
    add("back", BACK)
    watching.tick(ctx, february(8))
    assert {"ben", "vera"} <= set(heard(ctx)[0]["people"])
    watching.subscribe(ctx, vera, flow, kpi="return_rate", on=False)
    watching.tick(ctx, february(11))
    people = set(heard(ctx)[0]["people"])
    assert "ben" in people
    assert "vera" not in people


def test_a_kpi_that_is_watched_no_more_is_forgotten(ctx, ana, watched):
    flow = watched()
    watching.tick(ctx, february(7))
    template = documents.show(ctx, ana, "template", flow).document
    next(one for one in template["outcomes"] if one["id"] == "return_rate")["watch"] = None
    documents.put(ctx, ana, "template", flow, template, base_version=2, rationale="Enough.")
    assert watching.listing(ctx, ana, flow).items == ()
    watching.tick(ctx, february(7) + timedelta(hours=1))
    with transaction(ctx.engine) as connection:
        assert stored.states(connection, flow) == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"watch": {"over": None}}, "over which span"),
        ({"target": None, "thresholds": []}, "neither a target nor levels"),
        ({"watch": {"every": "often"}}, "every"),
        ({"watch": {"worse_after": 0}}, "worse_after"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(ctx, ana, watched, change, words):
    flow = watched()
    template = documents.show(ctx, ana, "template", flow).document
    rate = next(one for one in template["outcomes"] if one["id"] == "return_rate")
    rate |= {**change, "watch": {**rate["watch"], **change.get("watch", {})}}
    with pytest.raises(Invalid) as refused:
        documents.put(ctx, ana, "template", flow, template, base_version=2, rationale="Odd.")
    assert words in " ".join(f"{one.path} {one.message}" for one in refused.value.problems)
