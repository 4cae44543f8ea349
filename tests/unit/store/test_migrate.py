"""Migrations: on a new database, twice, two processes at once, and never on a newer one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bos.errors import Unavailable
from bos.model.feedback import Feedback
from bos.model.signals import Signal
from bos.model.template import Template
from bos.store import migrate
from bos.store.engine import guarded, make_engine
from bos.store.migrate import HEAD, current, upgrade

PAGE = Path(__file__).parents[3] / "docs" / "store.md"


def version(url):
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return current(connection)


def plain(url):
    return url.replace("+psycopg", "", 1)


def tables(url):
    with psycopg.connect(plain(url)) as connection:
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        return sorted(connection.execute(query).fetchall())


@pytest.fixture
def downgrade():
    from alembic import command  # noqa: PLC0415 - one test goes back

    def run(url):
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            command.downgrade(migrate._config(connection), "base")

    return run


@pytest.fixture
def step():
    """Return a function that brings a database to a migration, forth or back."""
    from alembic import command  # noqa: PLC0415 - one test needs it

    def run(url, revision):
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            forth = (current(connection) or "") < revision
            (command.upgrade if forth else command.downgrade)(migrate._config(connection), revision)

    return run


def test_a_new_database_gets_every_table_and_a_second_run_changes_nothing(database_url):
    assert version(database_url) is None
    upgrade(database_url)
    assert version(database_url) == HEAD
    before = tables(database_url)
    assert len({row[0] for row in before}) > 15
    upgrade(database_url)
    assert tables(database_url) == before


def test_of_two_processes_that_migrate_at_once_one_waits_and_both_succeed(database_url):
    code = "import sys; from bos.store.migrate import upgrade; upgrade(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert version(database_url) == HEAD


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(database_url):
    upgrade(database_url)
    with psycopg.connect(plain(database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = tables(database_url)
    with pytest.raises(Unavailable) as caught:
        upgrade(database_url)
    assert "newer version" in caught.value.message
    assert (version(database_url), tables(database_url)) == ("9999", before)


def test_a_migration_that_fails_leaves_nothing_behind(database_url):
    with psycopg.connect(plain(database_url)) as connection:
        connection.execute("CREATE TABLE signature (taken int)")
    with pytest.raises(Exception, match="signature"):
        upgrade(database_url)
    assert {row[0] for row in tables(database_url)} == {"signature"}
    assert version(database_url) is None


def test_every_migration_can_be_taken_back(database_url, downgrade):
    upgrade(database_url)
    downgrade(database_url)
    assert {row[0] for row in tables(database_url)} == {"alembic_version"}
    upgrade(database_url)
    assert version(database_url) == HEAD


@pytest.mark.full
def test_who_held_a_role_before_bindings_holds_it_after_and_documents_know_their_flow(database_url, step):
    step(database_url, "0004")
    ownership = [{"id": "a", "covers": "flow", "accountable": "sre"}]
    documents = (
        Template.model_validate(
            {
                "id": "loans",
                "title": "T",
                "ownership": ownership,
                "flow": {"steps": [{"id": "work", "title": "Work"}]},
                "process_signals": [{"id": "posted", "signal": "posted", "step": "work"}],
                "outcomes": [{"id": "n", "title": "N", "measure": {"formula": "count(posted)", "unit": "payments"}}],
            }
        ),
        Signal.model_validate({"id": "posted", "title": "T", "type": "process", "owner": "process_owner"}),
        Feedback.model_validate({"id": "f1", "title": "T", "flow": "loans", "text": "T"}),
    )
    with psycopg.connect(plain(database_url)) as connection:
        connection.execute("INSERT INTO person VALUES ('bea', 'Bea', '{finance_control,sre}', '2026-01-05Z')")
        connection.execute("INSERT INTO person VALUES ('vic', 'Vic', '{}', '2026-01-05Z')")
        connection.execute(
            "INSERT INTO session (session, person, display, roles, created_at, expires_at) "
            "VALUES ('s', 'bea', 'Bea', '{sre}', now(), now() + interval '1 hour')"
        )
        for kind, name, doc in ((one.kind, one.id, json.dumps(one.data())) for one in documents):
            connection.execute("INSERT INTO document VALUES (%s, %s, 1, false)", (kind, name))
            connection.execute(
                "INSERT INTO version VALUES (%s, %s, 1, %s, '', '', '', now(), 'submission', '{}')", (kind, name, doc)
            )
            connection.execute(
                "INSERT INTO search (kind, id, version, title, owner, tags, state, author, at, body, words) "
                "VALUES (%s, %s, 1, 'T', 'process_owner', '{}', 'approved', 'bea', now(), '', '')",
                (kind, name),
            )
    upgrade(database_url)
    with psycopg.connect(plain(database_url)) as connection:
        held = connection.execute(
            "SELECT person, role, scope, starts < now() FROM role_binding ORDER BY 1, 2"
        ).fetchall()
        assert held == [("bea", "finance_control", "all", True), ("bea", "sre", "all", True)]
        found = connection.execute("SELECT kind, flow, roles FROM search ORDER BY kind").fetchall()
        assert found == [
            ("feedback", "loans", ["process_owner"]),
            ("kpi", "loans", ["process_owner"]),
            ("signal", "", ["process_owner"]),
            ("template", "loans", ["process_owner", "sre"]),
        ]
        tied = connection.execute("SELECT kind, id, facet, value, flow FROM facet ORDER BY kind").fetchall()
        assert tied == [
            ("kpi", "loans/n", "step", "work", "loans"),
            ("signal", "posted", "step", "work", "loans"),
            ("template", "loans", "step", "work", "loans"),
        ]
        assert connection.execute("SELECT count(*) FROM session WHERE ended_at IS NULL").fetchone() == (0,)
    step(database_url, "0004")
    with psycopg.connect(plain(database_url)) as connection:
        roles = connection.execute("SELECT person, roles FROM person ORDER BY 1").fetchall()
        assert roles == [("bea", ["finance_control", "sre"]), ("vic", [])]


def test_what_was_told_before_receipts_were_kept_stays_and_has_none(database_url, step):
    step(database_url, "0018")
    with psycopg.connect(plain(database_url)) as connection:
        connection.execute(
            "INSERT INTO delivery (key, connection, flow, kind, message, state, attempts, due_at, created_at, "
            "reference) VALUES ('k', 'jira', 'loans', 'feedback', '{}', 'sent', 1, now(), now(), 'PAY-1')"
        )
    upgrade(database_url)
    with psycopg.connect(plain(database_url)) as connection:
        assert connection.execute("SELECT reference FROM delivery").fetchall() == [("PAY-1",)]
        assert connection.execute("SELECT count(*) FROM feedback_receipt").fetchone() == (0,)
        connection.execute(
            "INSERT INTO feedback_receipt VALUES ('f1', 'jira', '', 'PAY-2', '', now(), '', false, false)"
        )
    step(database_url, "0018")
    assert "feedback_receipt" not in {row[0] for row in tables(database_url)}
    upgrade(database_url)
    with psycopg.connect(plain(database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM feedback_receipt").fetchone() == (0,)


def test_who_was_turned_away_before_is_no_failure_after(database_url, step):
    step(database_url, "0023")
    with psycopg.connect(plain(database_url)) as connection:
        for name, reason in (("hook", "A delivery was turned away: it is old."), ("jira", "Jira is busy.")):
            connection.execute(
                "INSERT INTO connection_state (connection, failures, pause, failed_at, reason, hint) "
                "VALUES (%s, 0, 0, now(), %s, 'Look.')",
                (name, reason),
            )
    upgrade(database_url)
    asked = (
        "SELECT connection, reason, hint, failed_at IS NULL, refused_why, refused_hint, refused_at IS NULL "
        "FROM connection_state ORDER BY 1"
    )
    with psycopg.connect(plain(database_url)) as connection:
        assert connection.execute(asked).fetchall() == [
            ("hook", None, None, True, "A delivery was turned away: it is old.", "Look.", False),
            ("jira", "Jira is busy.", "Look.", False, None, None, True),
        ]


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url):
    assert migrate._compare(database_url) == ""


@pytest.mark.full
def test_the_command_compares_on_a_database_of_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "bos.store.migrate", "check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "The migrations make exactly the tables of the code.\n")


def test_the_command_knows_no_other_word(capsys):
    assert migrate.main(["drop"]) == 2
    assert "check" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_unavailable():
    with pytest.raises(Unavailable):
        upgrade("postgresql+psycopg://nobody@127.0.0.1:1/nothing")


@pytest.fixture
def plain_user(postgres, database_url):
    """Return the address of a database that belongs to a user without any right beyond it."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    user = f"plain_{name}"
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {user} LOGIN")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {user}")
    scheme, _, rest = database_url.partition("://")
    yield f"{scheme}://{user}@{rest.partition('@')[2]}"
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {user}")
        connection.execute(f"DROP ROLE {user}")


