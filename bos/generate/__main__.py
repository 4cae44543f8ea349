"""``python -m bos.generate FOLDER``: write generated telemetry into a folder."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from bos.errors import BosError
from bos.generate import EVENTS, START, generate


def main() -> int:
    """Read the arguments, write the files, and say where they are."""
    parser = argparse.ArgumentParser(
        prog="python -m bos.generate", description=(generate.__doc__ or "").splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="where the files go")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"10,000 to 10,000,000 (default: {EVENTS:,})")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same rows (default: 7)")
    parser.add_argument("--start", type=date.fromisoformat, default=START, help=f"first day (default: {START})")
    parser.add_argument("--days", type=int, help="days of payments, 21 to 366")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    arguments = parser.parse_args()
    try:
        made = generate(**vars(arguments))
    except BosError as error:
        parser.exit(2, f"{error}\n")
    manifest = made.manifest
    lines = [
        manifest.note,
        f"{made.events}: {manifest.main_rows:,} events of {manifest.cases:,} payments",
        f"{made.late}: {manifest.late_rows:,} late events, {manifest.duplicate_rows:,} delivered again",
        f"{made.metrics}: {manifest.metric_rows:,} metric points",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
