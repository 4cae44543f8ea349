"""One anywidget: Python holds the state and asks BOS; the browser shows it and says what a person wants."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import anywidget
import traitlets

from bos.errors import BosError, NotFound, UsageError
from bos.logs import incident
from bos.look import css
from widgets.dashboard.address import query_of, wish_of
from widgets.dashboard.arranging import RIGHT, Arranging
from widgets.dashboard.script import script
from widgets.feedback import Feedback
from widgets.surface.filters import pairs_of
from widgets.surface.moments import midnight_of
from widgets.surface.pulse import answer
from widgets.surface.words import WORDS, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bos.client.workbench import Workbench
    from bos.model.answers.dashboards import DashboardRun

_log = logging.getLogger("widgets.dashboard")
_BUCKETS = ("hour", "day", "week", "month", "quarter")
_COMPARED = ("previous", "1 week", "4 weeks", "1 month", "1 quarter", "1 year")
"""What the page offers to compare with; BOS takes any span."""
_HOME = "home.ipynb"
_LINKS = [["My flows", _HOME]]


def _wizard_of(flow: str) -> str:
    return f"wizard.ipynb?flow={quote(flow, safe='')}"


class Dashboard(anywidget.AnyWidget):
    """The dashboard of a flow. ``build()`` asks BOS for a new run and shows it; a failure is a sentence, never code.

    Attributes:
        run: what is shown; ``None`` before the first build.
        state: what the browser shows: the page, the choices, the error, and a number that grows with each answer.
        said: what it shows of feedback, as :class:`widgets.feedback.Feedback` tells it.
    """

    state = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, wb: Workbench, flow: str) -> None:
        self._esm = script()
        self._css = css()
        super().__init__()
        self._wb, self._flow = wb, flow
        self.run: DashboardRun | None = None
        self._zone = "UTC"
        self._may_look = self._may_arrange = self._may_explain = False
        self._wish: Mapping[str, Any] = {}
        self.state = {"turn": 0, "title": "Dashboard · BOS", "page": "", "error": "", "absent": None, "choices": {},
                      "cases": {}, "whys": {}, "restated": {}, "bar": self._bar(), "flow": flow,
                      "arranging": None, "may_arrange": self._may_arrange, "address": "",
                      "stale": False, "words": WORDS}  # fmt: skip
        self._arranging = Arranging(wb, flow)
        self._feedback = Feedback(wb, flow, lambda said: self.set_trait("said", said))
        self.said = self._feedback.state
        self.on_msg(self._on_message)

    def visit(self, query: str) -> None:
        """Show what an address asks for; where that cannot be, say so and show the dashboard as usual."""
        try:
            wish = wish_of(query)
        except UsageError as error:
            wish, said = {}, told(error)
        else:
            said = self.build(wish) if wish else ""
        if said or not wish:
            self.build()
        if said:
            self._show(error=f"The address asks for what cannot be shown. {said} The dashboard is shown as usual.")

    def build(self, wish: Mapping[str, Any] | None = None) -> str:
        """Ask for a new run: of days ``start`` to ``end`` (it counts), ``by``, ``filters``, ``split``, ``compare``.

        Return what went wrong, in words; nothing where nothing did.
        """
        wish = wish or {}
        try:
            run = self._wb.flow(self._flow).dashboard(
                start=self._midnight(wish.get("start"), 0),
                end=self._midnight(wish.get("end"), 1),
                by=wish.get("by") or None,
                filters=wish.get("filters") or None,
                split=wish.get("split") or "",
                compare=wish.get("compare") or _COMPARED[0],
            )
            page = self._wb.dashboard_html(run.run, part="body")
        except NotFound as error:
            bar = {**self.state["bar"], "links": _LINKS}
            self._show(absent=self._absent(error), bar=bar)
        except BosError as error:
            return self._say(told(error), wish)
        except Exception as error:  # noqa: BLE001 - a person gets a sentence whatever fails; the log has the cause
            return self._say(f"The dashboard could not be built. {incident(_log, error).hint}", wish)
        else:
            self.run, self._zone, self._wish = run, run.window.time_zone, wish
            title = f"{run.title} · dashboard · BOS"
            self._show(
                page=page,
                title=title,
                error="",
                stale=False,
                absent=None,
                choices=self._choices(run, wish),
                cases=self._cases(run),
                whys=self._whys(run),
                restated=self._restated(run),
                address=query_of(self._flow, wish),
            )
            panels = [(panel.id, panel.title) for panel in run.panels]
            self._feedback.look_at(run=run.run, version=run.template_version, panels=panels)
        return ""

    def _bar(self) -> dict[str, Any]:
        """Return what the bar shows: the way home and to the wizard, who is here, and whether as a sample person."""
        bar = {"home": _HOME, "links": [*_LINKS, ["Edit this flow", _wizard_of(self._flow)], self._published()]}
        try:
            session = self._wb.session()
        except BosError:
            return {**bar, "who": "", "marks": []}
        self._may_look = "telemetry.rows" in session.may
        self._may_explain = "kpi.evaluate" in session.may
        self._may_arrange = RIGHT in session.may
        acting = session.acting_as
        return {**bar, "who": session.display, "marks": [acting.label] if acting else []}

    def _cases(self, run: DashboardRun) -> dict[str, str]:
        """Return KPI → the page of its cases, in the window and with the filters of a run."""
        if not self._may_look:
            return {}
        ends = (("start", run.window.start), ("end", run.window.end))
        asked = [("flow", self._flow), *((name, moment.isoformat()) for name, moment in ends if moment is not None)]
        asked += pairs_of(run.filters)
        shown = (panel for panel in run.panels if panel.kind == "kpi" and not panel.points and panel.n)
        return {panel.id: f"cases.ipynb?{urlencode([*asked, ('kpi', panel.id)])}" for panel in shown}

    def _whys(self, run: DashboardRun) -> dict[str, str]:
        """Return KPI → the page that says why it changed, with the filters of a run."""
        if not self._may_explain:
            return {}
        split = {panel.id for panel in run.panels if panel.kind == "split"}
        found = {}
        for panel in run.panels:
            if panel.kind != "kpi" or panel.change is None or not panel.change.difference:
                continue
            ends = (("start", panel.change.start), ("end", panel.change.end))
            asked = {"flow": self._flow, "kpi": panel.id, "compare": run.window.compare}
            asked |= {name: moment.isoformat() for name, moment in ends if moment is not None}
            asked |= {"dimension": run.split} if f"split.{panel.id}" in split else {}
            found[panel.id] = f"explanation.ipynb?{urlencode([*asked.items(), *pairs_of(run.filters)])}"
        return found

    def _published(self) -> list[str]:
        return ["Published numbers", f"published.ipynb?{urlencode({'flow': self._flow})}"]

    def _restated(self, run: DashboardRun) -> dict[str, str]:
        """Return KPI → the page of what was told of it before, where the same period comes to another value now."""
        told = self._wb.published(run.run) if run.window.end else ()
        asked = ({"flow": self._flow, "run": one.run, "kpi": one.kpi, "only": "restated"} for one in told)
        return {one["kpi"]: f"published.ipynb?{urlencode(one)}" for one in asked}

    def _absent(self, error: NotFound) -> dict[str, str]:
        """Return what is said where there is no dashboard to show, and the way on."""
        try:
            draft = self._wb.templates.draft(self._flow)
        except (NotFound, UsageError):
            draft = None
        home = {"label": "My flows", "href": _HOME}
        if draft is not None and draft.base_version:
            words = told(error)
            return {"title": "This dashboard cannot be shown", "words": words, **home}
        if draft is not None and draft.revision:
            title = f"{draft.document.get('title') or self._flow} is not submitted yet"
            words = "A dashboard shows what is live. Submit the flow in the wizard first."
            return {"title": title, "words": words, "label": "Open it in the wizard", "href": _wizard_of(self._flow)}
        words = "The address may have changed, or the flow was never submitted."
        return {"title": f"There is no flow called {self._flow}", "words": words, **home}

    def _say(self, error: str, wish: Mapping[str, Any]) -> str:
        choices = {
            **self.state["choices"],
            **{name: wish[name] for name in ("start", "end", "by", "split", "compare") if name in wish},
        }
        self._show(error=error, stale=True, choices=choices)
        return error

    def _show(self, **changes: Any) -> None:
        self.state = {**self.state, **changes, "turn": self.state["turn"] + 1}

    def _choices(self, run: DashboardRun, wish: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "start": wish.get("start") or "",
            "end": wish.get("end") or "",
            "by": run.window.by,
            "buckets": list(_BUCKETS),
            "dimensions": {name: list(values) for name, values in run.dimensions.items()},
            "filters": {name: list(values) for name, values in run.filters.items()},
            "split": run.split,
            "compare": run.window.compare,
            "compared": [[one, "the period before" if one == _COMPARED[0] else f"{one} earlier"] for one in _COMPARED],
        }

    def _midnight(self, day: object, after: int) -> datetime | None:
        """Return where a day begins in the flow's zone, or the day ``after`` it; nothing for an empty field."""
        if not isinstance(day, str) or not day:
            return None
        if self.run is None:
            self._zone = self._wb.templates.get(self._flow).document["time_zone"]
        return midnight_of(day, after, self._zone)

    def _arrange(self, wish: Mapping[str, Any]) -> None:
        """Begin to arrange, save what was arranged, bring a former version back, or leave it."""
        if self.run is None:
            return
        if isinstance(wish.get("save"), dict):
            self._settled(self._arranging.saved(self.run, wish["save"]))
        elif "restore" in wish:
            self._settled(self._arranging.restored(wish))
        elif "begin" in wish:
            self._show(arranging=self._arranging.begun(self.run))
        elif wish.get("see"):
            self._settled(None)
        elif "leave" in wish:
            self._show(arranging=None)

    def _settled(self, said: dict[str, Any] | None) -> None:
        """Show what went wrong with arranging; once nothing does, the dashboard as it is arranged now."""
        self._show(arranging=said)
        if said is None:
            self.build(self._wish)

    def _export(self, target: str) -> None:
        """Send the run that is shown as a file for another program, and what that cannot carry."""
        if self.run is None:
            return
        try:
            done = self._wb.export_dashboard(self.run.run, target)
        except BosError as error:
            self.send({"error": told(error)})
        except Exception as error:  # noqa: BLE001 - as in build
            self.send({"error": f"The file could not be written. {incident(_log, error).hint}"})
        else:
            notes = done.notes
            left = [f"{one.what}: {one.why}" for one in notes.not_carried]
            sent = {"file": notes.file, "media": notes.media_type, "left": left, "marks": list(notes.marks)}
            self.send(sent, [done.content])

    def _on_message(self, _: object, message: object, __: object) -> None:
        answer(message, self.send, self._receive, lambda words: self._show(error=words))

    def _receive(self, asked: Mapping[str, Any]) -> None:
        wish, said, query, arrange = (asked.get(name) for name in ("build", "give", "open", "arrange"))
        target = asked.get("export")
        if isinstance(query, str):
            self.visit(query)
        if isinstance(arrange, dict):
            self._arrange(arrange)
        if isinstance(wish, dict):
            self.build(wish)
        if isinstance(said, dict):
            self._feedback.receive(said)
        if isinstance(target, str):
            self._export(target)
