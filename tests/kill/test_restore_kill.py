"""A backup or a restore that is killed at any moment leaves nothing that could be taken for a whole one."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time

import psycopg
import pytest

import bos
from bos.backup import seal
from bos.errors import Conflict
from bos.settings import Settings

MOMENTS = 10
WITHIN = 1.2  # seconds after it began, about as long as either takes
BOS = [sys.executable, "-m", "bos.cli.main"]


@pytest.fixture(scope="module")
def made(make_store, tmp_path_factory):
    """Return a folder with a backup and its private key, and the settings of its home."""
    folder = tmp_path_factory.mktemp("made")
    settings = Settings.load(home=folder / "home", env={}, database_url=make_store())
    seal.make_key(folder / "key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_DATABASE_URL", settings.database_url)
        with bos.connect(settings.home) as wb:
            wb.templates.create("loan-payment-processing")
            log = folder / "log.csv"
            rows = (f"p{n},received,2026-01-{1 + n % 28:02}T10:00:00Z,1.25" for n in range(20_000))
            log.write_text("\n".join(["payment_id,event,timestamp,amount", *rows]) + "\n")
            columns = {"case": "payment_id", "step": "event", "time": "timestamp", "amount": "amount"}
            wb.flow("loan-payment-processing").import_events(log, map=columns)
    backup(settings, folder / "b").communicate()
    return folder, settings


def backup(settings, file):
    env = {**os.environ, "BOS_DATABASE_URL": settings.database_url}
    command = [*BOS, "backup", file, "--key", file.parent / "key", "--home", settings.home]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def restore(folder, home, url):
    env = {**os.environ, "BOS_DATABASE_URL": url}
    command = [*BOS, "restore", folder / "b", "--key", folder / "key", "--home", home]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_at(process, begun, seconds):
    """Kill a process so long after it has ``begun``; return whether it had ended by itself."""
    while not begun() and process.poll() is None:
        time.sleep(0.005)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True


def settled(url):
    """Wait until nobody is connected to the database any more."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as session:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while session.execute(others).fetchone()[0]:
            time.sleep(0.02)


@pytest.mark.full
def test_a_restore_that_was_killed_is_closed_until_it_is_done_again(made, make_store, tmp_path, monkeypatch):
    folder, settings = made
    chance, cut = random.Random(7), 0
    with bos_at(monkeypatch, settings) as wb:
        wanted = [(row.id, row.version) for row in wb.signals.list()]
        money = wb.flow("loan-payment-processing").status().events
    for number in range(MOMENTS):
        home, url = tmp_path / f"home-{number}", make_store(empty=True)
        unfinished = home / "restore.unfinished"
        kill_at(restore(folder, home, url), unfinished.exists, chance.uniform(0, WITHIN))
        settled(url)
        new = Settings.load(home=home, env={}, database_url=url)
        if unfinished.exists():
            cut += 1
            with pytest.raises(Conflict, match="not restored whole"):
                bos_at(monkeypatch, new).templates.list()
            assert restore(folder, home, url).wait(120) == 0
        with bos_at(monkeypatch, new) as wb:
            assert [(row.id, row.version) for row in wb.signals.list()] == wanted
            assert wb.flow("loan-payment-processing").status().events == money
            assert wb.audit_verify().ok
            assert len(list(wb.audit_entries(tag="home.restored"))) == 1
        shutil.rmtree(home)
    assert cut >= MOMENTS // 4


def bos_at(monkeypatch, settings):
    monkeypatch.setenv("BOS_DATABASE_URL", settings.database_url)
    return bos.connect(settings.home)


@pytest.mark.full
def test_a_backup_that_was_killed_is_there_whole_or_not_at_all(made):
    folder, settings = made
    chance, cut = random.Random(11), 0
    names = {"b", "b.keys", "key", "home", "log.csv"}
    for _ in range(MOMENTS):
        ended = kill_at(backup(settings, folder / "k"), lambda: any(folder.glob(".k.*")), chance.uniform(0, WITHIN / 2))
        for left in folder.glob(".k.*"):
            left.unlink()
        there = {path.name for path in folder.iterdir() if not path.name.startswith(".")} - names
        assert there <= {"k", "k.keys"}
        assert not ended or there == {"k", "k.keys"}
        cut += not there
        for name in there:
            keys = seal.identities(folder / "key")
            with (folder / name).open("rb") as file, seal.opened(file, keys, where=name) as plain:
                assert len(plain.read(512)) == 512
            (folder / name).unlink()
    assert cut >= MOMENTS // 4
