"""What a person waits for before the first answer, and what a call costs, in one run on one machine.

``python benchmarks/bench_start.py [--rounds 7]``. Each start is a fresh interpreter with bytecode compiled; the median
counts. Baselines, measured in turn with it: for ``import bos`` an ``import json``, for a connection to a running
server what any client of its kind pays (``import httpx, pydantic`` and one plain request), for a call in the process
the same call over the loopback. Goals: ``import bos`` 60 ms, a connection to a running server 250 ms, a connection
in the process 3 s.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import bos
from bos.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(bos.__file__).parent
CONNECT = "import bos; wb = bos.connect(); wb.me()"
PLAIN = """import httpx, pydantic, os
c = httpx.Client(base_url=os.environ["URL"], headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
c.get("/api/v1/me").raise_for_status()"""
CALLS = 200


def timed(statement: str, env: dict[str, str]) -> float:
    """Return the seconds a fresh interpreter needs for a statement, its own start left out."""
    lines = ["import time; begun = time.perf_counter()", statement, "print(time.perf_counter() - begun)"]
    env = {key: value for key, value in env.items() if not key.startswith("PYTHON")}
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], env=env, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


@contextmanager
def serving(env: dict[str, str]) -> Iterator[str]:
    """Run ``bos up`` on the home of ``env`` and give its address."""
    command = [sys.executable, "-m", "bos.cli.main", "up", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        home = Home(Path(env["BOS_HOME"]))
        deadline = time.monotonic() + 60
        while (running := home.running()) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        try:
            assert running is not None, "bos up does not start"
            yield running.url
        finally:
            process.terminate()
            process.wait(30)


def medians(statements: dict[str, tuple[str, dict[str, str]]], rounds: int) -> dict[str, float]:
    """Return the median of each statement; the statements take turns."""
    took: dict[str, list[float]] = {name: [] for name in statements}
    for turn in range(rounds + 1):
        for name, (statement, env) in statements.items():
            seconds = timed(statement, env)
            if turn:  # the first writes bytecode and warms the disk's cache
                took[name].append(seconds)
    return {name: statistics.median(found) for name, found in took.items()}


def call_cost(statement: str, env: dict[str, str]) -> float:
    """Return the seconds of one call of a connection that is open."""
    each = f"for _ in range({CALLS}): wb.me()"
    lines = [statement, "import time; wb.me(); begun = time.perf_counter()", each]
    lines.append(f"print((time.perf_counter() - begun) / {CALLS})")
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], env=env, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def line(name: str, seconds: float, baseline: str, other: float, goal: float | None) -> None:
    met = goal is None or seconds <= goal
    told = "" if goal is None else f"  goal {goal * 1000:,.0f} ms {'ok' if met else 'MISSED'}"
    print(f"{name:34} {seconds * 1000:9.1f} ms {seconds / other:8.2f} times {baseline} ({other * 1000:.1f} ms){told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    compileall.compile_dir(ROOT, quiet=1)
    with tempfile.TemporaryDirectory(prefix="bos-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database of root's homes runs as another user
        own = {key: value for key, value in os.environ.items() if not key.startswith(("BOS_", "PYTHON"))}
        env = {**own, "BOS_HOME": str(folder / "home"), "BOS_STATE_DIR": str(folder / "state")}
        with serving(env) as url:
            told = {**env, "URL": url, "TOKEN": Home(folder / "home").token()}
            statements = {
                "json": ("import json", env),
                "bos": ("import bos", env),
                "plain": (PLAIN, told),
                "remote": (CONNECT, env),
            }
            found = medians(statements, rounds)
            remote = call_cost(CONNECT, env)
        found |= medians({"local": (CONNECT, env)}, max(3, rounds // 2))
        local = call_cost(CONNECT, env)
    line("import bos", found["bos"], "import json", found["json"], 0.060)
    line("connect to a server, first answer", found["remote"], "httpx alone", found["plain"], 0.250)
    line("connect in the process", found["local"], "to a server", found["remote"], 3.0)
    line("a call in the process", local, "over loopback", remote, None)


if __name__ == "__main__":
    main()
