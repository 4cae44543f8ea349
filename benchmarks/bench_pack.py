"""What making the weekly pack costs, against papermill running a notebook with the figures precomputed.

``python benchmarks/bench_pack.py [--rounds 5]``. Each runs in a fresh process beside one running server; the
baseline's notebook has the review's data in it and renders the same sections. The medians and their ratio are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import uvicorn

import bos
from bos.api.app import create_app
from bos.generate import generate
from bos.reports.launch import launch
from bos.reports.source import notebook
from bos.settings import Settings

FLOW, WEEK = "loan-payment-processing", "2026-W11"
BASELINE = """import sys, papermill
papermill.execute_notebook(sys.argv[1], sys.argv[2], kernel_name="python3", progress_bar=False)"""
PRECOMPUTED = """from pathlib import Path
from bos.model.answers.reports import WeeklyReview
from bos.reports import weekly
review = WeeklyReview.model_validate_json(Path({path!r}).read_text())"""


def precomputed(folder: Path, review: str) -> Path:
    """Write the notebook of the baseline: the report's own, with the data read from a file."""
    (folder / "review.json").write_text(review)
    found = nbformat.read(notebook("weekly"), as_version=4)
    cell = next(cell for cell in found.cells if cell.metadata.get("name") == "review")
    cell.source = PRECOMPUTED.format(path=str(folder / "review.json"))
    target = folder / "precomputed.ipynb"
    nbformat.write(found, target)
    return target


def timed(work: object, rounds: int) -> float:
    """Return the median seconds of some rounds, after one that does not count."""
    seconds = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])


def measure(folder: Path, url: str, home: Path, rounds: int) -> None:
    """Make the pilot, then time packs and the baseline in turn."""
    with bos.connect(home, url=url) as wb:
        wb.templates.create(FLOW)
        made = generate(folder / "made", events=40_000)
        for events in (made.events, made.late):
            wb.flow(FLOW).import_events(events, generated=True)
        begun = time.perf_counter()
        review = wb.flow(FLOW).weekly_review(WEEK)
        print(f"review data alone: {time.perf_counter() - begun:.2f} s")
    os.environ["BOS_URL"] = url
    source = precomputed(folder, review.model_dump_json())
    command = [sys.executable, "-c", BASELINE, str(source), str(folder / "out.ipynb")]
    pack = timed(lambda: launch("weekly", FLOW, WEEK, folder / "packs", home), rounds)
    base = timed(lambda: subprocess.run(command, check=True, capture_output=True), rounds)
    print(f"pack {pack:.2f} s · papermill on precomputed figures {base:.2f} s · ratio {pack / base:.2f}")


def main() -> None:
    """Serve a home of its own and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        home, state = folder / "home", folder / "state"
        state.mkdir(mode=0o711)
        settings = Settings.load(home=home, state_dir=state, env={})
        server = uvicorn.Server(uvicorn.Config(create_app(settings, inline_jobs=True), port=0, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            port = server.servers[0].sockets[0].getsockname()[1]
            measure(folder, f"http://127.0.0.1:{port}", home, rounds)
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    main()
