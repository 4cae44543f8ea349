"""The field registry: every field of every kind, with owner, approver, label, help and example.

Ownership, approval, diff, help, validation and documentation all read this table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bos.errors import NotFound
from bos.model.fields_calendar import CALENDAR
from bos.model.fields_connection import CONNECTION
from bos.model.fields_cost_rule import COST_RULE
from bos.model.fields_dashboard import DASHBOARD
from bos.model.fields_feedback import FEEDBACK
from bos.model.fields_policy import POLICY
from bos.model.fields_schedule import SCHEDULE
from bos.model.fields_signal import SIGNAL
from bos.model.fields_template import TEMPLATE, WHOLE_TEMPLATE


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``pattern`` is its path with ``[]`` for an item's id; one that ends in ``[]`` is the items' order.

    ``critical``: a change of an approved value is held until ``approver`` signs (``approval.md``, rule 1).
    ``removable``: taking the item out is free even where the value is approved; validation guards it.
    ``first``: an item that brings the field is held, too, instead of live and provisional.
    ``along``: it is critical only where a KPI counts by the ways of the flow (``along_flow``), and reads it.
    """

    kind: str
    pattern: str
    section: str
    label: str
    help: str
    example: str
    owner: str
    critical: bool = False
    approver: str | None = None
    removable: bool = False
    first: bool = False
    along: bool = False


def _rows() -> dict[str, dict[str, Field]]:
    table: dict[str, dict[str, Field]] = {}
    for kind, rows in (
        ("template", TEMPLATE),
        ("signal", SIGNAL),
        ("calendar", CALENDAR),
        ("cost_rule", COST_RULE),
        ("dashboard", DASHBOARD),
        ("feedback", FEEDBACK),
        ("schedule", SCHEDULE),
        ("policy", POLICY),
        ("connection", CONNECTION),
    ):
        table[kind] = {row[0]: _field(kind, row) for row in rows}
    return table


def _field(kind: str, row: tuple[str, str, str, str, str, str, str]) -> Field:
    pattern, section, label, text, example, owner, approval = row
    approver, *marks = approval.split() or [""]
    return Field(
        kind,
        pattern,
        section,
        label,
        text,
        example,
        owner,
        bool(approver),
        approver or None,
        removable="removable" in marks,
        first="first" in marks,
        along="along" in marks,
    )


FIELDS: dict[str, dict[str, Field]] = _rows()
"""kind → pattern → field, in the order of the page."""

WHOLES: dict[str, dict[str, Field]] = {"template": {row[0]: _field("template", row) for row in WHOLE_TEMPLATE}}
"""kind → path → what is signed as one value though its parts are fields of their own."""

_ITEM = re.compile(r"\[[^\]]*\]")


@cache
def pattern_of(path: str) -> str:
    """Return the registry pattern of a field path: item ids taken out."""
    return _ITEM.sub("[]", path)


def field_of(kind: str, path: str) -> Field:
    """Return the registry entry of a field path such as ``outcomes[returns].target``.

    Raises:
        NotFound: no field of this kind is written so.
    """
    found = signed_fields(kind).get(pattern_of(path))
    if found is None:
        raise NotFound(
            f"A {kind.replace('_', ' ')} has no field {path!r}.",
            where=path,
            hint="Field paths are listed in the field guide.",
        )
    return found


def signed_fields(kind: str) -> dict[str, Field]:
    """Return all of a kind that can be signed, by pattern: its fields, and what is signed as one value."""
    return {**FIELDS.get(kind, {}), **WHOLES.get(kind, {})}


def critical_fields(kind: str) -> tuple[Field, ...]:
    """Return the critical fields of a kind."""
    return tuple(field for field in signed_fields(kind).values() if field.critical)


def sections(kind: str) -> tuple[str, ...]:
    """Return the sections of a kind, in the order of the page."""
    return tuple(dict.fromkeys(field.section for field in FIELDS[kind].values()))
