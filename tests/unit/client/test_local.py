"""BOS in the process ends with it, and a call never waits for ever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import httpx
import pytest

import bos
from bos.client.local import _Exchange
from bos.errors import BosError, Unavailable, UsageError


@pytest.fixture
def home(tmp_path, store_url, monkeypatch):
    monkeypatch.setenv("BOS_DATABASE_URL", store_url)
    return tmp_path / "home"


def test_a_closed_workbench_says_so(home):
    wb = bos.connect(home)
    wb.close()
    wb.close()
    with pytest.raises(UsageError, match="closed"):
        wb.me()


def test_a_call_under_way_ends_when_the_workbench_is_closed(home):
    wb = bos.connect(home)
    ended = []

    def call():
        try:
            for _ in range(1000):
                wb.me()
        except BosError:
            ended.append(True)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    wb.me()
    wb.close()
    thread.join(20)
    assert ended == [True]


def test_an_answer_that_is_left_after_the_workbench_is_closed_is_left_in_silence():
    loop = asyncio.new_event_loop()
    exchange = _Exchange(httpx.Request("GET", "http://127.0.0.1/"), loop)
    loop.close()
    exchange.close()
    assert loop.is_closed()


@pytest.mark.full
def test_a_script_that_closes_nothing_ends_by_itself(home):
    code = f"import bos; wb = bos.connect({str(home)!r}); print(wb.me().version)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, bos.__version__, "")


def test_a_database_that_does_not_answer_is_told_and_the_process_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("BOS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with bos.connect(tmp_path / "home") as wb, pytest.raises(Unavailable):
        wb.me()


def test_an_address_without_its_scheme_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no address"):
        bos.connect(tmp_path / "home", url="127.0.0.1:8765")
