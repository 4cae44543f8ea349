"""BOS, a Business Observability System.

``bos.connect()`` opens it: the server that runs on the home, or BOS itself in this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bos.client.workbench import Workbench

__version__ = "0.1.0"


def connect(
    home: Path | str | None = None,
    *,
    url: str | None = None,
    token: str | None = None,
    origin: str = "library",
    on_behalf_of: str | None = None,
) -> Workbench:
    """Return a workbench: on ``url``, else on the server that runs on the home, else in this process.

    Args:
        home: folder of the installation (default: ``BOS_HOME``, else ``~/.bos``).
        url: address of a server (default: ``BOS_URL``).
        token: its bearer token (default: ``BOS_TOKEN``; in a page of the apps the one its ticket, ``BOS_TICKET``, is
            good for; else the one in the home).
        origin: the face the journal names: ``library``, ``cli``, ``app`` or ``ci``.
        on_behalf_of: somebody the caller stands in for: every call is made with the roles of that person.

    Raises:
        Unavailable: the home cannot be made. What a server or a home refuses is told by the first call.
        UsageError: a setting cannot be read.
    """
    from bos.client.workbench import connect  # noqa: PLC0415 - `import bos` is to be instant

    return connect(home, url=url, token=token, origin=origin, on_behalf_of=on_behalf_of)
