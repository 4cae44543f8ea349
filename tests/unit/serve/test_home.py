"""The home: made for its owner only, with a token, and a note of the server that runs on it."""

from __future__ import annotations

import os
import stat
import threading

import pytest

from bos.errors import Conflict, Unavailable
from bos.home import Home


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_is_made_for_its_owner_only_and_its_parents_as_usual(tmp_path):
    before = os.umask(0o022)
    try:
        Home(tmp_path / "a" / "b").make()
    finally:
        os.umask(before)
    assert mode(tmp_path / "a" / "b") == 0o700
    assert mode(tmp_path / "a") == 0o755


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(Unavailable, match="cannot be"):
        Home(tmp_path / "home" / "inside").make()


def test_the_token_is_long_private_and_stays_the_same(tmp_path):
    home = Home(tmp_path / "home")
    token = home.token()
    assert len(bytes.fromhex(token)) == 32
    assert home.token() == token
    assert mode(home.path / "token") == 0o600
    assert sorted(path.name for path in home.path.iterdir()) == ["token"]
    assert Home(tmp_path / "other").token() != token


def test_many_who_ask_for_the_first_token_at_once_get_the_same(tmp_path):
    home, found = Home(tmp_path / "home").make(), []
    threads = [threading.Thread(target=lambda: found.append(home.token())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1


def test_a_note_counts_while_its_server_holds_the_home(tmp_path):
    home = Home(tmp_path / "home").make()
    assert home.running() is None
    lock = home.serve()
    home.note_running("http://127.0.0.1:1")
    assert home.running().url == "http://127.0.0.1:1"
    assert home.running().pid == os.getpid()
    assert home.serve() is None
    os.close(lock)
    assert home.running() is None
    again = home.serve()
    assert again is not None
    home.note_stopped()
    os.close(again)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "x"}', '{"url": "x", "pid": null, "started_at": ""}'])
def test_a_damaged_note_counts_for_nothing(tmp_path, text):
    home = Home(tmp_path / "home").make()
    lock = home.serve()
    (home.path / "server.json").write_text(text)
    assert home.running() is None
    os.close(lock)


def test_the_key_of_the_printed_address_is_new_with_every_start_and_private(tmp_path):
    home = Home(tmp_path / "home").make()
    assert home.start_key() is None
    first = home.new_start_key()
    assert home.start_key() == first
    assert home.new_start_key() != first
    assert (home.path / "start.key").stat().st_mode & 0o077 == 0
    home.forget_start_key()
    assert home.start_key() is None


def test_a_home_that_was_made_for_something_else_never_becomes_a_demo(tmp_path):
    other, demo = Home(tmp_path / "other"), Home(tmp_path / "demo")
    other.token()
    with pytest.raises(Conflict, match="was not made as a demo"):
        other.mark_demo()
    assert not other.is_demo
    demo.mark_demo()
    demo.token()
    demo.mark_demo()
    assert demo.is_demo
