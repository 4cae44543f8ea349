"""Who answers for a field: the one accountable role."""

from __future__ import annotations

from typing import Any

from bos.model.fields import FIELDS, pattern_of
from bos.model.paths import within


def accountable(document: dict[str, Any], path: str) -> str | None:
    """Return the role that answers for a field of a template: the longest ``covers`` that matches wins."""
    field = FIELDS["template"].get(pattern_of(path))
    best = ""
    role = None
    for row in document["ownership"]:
        covers = row["covers"]
        matches = within(path, covers) or (field is not None and covers == field.section)
        if matches and (role is None or len(covers) > len(best)):
            best, role = covers, row["accountable"]
    return role


def owner_of(kind: str, document: dict[str, Any], path: str) -> str:
    """Return the role that answers for a field: of a template by its ownership, else the document's owner."""
    return (accountable(document, path) if kind == "template" else None) or str(document["owner"])
