"""Arranging a dashboard: what can be moved, renamed and hidden, and the definition that a person's wishes come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Conflict, Stale
from bos.model.diff import diff
from bos.model.moments import day
from bos.model.wording import describe
from widgets.surface.words import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.client.workbench import Workbench
    from bos.model.answers.dashboards import DashboardRun, HiddenPanel, Panel

_ROWS = {"kpi", "funnel", "times", "system"}
_STATES = {"In breach or in warning", "Chosen first"}
"""Headings that BOS gives by how things stand now: nothing is put under them for good."""
_VERSIONS = 20
RIGHT = "dashboard.write"


def rows_of(run: DashboardRun, choices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what can be arranged, in the order it is shown; what is hidden comes last."""
    chosen = {choice["id"]: choice for choice in choices}
    rows = []
    found: tuple[Panel | HiddenPanel, ...] = (*run.panels, *run.hidden)
    for panel in found:
        if panel.kind not in _ROWS:
            continue
        choice = chosen.get(panel.id, {})
        section = choice.get("section") or getattr(panel, "section", "")
        rows.append(
            {
                "id": panel.id,
                "kpi": panel.kind == "kpi",
                "own": panel.own_title or panel.title,
                "title": choice.get("title", ""),
                "section": "" if section in _STATES else section,
                "hidden": bool(choice.get("hidden")),
                "status": panel.status,
                "words": " · ".join(words for words in (panel.shown, panel.status_words) if words),
            }
        )
    return rows


def panels_of(
    wished: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]], choices: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the ``panels`` of a definition that shows the ``wished`` rows.

    ``shown`` is what was there to be arranged, ``choices`` what the definition said before. Rows at the end that
    nobody touched are not listed, so that they go on in the standard layout; choices of other panels stay.
    """
    known = {row["id"] for row in shown}
    before = {choice["id"]: choice for choice in choices}
    rows = [row for row in wished if row["id"] in known]
    seen = [row for row in rows if not row["hidden"]]
    sections = {row["id"]: row["section"] for row in shown}
    ids = [row["id"] for row in seen]
    loose = [row["id"] for row in shown if row["id"] not in before and row["id"] in ids]
    keep = next(
        (place for place in range(len(seen)) if _goes_on(seen[place:], ids[:place], loose, sections)), len(seen)
    )
    listed = [*seen[:keep], *(row for row in rows if row["hidden"])]
    others = [dict(choice) for choice in choices if choice["id"] not in known]
    return [{name: row[name] for name in ("id", "title", "section", "hidden")} for row in listed] + others


def _goes_on(
    rows: Sequence[Mapping[str, Any]], listed: Sequence[str], loose: Sequence[str], sections: Mapping[str, str]
) -> bool:
    """Return whether rows are as the standard layout would show them after those that are listed."""
    plain = all(not row["title"] and row["section"] == sections[row["id"]] for row in rows)
    return plain and [row["id"] for row in rows] == [name for name in loose if name not in listed]


def changes_of(run: DashboardRun, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return in words what changed between two definitions; a panel without a title of its own is called as shown."""
    shown: tuple[Panel | HiddenPanel, ...] = (*run.panels, *run.hidden)
    own = {panel.id: panel.own_title or panel.title for panel in shown}

    def named(document: Mapping[str, Any]) -> dict[str, Any]:
        panels = [{**panel, "title": panel["title"] or own.get(panel["id"], "")} for panel in document["panels"]]
        return {**document, "panels": panels}

    before, after = named(old), named(new)
    return list(describe("dashboard", diff("dashboard", before, after), after, before))


class Arranging:
    """What the browser shows while somebody arranges. Every write is a submission like any other, with a reason."""

    def __init__(self, wb: Workbench, flow: str) -> None:
        self._wb, self._flow = wb, flow
        self._turn = 0

    def begun(self, run: DashboardRun) -> dict[str, Any]:
        """Return what can be arranged, by the definition as it is live now, and its former versions."""
        live = self._wb.dashboards.get(self._flow)
        versions = [
            [row.version, f"Version {row.version} of {day(row.at, 'UTC')}: {row.rationale}"]
            for row in list(self._wb.dashboards.history(self._flow))[:_VERSIONS]
            if row.version < live.version
        ]
        return self._told(version=live.version, rows=rows_of(run, live.document["panels"]), versions=versions)

    def saved(self, run: DashboardRun, wish: Mapping[str, Any]) -> dict[str, Any] | None:
        """Save what is wished for on the version it was made from; nothing once that is done, else what went wrong."""
        try:
            base = self._wb.dashboards.get(self._flow, version=int(wish["base"]))
            choices = base.document["panels"]
            panels = panels_of(wish["rows"], rows_of(run, choices), choices)
            self._wb.dashboards.put(
                self._flow,
                {**base.document, "panels": panels},
                base_version=base.version,
                rationale=str(wish["why"]),
                key=str(wish["key"]),
            )
        except (Stale, Conflict) as error:
            return self._met(error, int(wish["base"]), run)
        except BosError as error:
            return self._told(error=told(error))
        return None

    def restored(self, wish: Mapping[str, Any]) -> dict[str, Any] | None:
        """Bring a former version back as a new one; nothing once that is done, else what went wrong."""
        try:
            self._wb.dashboards.rollback(
                self._flow, int(wish["restore"]), rationale=str(wish["why"]), base_version=int(wish["base"])
            )
        except BosError as error:
            return self._told(error=told(error))
        return None

    def _met(self, error: BosError, base: int, run: DashboardRun) -> dict[str, Any]:
        """Return what somebody else saved meanwhile; what was arranged here stays in the page."""
        live = self._wb.dashboards.get(self._flow)
        if live.version == base:
            return self._told(error=told(error))
        newest = next(iter(self._wb.dashboards.history(self._flow)))
        words = (
            f"{newest.author} saved version {live.version} of this dashboard meanwhile: “{newest.rationale}”. "
            "Nothing of yours is lost: it is still here, and not saved yet."
        )
        before = self._wb.dashboards.get(self._flow, version=base)
        theirs = changes_of(run, before.document, live.document)
        return self._told(error=words, theirs=theirs, newer=live.version)

    def _told(self, **said: Any) -> dict[str, Any]:
        self._turn += 1
        return {"turn": self._turn, "error": "", "theirs": [], "newer": 0, **said}
