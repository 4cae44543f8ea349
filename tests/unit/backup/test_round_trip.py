"""A home comes back from its backup as it was; what opens or signs something is kept apart."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import psycopg
import pytest
from typer.testing import CliRunner

from bos.actions import audit, erasing, people, subjects
from bos.actions.context import open_context
from bos.actions.identities import operator
from bos.backup.files import KEYS
from bos.cli.main import app
from bos.errors import Unavailable
from bos.home import Home

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"


def contents(settings, *, until):
    """Return by table how many rows there are and a hash of them, by SQL of its own; of the journal until an entry."""
    found = {}
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as session:
        for (name,) in session.execute(TABLES).fetchall():
            where = f"WHERE seq <= {until}" if name == "journal" else ""
            query = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t {where}"  # noqa: S608
            found[name] = session.execute(query).fetchone()
    return found


def test_everything_is_there_again_and_the_journal_says_that_it_was_restored(kept):
    with kept.client() as wb:
        before = wb.audit_checkpoint()
    made = kept.back_up("whole.age")
    entries = made.done.manifest.entries
    was = contents(kept.settings, until=entries)
    new = kept.empty("whole")
    done = kept.bring_back(made, new)
    assert (done.trouble, done.manifest) == ((), made.done.manifest)
    assert contents(new, until=entries) == was
    assert sum(made.done.manifest.tables.values()) == sum(was[name][0] for name in was.keys() - {"subject_key"})
    for name in KEYS[:3]:
        assert (new.home / name).read_bytes() == (kept.settings.home / name).read_bytes()
        assert (new.home / name).stat().st_mode & 0o777 == 0o600
    with kept.connect(new) as wb, kept.client() as old:
        assert wb.templates.get(kept.flow) == old.templates.get(kept.flow)
        assert (
            wb.flow(kept.flow).evaluate()["money"] == old.flow(kept.flow).evaluate()["money"] == sum(range(500)) + 125
        )
        assert [run.run for run in wb.flow(kept.flow).runs()][-1] == [run.run for run in old.flow(kept.flow).runs()][-1]
        batch = next(iter(old.audit_entries(tag="telemetry.imported"))).after["batch"]
        assert b"".join(wb.flow(kept.flow).rejects(batch)) == b"".join(old.flow(kept.flow).rejects(batch))
        checked = wb.audit_verify(before.text)
        assert (checked.ok, checked.signed) == (True, before.seq)
        tags = [entry.tag for entry in wb.audit_entries()]
        assert tags.count("home.restored") == 1
        assert "backup.made" in tags


def test_data_and_keys_lie_in_files_of_their_own_that_nobody_reads_without_the_key(kept):
    made = kept.back_up("apart.age")
    data, keys = kept.plain(made.file), kept.plain(made.keys)
    assert set(keys) == {*KEYS[:3], "pseudonym.key", "subject_key", "bos.toml"}
    secrets = [(kept.settings.home / name).read_bytes().strip() for name in KEYS[:3]] + [b"planted secret"]
    for name, content in data.items():
        assert not [secret for secret in secrets if secret in content], name
    sealed = made.file.read_bytes() + made.keys.read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1")
    assert not [word for word in (*secrets, b"Kept", b"posted", b"my own analysis") if word in sealed]
    assert {made.file.stat().st_mode & 0o777, made.keys.stat().st_mode & 0o777} == {0o600}
    assert data["files/notebooks/mine.ipynb"] == b"my own analysis"
    assert [name for name in data if "staging" in name] == [f"files/staging/{'a' * 32}/waits.csv"]
    told = json.loads(data["manifest.json"])
    (table,) = told["lake"]
    assert (table["flow"], table["rows"]) == (kept.flow, 500)


def test_whoever_was_erased_stays_so_when_an_older_backup_is_restored_with_the_newest_keys(kept):
    own = kept.empty("people")
    kept.bring_back(kept.back_up("before-people.age"), own)
    ctx = open_context(own)
    ask = subjects.protection_of(ctx, kept.flow).ask
    names = ask(["Anna Ek", "Bo Berg"])
    people.add(ctx, operator(), "mina", display="Wilhelmina Ek", email="mina@bank.example", rationale="New.")
    people.disable(ctx, operator(), "mina", rationale="Left.")
    older = kept.back_up("older.age", settings=own)
    subjects.erase(ctx, operator(), "Anna Ek", rationale="Request 118.")
    erasing.erase(ctx, operator(), "mina", rationale="Request 119.")
    newer = kept.back_up("newer.age", settings=own)
    ctx.close()
    assert not [name for name, content in kept.plain(older.file).items() if names["Bo Berg"].encode() in content]
    new = kept.empty("people again")
    assert kept.bring_back(SimpleNamespace(file=older.file, keys=newer.keys), new).trouble == ()
    again = open_context(new)
    assert subjects.protection_of(again, kept.flow).ask(["Anna Ek", "Bo Berg"]) == {**names, "Anna Ek": None}
    mina = people.show(again, operator(), "mina")
    assert (mina.display, mina.email, mina.erased_at is not None) == ("Erased person", "", True)
    entries = audit.entries(again, operator(), tag="person.added", id="mina").items
    assert [one.after for one in entries] == [{"display": "(sealed)", "source": "created"}]
    assert audit.entries(again, operator(), tag="home.restored").items[0].after["erased_again"] == 1
    again.close()


def test_settings_of_another_machine_are_put_aside(kept):
    made = kept.back_up("aside.age")
    new = kept.empty("aside")
    assert kept.bring_back(made, new).settings
    assert "planted secret" in (new.home / "bos.toml.restored").read_text()
    assert not (new.home / "bos.toml").exists()


def test_without_the_keys_a_home_gets_new_ones(kept):
    made = kept.back_up("keyless.age")
    new = kept.empty("keyless")
    assert kept.bring_back(made, new, keys=False).keys == ()
    assert Home(new.home).token() != Home(kept.settings.home).token()
    with kept.connect(new) as wb:
        assert wb.audit_verify().entries > made.done.manifest.entries


@pytest.mark.full
def test_a_backup_that_is_made_while_people_write_holds_one_state(kept):
    stop, wrote = threading.Event(), []

    def write(number, wb):
        log = kept.folder / f"more-{number}.csv"
        wb.calendars.put(f"during-{number}-{len(wrote)}", {"title": "During"}, rationale="While.")
        log.write_text(f"case,step,time,amount\nd{number}-{len(wrote)},posted,2026-02-01T10:00:00Z,1\n")
        wb.flow(kept.flow).import_events(log)
        wrote.append(number)

    def work(number, wb):
        while not stop.is_set():
            write(number, wb)

    clients = [kept.client() for _ in range(2)]
    for pair in enumerate(clients):
        write(*pair)  # an application makes its routes when they are first asked for, not two at once in one process
    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    try:
        made = []
        while len(made) < 3 or len(wrote) < 8:
            made.append(kept.back_up(f"during-{len(made)}.age"))
    finally:
        stop.set()
        for thread, client in zip(threads, clients, strict=True):
            thread.join()
            client.close()
    assert set(wrote[2:]) == {0, 1}
    for n, one in enumerate(made):
        new = kept.empty(f"during-{n}")
        assert kept.bring_back(one, new).trouble == ()
        with kept.connect(new) as wb:
            assert wb.audit_verify().ok
            assert not list(wb.audit_entries(tag="job.failed"))
            status = wb.flow(kept.flow).status()
            assert status.events == one.done.manifest.lake[0].rows
            imported = [entry for entry in wb.audit_entries(tag="telemetry.imported") if entry.after["added"]]
            assert status.events >= 500 + len(imported) - 1
    assert len({one.done.manifest.entries for one in made}) == len(made)


def test_the_command_line_makes_a_key_a_backup_and_a_home(kept, monkeypatch):
    run = lambda *words: CliRunner().invoke(app, [*map(str, words)])  # noqa: E731
    folder = kept.folder / "by hand"
    folder.mkdir()
    monkeypatch.setenv("BOS_DATABASE_URL", kept.settings.database_url)
    made = run("backup-key", folder / "key")
    public = made.stdout.strip()
    assert public.startswith("age1")
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert run("backup-key", folder / "key").exit_code != 0
    missing = run("backup", folder / "b", "--home", kept.settings.home)
    assert (missing.exit_code, list(folder.iterdir())) == (2, [folder / "key"])
    assert "bos backup-key" in missing.stderr
    monkeypatch.setenv("BOS_BACKUP_KEY", public)
    done = run("backup", folder / "b", "--home", kept.settings.home)
    assert done.exit_code == 0, done.output
    new = kept.empty("by hand/home")
    monkeypatch.setenv("BOS_DATABASE_URL", new.database_url)
    back = run("restore", folder / "b", "--key", folder / "key", "--home", new.home, "--json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["trouble"] == []
    assert (new.home / "token").read_bytes() == (kept.settings.home / "token").read_bytes()


@pytest.mark.full
def test_a_postgresql_of_ones_own_is_backed_up_and_comes_back_into_one_that_is_not_older(kept, run_postgres):
    with run_postgres(15) as one, run_postgres(15) as other:
        with pytest.raises(Unavailable, match="made of PostgreSQL 18, and this database is the older 15"):
            kept.bring_back(kept.back_up("to-15.age"), kept.empty("too old", database_url=one))
        own = kept.empty("on fifteen", database_url=one)
        with kept.connect(own) as wb:
            made_there = wb.calendars.put("there", {"title": "There"}, rationale="First.")
        made = kept.back_up("from-15.age", settings=own)
        assert made.done.manifest.server == 15
        for name, over in (("again", {"database_url": other}), ("embedded", {})):
            new = kept.empty(f"{name} fifteen", **over)
            assert kept.bring_back(made, new).trouble == ()
            with kept.connect(new) as wb:
                assert wb.audit_verify().ok
                assert wb.calendars.get("there").version == made_there.version


@pytest.mark.full
def test_a_file_the_lake_had_lost_before_is_told_by_backup_and_restore(kept):
    first = kept.empty("damaged")
    kept.bring_back(kept.back_up("damaged.age"), first)
    lost = next((first.home / "lake" / "events" / kept.flow).glob("*.parquet"))
    lost.unlink()
    made = kept.back_up("of-damaged.age", settings=first)
    assert made.done.manifest.missing == [f"events/{kept.flow}/{lost.name}"]
    done = kept.bring_back(made, kept.empty("still damaged"))
    assert (done.trouble, done.manifest.missing) == ((), made.done.manifest.missing)
