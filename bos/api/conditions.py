"""Conditional requests (RFC 9110, 13): entity tags of documents, and what a caller makes of them.

The tag of a write's answer is ``"v3"``, the live version. The tag of a document that was read is ``"v3.1f2e3d4c"``: the
part after the dot stands for the whole answer, approvals and waiting changes included, which can change without a new
version. Both name version 3 in ``If-Match``.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_TAG = re.compile(r'\s*(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_VERSION = re.compile(r"v(?P<version>[0-9]+)(?:\.[0-9a-f]+)?")
_NEVER = 999_999_999  # a version that no document reaches: what is higher is as stale
_KEY = re.compile(r'"?(?P<key>[\x21\x23-\x7e]{1,200})"?')


def tag_of(version: int, body: bytes = b"") -> str:
    """Return the entity tag of a version; with ``body``, of exactly this answer."""
    return f'"v{version}.{hashlib.sha256(body).hexdigest()[:8]}"' if body else f'"v{version}"'


def tags(header: str, name: str) -> list[tuple[bool, str]]:
    """Return the entity tags of a header as (weak, opaque part).

    Raises:
        UsageError: it is no list of entity tags.
    """
    found, position = [], 0
    while position < len(header):
        match = _TAG.match(header, position)
        if match is None:
            raise UsageError(
                f"{name} is no list of entity tags.", where=name, hint='Write it as "v3", with its quotes.', code="etag"
            )
        found.append((match["weak"] is not None, match["opaque"]))
        position = match.end()
    return found


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Return whether the caller has this answer already."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag.strip('"') in {opaque for _, opaque in tags(if_none_match, "If-None-Match")}


def base_version(
    if_match: str | None, if_none_match: str | None = None, *, current: Callable[[], int] | None = None
) -> int | None:
    """Return the version a write is based on: 0 must not exist yet, ``None`` names none.

    ``current`` tells the live version, for ``*`` and for lists of several.

    Raises:
        UsageError: a header cannot be read, or names something that is no version.
    """
    if if_none_match is not None:
        if if_none_match.strip() != "*" or if_match is not None:
            raise UsageError(
                "A write takes If-Match, or If-None-Match: * for a document that is not there yet.",
                where="If-None-Match",
                code="etag",
            )
        return 0
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return current() if current else None
    versions = _versions(if_match)
    if len(versions) == 1 or current is None:
        return max(versions)
    live = current()
    return live if live in versions else max(versions)


def _versions(if_match: str) -> set[int]:
    found = set()
    for weak, opaque in tags(if_match, "If-Match"):
        match = _VERSION.fullmatch(opaque)
        if weak or match is None:
            raise UsageError(
                "If-Match names a version by its strong tag.",
                where="If-Match",
                hint='Send the ETag you were given, such as "v3".',
                code="etag",
            )
        digits = match["version"].lstrip("0")
        found.add(int(digits or 0) if len(digits) < len(str(_NEVER)) else _NEVER)
    if not found:
        raise UsageError("If-Match is empty.", where="If-Match", hint='Send the ETag, such as "v3".', code="etag")
    return found


def key_of(header: str | None) -> str | None:
    """Return the idempotency key of a request, with or without quotes around it.

    Raises:
        UsageError: it is empty, longer than 200 characters, or has blanks or characters beyond ASCII.
    """
    if header is None:
        return None
    match = _KEY.fullmatch(header)
    if match is None:
        raise UsageError(
            "The idempotency key cannot be read.",
            where="Idempotency-Key",
            hint="Use 1 to 200 visible ASCII characters without blanks, such as a UUID.",
            code="idempotency-key",
        )
    return match["key"]
