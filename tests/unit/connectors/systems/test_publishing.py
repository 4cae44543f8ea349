"""The dashboard of a flow is put into other systems: by library and command line, recorded, never over a change."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from lxml import etree
from typer.testing import CliRunner

import bos
from bos.cli.main import app
from bos.errors import Conflict, Invalid
from tests.doubles import splunk

FLOW = "loan-payment-processing"
WHY = {"rationale": "To be seen where the others are."}
SECRETS = {"grafana": "glsa_planted", "splunk": splunk.TOKEN}


@pytest.fixture(scope="module")
def desk(tmp_path_factory, make_store):
    """Return a library, the run of a dashboard that was built once, and a way to the command line."""
    path = tmp_path_factory.mktemp("wall") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_DATABASE_URL", make_store())
        patch.setenv("BOS_OUTGOING_HOSTS", "localhost")
        patch.setenv("BOS_OUTGOING_PRIVATE", "127.0.0.0/8, ::1/128")
        with bos.connect(path) as wb:
            wb.templates.create(FLOW)
            run = wb.flow(FLOW).dashboard().run

            def publish(*more):
                return CliRunner().invoke(app, ["dashboard", "publish", FLOW, "--run", run, *more, "--home", str(path)])

            yield SimpleNamespace(wb=wb, run=run, publish=publish)


def connect(desk, name, connector, url, **more):
    document = {"id": name, "title": "Where others look", "connector": connector, "address": url, **more}
    desk.wb.connections.put(name, document, **WHY)
    desk.wb.connections.give_secret(name, "token", SECRETS[connector], **WHY)


@pytest.fixture
def wall(desk, grafana):
    """Return a context manager: a system with a connection, and how people see and change the one dashboard in it."""

    @contextmanager
    def serve(kind):
        if kind == "splunk":
            double = splunk.Double()
            with splunk.serving(double) as url:
                connect(desk, kind, "splunk", url, settings={"app": "payments", "web": "https://splunk.example"})
                view = f"bos_{FLOW.replace('-', '_')}"
                yield SimpleNamespace(
                    page=f"https://splunk.example/app/payments/{view}",
                    shown=lambda: double.views["payments", view]["eai:data"],
                    content=lambda text: json.loads(etree.fromstring(text).findtext("definition")),
                    edit=lambda: double.views["payments", view].update({"eai:data": "<dashboard/>"}),
                )
            return
        with grafana(api=kind.removeprefix("grafana-").replace("classic", "")) as double:
            connect(desk, kind, "grafana", double.url)
            yield SimpleNamespace(
                page=f"{double.url}/d/bos-",
                shown=lambda: json.dumps(*double.boards.values(), sort_keys=True),
                content=lambda text: json.loads(text)["spec"],
                edit=lambda: double.edit(*double.boards),
            )

    return serve


def carried(content):
    """Return a dashboard without what Grafana counts by itself."""
    return {name: value for name, value in content.items() if name not in {"id", "version"}}


@pytest.mark.full
@pytest.mark.parametrize("kind", ["grafana-v2", "grafana-classic", "splunk"])
def test_a_dashboard_is_published_and_its_record_says_which_version_is_ours(desk, wall, kind):
    target = "grafana" if kind == "grafana-classic" else kind
    exported = json.loads(desk.wb.export_dashboard(desk.run, target).content)
    with wall(kind) as system:
        done = desk.wb.publish_dashboard(desk.run, kind)
        assert (done.run, done.connection) == (desk.run, kind)
        assert done.link.startswith(system.page)
        assert f"BOS run {desk.run} [bos:" in system.shown()
        assert carried(system.content(system.shown())) == carried(exported.get("spec", exported))
        again = desk.wb.publish_dashboard(desk.run, kind)
        system.edit()
        theirs = system.shown()
        with pytest.raises(Conflict, match="left as it is") as told:
            desk.wb.publish_dashboard(desk.run, kind)
        assert told.value.code == "drift"
        assert desk.publish("--to", kind).exit_code != 0
        assert system.shown() == theirs
        shown = desk.publish("--to", kind, "--overwrite")
        assert shown.exit_code == 0, shown.output
        assert system.shown() != theirs
    told = [one.model_dump(mode="json") for one in desk.wb.audit_entries(tag="dashboard.placed")]
    versions = [one["after"]["version"] for one in told if one["after"]["connection"] == kind]
    assert sorted(versions[1:]) == sorted([done.version, again.version])
    assert f"is in {kind}, version {versions[0]}: {system.page}" in shown.output
    assert SECRETS[kind.partition("-")[0]] not in json.dumps(told)


def test_a_connection_that_takes_no_dashboard_or_is_off_is_refused(desk):
    connect(desk, "off", "grafana", "http://localhost:1", enabled=False)
    with pytest.raises(Invalid, match="switched off"):
        desk.wb.publish_dashboard(desk.run, "off")
    document = {"id": "prom", "title": "P", "connector": "prometheus", "address": "http://localhost:1"}
    desk.wb.connections.put("prom", document, **WHY)
    with pytest.raises(Invalid, match="No dashboard can be put"):
        desk.wb.publish_dashboard(desk.run, "prom")
