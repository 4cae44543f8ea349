"""A report ends with who makes it, and two that are made at once leave one pack."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from bos.actions import reports
from bos.actions.context import open_context
from bos.errors import InputError
from bos.ports import silent
from bos.settings import Settings


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def children(pid):
    return [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.full
def test_a_report_and_its_kernel_end_with_whoever_started_it_and_publish_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:  # one that never answers
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "BOS_HOME": str(tmp_path / "home")}
        env |= {"BOS_URL": f"http://127.0.0.1:{server.getsockname()[1]}", "BOS_TOKEN": "none"}
        out = tmp_path / "out"
        command = [sys.executable, "-m", "bos.reports", "weekly", "flow=loans", "week=2026-W02", "--out", str(out)]
        process = subprocess.Popen(
            [*command, "--tied"], stdin=subprocess.PIPE, env=env, start_new_session=True, stderr=subprocess.DEVNULL
        )
        with process:
            kernel = until(lambda: children(process.pid))
            server.settimeout(60)
            server.accept()[0].close()
            process.stdin.close()
            assert process.wait(10) == 1
    until(lambda: not any(map(alive, kernel)))
    assert [one.name for one in out.iterdir() if not one.name.startswith(".making-")] == []


def test_an_attempt_works_in_a_folder_of_its_own_though_the_one_before_still_has_its(
    module_store_url, tmp_path, monkeypatch
):
    seen = []

    def run(report, parameters, _folder, work, *_):
        seen.append((report, parameters, work, list(work.iterdir())))
        (work / "still-written").touch()
        raise InputError("No report.")

    monkeypatch.setattr(reports, "_run", run)
    monkeypatch.setattr(reports.audit, "signed", lambda _: SimpleNamespace(text=""))
    monkeypatch.setattr(reports, "shutil", SimpleNamespace(rmtree=lambda *_, **__: None))
    ctx = open_context(Settings.load(home=tmp_path / "home", env={}, database_url=module_store_url))
    try:
        for _ in range(2):
            with pytest.raises(InputError, match="No report"):
                reports.run_report(ctx, "j1", {"flow": "x", "report": "weekly", "period": "2026-W02"}, silent)
    finally:
        ctx.close()
    assert [found for *_, found in seen] == [[], []]
    assert len({work for _, _, work, _ in seen}) == 2


@pytest.mark.full
def test_two_processes_that_make_the_same_pack_at_once_leave_one_and_both_name_it(launched, pilot, tmp_path):
    week = pilot.week_of("gateway_outage")
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: launched("weekly", week, tmp_path), range(2)))
    assert [one.status for one in made] == [0, 0], [one.said for one in made]
    assert made[0].folder == made[1].folder
    assert [one for one in tmp_path.iterdir() if one.is_dir()] == [Path(made[0].folder)]
