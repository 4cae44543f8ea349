"""Secrets of connections: encrypted, never told, bound to an address, encrypted anew without a gap."""

import dataclasses
import secrets as random
from contextlib import nullcontext

import pytest
from psycopg import sql

from bos.actions import audit, connections, fitting, secrets
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound, UsageError
from bos.model.diff import Change
from bos.model.roles import ROLES
from bos.model.scope import Grant

PLANTED = "planted-secret-7f3a"
WHY = "Because."
ADDRESS = "https://metrics.bank.example"


@pytest.fixture
def connection(bank):
    name = bank.fresh("metrics")
    content = {"id": name, "title": "Metrics", "connector": "prometheus", "address": ADDRESS}
    bank.make("connection", content, by=bank.sam)
    return name


def given(bank, connection, value=PLANTED, **options):
    return secrets.give(options.pop("ctx", bank.ctx), bank.sam, connection, "token", value, rationale=WHY)


@pytest.mark.parametrize("value", ["", "two\nlines", "token\n", "tab\tbed", "\x00", "x" * 20_001])
def test_what_cannot_be_sent_as_one_line_is_no_secret(bank, connection, value):
    with pytest.raises(Invalid, match="A secret") as told:
        given(bank, connection, value)
    assert told.value.where == "value"


def read(ctx, connection, address=ADDRESS):
    return secrets.reader(ctx, connection, address)("token")


def test_a_secret_is_read_by_what_speaks_to_the_system_and_by_nobody_else(bank, connection):
    done = given(bank, connection)
    assert read(bank.ctx, connection) == PLANTED
    assert (done.origin, done.good, done.by) == (f"{ADDRESS}:443", True, "sam")
    (row,) = secrets.listing(bank.ctx, bank.dora, connection).items
    assert row == done
    assert PLANTED not in row.model_dump_json()


def test_no_secret_stands_in_a_dump_of_the_database_nor_in_the_journal(bank, connection):
    given(bank, connection, ctx=bank.keyed(bank.fresh("key")))
    with bank.connect() as session:
        names = [name for (name,) in session.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )]  # fmt: skip
        all_of = (sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name)) for name in names)
        dump = "\n".join(str(session.execute(query).fetchall()) for query in all_of)
    assert connection in dump
    assert "secret.given" in dump
    assert PLANTED not in dump
    assert PLANTED.encode().hex() not in dump


def test_another_address_has_none_of_the_secrets_until_they_are_given_anew(bank, connection):
    given(bank, connection)
    bank.submit(bank.sam, connection, ("address", "https://evil.example"), kind="connection")
    (row,) = secrets.listing(bank.ctx, bank.sam, connection).items
    assert not row.good
    with pytest.raises(Invalid, match="was given for") as told:
        read(bank.ctx, connection, "https://evil.example")
    assert PLANTED not in str(told.value)
    with pytest.raises(Invalid, match="was given for"):
        connections.target_of(bank.ctx, bank.live(connection, "connection")).secret("token")
    given(bank, connection, "another")
    assert read(bank.ctx, connection, "https://evil.example/path") == "another"


def test_a_secret_that_is_moved_to_another_connection_or_name_opens_nothing(bank, connection):
    given(bank, connection)
    other = bank.fresh("metrics")
    bank.make("connection", {"id": other, "title": "M", "connector": "prometheus", "address": ADDRESS}, by=bank.sam)
    with bank.connect() as session:
        session.execute(
            "INSERT INTO connection_secret SELECT %s, name, origin, key, sealed, person, at FROM connection_secret"
            " WHERE connection = %s",
            (other, connection),
        )
    with pytest.raises(Invalid, match="was given for"):
        read(bank.ctx, other)
    with pytest.raises(Conflict, match=f"The secret token of {other} was encrypted with a key that is not here"):
        secrets.reseal(bank.ctx, bank.sam, rationale=WHY)
    secrets.take(bank.ctx, bank.sam, other, "token", rationale=WHY)


