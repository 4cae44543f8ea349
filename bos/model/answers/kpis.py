"""Answers about KPIs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class KpiRow(Answer):
    """A KPI of a flow as it is defined now; ``measure`` and ``target`` as in ``bos.model.outcomes``."""

    kpi: str
    title: str
    description: str = ""
    measure: dict[str, Any]
    target: dict[str, Any] | None = None
    thresholds: tuple[dict[str, Any], ...] = ()
    regulation: str = ""
    owner: str
    approvals: dict[str, Approval] = Field(default_factory=dict)


class Compared(Answer):
    """What a value is held against: the same KPI over an earlier period ``[start, end)``; of a bucket, its start.

    ``difference`` is now minus then, exact where both are, ``change`` that as a share of the size of the earlier value
    (0.25 is a quarter more); both are null where either value is missing. ``withheld_reason`` says why there is none.
    """

    start: datetime | None = None
    end: datetime | None = None
    value: int | float | str | None = None
    n: int = 0
    withheld_reason: str | None = None
    difference: int | float | str | None = None
    change: float | None = None


class TrustMark(Answer):
    """One thing that a number rests on: how far it can be trusted by it, in ``words``.

    ``ok`` is null where nothing says what is enough. ``withholds``: the template has a bound for it, so that a number
    that is not ok is withheld.
    """

    aspect: Literal["freshness", "correlation", "duplicates", "control", "approval"]
    ok: bool | None = None
    withholds: bool = False
    words: str


class NoData(Answer):
    """Which events or points are missing, so that there is no number or no verdict on it, in ``words``.

    They are those of ``signal``, the name formulas use, called ``title``; empty: of the whole flow. ``since`` is the
    newest of them before (UTC); null: none was ever recorded.
    """

    signal: str
    title: str
    since: datetime | None = None
    words: str


class KpiValue(Answer):
    """One number. ``bucket_start`` is null for all time; ``n`` is how many events, cases or points it rests on.

    ``value`` is a JSON number; where more than 15 significant digits are needed it is a string with all of them.
    Durations are in seconds, ratios fractions. A withheld value is null and ``withheld_reason`` says why; one that
    would stand only because events or points are missing is null, and ``no_data`` says which and since when. Where they
    stopped before the end of the period, the number is of what was seen until then and is neither on target nor missed:
    ``ended`` says which and since when; of a bucket, which are missing from a part of it. ``compared`` is there where
    an earlier period was asked for and has such a value. ``trust`` is what a value of all of the window rests on;
    values of buckets and parts are withheld by the same
    bounds.
    """

    kpi: str
    bucket_start: datetime | None = None
    dimensions: dict[str, Any] = Field(default_factory=dict)
    value: int | float | str | None = None
    unit: str = ""
    n: int = 0
    withheld_reason: str | None = None
    no_data: NoData | None = None
    ended: NoData | None = None
    approval: Approval | None = None
    snapshot: str | None = None
    compared: Compared | None = None
    trust: tuple[TrustMark, ...] = ()


class KpiRun(Answer):
    """A frozen evaluation: what was read, what was asked, what came out. ``result_hash`` is SHA-256 of the values.

    ``documents`` maps ``kind/id`` to the version that was read, ``queries`` a KPI to the SQL it ran as. Events are
    those of ``snapshot``; where a KPI reads system signals, their points are those of ``metrics_snapshot``. ``engine``
    is what computed it, with its version; empty for runs of before it was kept. ``time_zones`` maps a KPI to the zone
    its buckets and windows are of; ``generated``: some of the telemetry was made by the generator (null: a run of
    before it was kept).
    """

    run: str
    flow: str
    at: datetime
    author: str
    template_version: int
    snapshot: str | None
    metrics_snapshot: str | None = None
    engine: str = ""
    time_zones: dict[str, str] = Field(default_factory=dict)
    generated: bool | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    documents: dict[str, int] = Field(default_factory=dict)
    queries: dict[str, str] = Field(default_factory=dict)
    values: tuple[KpiValue, ...] = ()
    result_hash: str


class QueryText(Answer):
    """One of several queries, with the name ``combine`` calls its result by."""

    name: str
    text: str


class RunDifference(Answer):
    """One place where a run comes out otherwise: a value of a KPI or a part of a panel, as it was and as it is now."""

    where: str
    then: Any = None
    now: Any = None


class Rerun(Answer):
    """A run of KPIs or of a dashboard, computed again from the versions and the snapshot it names.

    ``same`` says that it came out the same, byte for byte: ``now_hash`` equals ``then_hash``. Else ``reasons`` say why
    not, in words: data files that are damaged (by name), versions or snapshots that are gone, another engine. Where
    nothing could be computed ``now_hash`` is null. ``differences`` are the first hundred.
    """

    run: str
    kind: Literal["kpi", "dashboard"]
    flow: str
    same: bool
    then_hash: str
    now_hash: str | None = None
    reasons: tuple[str, ...] = ()
    differences: tuple[RunDifference, ...] = ()


class LateEvents(Answer):
    """Events of a signal that came into the log, or were left out of it, since a run, of how many cases."""

    signal: str
    title: str
    came: int = 0
    left: int = 0
    cases: int = 0


class RestatedValue(Answer):
    """A value as a run kept it (``then``) and as the same definition gives it on the newest snapshot (``now``).

    ``difference`` is now minus then, exact. ``late`` are the events that bear on its period and came or left since,
    ``live`` what the live definition gives, ``words`` the causes in sentences.
    """

    kpi: str
    bucket_start: datetime | None = None
    dimensions: dict[str, Any] = Field(default_factory=dict)
    unit: str = ""
    then: int | float | str | None = None
    then_n: int = 0
    now: int | float | str | None = None
    now_n: int = 0
    difference: int | float | str | None = None
    live: int | float | str | None = None
    late: tuple[LateEvents, ...] = ()
    words: tuple[str, ...] = ()


class Restated(Answer):
    """The values of a run that are others now; those of ``compared`` that stand are left out.

    The run is one of KPIs, or of a dashboard, whose tiles with a value are compared. ``generated``: some of the
    telemetry was made by the generator.
    """

    run: str
    flow: str
    then_snapshot: str | None
    now_snapshot: str | None
    template_version: int
    live_version: int
    compared: int
    generated: bool = False
    items: tuple[RestatedValue, ...] = ()


class Published(Answer):
    """A value as the first run told it of a period that was over, beside another one that a dashboard run has now.

    ``run`` is that first run, of KPIs or of the dashboard, made ``at``; ``difference`` is now minus then, exact.
    """

    kpi: str
    unit: str = ""
    value: int | float | str
    now: int | float | str | None = None
    difference: int | float | str | None = None
    run: str
    kind: Literal["kpi", "dashboard"]
    at: datetime


class KpiQuery(Answer):
    """The query a KPI runs as on the newest snapshot, and the formula it comes from.

    ``sql`` is DuckDB's. ``text`` is the query in ``language``: the same for ``duckdb``; else that of a vendor
    (``spl``, ``promql``, ``adql``), of several ``texts`` put together as ``combine`` says, to be sent with
    ``parameters`` (times in epoch seconds, for ``adql`` in milliseconds). ``marking`` says whether it is estimated or
    was never run, ``tolerance`` how far its numbers may be off, ``notes`` what must be known to run it.
    """

    kpi: str
    formula: str
    sql: str
    language: Literal["duckdb", "spl", "promql", "adql"] = "duckdb"
    text: str = ""
    texts: tuple[QueryText, ...] = ()
    combine: str = ""
    parameters: dict[str, str] = Field(default_factory=dict)
    marking: str = ""
    estimated: bool = False
    tolerance: tuple[str, ...] = ()
    ran: bool = True
    notes: tuple[str, ...] = ()
    approval: Approval | None = None
    snapshot: str | None = None


class KpiPreview(Answer):
    """What a KPI of an unfinished template comes to. ``value`` is null where there is no telemetry yet.

    ``value`` covers all that was recorded, ``buckets`` are spans of time; ``shown`` and ``shown_buckets`` are the same
    as people read them. ``marks`` say of each bucket why it tells less than the others: it is not over, began before
    the log did, or rests on few; empty where it is whole. ``last`` is the newest event.
    """

    kpi: str
    value: KpiValue | None = None
    shown: str = ""
    buckets: tuple[KpiValue, ...] = ()
    shown_buckets: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    sql: str = ""
    last: datetime | None = None
    snapshot: str | None = None
