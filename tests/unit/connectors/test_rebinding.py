"""A name that leads elsewhere a moment later: what was looked at is connected to, whatever the connector."""

import socket

import pytest

from bos.errors import BosError
from bos.outgoing.allowed import Allowed
from bos.outgoing.connectors import connector_of, installed

OPEN, HERE, PORT = "93.184.216.34", "127.0.0.1", 9443
WITHOUT = {"files", "hooks"}
"""Connectors that connect to nobody."""
SETTINGS = {
    "appdynamics": {"client": "bos@bank"},
    "appdynamics-analytics": {"account": "bank"},
    "confluence": {"space": "PAY", "email": "bos@bank.example"},
    "grafana": {},
    "jira": {"project": "PAY", "email": "bos@bank.example"},
    "mail": {"sender": "a@b.example", "recipients": "c@d.example"},
    "prometheus": {},
    "slack": {"channel": "C0123456789"},
    "splunk": {},
    "splunk-hec": {},
    "webhook": {},
}


def test_every_connector_that_connects_to_somebody_is_here():
    assert set(installed()) - WITHOUT - {"ledger", "tickertape"} == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_is_connected_to_but_what_was_looked_at(name, reach, monkeypatch):
    asked, connected, real, connect = [], [], socket.getaddrinfo, socket.socket.connect

    def look(host, *args, **options):
        if host != "rebind.example":
            return real(host, *args, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (OPEN if len(asked) == 1 else HERE, PORT))]

    def refuse(self, address):
        if address[1] != PORT:
            return connect(self, address)
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    connector = connector_of(name)
    secrets = {wanted.name: "whsec_" + "A" * 32 for wanted in connector.secrets}
    target = reach(
        f"{connector.schemes[0]}://rebind.example:{PORT}",
        settings=SETTINGS[name],
        secrets=secrets,
        allowed=Allowed.of("rebind.example", None),
        timeout=3.0,
    )
    system = connector(target)
    try:
        assert not all(one.ok for one in system.doctor())
    except BosError as error:
        assert error.code.startswith(("system.", "outgoing"))  # noqa: PT017 - either way of telling is right
    finally:
        system.close()
    assert connected == [OPEN]
