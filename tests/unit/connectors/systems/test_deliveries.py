"""Deliveries that are odd in a part: what can be read of them is, the rest is told, and none waits for ever."""

import time

import pytest

from bos.actions import receiving
from bos.errors import Unavailable
from bos.model.answers.connections import IncomingRow, ReceivedStanding
from bos.model.standing import delivered, lost
from bos.store import hooks, jobs
from bos.store.engine import reading, transaction
from tests.unit.connectors.systems.hook_site import WHY, serve_site

MAP = "case=loan,step=type,time=at,event_id=id,amount=amt.value,currency=amt.cur,attr.channel=via"
AT = "2026-03-02T09:00:00Z"
COLUMNS = "case_id || '|' || coalesce(amount::varchar, '') || '|' || coalesce(currency, '') || '|' || event_id"


@pytest.fixture(scope="module")
def site(serving, make_store, tmp_path_factory):
    with serve_site(serving, make_store(), tmp_path_factory.mktemp("hooks") / "home") as found:
        yield found


def event(loan, **more):
    return {"loan": loan, "type": "opened", "at": AT, "id": f"id-{loan}", **more}


def test_an_event_without_a_field_nobody_needs_has_no_value_there(site):
    site.connect("thin", shape="json", map=MAP)
    site.send("thin", event("A1"))
    site.send("thin", [event("A2"), event("A3", amt={"value": "12.50", "cur": "EUR"}, via="app")])
    found = [IncomingRow(**one) for one in site.deliveries("thin")]
    assert sorted((one.state, one.added, one.rejected) for one in found) == [("done", 1, 0), ("done", 2, 0)]
    rows = [row for row in site.rows(COLUMNS) if row.startswith("A")]
    assert rows == ["A1|||id-A1", "A2|||id-A2", "A3|12.50|EUR|id-A3"]
    alone = next(one for one in found if one.added == 1)
    assert alone.absent == ("amt.cur", "amt.value", "via")
    assert delivered(alone) == "No row had 'amt.cur', 'amt.value', 'via', which the mapping names."
    # Others had them, so of the connection nothing is to be said.
    standing = site.health("thin")
    assert (standing["state"], standing["received"]["absent"]) == ("well", [])


def test_a_field_of_the_mapping_that_no_event_ever_had_is_told_of_the_connection(site):
    site.connect("typo", shape="json", map=MAP.replace("attr.channel=via", "attr.channel=chanel"))
    site.send("typo", [event("B1", amt={"value": 1, "cur": "EUR"}), event("", amt={"value": 1})])
    site.send("typo", event("B2", amt={"value": 2, "cur": "EUR"}))
    site.deliveries("typo")
    received = ReceivedStanding(**site.health("typo")["received"])
    assert received.absent == ("chanel",)
    assert lost(received) == (
        "Of the last week, 1 of 3 rows cannot be read and are kept apart, as those of an import: "
        "the case is missing (1). No row had 'chanel', which the mapping names."
    )
    only = received.model_copy(update={"rejected": 0})
    assert lost(only) == "Of the last week, no row had 'chanel', which the mapping names."


def test_a_row_without_a_field_that_is_needed_is_rejected_alone(site):
    site.connect("needed", shape="json", map=MAP)
    site.send("needed", [event("C1"), {"loan": "C2", "type": "opened"}, {"type": "opened", "at": AT, "id": "x"}])
    (found,) = site.deliveries("needed")
    assert (found["state"], found["read"], found["added"], found["rejected"]) == ("done", 3, 1, 2)
    assert found["reasons"] == {"the time is missing": 1, "the case is missing": 1}
    assert [row for row in site.rows() if row.startswith("C")] == ["C1"]
    # Where no row has it, the mapping is wrong: nothing is read, and only what is needed is named.
    site.send("needed", {"loan": "C3", "type": "opened"})
    dead = site.deliveries("needed")[0]
    assert dead["state"] == "dead"
    assert dead["problem"].startswith("What was sent has no field 'at'; its fields are 'loan', 'type'.")


def test_events_with_and_without_an_id_are_each_added_once_however_they_are_sent(site):
    site.connect("ids", shape="json", map=MAP)
    bare = {key: value for key, value in event("D1").items() if key != "id"}
    twin = [bare, bare]
    site.send("ids", [*twin, event("D2"), {**bare, "id": None, "via": "app"}])
    assert [one["added"] for one in site.deliveries("ids")] == [4]
    site.send("ids", twin)  # alone: the same two
    site.send("ids", [event("D2"), *twin, bare])  # a third of its kind is new
    added = sorted(one["added"] for one in site.deliveries("ids"))
    assert added == [0, 1, 4]
    assert [row for row in site.rows() if row.startswith("D")] == ["D1"] * 4 + ["D2"]


def test_points_without_a_label_are_points(site):
    site.connect("points", shape="json", what="metrics", map="signal=s,time=at,value=v,label.host=host")
    site.send("points", {"s": "gateway", "at": AT, "v": 1})
    (found,) = site.deliveries("points")
    assert (found["state"], found["added"], found["absent"]) == ("done", 1, ["host"])


HALF = b'{"loan": "%s", "type": "opened", "at": "2026-03-02T09:00:00Z", "id": "%s"}'


