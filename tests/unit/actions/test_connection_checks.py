"""What would be wrong with a connection, told before it is saved; and where a system sends to."""

from contextlib import closing
from dataclasses import replace

import pytest

from bos.actions import connection_checks, documents, receiving, secrets
from bos.errors import Forbidden, Invalid, NotFound
from bos.outgoing.connectors import installed
from bos.ports import Wanted
from connectors import hooks

WHY = "Because."
GOOD = {"id": "metrics", "title": "Metrics", "connector": "prometheus", "address": "https://localhost:9090"}
HOOK = {
    "id": "alerts", "title": "Alerts", "connector": "hooks", "address": "hook://alertmanager.bank.example",
    "settings": {"flow": "loans", "shape": "json", "signature": "token"},
}  # fmt: skip


def ctx_of(bank, **over):
    return replace(bank.ctx, settings=replace(bank.ctx.settings, **over))


@pytest.fixture
def ctx(bank):
    return ctx_of(bank, outgoing_hosts="localhost", outgoing_private="127.0.0.0/8, ::1/128")


def told(ctx, bank, document, giving=()):
    found = connection_checks.check(ctx, bank.sam, document, giving=giving).items
    return [(one.severity, one.path, one.code) for one in found]


def test_a_connection_that_can_be_used_has_nothing_wrong(bank, ctx):
    assert told(ctx, bank, GOOD) == []
    assert told(ctx, bank, GOOD | {"settings": {"step_seconds": "60"}}, ["token"]) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"address": "ftp://localhost"}, "address"),
        ({"address": "https://"}, "address"),
        ({"address": "https://localhost:99999"}, "address"),
        ({"address": "https://localhost/\u202emoc"}, "address"),
        ({"address": "http://[::1"}, "address"),
        ({"address": "http://[zz]:80"}, "address"),
        ({"address": "http://a]b"}, "address"),
        ({"address": "https://[v1.x]/"}, "address"),
        ({"address": "http://a..b"}, "address"),
        ({"address": "http://[::1]x:80"}, "address"),
        ({"address": "http://-a.example"}, "address"),
        ({"address": "https://me:word@localhost"}, "address"),
        ({"connector": "missing"}, "connector"),
        ({"settings": {"colour": "blue"}}, "settings.colour"),
        ({"settings": {"step_seconds": "often"}}, "settings.step_seconds"),
        ({"title": " "}, "title"),
        ({"tells": {"nowhere": ["pack"]}}, "tells"),
    ],
)
def test_what_cannot_be_is_told_by_its_field(bank, ctx, change, path):
    found = told(ctx, bank, GOOD | change)
    assert [(severity, at) for severity, at, _ in found] == [("error", path)]


def test_all_that_is_wrong_is_told_at_once_and_nothing_that_only_follows_from_it(bank, ctx):
    settings = {"flow": 7, "shape": "xml", "colour": "blue", "window_seconds": "soon"}
    wrong = HOOK | {"id": "", "title": " ", "settings": settings, "tells": {"nowhere": ["pack"]}, "at_once": 0}
    wrong |= {"address": "https://alertmanager.bank.example", "pull_every": "often", "size": 1}
    found = told(ctx, bank, wrong, ["kye"])
    assert sorted(at for _, at, _ in found) == [
        "address", "at_once", "id", "pull_every", "settings.colour", "settings.flow", "settings.shape",
        "settings.signature", "settings.window_seconds", "size", "tells", "title",
    ]  # fmt: skip
    assert [at for _, at, _ in told(ctx, bank, {"settings": {"colour": "blue"}})] == [
        "id", "title", "connector", "address",
    ]  # fmt: skip
    nowhere = {"connector": "prometheus", "settings": {"colour": "blue"}}
    assert [at for _, at, _ in told(ctx, bank, nowhere)] == ["id", "title", "address", "settings.colour"]


def test_saving_tells_all_that_a_check_tells(bank, ctx):
    settings = {"flow": 7, "shape": "xml", "colour": "blue", "window_seconds": "soon"}
    wrong = HOOK | {"title": " ", "settings": settings, "tells": {"nowhere": ["pack"]}, "at_once": 0, "size": 1}
    for document in (wrong, HOOK | {"address": "http://a..b", "settings": {"shape": "xml", "signature": "token"}}):
        checked = connection_checks.check(ctx, bank.sam, document).items
        with pytest.raises(Invalid) as refused:
            documents.put(ctx, bank.sam, "connection", "alerts", document, rationale=WHY)
        said = [(one.path, one.message) for one in refused.value.problems]
        assert sorted(said) == sorted({(one.path, one.message) for one in checked if one.severity == "error"})
        assert len(said) == len(set(said)) > 2


def test_saving_tells_nothing_that_was_wrong_before(bank, ctx, monkeypatch):
    bank.make("connection", GOOD | {"id": "older"}, by=bank.sam)
    asks = Wanted("region", "Where.", needed=True)
    monkeypatch.setattr(installed()["prometheus"], "settings", (*installed()["prometheus"].settings, asks))
    changed = GOOD | {"id": "older", "at_once": 0, "settings": {"step_seconds": "7"}}
    with pytest.raises(Invalid) as refused:
        documents.put(ctx, bank.sam, "connection", "older", changed, rationale=WHY, base_version=1)
    assert [one.path for one in refused.value.problems] == ["at_once", "settings.step_seconds"]


