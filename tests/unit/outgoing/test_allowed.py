"""Which hosts BOS connects to."""

import ipaddress

import pytest

from bos.errors import Forbidden, Unavailable, UsageError
from bos.outgoing import allowed
from bos.outgoing.allowed import Allowed

LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def leads(monkeypatch):
    """Say where names lead; what is not said leads nowhere."""
    known = {}

    def getaddrinfo(host, port, **_):
        if host not in known:
            raise OSError("no such name")
        return [(None, None, None, "", (number, port)) for number in known[host]]

    monkeypatch.setattr(allowed.socket, "getaddrinfo", getaddrinfo)
    return known


def test_nothing_is_allowed_where_nobody_says_so(leads):
    leads["bank.example"] = ["93.184.216.34"]
    with pytest.raises(Forbidden, match=r"BOS may not connect to bank\.example:443") as refused:
        Allowed.of(None, None).numeric("bank.example", 443)
    assert "BOS_OUTGOING_HOSTS" in refused.value.hint
    assert refused.value.code == "outgoing"


@pytest.mark.parametrize(
    ("rule", "host", "port", "fits"),
    [
        ("bank.example", "bank.example", 8089, True),
        ("bank.example", "BANK.example.", 8089, True),
        ("bank.example:8089", "bank.example", 8089, True),
        ("bank.example:8089", "bank.example", 443, False),
        ("bank.example", "evil.example", 443, False),
        ("bank.example", "notbank.example", 443, False),
        ("bank.example", "a.bank.example", 443, False),
        ("*.bank.example", "a.b.bank.example", 443, True),
        ("*.bank.example", "bank.example", 443, False),
        ("*.bank.example", "notbank.example", 443, False),
        ("*.bank.example", ".bank.example", 443, False),
        ("x.example, bank.example:443", "bank.example", 443, True),
    ],
)
def test_a_host_is_allowed_by_its_whole_name_and_port(leads, rule, host, port, fits):
    leads[host.rstrip(".").lower()] = ["93.184.216.34"]
    rules = Allowed.of(rule, None)
    if fits:
        assert rules.numeric(host, port) == "93.184.216.34"
    else:
        with pytest.raises(Forbidden, match="may not connect"):
            rules.numeric(host, port)


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",  # noqa: S104 - an address to refuse
        "255.255.255.255", "::1", "::", "fe80::1%2", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a00:1::1", "::127.0.0.1", "64:ff9b:1::7f00:1",
        "::ffff:0:127.0.0.1", "fec0::1", "5f00::1", "3fff::1", "2001:db8::1", "192.0.0.8", "192.88.99.1",
    ],
)  # fmt: skip
def test_no_name_leads_into_this_machine_or_a_private_network(leads, number):
    leads["bank.example"] = [number]
    with pytest.raises(Forbidden, match="private network or of this machine") as refused:
        Allowed.of("bank.example", None).numeric("bank.example", 443)
    assert "BOS_OUTGOING_PRIVATE" in refused.value.hint


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"])
def test_the_open_internet_is_reached(leads, number):
    leads["bank.example"] = [number]
    assert Allowed.of("bank.example", None).numeric("bank.example", 443) == number


def test_one_private_address_among_open_ones_is_enough_to_refuse(leads):
    leads["bank.example"] = ["93.184.216.34", "127.0.0.1"]
    with pytest.raises(Forbidden, match=r"127\.0\.0\.1"):
        Allowed.of("bank.example", None).numeric("bank.example", 443)


@pytest.mark.parametrize("number", ["10.20.3.4", "::ffff:10.20.3.4", "64:ff9b::a14:304"])
def test_a_private_network_that_the_operator_names_is_reached_and_no_other(leads, number):
    leads["bank.example"] = [number]
    rules = Allowed.of("bank.example", "10.20.0.0/16, fd00::/8")
    assert rules.numeric("bank.example", 443) == number
    leads["bank.example"] = ["10.21.0.1"]
    with pytest.raises(Forbidden):
        rules.numeric("bank.example", 443)


def test_a_name_that_leads_nowhere_is_told(leads):
    assert leads == {}
    with pytest.raises(Unavailable, match=r"No machine is called bank\.example"):
        Allowed.of("bank.example", None).numeric("bank.example", 443)


@pytest.mark.parametrize("spelled", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost"])
def test_other_spellings_of_this_machine_are_this_machine(spelled):
    with pytest.raises((Forbidden, Unavailable)):
        Allowed.of(spelled, None).numeric(spelled, 80)


def test_ipv6_rules_are_written_in_brackets():
    assert Allowed.of("[::1]:9090", "::1/128").numeric("::1", 9090) == "::1"
    with pytest.raises(Forbidden, match="may not connect"):
        Allowed.of("[::1]:9090", "::1/128").numeric("::1", 9091)


@pytest.mark.parametrize(
    "text", ["https://bank.example", "bank.example:0", "bank.example:99999", "a*b.example", "*", "a b"]
)
def test_a_rule_that_cannot_be_read_is_refused_with_an_example(text):
    with pytest.raises(UsageError) as refused:
        Allowed.of(text, None)
    assert refused.value.where == "BOS_OUTGOING_HOSTS"
    assert "splunk.bank.example:8089" in refused.value.hint


def test_a_network_that_cannot_be_read_is_refused():
    with pytest.raises(UsageError, match="is no network"):
        Allowed.of(None, "10.0.0.1/8")
    assert Allowed.of(None, LOOPBACK).private == (ipaddress.ip_network(LOOPBACK),)


@pytest.mark.parametrize("rule", ["::1", "[::1]", "[::1]:9090", "0:0:0:0:0:0:0:1", "localhost, [0::1]:9090"])
@pytest.mark.parametrize("host", ["::1", "0:0::1"])
def test_an_ipv6_address_is_allowed_with_or_without_brackets_and_a_port(rule, host):
    assert Allowed.of(rule, "::1/128").numeric(host, 9090) == "::1"
    with pytest.raises(Forbidden, match=r"adds \[::2\]:9090 to"):
        Allowed.of(rule, "::1/128").numeric("::2", 9090)
