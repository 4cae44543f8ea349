"""What every sink of ours keeps to, whatever system it speaks to."""

import re
import socket
from contextlib import closing
from pathlib import Path

import pytest

from bos.errors import Forbidden, Invalid, Unavailable
from bos.outgoing.allowed import Allowed
from bos.outgoing.connectors import connector_of, installed
from bos.ports import Finding, Message

PAGES = Path(__file__).parents[3] / "docs" / "connectors"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SINKS = {
    "confluence": ("https", {"space": "PAY", "email": "bos@bank.example"}, {"token": "planted-secret"}),
    "jira": ("https", {"project": "PAY", "email": "bos@bank.example"}, {"token": "planted-secret"}),
    "mail": ("smtp", {"sender": "a@b.example", "recipients": "c@d.example"}, {"password": "planted-secret"}),
    "slack": ("https", {"channel": "C0123456789"}, {"token": "planted-secret"}),
    "splunk-hec": ("https", {}, {"token": "planted-secret"}),
    "webhook": ("https", {}, {"signing": SIGNING, "token": "planted-secret"}),
}
MESSAGE = Message(kind="test", flow="f", title="A test")
KEY = "7d1c0b6e-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # nobody's: what reads it goes nowhere
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture(params=SINKS)
def sink(request, reach):
    """Return a function that makes a sink of a port, and its name."""

    def make(port, **more):
        scheme, settings, secrets = SINKS[request.param]
        url = f"{scheme}://localhost:{port}"
        return closing(connector_of(request.param)(reach(url, settings=settings, **{"secrets": secrets, **more})))

    return make


def test_every_sink_that_is_installed_is_looked_at_here():
    assert {name for name, connector in installed().items() if hasattr(connector, "send")} == set(SINKS)


@pytest.mark.parametrize("name", SINKS)
def test_the_page_of_a_sink_names_all_it_wants_and_what_is_unproven(name):
    connector, page = connector_of(name), (PAGES / f"{name}.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    assert rows == {wanted.name for wanted in connector.settings}
    assert [wanted.name for wanted in connector.secrets if f"`{wanted.name}`" not in page] == []
    for part in ("**At the ", "**Least rights.**", "**What come", "**Once", "**Limits.**", "**Unproven.**"):
        assert part in page
    assert (connector.name, bool(connector.title)) == (name, True)
    assert all(wanted.help.endswith((".", "…")) for wanted in (*connector.settings, *connector.secrets))


def test_a_system_that_is_away_is_a_finding_of_the_doctor_and_an_error_that_passes(sink, free_port):
    with sink(port := free_port()) as one:
        *well, last = one.doctor()
        assert isinstance(last, Finding)
        assert (last.ok, bool(last.words)) == (False, True)
        assert all(finding.ok for finding in well)
    with sink(port) as one, pytest.raises(Unavailable) as told:
        one.send(MESSAGE, key=KEY)
    assert told.value.code == "system.silent"
    assert "planted" not in str(told.value) + repr(told.value) + repr(one)


def test_a_system_that_says_nothing_is_not_waited_for_for_ever(sink):
    with socket.create_server(("127.0.0.1", 0)) as silent, sink(silent.getsockname()[1], timeout=0.3) as one:
        with pytest.raises(Unavailable) as told:
            one.send(MESSAGE, key=KEY)
        assert told.value.code == "system.slow"


def test_a_host_that_nobody_allowed_is_not_connected_to(sink):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        with sink(server.getsockname()[1], allowed=Allowed.of("other.example", None)) as one:
            with pytest.raises(Forbidden) as told:
                one.send(MESSAGE, key=KEY)
            assert told.value.code == "outgoing"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("name", SINKS)
def test_without_its_secret_it_says_how_to_give_one(reach, name):
    scheme, settings, _ = SINKS[name]
    target = reach(f"{scheme}://localhost:1", settings={**settings, **({"user": "bos"} if name == "mail" else {})})
    with closing(connector_of(name)(target)) as one, pytest.raises(Invalid) as told:
        one.send(MESSAGE, key=KEY)
    assert f"bos connection secret payments {told.value.where}." in told.value.hint