def test_a_choice_that_is_none_and_a_setting_that_is_missing_are_told(bank, ctx):
    given = {"shape": "xml", "signature": "token"}
    found = told(ctx, bank, HOOK | {"settings": given}, ["key"])
    assert [at for _, at, _ in found] == ["settings.flow", "settings.shape"]


@pytest.mark.parametrize("port", ["0", "99999", "x"])
def test_a_port_that_is_none_is_told(bank, ctx, port):
    found = connection_checks.check(ctx, bank.sam, {**GOOD, "address": f"https://localhost:{port}"}).items
    assert [one.message for one in found] == ["The port of the address is none."]
    (nowhere,) = connection_checks.check(ctx, bank.sam, {**GOOD, "address": "https://:0"}).items
    assert nowhere.message == "The address names no host."


def test_the_way_out_is_told_with_who_can_open_it(bank, ctx):
    (closed,) = connection_checks.check(ctx_of(bank, outgoing_hosts=None), bank.sam, GOOD).items
    assert (closed.severity, closed.path, closed.code) == ("attention", "address", "outgoing")
    assert closed.message == "BOS may not connect to localhost:9090."
    assert closed.hint == "Whoever operates BOS adds localhost:9090 to BOS_OUTGOING_HOSTS."
    (private,) = connection_checks.check(
        ctx_of(bank, outgoing_hosts="localhost", outgoing_private=None), bank.sam, GOOD
    ).items
    assert "an address of a private network or of this machine" in private.message
    assert "BOS_OUTGOING_PRIVATE" in private.hint
    mail = {"id": "mail", "title": "Mail", "connector": "mail", "address": "smtp://localhost"}
    mail |= {"settings": {"sender": "a@bank.example", "recipients": "b@bank.example"}}
    (mailed,) = connection_checks.check(ctx_of(bank, outgoing_hosts=None), bank.sam, mail).items
    assert mailed.message == "BOS may not connect to localhost:587."
    folder = {"id": "files", "title": "Files", "connector": "files", "address": "file:///etc"}
    assert told(ctx, bank, folder) == [("attention", "address", "incoming")]


def test_a_secret_that_is_missing_or_would_go_in_clear_is_told(bank, ctx):
    hec = {"id": bank.fresh("hec"), "title": "HEC", "connector": "splunk-hec", "address": "https://localhost:8088"}
    assert told(ctx, bank, hec) == [("attention", "secrets.token", "connection.secret")]
    assert told(ctx, bank, hec, ["token"]) == []
    assert told(ctx, bank, hec, ["tokn"])[0] == ("error", "secrets.tokn", "name")
    clear = ctx_of(bank, outgoing_hosts="hec.bank.example")
    assert told(clear, bank, hec | {"address": "http://hec.bank.example"}, ["token"])[0] == (
        "error", "address", "connection.clear",
    )  # fmt: skip
    bank.make("connection", hec, by=bank.sam)
    secrets.give(bank.ctx, bank.sam, hec["id"], "token", "planted", rationale=WHY)
    assert told(ctx, bank, hec) == []
    assert told(ctx, bank, hec | {"address": "https://localhost:8089"}) == [
        ("attention", "secrets.token", "connection.secret")
    ], "it was given for another address"


SLACK = {"id": "chat", "title": "Chat", "connector": "slack", "address": "https://localhost/api"}
SPLUNK = {"id": "logs", "title": "Logs", "connector": "splunk", "address": "https://localhost:8089"}
MAIL = {"id": "mail", "title": "Mail", "connector": "mail", "address": "smtp://localhost"}
PEOPLE = {"sender": "a@bank.example", "recipients": "b@bank.example"}


@pytest.mark.parametrize(
    ("document", "settings", "giving", "missing"),
    [
        (SLACK, {"channel": "C1"}, (), "token"),
        (SLACK, {"channel": "C1", "way": "bot"}, ("webhook",), "token"),
        (SLACK, {"channel": "C1"}, ("token",), None),
        (SLACK, {"way": "webhook"}, ("token",), "webhook"),
        (SLACK, {"way": "webhook"}, ("webhook",), None),
        (SPLUNK, {}, (), "token"),
        (SPLUNK, {}, ("password",), "token"),
        (SPLUNK, {}, ("token",), None),
        (SPLUNK, {"user": "bos"}, (), "password"),
        (SPLUNK, {"user": "bos"}, ("password",), None),
        (SPLUNK, {"user": "bos"}, ("token",), None),
        (MAIL, PEOPLE, (), None),
        (MAIL, PEOPLE | {"user": "bos"}, (), "password"),
        (MAIL, PEOPLE | {"user": "bos"}, ("password",), None),
    ],
)
def test_a_secret_that_is_needed_beside_some_settings_is_told_where_it_is_missing(
    bank, ctx, document, settings, giving, missing
):
    wanted = [("attention", f"secrets.{missing}", "connection.secret")] if missing else []
    assert told(ctx, bank, document | {"id": bank.fresh("one"), "settings": settings}, giving) == wanted


