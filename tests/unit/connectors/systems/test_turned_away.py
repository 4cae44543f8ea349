"""Whoever is turned away makes no connection fail that lets others in, and is told of."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from typer.testing import CliRunner

from bos.actions import receiving
from bos.actions.connection_health import health
from bos.actions.rights import UNTOLD
from bos.auth.actor import Actor
from bos.cli.main import app
from bos.model.answers.connections import ReceivedStanding
from bos.model.standing import turned_away
from tests.unit.connectors.systems.hook_site import KEY, WHY, serve_site

MAP = "case=loan,step=type,time=at"
EVENT = {"loan": "L1", "type": "opened", "at": "2026-03-02T09:00:00Z"}


@pytest.fixture(scope="module")
def site(serving, make_store, tmp_path_factory):
    with serve_site(serving, make_store(), tmp_path_factory.mktemp("hooks") / "home") as found:
        yield found


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(receiving, "_NOTED", timedelta(0))


def test_a_stranger_makes_no_working_receiver_fail_and_is_told_of(site):
    site.connect("calm", shape="json", map=MAP)
    assert site.send("calm", EVENT, key="guess").status_code == 401
    assert (site.health("calm")["state"], site.health("calm")["hint"]) == ("failing", "Give both sides the same key.")
    site.send("calm", EVENT).raise_for_status()
    site.deliveries("calm")
    before = datetime.now(UTC)
    assert httpx.post(f"{site.url}/api/v1/hooks/calm", json={}).status_code == 401
    found = site.health("calm")
    assert (found["state"], found["reason"], found["failures"]) == ("well", "", 0)
    received = ReceivedStanding(**found["received"])
    assert received.refused_at > before
    assert received.refused == (
        "A delivery was turned away: nothing is in the end of its address. "
        "Set the sender up to sign, or choose another signature."
    )
    said = turned_away(received)
    assert said.startswith("Somebody was turned away last ")
    assert said.endswith(received.refused)
    ana = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
    (seen,) = [one for one in health(site.ctx, ana).items if one.connection == "calm"]
    assert (seen.state, seen.received.refused) == ("well", UNTOLD)


def test_what_cannot_be_read_fails_whoever_is_turned_away(site):
    site.connect("both", shape="json", map=MAP)
    site.send("both", b"no JSON").raise_for_status()
    site.deliveries("both")
    site.send("both", EVENT, key="guess")
    assert site.health("both")["state"] == "failing"


def test_a_receiver_whose_own_settings_are_wrong_fails_until_somebody_is_let_in(site):
    site.connect("wrong", shape="json", map=MAP)
    site.send("wrong", EVENT).raise_for_status()
    site.deliveries("wrong")
    site.api.delete("/api/v1/connections/wrong/secrets/key", params=WHY).raise_for_status()
    assert site.send("wrong", EVENT).status_code == 401
    found = site.health("wrong")
    assert found["state"] == "failing"
    assert "key" in found["reason"]
    site.api.put("/api/v1/connections/wrong/secrets/key", json={"value": KEY, **WHY}).raise_for_status()
    site.send("wrong", {**EVENT, "loan": "L2"}).raise_for_status()
    assert site.health("wrong")["state"] == "well"


def test_the_table_of_the_shell_has_the_deliveries_and_says_what_is_wrong(site, tmp_path):
    site.connect("table", shape="json", map=MAP)
    site.send("table", [{**EVENT, "loan": f"T{number}"} for number in range(7)])
    for number in range(2):
        site.send("table", b"no JSON %d" % number)
    site.deliveries("table")
    site.send("table", EVENT, key="guess")
    env = {"BOS_DATABASE_URL": site.settings.database_url, "COLUMNS": "250", "BOS_STATE_DIR": str(tmp_path)}
    shown = CliRunner().invoke(app, ["connector", "health", "--home", str(site.settings.home)], env=env)
    assert shown.exit_code == 0, shown.output
    (row,) = [line for line in shown.output.splitlines() if re.match(r"\W*table +failing", line)]
    words = re.split(r"[│|\s]{2,}", row.strip("│| "))
    assert (words[1], words[3], words[4], words[-2]) == ("failing", "0", "2", "7")
    assert words[-1] == "2 deliveries cannot be read: bos connection incoming table"
    assert "Somebody was turned away last" in shown.output


def test_who_was_turned_away_a_week_ago_is_told_no_more(site):
    site.connect("old", shape="json", map=MAP)
    site.send("old", EVENT).raise_for_status()
    site.send("old", EVENT, key="guess")
    assert site.health("old")["received"]["refused_at"] is not None
    with site.ctx.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE connection_state SET refused_at = refused_at - interval '8 days'")
    received = site.health("old")["received"]
    assert (received["refused_at"], received["refused"]) == (None, "")
