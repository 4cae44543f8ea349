"""Answers about dashboards: a run, its panels, what each number rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bos.model.answers.changes import Approval
from bos.model.answers.kpis import TrustMark
from bos.model.answers.page import Answer

PanelKind = Literal["kpi", "split", "trend", "budget", "funnel", "times", "system"]
Status = Literal["ok", "warning", "breach", "none", "withheld", "no_data"]


class PanelQuery(Answer):
    """A query behind numbers of a panel.

    In ``duckdb`` (SQL over the lake's columns) as it ran; in ``spl``, ``promql`` or ``adql`` as it would be asked of
    the vendor: ``marking`` says that it was not run or is an estimate, ``note`` what is sent with it.
    """

    title: str
    language: str = "duckdb"
    text: str
    marking: str = ""
    note: str = ""


class TargetMark(Answer):
    """The value to reach, as a number and as people read it (``at most 3.00 %``)."""

    value: float
    direction: Literal["at_most", "at_least"]
    shown: str
    source: str = ""


class Comparison(Answer):
    """The change against the period before; ``better`` is null where there is no target to tell the direction.

    ``value`` and ``shown`` are of the period before, ``difference`` is now minus before (null where either is missing
    or is text), ``words`` says it in one line. ``start`` and ``end`` are those of the period that is compared: the
    panel's own, or the last whole bucket of the page, or where the KPI rests on too little in that an earlier one. The
    bucket is named by ``of``, its value is ``now``, both empty where the panel's own period is compared. ``n``
    and ``before_n`` are what the two values rest on.
    """

    period: str
    start: datetime | None = None
    end: datetime | None = None
    value: int | float | str | None = None
    shown: str
    difference: float | None = None
    better: bool | None = None
    words: str
    of: str = ""
    now: int | float | str | None = None
    n: int | None = None
    before_n: int | None = None


class DashboardWindow(Answer):
    """``[start, end)``: null is open, so all that was recorded. ``words`` names the period and its time zone.

    ``compare`` is what KPIs are held against: the ``previous`` period, or so much earlier, such as ``1 year``.
    """

    start: datetime | None = None
    end: datetime | None = None
    by: Literal["hour", "day", "week", "month", "quarter"]
    time_zone: str
    words: str
    compare: str = "previous"


class Panel(Answer):
    """One panel: a KPI's tile, split, trend or error budget, the funnel, the step times, or a system signal.

    ``id`` is the KPI's name, ``split.<kpi>``, ``trend.<kpi>``, ``budget.<kpi>``, ``funnel``, ``times`` or
    ``system.<use>``. ``value`` is as in ``KpiValue`` (a text where a number has more than 15 digits), ``shown`` as
    people read it. ``columns`` and ``rows`` are the table behind the picture: numbers are raw, times ISO 8601 texts; of
    a split a row begins with the value of the field, null where it is missing. ``figure`` is Plotly JSON (``data``,
    ``layout``). ``as_of`` is the newest event or point the panel read. ``steps`` are the steps that a system signal can
    break; ``money`` marks a KPI whose unit is a currency, ``points`` one that reads points of system signals and no
    events; ``period`` names what the value covers, ``trust`` says of a KPI's tile what its number rests on. ``section``
    is where a tile stands, empty for the one section of all; ``own_title`` is the panel's own title where a person gave
    it another.
    """

    id: str
    kind: PanelKind
    title: str
    own_title: str = ""
    section: str = ""
    summary: str
    owner: str
    unit: str = ""
    period: str
    value: int | float | str | None = None
    shown: str = ""
    target: TargetMark | None = None
    status: Status = "none"
    status_words: str = ""
    change: Comparison | None = None
    approval: Approval | None = None
    approval_words: str = ""
    withheld_reason: str | None = None
    trust: tuple[TrustMark, ...] = ()
    as_of: datetime | None = None
    n: int = 0
    money: bool = False
    points: bool = False
    steps: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    queries: tuple[PanelQuery, ...] = ()
    figure: dict[str, Any] | None = None


class HiddenPanel(Answer):
    """A panel that a person hid: it is not shown, and still counts for how the dashboard stands."""

    id: str
    kind: PanelKind
    title: str
    own_title: str = ""
    shown: str = ""
    status: Status = "none"
    status_words: str = ""


class DashboardRun(Answer):
    """A frozen dashboard: what was read, what was asked, what came out.

    ``documents`` maps ``kind/id`` to the version read; ``snapshot`` and ``metrics_snapshot`` name what the lake held,
    ``engine`` is what computed the KPIs, with its version (empty for runs of before it was kept). ``split`` is the
    field that KPIs are shown by. ``generated``: some of the telemetry was made by the generator. ``status`` is the
    worst of the KPIs, also of those ``hidden``; ``attention`` names those in breach or warning, worst first.
    ``as_of`` is what the clock of the log shows: its newest event that does not lie in the future. ``apart`` says what
    does, or lies years before the others, where the words of the window do not.
    ``result_hash`` is SHA-256 of
    everything shown but run, time, person and engine; ``elapsed_ms`` is how long computing took and is part of
    neither. ``judged`` is until when the data had to be there for numbers to be trusted; null for runs of before
    numbers were judged.
    """

    run: str
    dashboard: str
    dashboard_version: int
    flow: str
    title: str
    description: str = ""
    template_version: int
    snapshot: str | None
    metrics_snapshot: str | None = None
    engine: str = ""
    at: datetime
    author: str
    window: DashboardWindow
    judged: datetime | None = None
    filters: dict[str, tuple[str | None, ...]] = Field(default_factory=dict)
    split: str = ""
    dimensions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    documents: dict[str, int] = Field(default_factory=dict)
    as_of: datetime | None = None
    apart: tuple[str, ...] = ()
    generated: bool = False
    status: Status = "none"
    status_words: str = ""
    approval_words: str = ""
    attention: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ()
    hidden: tuple[HiddenPanel, ...] = ()
    result_hash: str
    elapsed_ms: float = 0.0


class DashboardRunRow(Answer):
    """A dashboard run in a list; ``engine`` is empty for runs of before it was kept."""

    run: str
    flow: str
    dashboard_version: int
    template_version: int
    snapshot: str | None
    at: datetime
    author: str
    period: str
    status: Status
    status_words: str
    engine: str = ""
    result_hash: str
