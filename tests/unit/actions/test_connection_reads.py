"""Settings are read before a connection is saved, by what reads them where they are used."""

from types import SimpleNamespace

import pytest

from bos.actions.fitting import unfit, unreadable
from bos.errors import Invalid
from bos.outgoing.connectors import installed
from bos.ports import Wanted
from connectors.confluence.sink import Confluence
from connectors.grafana.source import Grafana
from connectors.hooks import Hooks
from connectors.jira.sink import Jira
from connectors.mail import Mail
from connectors.prometheus import Prometheus
from connectors.slack.sink import Slack
from connectors.splunk.source import Splunk
from connectors.splunk.way import owner_of
from tests.unit.actions.test_connection_checks import GOOD, ctx, told  # noqa: F401 - a fixture

SPLUNK = {"late_seconds": "999999999999", "time_zone": "Mars/Phobos", "web": "javascript:alert(1)", "app": "a/../../x"}

ACCOUNTS = ("a b@bank.example", "a:b@bank.example", "a@bank.example\n", "\x00", "a\u202e@bank.example")
FIELDS = (
    '{"a": NaN}',
    '{"a": [-Infinity]}',
    '{"a": 1e999}',
    '{"a": 1, "a": 2}',
    '{"a": {"b": 1, "b": 1}}',
    '{"a": "\\ud800"}',
)
OWNERS = ("a/../b", "..", ".", "a..b", "a/b", "a\\b", "a%2fb", " a", "a\n")


def wrong(connector, **settings):
    return [one.path.removeprefix("settings.") for one in unreadable(installed()[connector], settings)]


@pytest.mark.parametrize(
    ("connector", "bad", "good"),
    [("prometheus", {"step_seconds": step}, {"step_seconds": "3600"}) for step in ("0", "7", "99999999", "9" * 5000)]
    + [
        ("splunk", {name: value}, good)
        for (name, value), good in zip(
            SPLUNK.items(),
            ({"late_seconds": "0"}, {"time_zone": "UTC"}, {"web": "https://splunk:8000/"}, {"app": "search_2.x"}),
            strict=True,
        )
    ]
    + [("files", {"map": text}, {"map": "amount=sum, attr.way=w"}) for text in ("zzz", "bogus=x", "case=a,case=b")]
    + [("files", {"map": "label.a=x"}, {"map": "label.a=x", "what": "metrics"})]
    + [
        ("hooks", {"time_zone": "X"}, {"time_zone": "Europe/Berlin"}),
        ("hooks", {"window_seconds": "9" * 40}, {"window_seconds": "0"}),
        ("files", {"currency": "euro"}, {"currency": ""}),
        ("files", {"currency": "XXX"}, {"currency": "EUR"}),
        ("files", {"settle_seconds": "9" * 5000}, {"settle_seconds": "5"}),
        ("mail", {"recipients": "nope"}, {"recipients": "a@bank.example, b@bank.example"}),
        ("mail", {"recipients": ""}, {"recipients": "a@bank.example"}),
        ("mail", {"sender": "a@bank.example\nBcc: x@y.example"}, {"sender": "a@bank.example"}),
        ("grafana", {"interval_seconds": "0"}, {"interval_seconds": "86400"}),
        ("jira", {"site": "http://[::1"}, {"site": "https://bank.example/x/"}),
        ("jira", {"fields": '{"labels": ["x"]}'}, {"fields": '{"priority": {"name": "High"}}'}),
        ("jira", {"fields": "[" * 5000}, {"fields": "{}"}),
        ("confluence", {"site": "https:///x"}, {"site": "http://localhost:1"}),
        ("confluence", {"parent": "Reports"}, {"parent": "98304"}),
        *(("confluence", {"space": key}, {"space": "~5570.a-b_C"}) for key in ("", "a b", "a/b", "a~", "ä", "x\n")),
        *(
            (name, {"email": text}, {"email": "o'x+1@bank.example"})
            for name in ("jira", "confluence")
            for text in ACCOUNTS
        ),
        *(("jira", {"project": key}, {"project": "PAY_2"}) for key in ("", "1A", "PAY-1", 'A"', "A B", "É", "A" * 256)),
        *(("jira", {"fields": text}, {"fields": '{"a": [1.5, -2, {"a": null}]}'}) for text in FIELDS),
        *(("slack", {"channel": channel}, {"channel": "C0123456789"}) for channel in ("#pay", "C 1", "C1\n", "É1")),
        *(("splunk", {"owner": name}, {"owner": "Ann O@bank.x"}) for name in OWNERS),
        *(("hooks", {"header": name}, {"header": "X-BOS_Key.1"}) for name in ("X Key", "Key:", "É", "X\n", "(x)")),
        ("hooks", {"timestamp_header": "X/Time"}, {"timestamp_header": "x-time"}),
    ],
)
def test_what_a_connector_could_not_use_is_told_and_what_it_can_is_not(connector, bad, good):
    assert wrong(connector, **bad) == [next(iter(bad))]
    assert wrong(connector, **good) == []


