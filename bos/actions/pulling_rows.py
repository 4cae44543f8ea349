"""What pulled rows mean to a flow, and how a window of events is stored: part by part while it is read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.actions import subjects
from bos.errors import Invalid
from bos.telemetry.ingest import committed, import_events
from bos.telemetry.mapping import EVENT_FIELDS, EVENT_NEEDED
from bos.telemetry.merge import Read
from bos.telemetry.rows import parts
from bos.telemetry.staging import working

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    import pyarrow as pa

    from bos.actions.context import Context
    from bos.ports import Connector
    from bos.telemetry.report import ImportReport

_ATTRIBUTE = "attr."


@dataclass(frozen=True, slots=True)
class Meaning:
    """How the rows that are pulled for a signal become its events or points.

    ``columns``: field of the lake, or ``attr.NAME`` → column of the rows; ``fixed``: what every row has besides.
    """

    events: bool
    columns: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    currency: str | None = None

    @classmethod
    def of(cls, signal: Mapping[str, Any], template: Mapping[str, Any], connector: type[Connector]) -> Meaning:
        """Return what the signal's binding says, over what its connector and the template say.

        Raises:
            Invalid: it does not say which column is the case, or which event the rows are.
        """
        binding, usual = signal["binding"], getattr(connector, "columns", {})
        own = binding["mapping"]
        if signal["type"] == "system":
            return cls(events=False, columns={**usual, **own})
        log = template["binding"]
        columns = {**usual, **({} if "case" in own else log["mapping"]), **own}
        columns = _by_native(columns, binding)
        fixed = {} if "step" in columns else {"step": binding["event"]}
        if lacking := [key for key in EVENT_NEEDED if not {**columns, **fixed}.get(key)]:
            raise Invalid(
                f"The signal {signal['id']} does not say which column is its {lacking[0]}.",
                where="binding",
                hint=f"Give its mapping {lacking[0]}: COLUMN{', or name its event' if lacking[0] == 'step' else ''}.",
                code="signal",
            )
        zone = log["time_zone"] or template["time_zone"]
        return cls(
            events=True,
            columns=columns,
            fixed=fixed,
            time_zone=zone,
            currency=log["currency"] or template["currency"],
        )


def _by_native(columns: Mapping[str, str], binding: Mapping[str, Any]) -> dict[str, str]:
    """Return columns with the signal's own fields as attributes under their native names, as KPIs look for them."""
    named = {one["id"]: one["native"] for one in binding["fields"]}
    found = {key: name for key, name in columns.items() if key in EVENT_FIELDS or key.startswith(_ATTRIBUTE)}
    for id_, native in named.items():
        found.setdefault(f"{_ATTRIBUTE}{native}", columns.get(id_, native))
    for native in binding["where"]:
        found.setdefault(f"{_ATTRIBUTE}{native}", native)
    return found


def read_events(
    ctx: Context,
    flow: str,
    batch: str,
    rows: Iterator[pa.RecordBatch],
    meaning: Meaning,
    *,
    told: Callable[[int], None],
) -> list[ImportReport]:
    """Store the rows of a window as they come, and return what the import of each part did.

    All but the last are stored under names of this attempt, the last under ``batch``, which so says that the window is
    whole. Done again after a crash, rows that are stored are known: by their id, or by what they say and which of its
    equals each is, counted through the window (:class:`bos.telemetry.merge.Read`). ``told`` gets the rows so far; what
    it raises ends the work between two parts.
    """
    found: list[ImportReport] = []
    attempt = uuid.uuid4().hex[:8]
    keys = {key: key for key in (*meaning.columns, *meaning.fixed)}
    protection = subjects.protection_of(ctx, flow)
    with working(ctx.staging) as folder:
        read = Read(folder, ctx.lake.snapshot(flow).last)
        for file, last in parts(rows, folder, columns=meaning.columns, fixed=meaning.fixed):
            told(sum(one.read for one in found))
            name = batch if last else f"{batch}.{attempt}.{len(found)}"
            found.append(
                import_events(
                    ctx.lake,
                    flow,
                    file,
                    mapping=keys,
                    batch=name,
                    rejects=ctx.rejects / flow,
                    memory_limit=ctx.settings.memory_limit,
                    time_zone=meaning.time_zone,
                    currency=meaning.currency,
                    protection=protection,
                    read=read,
                    may_reject_all=True,
                )
            )
    return found


def stored(ctx: Context, flow: str, kind: Any, batch: str, known: Collection[str]) -> list[ImportReport]:
    """Return what was stored of a window before, whole or in part."""
    names = sorted(name for name in known if name == batch or name.startswith(f"{batch}."))
    return [committed(ctx.lake, flow, kind, name) for name in names]