def test_a_retry_gives_a_secret_once_and_another_text_is_another_request(bank, connection):
    ctx = bank.keyed(bank.fresh("key"))
    first = given(bank, connection, ctx=ctx)
    assert given(bank, connection, ctx=ctx) == first
    with pytest.raises(Conflict):
        given(bank, connection, "another", ctx=ctx)
    entries = audit.entries(bank.ctx, bank.adam, kind="connection", id=connection, tag="secret.given").items
    assert [entry.after for entry in entries] == [{"name": "token", "origin": f"{ADDRESS}:443"}]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_changes_connections_and_gives_secrets_is_sre_or_coe_on_all_flows(bank, connection, role):
    everywhere = Actor("x", roles=frozenset({role}))
    on_a_flow = Actor("y", grants=(Grant(role, "flow", "loans"),))
    for actor in (everywhere, on_a_flow):
        may = role in {"sre", "coe"} and actor is everywhere
        for deed in (
            lambda who: bank.submit(who, connection, ("description", bank.fresh()), kind="connection"),
            lambda who: secrets.give(bank.ctx, who, connection, "token", "x", rationale=WHY),
            lambda who: secrets.reseal(bank.ctx, who, rationale=WHY),
        ):
            with nullcontext() if may else pytest.raises(Forbidden):
                deed(actor)
        tests = may or (role == "data_steward" and actor is everywhere)
        with nullcontext() if tests else pytest.raises(Forbidden):
            connections.diagnose(bank.ctx, actor, connection)


def test_who_may_not_gives_none_and_what_the_connector_does_not_use_is_refused(bank, connection):
    for actor in (bank.adam, bank.dora, bank.anna):
        with pytest.raises(Forbidden):
            secrets.give(bank.ctx, actor, connection, "token", "x", rationale=WHY)
        with pytest.raises(Forbidden):
            secrets.take(bank.ctx, actor, connection, "token", rationale=WHY)
        with pytest.raises(Forbidden):
            secrets.reseal(bank.ctx, actor, rationale=WHY)
    with pytest.raises(Invalid, match="uses no secret 'password'") as told:
        secrets.give(bank.ctx, bank.sam, connection, "password", PLANTED, rationale=WHY)
    assert told.value.hint == "It uses: token."
    for text in ("", "\x00", "x" * 20_001):
        with pytest.raises(Invalid):
            given(bank, connection, text)
    with pytest.raises(NotFound):
        secrets.give(bank.ctx, bank.sam, "nothing", "token", "x", rationale=WHY)


def test_a_secret_that_was_taken_away_is_gone(bank, connection):
    given(bank, connection)
    secrets.take(bank.ctx, bank.sam, connection, "token", rationale=WHY)
    assert read(bank.ctx, connection) is None
    with pytest.raises(NotFound, match="has no secret"):
        secrets.take(bank.ctx, bank.sam, connection, "token", rationale=WHY)


def test_with_a_new_key_every_secret_is_read_as_before_and_the_old_key_is_gone(bank, connection):
    given(bank, connection)
    before = bank.ctx.home.secret_keys()
    done = secrets.reseal(bank.ctx, bank.sam, rationale=WHY)
    after = bank.ctx.home.secret_keys()
    assert done.secrets >= 1
    assert len(after) == 1
    assert not set(after) & set(before)
    assert read(bank.ctx, connection) == PLANTED
    assert {key for (key,) in bank.rows("SELECT key FROM connection_secret")} == {done.key}


def test_a_new_key_that_was_interrupted_leaves_every_secret_readable_and_goes_on(bank, connection):
    given(bank, connection)
    ctx = bank.ctx
    ctx.home.write_secret_keys([ctx.home.fresh_secret(), *ctx.home.secret_keys()])  # the database did not follow
    assert read(ctx, connection) == PLANTED
    given(bank, connection, "with the new one")
    assert read(ctx, connection) == "with the new one"
    secrets.reseal(ctx, bank.sam, rationale=WHY)
    assert read(ctx, connection) == "with the new one"
    assert len(ctx.home.secret_keys()) == 1


