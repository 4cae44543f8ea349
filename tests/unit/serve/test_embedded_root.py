"""Root's homes: the database belongs to a service account, under the system's state directory."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bos.errors import Unavailable
from bos.store import embedded_place
from bos.store.embedded_place import SERVICE_ACCOUNTS, Account
from bos.store.embedded_programs import PACKAGE, copy_programs, runs_as

pytestmark = pytest.mark.full


def permissions(folder):
    return [(str(parent), parent.stat().st_mode, parent.stat().st_uid) for parent in (folder, *folder.parents)]


def test_a_home_nobody_else_may_enter_stays_closed(root):
    closed = root.folder / "closed"
    closed.mkdir(mode=0o700)
    before = permissions(closed)
    assert "url" in root.hold(closed / "home").first
    assert permissions(closed) == before


def test_the_data_belongs_to_a_service_account_and_the_locks_to_root(root):
    root.hold(root.folder / "home")
    base = root.base(root.folder / "home")
    expected = next(name for name in SERVICE_ACCOUNTS if _exists(name))
    assert pwd.getpwuid((base / "postgres").stat().st_uid).pw_name == expected
    assert base.stat().st_uid == 0
    assert stat.S_IMODE(base.stat().st_mode) == 0o711


def test_the_server_runs_as_the_service_account_with_no_groups_of_root(root):
    root.hold(root.folder / "home")
    about = Path(f"/proc/{root.postmaster(root.folder / 'home')}/status").read_text()
    lines = dict(line.split(":", 1) for line in about.splitlines())
    assert "0" not in lines["Uid"].split()
    assert "0" not in lines["Gid"].split()
    assert lines["Groups"].split() == []


def test_a_state_folder_nobody_else_may_enter_is_refused_and_left_alone(root):
    closed = root.folder / "closed"
    closed.mkdir(mode=0o700)
    root.state_dir = closed / "state"
    before = permissions(closed)
    first = root.hold(root.folder / "home").first
    assert "cannot enter the folder of the database" in first["text"]
    assert "BOS_STATE_DIR" in first["text"]
    assert permissions(closed) == before


def test_a_state_folder_that_cannot_be_made_is_refused(root):
    (root.folder / "file").write_text("")
    root.state_dir = root.folder / "file" / "state"
    assert "cannot be used" in root.hold(root.folder / "home").first["text"]


def test_a_folder_prepared_by_somebody_else_is_refused(root, ordinary):
    holder = root.hold(root.folder / "home")
    holder.ask("close")
    os.chown(root.base(root.folder / "home"), ordinary.uid, ordinary.gid)
    assert "not root's alone" in root.hold(root.folder / "home").first["text"]


def test_a_home_that_moved_keeps_its_database(root):
    home = root.folder / "home"
    holder = root.hold(home)
    holder.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    holder.ask("close")
    home.rename(root.folder / "moved")
    assert root.hold(root.folder / "moved").ask("sql SELECT answer FROM kept") == [[42]]


def test_a_copied_home_does_not_share_the_database(root):
    home = root.folder / "home"
    root.hold(home).ask("close")
    shutil.copytree(home, root.folder / "copy")
    assert "is a copy" in root.hold(root.folder / "copy").first["text"]
    (root.folder / "copy" / "postgres.json").unlink()
    assert root.hold(root.folder / "copy").ask("sql SELECT 1") == [[1]]


def test_a_database_that_has_gone_is_not_replaced_by_an_empty_one(root):
    home = root.folder / "home"
    root.hold(home).ask("close")
    shutil.rmtree(root.base(home))
    assert "is missing" in root.hold(home).first["text"]


def test_a_damaged_note_is_not_taken_for_an_empty_home(root):
    home = root.folder / "home"
    root.hold(home).ask("close")
    note = (home / "postgres.json").read_text()
    (home / "postgres.json").write_text(note[:20])
    assert "cannot be read" in root.hold(home).first["text"]


def test_root_does_not_touch_the_database_of_another_user(root, ordinary):
    home = ordinary.folder / "home"
    ordinary.hold(home).ask("close")
    before = sorted((str(path), path.lstat().st_uid, path.lstat().st_mode) for path in home.rglob("*"))
    text = root.hold(home).first["text"]
    assert f"belongs to {pwd.getpwuid(ordinary.uid).pw_name}" in text
    assert sorted((str(path), path.lstat().st_uid, path.lstat().st_mode) for path in home.rglob("*")) == before


def test_programs_the_service_account_cannot_reach_are_copied_and_the_copy_works(root):
    closed = root.folder / "closed"
    closed.mkdir(mode=0o700)
    entry = pwd.getpwnam("nobody")
    nobody = Account("nobody", entry.pw_uid, entry.pw_gid)
    package = _package()
    shutil.copytree(package, closed / PACKAGE, ignore=shutil.ignore_patterns("pginstall", "include", "*.a"))
    shutil.copytree(package.parent / f"{PACKAGE}.libs", closed / f"{PACKAGE}.libs")
    assert not runs_as(closed / PACKAGE / "pginstall18" / "bin", nobody)
    root.state_dir.chmod(0o755)
    copy = copy_programs(closed / PACKAGE, root.state_dir / "programs")
    assert runs_as(copy, nobody)
    assert copy_programs(closed / PACKAGE, root.state_dir / "programs") == copy
    data = root.state_dir / "data"
    data.mkdir()
    os.chown(data, nobody.uid, nobody.gid)
    command = [copy / "initdb", "-D", data, "--auth=trust", "--no-sync"]
    done = subprocess.run(command, user=nobody.uid, group=nobody.gid, capture_output=True, cwd="/", check=False)
    assert done.returncode == 0, done.stderr


def test_programs_that_cannot_be_copied_are_an_error_in_words(root):
    (root.folder / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be copied"):
        copy_programs(_package(), root.folder / "file" / "programs")


def test_two_homes_have_two_databases(root):
    one, two = root.hold(root.folder / "one"), root.hold(root.folder / "two")
    one.ask("sql CREATE TABLE only_here (n int)")
    assert two.ask("sql SELECT to_regclass('only_here')") == [[None]]
    note = json.loads((root.folder / "one" / "postgres.json").read_text())
    assert note["home"] == str(root.folder / "one")


def _package():
    return Path(next(p for p in sys.path if (Path(p) / PACKAGE).is_dir())) / PACKAGE


def _exists(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def test_a_folder_is_not_seen_before_it_is_the_account_s(tmp_path, monkeypatch):
    """Another process that starts at the same moment would find a folder of root's, and refuse it."""
    folder, seen = tmp_path / "postgres.run", []
    monkeypatch.setattr(os, "chown", lambda path, *_: seen.append((Path(path) == folder, folder.exists())))
    embedded_place._make_for(folder, Account("somebody", 1, 1))
    assert seen == [(False, False)]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_of_two_that_make_a_folder_at_once_the_first_one_s_stays_as_it_is(tmp_path, monkeypatch):
    folder = tmp_path / "postgres.run"

    def meanwhile(*_):
        folder.mkdir()
        (folder / "socket").touch()

    monkeypatch.setattr(os, "chown", meanwhile)
    embedded_place._make_for(folder, Account("somebody", 1, 1))
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert (folder / "socket").exists()
