"""Events of a day as rows of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bos.generate import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.generate.clock import Flags, Ints
    from bos.generate.payments import Payments

SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("case_id", pa.string()),
        ("event", pa.string()),
        ("event_time", pa.timestamp("us", tz="UTC")),
        ("effective_date", pa.date32()),
        ("amount", pa.decimal128(18, 2)),
        ("currency", pa.string()),
        ("resource", pa.string()),
        ("channel", pa.string()),
        ("loan_type", pa.string()),
        ("loan_id", pa.string()),
        ("code", pa.string()),
        ("manual", pa.string()),
        ("receipt_date", pa.date32()),
        ("dpd", pa.int32()),
        ("source_system", pa.string()),
    ]
)
"""Columns of the event files."""

SOURCE = "generated"


def as_table(rows: dict[str, Ints], payments: Payments, first_id: int) -> pa.Table:
    """Return the rows as a table; their ids run on from ``first_id``."""
    who, count = rows["who"], len(rows["who"])
    columns = {
        "event_id": _numbered("E", np.arange(first_id, first_id + count), 10),
        "case_id": _numbered("P", payments.number + 1, 7).take(pa.array(who)),
        "event": _named([f"payment.{name}" for name in names.EVENTS], rows["event"]),
        "event_time": pa.array(
            (rows["time"] * 1000 + payments.millisecond[who]) * 1000, SCHEMA.field("event_time").type
        ),
        "effective_date": _days(rows["effective"]),
        "amount": _money(_amounts(rows, payments)),
        "currency": _named(["USD"], np.zeros(count, np.int64)),
        "resource": _named(names.RESOURCES, rows["resource"]),
        "channel": _named(names.CHANNELS, payments.channel[who]),
        "loan_type": _named(names.LOAN_TYPES, payments.kind[who]),
        "loan_id": _numbered("L", payments.loan + 1, 6).take(pa.array(who)),
        "code": _named(names.CODES, rows["code"]),
        "manual": _named(["false", "true"], rows["manual"]),
        "receipt_date": _days(rows["receipt"]),
        "dpd": pa.array(rows["dpd"].astype(np.int32), mask=rows["dpd"] < 0),
        "source_system": _named([SOURCE], np.zeros(count, np.int64)),
    }
    return pa.table(columns, schema=SCHEMA)


def _amounts(rows: dict[str, Ints], payments: Payments) -> Ints:
    """Return cents: of a bill what is due, of everything else what is paid."""
    who = rows["who"]
    return np.where(rows["event"] == names.EVENT["due"], payments.billed[who], payments.cents[who])


def _numbered(letter: str, numbers: Ints, width: int) -> pa.Array:
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(letter, digits, "")


def _named(texts: Sequence[str], which: Ints) -> pa.Array:
    """Return the texts by number; -1 is missing."""
    return pa.array(texts, pa.string()).take(pa.array(which, mask=which < 0))


def _days(days: Ints) -> pa.Array:
    missing: Flags = days < 0
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def _money(cents: Ints) -> pa.Array:
    """Return cents as decimals, by laying out their 128 bits."""
    words = np.zeros((len(cents), 2), np.int64)
    words[:, 0] = cents
    return pa.Array.from_buffers(SCHEMA.field("amount").type, len(cents), [None, pa.py_buffer(words)])