def test_half_a_character_costs_its_row_alone(site):
    site.connect("half", shape="json", map=MAP)
    site.send("half", b"[" + HALF % (b"\\ud800", b"h1") + b"," + HALF % (b"E2", b"h2") + b"]")
    (found,) = site.deliveries("half")
    assert (found["state"], found["added"], found["rejected"]) == ("done", 1, 1)
    assert found["reasons"] == {"the row is not UTF-8 text (send it, or save the file, as UTF-8)": 1}
    kept = site.api.get(found["reject_file"]).text
    assert ("h1" in kept, "h2" in kept) == (True, False)
    site.send("half", HALF % (b"\\udfff", b"h3"))
    (dead,) = [one for one in site.deliveries("half") if one["state"] == "dead"]
    assert "the row is not UTF-8 text" in dead["problem"]
    assert site.health("half")["state"] == "failing"


@pytest.mark.parametrize("mark", [b"\\u0000", b"\\ud800"])
def test_what_no_database_takes_in_the_name_of_a_field_or_a_value_is_no_fault_of_ours(site, mark):
    name = f"odd-{mark.decode()[2:]}"
    site.connect(name, shape="json", map=MAP)
    good = HALF % (b"F1", b"f1")
    site.send(name, good[:-1] + b', "x%sy": "%s"}' % (mark, mark))
    site.send(name, b'{"x%sy": 1}' % mark)
    found = {one["state"]: one for one in site.deliveries(name)}
    assert found.keys() == {"done", "dead"}
    assert found["done"]["absent"] == ["amt.cur", "amt.value", "via"]
    assert "no field 'loan'" in found["dead"]["problem"] or "no UTF-8 text" in found["dead"]["problem"]


def test_what_breaks_bos_is_dead_with_the_incident_after_some_times_and_can_be_read_again(site, monkeypatch):
    site.connect("broken", shape="json", map=MAP)

    def broken(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "flat", broken)
        id_ = site.send("broken", event("G1")).json()["delivery"]
        for times in range(1, receiving.MOST_FAULTS + 1):
            _ended(site, id_)
            (waits,) = site.api.get("/api/v1/connections/broken/incoming").json()["items"]
            assert (waits["state"], waits["problem"] != "") == ("waiting", times > 1)
            receiving.tidy(site.ctx)
            site.api.get("/api/v1/jobs").raise_for_status()  # this process runs what waits when somebody asks
    (dead,) = site.deliveries("broken")
    assert dead["state"] == "dead"
    assert dead["problem"].startswith("Something went wrong in BOS. Quote incident ")
    assert site.health("broken")["state"] == "failing"
    told = site.api.get("/api/v1/journal", params={"tag": "incoming.dead", "limit": 200}).json()["items"]
    assert "broken" in {one["id"] for one in told}
    site.api.post(f"/api/v1/connections/broken/incoming/{id_}/retry", json=WHY).raise_for_status()
    assert [(one["state"], one["problem"]) for one in site.deliveries("broken")] == [("done", "")]


def test_what_waits_for_the_lake_says_so_and_is_dead_after_a_day(site, monkeypatch):
    site.connect("away", shape="json", map=MAP)

    def away(*_):
        raise Unavailable("The lake does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "flat", away)
        id_ = site.send("away", event("H1")).json()["delivery"]
        for times in range(receiving.MOST_FAULTS + 2):
            _ended(site, id_, "away")
            (waits,) = site.api.get("/api/v1/connections/away/incoming").json()["items"]
            assert (waits["state"], waits["problem"]) == ("waiting", "The lake does not answer." if times else "")
            receiving.tidy(site.ctx)
            site.api.get("/api/v1/jobs").raise_for_status()
        _ended(site, id_, "away")
        with transaction(site.ctx.engine) as connection:
            connection.exec_driver_sql("UPDATE hook_delivery SET at = at - interval '25 hours' WHERE id = %s", (id_,))
        receiving.tidy(site.ctx)
    (dead,) = site.deliveries("away")
    assert (dead["state"], dead["problem"]) == ("dead", "The lake does not answer.")


def _ended(site, id_, name="broken"):
    """Wait until the job that reads a delivery has failed."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with reading(site.ctx.engine) as connection:
            job = jobs.find(connection, hooks.find(connection, name, id_).job)
        if job.state == "failed":
            return
        time.sleep(0.05)
    raise AssertionError(job)


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        (
            "list-a",
            {"rows": []},
            "The setting items names 'data.rows', but the body has no field 'data'; it has 'rows'.",
        ),
        ("list-b", {"data": {"row": []}}, "but the field 'data' of the body has no field 'rows'; it has 'row'."),
        ("list-c", [{"a": 1}], "but the body has no field 'data'; it is no object."),
        ("list-d", {"data": {"rows": "x"}}, "names 'data.rows', where the body has neither a list nor an object."),
    ],
)
def test_a_body_without_its_list_names_the_setting_and_what_was_looked_for(site, name, body, told):
    site.connect(name, shape="json", items="data.rows")
    site.send(name, body)
    (dead,) = site.deliveries(name)
    assert told in dead["problem"]
    assert "Say by the setting items where the list is" in dead["problem"]
