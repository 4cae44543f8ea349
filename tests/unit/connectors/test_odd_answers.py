"""Answers of a shape that no system would give, at every request of a delivery: an error in words, and nothing lost."""

from contextlib import closing
from itertools import product

import pytest

from bos.errors import BosError
from bos.outgoing.connectors import connector_of
from tests.unit.connectors import confluence_double, jira_double, slack_double
from tests.unit.connectors.double import ODD

KEY = "7d1c0b6e-0000-4000-8000-000000000001"
MAIL = "bos@bank.example"
SINKS = {
    "jira": (jira_double.JiraDouble, {"project": "PAY", "email": MAIL}, ""),
    "jira-own": (jira_double.OwnJiraDouble, {"project": "PAY", "deployment": "data-center"}, ""),
    "confluence": (confluence_double.ConfluenceDouble, {"space": "PAY", "email": MAIL}, ""),
    "slack": (slack_double.SlackDouble, {"channel": slack_double.CHANNEL}, "/api"),
}


def arrived(name, double):
    """Return the names of the files that arrived, and how many issues, pages or messages there are."""
    if name == "slack":
        below = [one for one in double.messages if "files" in one]
        said = [one for one in double.messages if "files" not in one]
        shown = [block for one in said for block in one.get("blocks", ()) if block["type"] == "image"]
        names = [one["files"][0]["title"] for one in below] + ["chart.png"] * len(shown)
        return sorted(names), len(said)
    made = double.pages if name == "confluence" else double.issues
    files = [file for one in made for file in one.files]
    return sorted(file.name if name == "confluence" else file[0] for file in files), len(made)


def send(name, double, message, reach, certificate):
    _, settings, path = SINKS[name]
    token = slack_double.TOKEN if name == "slack" else jira_double.TOKEN
    target = reach(f"{double.url}{path}", secrets={"token": token}, settings=settings, ca_file=certificate[0])
    with closing(connector_of(name.partition("-")[0])(target)) as sink:
        return sink.send(message, key=KEY)


@pytest.mark.full
@pytest.mark.parametrize("name", SINKS)
def test_what_no_system_would_answer_is_an_error_in_words_and_a_retry_loses_nothing(
    name, message, reach, certificate, monkeypatch
):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    kind = SINKS[name][0]
    with kind().running(certificate) as double:
        send(name, double, message, reach, certificate)
        requests, whole = len(double.log), arrived(name, double)
    assert whole == (["cases.csv", "chart.png"], 1)
    for number, odd in product(range(requests), ODD):
        with kind().running(certificate) as double:
            double.faults = {number: odd}
            try:
                send(name, double, message, reach, certificate)
            except BosError:
                send(name, double, message, reach, certificate)
            assert arrived(name, double) == whole, (number, odd)
