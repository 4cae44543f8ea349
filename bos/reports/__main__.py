"""``python -m bos.reports REPORT NAME=VALUE… --out DIR [--tied]``: run a report; prints its folder."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path

from bos.errors import BosError, UsageError
from bos.reports.run import run


def main() -> int:
    """Run a report; return the exit status: 2 for a wrong parameter, 1 for a report that failed."""
    parser = argparse.ArgumentParser(prog="python -m bos.reports")
    parser.add_argument("report")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
    parser.add_argument("--tied", action="store_true", help="end as soon as the input is closed")
    asked = parser.parse_intermixed_args()
    if asked.tied:
        threading.Thread(target=_end_with_the_input, daemon=True).start()
    try:
        parameters = dict(text.split("=", 1) for text in asked.parameters)
    except ValueError:
        parser.error("parameters are written NAME=VALUE")
    try:
        folder = run(asked.report, parameters, asked.out)
    except BosError as error:
        sys.stderr.write(f"{error.message}\n{error.where}\n{error.hint}\n")
        return 2 if isinstance(error, UsageError) else 1
    sys.stdout.write(f"{folder}\n")
    return 0


def _end_with_the_input() -> None:
    """End this process once whoever started it is no more; its kernel ends with it."""
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