@pytest.mark.parametrize(
    ("connector", "name", "use"),
    [
        (Prometheus, "step_seconds", lambda made: made.whole("", None)),
        (Grafana, "interval_seconds", lambda made: made.whole("", None)),
        (Mail, "recipients", lambda made: made._people()),
        (Jira, "project", lambda made: made._wire.setting("project")),
        (Jira, "fields", lambda made: made._further()),
        (Confluence, "space", lambda made: made._setting("space")),
        (Confluence, "email", lambda made: made._setting("email")),
        (Slack, "channel", lambda made: made._channel()),
        (Splunk, "owner", lambda made: owner_of(made._target.settings)),
        (Hooks, "header", lambda made: made._token(None, [])),
        (Hooks, "timestamp_header", lambda made: made._grafana(SimpleNamespace(body=b""), [])),
    ],
)
def test_what_is_told_is_what_the_connector_refuses_in_the_same_words(connector, name, use):
    bad = "0" if connector in {Prometheus, Grafana, Mail} else "a b:/../c"
    settings = {"sender": "a@bank.example", name: bad}
    (problem,) = unreadable(connector, {name: bad})
    with pytest.raises(Invalid) as refused:
        use(connector(SimpleNamespace(settings=settings)))
    assert refused.value.where in {name, ""}
    assert (problem.message, problem.hint) == (refused.value.message, refused.value.hint)


@pytest.mark.parametrize(
    ("connector", "name", "given", "free"),
    [
        ("jira", "email", {"project": "PAY"}, {"deployment": "data-center"}),
        ("slack", "channel", {}, {"way": "webhook"}),
    ],
)
def test_a_setting_that_is_needed_beside_others_alone_is_missed_there(connector, name, given, free):
    def missed(**more):
        document = {"address": "https://localhost", "settings": given | more}
        return [one.path for one in unfit(installed()[connector], document)]

    assert missed() == missed(**{name: ""}) == [f"settings.{name}"]
    assert missed(**free) == missed(**{name: "C1"}) == []


def test_a_reader_of_somebody_else_may_raise_any_error_of_a_value():
    own = SimpleNamespace(title="Own", settings=(Wanted("level", "A level.", example="3", reads=int),))
    (problem,) = unreadable(own, {"level": "high"})
    assert (problem.path, "high" in problem.message) == ("settings.level", True)
    assert "such as 3" in problem.hint
    assert not list(unreadable(own, {"level": ""}))


def test_a_check_tells_what_cannot_be_read_and_saving_refuses_it(bank, ctx):  # noqa: F811
    document = GOOD | {"settings": {"step_seconds": "7"}}
    assert told(ctx, bank, document) == [("error", "settings.step_seconds", "connection.settings")]
    with pytest.raises(Invalid, match="is no step"):
        bank.make("connection", document, by=bank.sam)


def test_a_signal_that_the_flow_does_not_have_is_told(bank, ctx, loose):  # noqa: F811
    use = bank.live(loose)["system_signals"][0]
    folder = {"id": "in", "title": "In", "connector": "files", "address": "file:///etc"}
    for name, wrong_at in ((use["id"], []), (use["signal"], []), ("no_such", [("settings.signal", "signal")])):
        settings = {"flow": loose, "what": "metrics", "signal": name}
        found = told(ctx, bank, folder | {"settings": settings})
        assert [(path, code) for severity, path, code in found if severity == "error"] == wrong_at