def test_a_key_of_the_environment_is_changed_by_naming_both_for_a_while(bank, connection):
    old, new = random.token_hex(32), random.token_hex(32)

    def keyed(text):
        return dataclasses.replace(bank.ctx, settings=dataclasses.replace(bank.ctx.settings, secret_key=text))

    given(bank, connection, ctx=keyed(old))
    kept = bank.ctx.home.secret_keys()
    with bank.connect() as session:
        session.execute("DELETE FROM connection_secret WHERE connection <> %s", (connection,))
    assert read(keyed(f"{new}, {old}"), connection) == PLANTED
    with pytest.raises(Conflict, match="was encrypted with a key that is not here"):
        secrets.reseal(keyed(new), bank.sam, rationale=WHY)
    secrets.reseal(keyed(f"{new},{old}"), bank.sam, rationale=WHY)
    assert read(keyed(new), connection) == PLANTED
    assert bank.ctx.home.secret_keys() == kept
    with pytest.raises(Invalid):
        read(keyed(old), connection)
    with pytest.raises(UsageError, match="at least 32 characters"):
        read(keyed("short"), connection)


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"address": "metrics.bank.example"}, "shape.string_pattern_mismatch"),
        ({"address": "https://user:pass@metrics.bank.example"}, "shape.string_pattern_mismatch"),
        ({"address": "https://metrics.bank.example?key=1"}, "address"),
        ({"address": "https://:443"}, "address"),
        ({"address": "https://a:99999"}, "address"),
        ({"settings": {"api-token": "x"}}, "connection.secret"),
        ({"settings": {"Password": "x"}}, "connection.secret"),
        ({"timeout_seconds": 0}, "shape.greater_than_equal"),
    ],
)
def test_a_connection_that_could_not_work_or_shows_a_secret_is_refused(bank, over, code):
    content = {"id": bank.fresh("metrics"), "title": "M", "connector": "prometheus", "address": ADDRESS, **over}
    with pytest.raises(Invalid) as told:
        bank.make("connection", content, by=bank.sam)
    assert code in {problem.code for problem in told.value.problems}
    assert all(problem.hint for problem in told.value.problems)


def test_no_secret_is_given_where_it_could_be_read_on_the_way(bank, connection):
    bank.submit(bank.sam, connection, ("address", "http://metrics.bank.example"), kind="connection")
    with pytest.raises(Invalid, match="everybody on the way could read"):
        given(bank, connection)
    assert secrets.listing(bank.ctx, bank.sam, connection).items == ()
    bank.submit(bank.sam, connection, ("address", "http://localhost:9090"), kind="connection")
    assert given(bank, connection).origin == "http://localhost:9090"


def test_whoever_operates_the_home_decides_where_the_doctor_may_look(bank, connection):
    found = connections.diagnose(bank.ctx, bank.sam, connection)
    assert not found.well
    (finding,) = found.findings
    assert finding.words == "BOS may not connect to metrics.bank.example:443."
    assert "BOS_OUTGOING_HOSTS" in finding.hint


def test_what_a_connector_does_not_find_in_the_document_is_told(bank, monkeypatch):
    monkeypatch.setattr(fitting, "refuse_worse", lambda *_: None)  # as saved before its connector changed
    name = bank.fresh("metrics")
    content = {"id": name, "title": "M", "connector": "prometheus", "address": "ftp://h", "settings": {"sepp": "1"}}
    bank.make("connection", content, by=bank.sam)
    words = [one.words for one in connections.diagnose(bank.ctx, bank.sam, name).findings]
    assert "Prometheus has no address ftp://…" in words
    assert "Prometheus has no setting 'sepp'." in words
    bank.submit(bank.sam, name, Change(op="set", path="connector", new="nothing"), kind="connection")
    with pytest.raises(NotFound, match="No connector 'nothing' is installed"):
        connections.diagnose(bank.ctx, bank.sam, name)


def test_a_signal_is_tied_to_the_connection_it_is_pulled_over(bank, connection):
    signal = bank.fresh("gateway")
    content = {"id": signal, "title": "S", "type": "system", "binding": {"connection": connection, "query": "up"}}
    bank.make("signal", content, by=bank.sam)
    rows = bank.rows("SELECT id FROM relation WHERE target_kind = 'connection' AND target = %s", (connection,))
    assert rows == [(signal,)]


@pytest.mark.parametrize("address", ["https://\uff4cocalhost", "https://bänk.example", "https://host:0", "https://"])
def test_an_address_names_a_host_as_it_is_looked_up(bank, address):
    name = bank.fresh("metrics")
    content = {"id": name, "title": "Metrics", "connector": "prometheus", "address": address}
    with pytest.raises(Invalid) as told:
        bank.make("connection", content, by=bank.sam)
    assert {one.path for one in told.value.problems} == {"address"}
