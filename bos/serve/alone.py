"""``bos apps``: the apps alone, on this machine or another than the API's."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from bos.errors import Unavailable
from bos.home import Home
from bos.serve.address import listen, url_of

if TYPE_CHECKING:
    from bos.settings import Settings


def apps(settings: Settings) -> None:
    """Serve the apps until Ctrl-C or SIGTERM.

    Raises:
        Unavailable: no server runs on the home, and none is named.
        Conflict: the port is taken.
    """
    running = Home(settings.home).running()
    api_url = settings.url or (running.url if running else None)
    if api_url is None:
        raise Unavailable(
            "The apps need a server, and none runs on this home.",
            where=str(settings.home),
            hint="Start one with bos up (which starts the apps too), or name one in BOS_URL.",
        )
    with listen("127.0.0.1" if settings.tls else settings.host, settings.apps_at, option="--apps-port") as listener:
        sys.stdout.write(f"The apps of {api_url} are at {url_of(listener)} (Ctrl-C stops them)\n")
        sys.stdout.flush()
        serve = importlib.import_module("bos.serve.apps.__main__").serve
        serve(settings, api_url=api_url.rstrip("/"), listener=listener)
