"""Signatures that are asked for, as systems are told of them: one message for each act and flow, without any value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import NotFound
from bos.model.paths import is_item
from bos.model.wording import label_of, part_of
from bos.store import documents, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row

    Content = dict[str, Any]

_MOST = 6
"""Parts of documents that are named to a role; what is in others is counted."""


def gathered(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], Content]]:
    """Yield for each act, and flow that it concerns, what is asked for: after which message of it, and as its payload.

    The payload has ``flow``, ``title`` (of the flow), ``by``, ``at``, ``count`` (of fields) and ``asked``: role → what
    it is to sign, in words. An act is all that one person did at one moment; a document that flows share is told to
    each of them. Values and rationales are not told: they may be of a class that the system may not see.
    """
    live: dict[tuple[str, str], Content] = {}

    def content(kind: str, id_: str) -> Content:
        if (kind, id_) not in live:
            head = documents.head(connection, kind, id_)
            live[kind, id_] = head.doc if head is not None else {}
        return live[kind, id_]

    acts: dict[tuple[Any, ...], list[tuple[Row[Any], Mapping[str, Any]]]] = {}
    for row in rows:
        for wait in row.payload["waits"]:
            for flow in places.of_document(connection, wait["kind"], wait["id"]).flows:
                acts.setdefault((row.at, row.payload["by"], flow), []).append((row, wait))
    for (at, by, flow), waits in acts.items():
        asked: dict[str, dict[tuple[str, str, str], None]] = {}
        for row, wait in waits:
            fields = ((wait["kind"], wait["id"], path) for path in wait["paths"])
            asked.setdefault(row.payload["role"], {}).update(dict.fromkeys(fields))
        yield (
            waits[-1][0],
            {
                "flow": flow,
                "title": content("template", flow).get("title") or flow,
                "by": by,
                "at": at.isoformat(),
                "count": len({field for fields in asked.values() for field in fields}),
                "asked": {role: _told(fields, content) for role, fields in asked.items()},
            },
        )


def _told(fields: Mapping[tuple[str, str, str], None], content: Any) -> str:
    """Return fields (kind, document, path) in words, those of one part together."""
    parts: dict[str, dict[str, None]] = {}
    for kind, id_, path in fields:
        part, label = _named(kind, path, content(kind, id_))
        where = part if kind == "template" else f"{kind.replace('_', ' ')} {id_}".capitalize()
        parts.setdefault(where, {})[label] = None
    named = [f"{part} ({', '.join(labels)})" if any(labels) else part for part, labels in list(parts.items())[:_MOST]]
    rest = sum(len(labels) for labels in list(parts.values())[_MOST:])
    return "; ".join([*named, *([f"and {rest} more"] if rest else [])])


def _named(kind: str, path: str, content: Content) -> tuple[str, str]:
    """Return the part of a document that a field lies in, and what people call it: nothing of a whole part."""
    try:
        return part_of(kind, path, content), "" if is_item(path) else label_of(kind, path, content)
    except NotFound:
        return path, ""
