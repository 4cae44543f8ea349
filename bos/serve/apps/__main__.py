"""The apps process of ``bos up``: serves on the sockets its supervisor listens on, one of which may speak TLS."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import voila

from bos.home import Home
from bos.logs import to_stderr
from bos.resources import share
from bos.serve.apps.app import TEMPLATES, Apps
from bos.serve.apps.config import configuration
from bos.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--socket", required=True, type=int)
    parser.add_argument("--public-socket", type=int)
    options = parser.parse_args()
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(fileno=options.socket))
        given = options.public_socket
        public = None if given is None else stack.enter_context(socket.socket(fileno=given))
        serve(Settings.load(home=options.home), api_url=options.api, listener=listener, public=public)


def serve(settings: Settings, *, api_url: str, listener: socket.socket, public: socket.socket | None = None) -> None:
    """Serve the apps on a listening socket, and by TLS on a second one, until SIGTERM or SIGINT."""
    # What ships with Voila lies in the environment it is installed in, whichever Python runs it.
    installed = Path(voila.__file__).parents[4] / "share" / "jupyter"
    os.environ["JUPYTER_PATH"] = os.pathsep.join((str(TEMPLATES), str(installed)))
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    scratch = Path(tempfile.mkdtemp(prefix="bos-apps-"))
    folder = (settings.apps_folder or share("voila_apps")).absolute()
    key = Home(settings.home).session_key()
    try:
        with to_stderr(settings.log_level):
            Apps(
                config=configuration(settings, api_url=api_url, session_key=key, folder=folder, scratch=scratch),
                log_level=settings.log_level.upper(),
            ).run(listener, public)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
