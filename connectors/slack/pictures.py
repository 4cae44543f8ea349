"""A picture in a message: a file of Slack that its block names. It is found by its name, so it is sent once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.errors import Unavailable
from bos.wire import strange
from connectors.slack.refusals import NO_RIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.ports import Attachment

WINDOW = timedelta(days=14)
"""How far back a key, a thread and a picture are looked for."""
_PAGE, _MOST = 100, 50
_POLL, _SLOWEST = 0.2, 2.0


def shown_by(call: Callable[..., Any], picture: Attachment, name: str, timeout: float) -> tuple[str, str] | None:
    """Return the file of a picture and what it shows in words; nothing where the token may not look for files.

    Raises:
        Unavailable: it was not sent, or Slack is not done with it yet.
    """
    try:
        return _file(call, picture, name, timeout), alt_of(picture)
    except Unavailable as error:
        if error.code == NO_RIGHT:
            return None
        raise


def _file(call: Callable[..., Any], picture: Attachment, name: str, timeout: float) -> str:
    """Return the id of the file of a picture once a message can show it; it is sent where it is not there yet.

    Slack looks for malware in what it took before any message can show it, which takes a moment. A picture that was
    sent for a message that never came (for a crash) is seen by nobody but the bot, and is found again by its name.
    """
    oldest = str((datetime.now(UTC) - WINDOW).timestamp())
    there = next((str(one["id"]) for one in _files(call, oldest) if one.get("name") == name), "")
    file = there or _sent(call, picture, name)
    until, pause = time.monotonic() + timeout, _POLL
    while not _dict(call("files_info", file=file).get("file")).get("mimetype"):
        if time.monotonic() + pause > until:
            raise Unavailable("Slack is not done with the picture.", hint="It is tried again.", code="system.slow")
        time.sleep(pause)
        pause = min(_SLOWEST, pause * 2)
    return file


def alt_of(picture: Attachment) -> str:
    """Return what a picture shows, in words."""
    return picture.alt or f"Picture: {picture.name}"


def _files(call: Callable[..., Any], oldest: str) -> Iterator[dict[str, Any]]:
    for page in range(1, _MOST + 1):
        answer = call("files_list", types="images", ts_from=oldest, count=_PAGE, page=page)
        found = answer.get("files")
        if not isinstance(found, list) or not all(isinstance(one, dict) and one.get("id") for one in found):
            raise strange("Slack")
        yield from found
        pages = _dict(answer.get("paging")).get("pages", 1)
        if not isinstance(pages, int) or page >= pages:
            return


def _sent(call: Callable[..., Any], picture: Attachment, name: str) -> str:
    answer = call(
        "files_upload_v2", content=picture.content, filename=name, title=picture.name, alt_txt=alt_of(picture)
    )
    found = answer.get("files")
    if not isinstance(found, list) or not _dict(found[0]).get("id"):
        raise strange("Slack")
    return str(found[0]["id"])


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
