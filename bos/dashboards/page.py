"""A dashboard run as one HTML file: static pictures, tables and queries inside, readable without a script."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from bos.dashboards.figures import part_of
from bos.dashboards.periods import short, spans
from bos.dashboards.pictures import picture, sparkline
from bos.dashboards.sections import contents, folded, hidden_note, listing, section, tiles
from bos.dashboards.tiles import freshness
from bos.dashboards.trusted import doubts, trust_facts
from bos.dashboards.unsigned import approvals, in_words, unsigned
from bos.look import page
from bos.model.filters import unknown
from bos.model.moments import instant
from bos.model.numbers import GENERATED, NO_CASE, named, shown, signed, value_words
from bos.model.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bos.model.answers.dashboards import DashboardRun, Panel, PanelQuery

_SECTIONS = (
    ("split", "By {split}", "bos-board__charts"),
    ("trend", "How the numbers moved", "bos-board__charts"),
    ("budget", "Error budgets", "bos-board__charts"),
    ("funnel", "How cases move through the flow", "bos-section"),
    ("times", "How long each way takes", "bos-section"),
)
_TONES = {"breach": "breach", "warning": "warning", "ok": "ok"}


def page_of(run: DashboardRun) -> str:
    """Return the page of a run; the same run gives the same bytes."""
    return page(title=f"{run.title} · dashboard", body=f'<main class="bos-page bos-board">{body_of(run)}</main>')


def body_of(run: DashboardRun) -> str:
    """Return what stands in the page: the head, the tiles, the charts, the system signals, what it rests on."""
    trends = {panel.id: panel for panel in run.panels if panel.kind == "trend"}
    parts = [_head(run), _nothing_yet(run), _unknown(run), _banner(run), contents(run)]
    parts.append(tiles(run, lambda panel: tile_card(panel, run, trends.get(f"trend.{panel.id}"))))
    for kind, title, layout in _SECTIONS:
        found = [panel for panel in run.panels if panel.kind == kind]
        if found:
            inside = "".join(folded(panel, run, chart_card(panel, run)) for panel in found)
            named = escape(title.format(split=run.split.replace("_", " ")))
            parts.append(section(named, f'<div class="{layout}">{inside}</div>'))
    parts.append(_systems(run))
    parts.append(_foot(run))
    return "".join(part for part in parts if part)


def _head(run: DashboardRun) -> str:
    badges = f'<span class="bos-badge">{GENERATED}</span>' if run.generated else ""
    fresh = f"Newest event {instant(run.as_of, run.window.time_zone)}" if run.as_of else "No events yet"
    fresh = " · ".join([fresh, *run.apart])
    lede = f'<p class="bos-lede">{_words(run.description)}</p>' if run.description else ""
    return (
        f'<header class="bos-head"><h1>{escape(run.title)}</h1>{lede}'
        f'<p class="bos-panel__facts">{escape(run.window.words)} · {escape(fresh)} {badges}</p></header>'
    )


def _words(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _nothing_yet(run: DashboardRun) -> str:
    """Return what to do where the flow has no events; nothing where it has."""
    if run.as_of is not None:
        return ""
    command = f"bos telemetry import FILE --flow {run.flow}"
    return (
        '<div class="bos-banner" data-tone="info"><strong>BOS has no events of this flow yet.</strong>'
        "<p>No number can be computed before they are there. Whoever looks after the telemetry brings them in, from an "
        f"event log (XES, CSV or Parquet): <code>{escape(command)}</code>, with <code>--home DIR</code> where BOS was "
        "started with one.</p></div>"
    )


def _unknown(run: DashboardRun) -> str:
    """Return which values of the filters no event has, where all values are known; nothing where each is one."""
    told = unknown(run.filters.items(), run.dimensions)
    lines = "".join(f"<p>{escape(words)}</p>" for words in told)
    return f'<div class="bos-banner" data-tone="warning">{lines}</div>' if told else ""


def _banner(run: DashboardRun) -> str:
    titles = {panel.id: panel for panel in run.panels}
    unseen = {panel.id: panel for panel in run.hidden}
    items = [
        f'<li><a href="#{escape(name)}">{escape(titles[name].title)}</a>: {escape(titles[name].shown)} · '
        f"{escape(titles[name].status_words)}</li>"
        for name in run.attention
        if name in titles
    ]
    away = (unseen[name] for name in run.attention if name in unseen)
    items += [f"<li>{escape(f'{one.title}, hidden: {one.shown} · {one.status_words}')}</li>" for one in away]
    items += [
        f'<li><a href="#{escape(panel.id)}">{escape(panel.title)}</a>: {escape(panel.shown)} · '
        f"{escape(panel.status_words)}</li>"
        for panel in run.panels
        if panel.kind == "kpi" and panel.status == "no_data" and panel.value is not None
    ]
    items += _without_value(run)
    more = (listing(items) if items else "") + hidden_note(run)
    tone = _TONES.get(run.status, "info")
    inside = f"<strong>{escape(run.status_words)}.</strong>{more}{approvals(run)}"
    return f'<div class="bos-banner" data-tone="{tone}">{inside}</div>'


def _without_value(run: DashboardRun) -> list[str]:
    """Return which KPIs have no value, those of one reason together, so that one silent signal is one line."""
    gone: dict[str, list[str]] = {}
    for panel in run.panels:
        if panel.kind == "kpi" and panel.status in {"no_data", "withheld"} and panel.value is None:
            link = f'<a href="#{escape(panel.id)}">{escape(panel.title)}</a>'
            gone.setdefault(panel.status_words, []).append(link)
    return [f"<li>{', '.join(titles)}: {escape(words)}</li>" for words, titles in gone.items()]


def tile_card(panel: Panel, run: DashboardRun, trend: Panel | None = None) -> str:
    """Return the tile of a KPI."""
    zone = run.window.time_zone
    change = f'<p class="bos-tile__note">{escape(panel.change.words)}</p>' if panel.change else ""
    facts = [f"Target {panel.target.shown}"] if panel.target else []
    facts += [panel.period] if panel.period != run.window.words else []
    told = " · ".join([*facts, freshness(panel, zone)])
    return (
        f'<article class="bos-tile bos-panel" id="{escape(panel.id)}">'
        f'<h3 class="bos-tile__title"{_own_title(panel)}>{escape(panel.title)}</h3>'
        f'<p class="bos-tile__value">{escape(panel.shown)}</p>'
        f'<p class="bos-panel__marks">{status_chip(panel)}{unsigned(panel)}{doubts(panel)}</p>'
        f"{change}{sparkline(trend) if trend else ''}"
        f'<p class="bos-panel__facts">{escape(told[0].upper() + told[1:])}</p>'
        f"{more(panel, run, _details(panel, zone))}</article>"
    )


def _own_title(panel: Panel) -> str:
    """Return the title a panel has by itself, shown on pointing at another that a person gave it."""
    return f' title="In the template: {escape(panel.own_title)}"' if panel.own_title else ""


def status_chip(panel: Panel) -> str:
    """Return the status of a panel, in words and with a shape of its own."""
    return f'<span class="bos-status" data-status="{panel.status}">{escape(panel.status_words)}</span>'


def _details(panel: Panel, zone: str) -> str:
    """Return what a number covers, what it rests on, whose it is and how far it is approved, closed."""
    facts = {
        **({"Called in the template": panel.own_title} if panel.own_title else {}),
        "Period": panel.period,
        "As of": freshness(panel, zone),
        "Rests on": f"{shown(panel.n)} events, cases or points",
        "Owner": _role(panel.owner),
        "Approval": panel.approval_words or "Not needed",
        **trust_facts(panel),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in facts.items())
    return f'<details><summary>Details{_hidden(panel.title)}</summary><dl class="bos-facts">{rows}</dl></details>'


def _role(role: str) -> str:
    return ROLES.get(role, role)


def chart_card(panel: Panel, run: DashboardRun, *, heading: str = "h3") -> str:
    """Return a chart with its title, sentence, unit, period, freshness, table and query."""
    zone = run.window.time_zone
    unit = f"{escape(named(panel.unit))} · " if named(panel.unit) else ""
    marks = f"{status_chip(panel) if panel.status_words else ''}{unsigned(panel)}"
    chip = f'<p class="bos-panel__marks">{marks}</p>' if marks else ""
    drawn = parts_table(panel) if panel.kind == "split" and panel.rows else picture(panel, zone)
    waits = f" · {escape(panel.approval_words)}" if in_words(panel) else ""
    return (
        f'<article class="bos-card bos-panel" id="{escape(panel.id)}"><div class="bos-panel__head">'
        f"<{heading}{_own_title(panel)}>{escape(panel.title)}</{heading}>{chip}</div>"
        f'<p class="bos-panel__words">{escape(panel.summary)}</p>'
        f"<figure{_days(panel, run)}>{drawn}</figure>"
        f'<p class="bos-panel__facts">{unit}{escape(panel.period)} · {escape(freshness(panel, zone))} · '
        f"owner: {escape(_role(panel.owner))}{waits}</p>{more(panel, run)}</article>"
    )


def _days(panel: Panel, run: DashboardRun) -> str:
    """Return the attribute that says which days the buckets of a course cover, for choosing some of them."""
    if panel.kind not in {"trend", "system"} or not panel.rows:
        return ""
    window = run.window
    starts = (datetime.fromisoformat(row[0]) for row in panel.rows)
    days = spans(starts, window.by, window.time_zone, (window.start, window.end))
    return f' data-days="{" ".join(days)}"'


def more(panel: Panel, run: DashboardRun, *first: str) -> str:
    """Return the table and the queries behind a panel, closed."""
    parts = list(first)
    if panel.rows and panel.kind != "split":
        parts.append(f"<details><summary>Show data{_hidden(panel.title)}</summary>{_table(panel, run)}</details>")
    if panel.queries:
        code = "".join(
            f'{_query_title(panel, query)}<pre class="bos-code" tabindex="0">{escape(query.text)}</pre>'
            for query in panel.queries
        )
        parts.append(f"<details><summary>Show query{_hidden(panel.title)}</summary>{code}</details>")
    return f'<div class="bos-panel__more">{"".join(parts)}</div>' if parts else ""


def parts_table(panel: Panel) -> str:
    """Return the table of a split: a row for each value of the field, its number with a bar as long as it is large."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in panel.columns)
    most = max((abs(float(row[1])) for row in panel.rows if row[1] is not None), default=0.0) or 1.0
    rows = "".join(_part(row, most, panel.unit) for row in panel.rows)
    return (
        f'<div class="bos-table-box" tabindex="0" role="region" aria-label="{escape(panel.title)}">'
        f'<table class="bos-table bos-parts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _part(row: Sequence[Any], most: float, unit: str) -> str:
    name, value, n, words, *share = row
    own = f' data-value="{escape(name)}"' if name is not None else " data-missing"
    long = 0.0 if value is None else abs(float(value)) / most * 100
    bar = f'<span class="bos-parts__bar" style="inline-size: {long:.1f}%"></span>' if long else ""
    told = NO_CASE if value is None else shown(value, unit)
    return (
        f'<tr><th scope="row"{own}>{escape(value_words(name))}</th>'
        f'<td class="bos-parts__value">{escape(told)}{bar}</td>'
        f'<td class="bos-number">{escape(shown(n))}</td><td>{escape(words)}</td>{_share(share, unit)}</tr>'
    )


def _share(share: Sequence[float | None], unit: str) -> str:
    """Return the cell of what a value contributed to the change; nothing where that is not known."""
    told = ("–" if one is None else signed(one, unit) for one in share)  # noqa: RUF001 - a dash for nothing
    return "".join(f'<td class="bos-number">{escape(words)}</td>' for words in told)


def _query_title(panel: Panel, query: PanelQuery) -> str:
    if len(panel.queries) == 1:
        return ""
    marking = f", <em>{escape(query.marking)}</em>" if query.marking else ""
    note = f"<p>{escape(query.note)}</p>" if query.note else ""
    return f"<h4>{escape(query.title)}{marking}</h4>{note}"


def _hidden(title: str) -> str:
    return f'<span class="bos-visually-hidden"> of {escape(title)}</span>'


def _table(panel: Panel, run: DashboardRun) -> str:
    names = (name.removesuffix(f" ({panel.unit})") for name in panel.columns)  # the numbers have their unit
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(f"<tr>{''.join(_cells(row, panel, run))}</tr>" for row in panel.rows)
    name = escape(panel.title)
    return (
        f'<div class="bos-table-box" tabindex="0" role="region" aria-label="Data of {name}"><table class="bos-table">'
        f'<caption class="bos-visually-hidden">{name}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>"
    )


def _cells(row: Sequence[Any], panel: Panel, run: DashboardRun) -> Iterable[str]:
    part = part_of(panel.figure)
    for position, cell in enumerate(row):
        if position == 0 and panel.kind in {"trend", "budget", "system"}:
            text = short(datetime.fromisoformat(cell), run.window.by, run.window.time_zone)
            yield f'<th scope="row">{escape(f"{text}, {part[cell]}" if cell in part else text)}</th>'
        elif isinstance(cell, str) and position < 2:  # noqa: PLR2004 - names stand in the first two columns
            yield f'<th scope="row">{escape(cell)}</th>' if position == 0 else f"<td>{escape(cell)}</td>"
        else:
            yield f'<td class="bos-number">{escape(_cell(cell, position, panel))}</td>'


def _cell(cell: Any, position: int, panel: Panel) -> str:
    if cell is None:
        return "–"  # noqa: RUF001 - a dash for nothing: whether it is no case or no data, the panel says in words
    unit = _unit_of(position, panel)
    return shown(cell, unit)


def _unit_of(position: int, panel: Panel) -> str:
    if panel.kind in {"kpi", "trend"}:
        return panel.unit if position == 1 else ""
    if panel.kind == "budget":
        return "ratio" if position < 3 else ""  # noqa: PLR2004 - what it rests on stands last
    if panel.kind == "funnel":
        return "ratio" if position == 3 else ""  # noqa: PLR2004 - the share
    if panel.kind == "times":
        return "seconds" if position > 2 else ""  # noqa: PLR2004 - median and p95
    return panel.unit if position < 4 else ""  # noqa: PLR2004 - the count of points stands last


def _systems(run: DashboardRun) -> str:
    found = [panel for panel in run.panels if panel.kind == "system"]
    if not found:
        return ""
    by_step: dict[str, list[Panel]] = {}
    for panel in found:
        by_step.setdefault(panel.steps[0] if panel.steps else "No step named", []).append(panel)
    groups = "".join(
        f'<section class="bos-section"><h3>Can break {escape(step)}</h3><div class="bos-board__charts">'
        f"{''.join(chart_card(panel, run, heading='h4') for panel in panels)}</div></section>"
        for step, panels in by_step.items()
    )
    return section("The systems under the steps", groups)


def _foot(run: DashboardRun) -> str:
    facts = {
        "Run": run.run,
        "Built": f"{instant(run.at, run.window.time_zone)} ({run.window.time_zone}) by {run.author}",
        "Template": f"version {run.template_version} of {run.flow}",
        "Dashboard": f"version {run.dashboard_version} of {run.dashboard}",
        "Events read": run.snapshot or "none",
        "Metric points read": run.metrics_snapshot or "none",
        **({"Computed by": run.engine} if run.engine else {}),
        "Hash of the result": run.result_hash,
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    note = (
        "<p>Some or all of the telemetry was made by the generator of the demo, which shows no real payments.</p>"
        if run.generated
        else ""
    )
    return f'<footer class="bos-foot">{note}<dl class="bos-facts">{rows}</dl></footer>'
