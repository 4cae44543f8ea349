"""The dashboard of a flow is put into Grafana: by the library and the command line, recorded, never over a change."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import bos
from bos.cli.main import app
from bos.errors import Conflict, Invalid

FLOW = "loan-payment-processing"
WHY = {"rationale": "To be seen where the others are."}


@pytest.fixture(scope="module")
def home(tmp_path_factory, make_store):
    return SimpleNamespace(path=tmp_path_factory.mktemp("wall") / "home", url=make_store())


@pytest.fixture
def desk(home, monkeypatch):
    monkeypatch.setenv("BOS_DATABASE_URL", home.url)
    monkeypatch.setenv("BOS_OUTGOING_HOSTS", "localhost")
    monkeypatch.setenv("BOS_OUTGOING_PRIVATE", "127.0.0.0/8, ::1/128")
    with bos.connect(home.path) as wb:
        if not list(wb.templates.list()):
            wb.templates.create(FLOW)
        yield wb


def connect(wb, double, name, **more):
    document = {"id": name, "title": "Grafana", "connector": "grafana", "address": double.url, **more}
    wb.connections.put(name, document, **WHY)
    wb.connections.give_secret(name, "token", "glsa_planted", **WHY)


@pytest.mark.parametrize("api", ["v2", ""])
def test_a_dashboard_is_published_and_its_record_says_which_version_is_ours(desk, home, grafana, api):
    name = f"wall-{api or 'classic'}"
    run = desk.flow(FLOW).dashboard().run
    with grafana(api=api) as double:
        connect(desk, double, name)
        done = desk.publish_dashboard(run, name)
        assert (done.version, done.connection) == ("1", name)
        ((uid, board),) = double.boards.items()
        assert done.link.startswith(f"{double.url}/d/{uid}")
        assert board["message"].startswith(f"BOS run {run} [bos:")
        assert ("elements" in board["spec"]) is (api == "v2")
        assert desk.publish_dashboard(run, name).version == "2"
        double.edit(uid)
        with pytest.raises(Conflict, match="changed in Grafana") as told:
            desk.publish_dashboard(run, name)
        assert told.value.code == "drift"
        shown = CliRunner().invoke(app, ["dashboard", "publish", FLOW, "--to", name, "--home", str(home.path)])
        assert shown.exit_code != 0
        assert board is not double.boards[uid]
        assert double.boards[uid]["message"] == "Moved a panel"
        shown = CliRunner().invoke(
            app, ["dashboard", "publish", FLOW, "--to", name, "--overwrite", "--home", str(home.path)]
        )
        assert shown.exit_code == 0, shown.output
        assert f"is in {name}, version 4: {double.url}" in shown.output
    texts = [json.dumps(one.model_dump(mode="json")) for one in desk.audit_entries(tag="dashboard.placed")]
    assert sum(f'"{name}"' in one for one in texts) == 3
    assert "glsa_planted" not in "".join(texts)


def test_a_connection_that_takes_no_dashboard_or_is_off_is_refused(desk, grafana):
    run = desk.flow(FLOW).dashboard().run
    with grafana() as double:
        connect(desk, double, "off", enabled=False)
        with pytest.raises(Invalid, match="switched off"):
            desk.publish_dashboard(run, "off")
    document = {"id": "prom", "title": "P", "connector": "prometheus", "address": "http://localhost:1"}
    desk.connections.put("prom", document, **WHY)
    with pytest.raises(Invalid, match="No dashboard can be put"):
        desk.publish_dashboard(run, "prom")