def test_a_user_who_may_make_no_role_still_has_the_guards(plain_user):
    try:
        upgrade(plain_user)
    except Unavailable:
        pytest.skip("this server lets nobody in but its owner")
    assert not works_as_role(plain_user)
    with psycopg.connect(plain(plain_user)) as connection:
        connection.execute("INSERT INTO document VALUES ('calendar', 'x', 1, false)")
        connection.execute(
            "INSERT INTO version VALUES ('calendar', 'x', 1, '{}', '', '', '', now(), 'submission', '{}')"
        )
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("DELETE FROM version")


@pytest.mark.parametrize("major", [pytest.param(15, marks=pytest.mark.postgres15), 18])
def test_a_user_who_may_make_roles_but_is_no_superuser_works_as_the_role(run_postgres, major):
    with run_postgres(major) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'pass'")
            connection.execute("CREATE DATABASE made OWNER maker")
        rest = address.rpartition("@")[2].replace("/postgres", "/made")
        url = f"postgresql+psycopg://maker:pass@{rest}"
        upgrade(url)
        assert works_as_role(url)


def test_a_user_without_the_role_gets_it_with_the_statements_of_the_page(run_postgres):
    (statements,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with run_postgres(18) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE ROLE bos LOGIN PASSWORD 'pass'")
            connection.execute("CREATE DATABASE made OWNER bos")
        url = f"postgresql+psycopg://bos:pass@{address.rpartition('@')[2].replace('/postgres', '/made')}"
        upgrade(url)
        assert works_as_role(url) is False
        with psycopg.connect(address.replace("/postgres", "/made"), autocommit=True) as connection:
            connection.execute(statements)
        assert works_as_role(url) is True
        with psycopg.connect(plain(url)) as connection:
            query = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s"
            rights = set(connection.execute(query, ("bos_app",)).fetchall())
        names = {row[0] for row in tables(url)}
        assert {name for name, right in rights if right == "SELECT"} == names
        assert names - {name for name, right in rights if right == "UPDATE"} == {
            "journal",
            "checkpoint",
            "version",
            "alembic_version",
        }


def works_as_role(url):
    engine = make_engine(url)
    try:
        return guarded(engine)
    finally:
        engine.dispose()


@pytest.mark.postgres15
def test_the_migrations_run_on_postgresql_15(run_postgres):
    with run_postgres(15) as address:
        url = address.replace("postgresql://", "postgresql+psycopg://")
        assert migrate._compare(url) == ""
        assert works_as_role(url)