def test_a_secret_that_does_as_well_counts_where_it_was_given_before(bank, ctx):
    logs = SPLUNK | {"id": bank.fresh("logs"), "settings": {"user": "bos"}}
    bank.make("connection", logs, by=bank.sam)
    assert told(ctx, bank, logs) == [("attention", "secrets.password", "connection.secret")]
    secrets.give(bank.ctx, bank.sam, logs["id"], "token", "planted", rationale=WHY)
    assert told(ctx, bank, logs) == []


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        (name, settings)
        for name, every in {
            "slack": ({"channel": "C1"}, {"way": "webhook"}),
            "splunk": ({}, {"user": "bos"}),
            "mail": ({**PEOPLE, "user": "bos"},),
        }.items()
        for settings in every
    ],
)
def test_what_the_check_misses_is_what_the_connector_asks_for(bank, ctx, name, settings):
    document = {"slack": SLACK, "splunk": SPLUNK, "mail": MAIL}[name] | {"settings": settings}
    (_, path, _), *_ = told(ctx, bank, document | {"id": bank.fresh("one")})
    asked = []

    class Target:
        address, timeout = document["address"], 1.0

        def secret(self, name, *, needed=True):
            if needed:
                asked.append(name)
                raise Invalid("It has none.")

        def tls(self):
            return None

    Target.settings = settings
    with closing(installed()[name](Target())) as system:
        list(system.doctor())
    assert asked[0] == path.removeprefix("secrets.")


def test_who_may_not_write_connections_may_not_check_one(bank, ctx):
    with pytest.raises(Forbidden):
        connection_checks.check(ctx, bank.dora, GOOD)


def test_where_a_system_sends_to_is_told_and_how_it_signs(bank):
    ctx = ctx_of(bank, public_url="https://bos.bank.example")
    document = HOOK | {"id": bank.fresh("alerts")}
    bank.make("connection", document, by=bank.sam)
    found = receiving.reception(ctx, bank.sam, document["id"])
    assert found.address == f"https://bos.bank.example/api/v1/hooks/{document['id']}"
    assert found.proof == hooks.PROOFS["token"]
    name = bank.fresh("metrics")
    bank.make("connection", GOOD | {"id": name}, by=bank.sam)
    with pytest.raises(Invalid, match="Prometheus sends nothing to BOS"):
        receiving.reception(ctx, bank.sam, name)
    with pytest.raises(NotFound):
        receiving.reception(ctx, bank.sam, "nowhere")


def test_what_hooks_offer_is_what_they_take():
    assert set(hooks.SHAPES) == set(hooks._SHAPES)
    assert set(hooks.PROOFS) == set(hooks._CHECKS)


def test_every_connector_says_what_it_is_for_and_its_example_is_an_address_of_its_own():
    for connector in installed().values():
        if not connector.__module__.startswith("connectors."):
            continue
        assert connector.purpose.endswith(".")
        assert connector.example.partition("://")[0] in connector.schemes


@pytest.mark.parametrize("more", [{"kind": "colour"}, {"choices": ("a", "b"), "default": "c"}])
def test_what_no_form_could_show_is_no_setting(more):
    with pytest.raises(ValueError, match="mode: "):
        Wanted("mode", "How.", **more)


def save(bank, document, base_version=None):
    options = {"rationale": WHY, "base_version": base_version}
    return documents.put(bank.ctx, bank.sam, "connection", document["id"], document, **options)


@pytest.mark.parametrize(
    ("settings", "path"), [({"foo": "bar"}, "settings.foo"), ({"complete": "soon"}, "settings.complete")]
)
def test_what_is_an_error_of_the_check_is_saved_by_nobody(bank, settings, path):
    document = {"id": "unfit", "title": "Drop", "connector": "files", "address": "file:///in", "settings": settings}
    with pytest.raises(Invalid) as raised:
        save(bank, document)
    assert [one.path for one in raised.value.problems] == [path]
    assert save(bank, {**document, "id": f"absent-{path}", "connector": "none"}).version


def test_a_connection_whose_connector_changed_can_be_changed_elsewhere(bank, monkeypatch):
    files = installed()["files"]
    document = {"id": "kept", "title": "Drop", "connector": "files", "address": "file:///in", "settings": {}}
    with monkeypatch.context() as patch:
        patch.setattr(files, "settings", (*files.settings, Wanted("depth", "How far below.")))
        save(bank, {**document, "settings": {"depth": "2"}})
    changed = {**document, "settings": {"depth": "2"}, "title": "Drop of payments"}
    assert save(bank, changed, 1).version == 2
    with pytest.raises(Invalid, match="no setting 'width'"):
        save(bank, {**changed, "settings": {"width": "1"}}, 2)
