"""How long the texts of a row may be: what is longer is no name and no value, and would burden every query and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from bos.telemetry.raw import Raw

LONGEST_NAME = 500
"""Characters of what names something: a case, a step, an event, a resource, a signal, an attribute or a label."""
LONGEST_VALUE = 20_000
"""Characters of the value of an attribute or a label."""
_NAMES = {
    "case": "the case",
    "step": "the step",
    "event_id": "the event id",
    "resource": "the resource",
    "signal": "the signal",
}
LONG = {field: f"{called} is longer than {LONGEST_NAME} characters" for field, called in _NAMES.items()}
"""Why a row is not taken, by the field of it that is too long."""
LONG_ATTRIBUTE = f"the name of a further field is longer than {LONGEST_NAME} characters"
LONG_VALUE = f"the value of a further field is longer than {LONGEST_VALUE:,} characters"


def too_long(raw: Raw) -> pa.Array | None:
    """Return why rows have a text that is too long, row by row; nothing where none has."""
    reasons: dict[int, str] = {}
    owners = np.repeat(np.arange(len(raw.rows)), np.diff(raw.attributes.offsets.to_numpy()))
    for place in _longer(raw.attributes.items, LONGEST_VALUE):
        reasons[int(owners[place])] = LONG_VALUE
    for place in _longer(raw.attributes.keys, LONGEST_NAME):
        reasons[int(owners[place])] = LONG_ATTRIBUTE
    for name, reason in reversed(LONG.items()):
        for place in _longer(raw.fields[name], LONGEST_NAME) if name in raw.fields else ():
            reasons[place] = reason
    return pa.array([reasons.get(row) for row in range(len(raw.rows))], pa.string()) if reasons else None


def _longer(texts: pa.Array, most: int) -> list[int]:
    """Return the places of texts of more characters; whether one may have, its bytes say at once."""
    if not pa.types.is_string(texts.type) or (pc.max(pc.binary_length(texts)).as_py() or 0) <= most:
        return []
    found: list[int] = pc.indices_nonzero(pc.fill_null(pc.greater(pc.utf8_length(texts), most), False)).to_pylist()
    return found
