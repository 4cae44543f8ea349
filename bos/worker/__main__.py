"""``python -m bos.worker --home DIR``: one worker of a home, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bos.actions.context import open_context
from bos.errors import BosError
from bos.logs import to_stderr
from bos.settings import Settings
from bos.worker.service import Worker


def main() -> int:
    """Work until told to stop; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bos.worker")
    parser.add_argument("--home", required=True, help="folder of the installation")
    settings = Settings.load(home=parser.parse_args().home)
    with to_stderr(settings.log_level):
        try:
            ctx = open_context(settings)
        except BosError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        try:
            url = ctx.engine.url.render_as_string(hide_password=False)
            asyncio.run(Worker(ctx, url.replace("+psycopg", "", 1)).serve())
        finally:
            ctx.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
