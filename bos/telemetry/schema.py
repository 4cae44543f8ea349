"""The columns of the lake's tables."""

from __future__ import annotations

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(18, 2)
TEXT_MAP = pa.map_(pa.string(), pa.string())

EVENTS = pa.schema(
    [
        ("event_id", pa.string()),
        ("flow", pa.string()),
        ("case_id", pa.string()),
        ("step", pa.string()),
        ("event_time", INSTANT),
        ("effective_date", pa.date32()),
        ("ingested_at", INSTANT),
        ("amount", MONEY),
        ("currency", pa.string()),
        ("resource", pa.string()),
        ("attributes", TEXT_MAP),
    ]
)
"""One row an event. ``step`` is the native event name; times are UTC; ``amount`` is exact money in ``currency``."""

METRICS = pa.schema(
    [
        ("signal", pa.string()),
        ("time", INSTANT),
        ("value", pa.float64()),
        ("labels", TEXT_MAP),
        ("ingested_at", INSTANT),
    ]
)
"""One row a point of a system signal. ``time`` is UTC; ``value`` is in the signal's own unit."""

TIME_OF = {"events": "event_time", "metrics": "time"}
"""The column that says when a row happened, by kind of table."""

NAME_OF = {"events": "step", "metrics": "signal"}
"""The column that says of what a row is, by kind of table."""
