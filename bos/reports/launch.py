"""Starts a report in a process of its own, with no more of the environment than it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_SECONDS = 600.0
_PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "HOME", "BOS_URL", "BOS_TOKEN", "BOS_DATABASE_URL",
    "BOS_STATE_DIR",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Launched:
    """How a report ended: exit status, the folder it was published in (nothing where it failed), what it said."""

    status: int
    folder: str
    said: tuple[str, ...]


def launch(report: str, flow: str, week: str | None, out: Path, home: Path | None, *, checkpoint: str = "") -> Launched:
    """Run a report to its end; one that takes too long is ended with all it started, and counts as failed.

    A weekly report needs its week; a dashboard has none. ``checkpoint`` of the journal is printed at its end.
    """
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env["BOS_HOME"] = str(Settings.load(home=home).home)
    if checkpoint:
        env["BOS_CHECKPOINT"] = checkpoint
    words = [f"flow={flow}", *([f"week={week}"] if week is not None else [])]
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "bos.reports", report, *words, "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        told, said = process.communicate(timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        return Launched(1, "", (f"Error: the report took longer than {LONGEST_SECONDS:.0f} seconds and was ended.",))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    lines = told.strip().splitlines()
    failed = process.returncode != 0
    notes = tuple(said.strip().splitlines()) if failed else ()
    return Launched(process.returncode, "" if failed or not lines else lines[-1], notes)
