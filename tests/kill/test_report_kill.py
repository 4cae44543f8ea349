"""A report that is killed at any moment leaves no pack or a whole one, and earlier packs stay."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import bos
from bos.settings import Settings

FLOW = "loan-payment-processing"
MOMENTS = 30
WEEK = "2026-W05"


def packs(out):
    """Return the published packs and their hashes; each must be whole."""
    found = {}
    for folder in out.iterdir():
        if folder.name.startswith("."):
            continue
        html = (folder / "report.html").read_bytes()
        told = json.loads((folder / "pack.json").read_text())
        assert told["status"] == "done"
        assert hashlib.sha256(html).hexdigest() == told["html_sha256"]
        assert (folder / "notebook.ipynb").stat().st_size > 1000
        found[folder.name] = told["html_sha256"]
    return found


@pytest.mark.full
def test_a_report_killed_at_any_moment_leaves_no_half_pack(serving, store_url, tmp_path):
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=store_url)
    out = tmp_path / "out"
    out.mkdir()
    chance = random.Random(11)
    with serving(settings) as url:
        with bos.connect(settings.home, url=url) as wb:
            wb.templates.create(FLOW)
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BOS_HOME": str(settings.home), "BOS_URL": url}
        command = [sys.executable, "-m", "bos.reports", "weekly", "--out", str(out), f"flow={FLOW}"]

        def begin(week):
            return subprocess.Popen(
                [*command, f"week={week}"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

        began = time.monotonic()
        assert begin("2026-W04").wait(120) == 0
        whole, earlier = time.monotonic() - began, packs(out)
        assert len(earlier) == 1
        for _ in range(MOMENTS):
            process = begin(WEEK)
            time.sleep(chance.uniform(0, whole * 1.1))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert earlier.items() <= packs(out).items()
        assert begin(WEEK).wait(120) == 0
    assert len(packs(out)) == 2
