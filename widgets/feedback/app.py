"""The half of feedback that is in Python: hands over what was written, lists what was said, counts what is open.

The other half (``feedback.js``) keeps what is typed in the browser until this one says that BOS has it.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from bos.errors import BosError
from bos.logs import incident
from widgets.surface.words import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.feedback import FeedbackAnswer, FeedbackReceipt

_log = logging.getLogger("widgets.feedback")
_SHOWN = 50
_STATUS = {"open": "none", "planned": "warning", "done": "ok", "declined": "none"}
State = dict[str, Any]


class Feedback:
    """The feedback of a flow. A failure is a sentence, and the text stays in the browser.

    Attributes:
        state: what the browser shows: panels to choose from, what was said, how much of it is open for each panel,
            the key of the last text that was kept, the error and the key of the text that it hit.
    """

    def __init__(self, wb: Workbench, flow: str, show: Callable[[State], None] = lambda _: None) -> None:
        """``show`` is called with the state each time it has changed."""
        self._wb, self._flow, self._show = wb, flow, show
        self._run = ""
        self._version: int | None = None
        self._titles: dict[str, str] = {}
        self.state: State = {
            "flow": flow, "panels": [], "rows": [], "all": 0, "open": {}, "error": "", "failed": "", "kept": "",
            "listed": False, "turn": 0,
        }  # fmt: skip

    def look_at(self, *, run: str, version: int | None, panels: Iterable[tuple[str, str]]) -> None:
        """Say which run, version and panels are being looked at now, and list what was said; what is typed stays."""
        self._run, self._version, self._titles = run, version, dict(panels)
        self._set(panels=[list(one) for one in self._titles.items()])
        self._try(self._list)

    def receive(self, said: Mapping[str, Any]) -> None:
        """Hand over what was written: ``text``, ``type``, ``panel``, and the ``key`` that keeps it once."""
        self._try(lambda: self._give(said), key=str(said.get("key", ""))[:100])

    def _give(self, said: Mapping[str, Any]) -> None:
        key = str(said.get("key", ""))[:100]
        self._wb.flow(self._flow).give_feedback(
            str(said.get("text", "")),
            type=str(said.get("type", "question")),
            panel=str(said.get("panel", "")),
            run=self._run,
            template_version=self._version,
            key=key or None,
        )
        self._set(kept=key, error="", failed="")
        self._list()

    def _list(self) -> None:
        found = list(self._wb.flow(self._flow).feedback())
        waiting = Counter(one.panel for one in found if one.status == "open")
        rows = [self._row(one) for one in found[:_SHOWN]]
        self._set(rows=rows, all=len(found), open=dict(waiting), listed=True, error="", failed="")

    def _row(self, one: FeedbackAnswer) -> dict[str, Any]:
        facts = [one.type.capitalize(), one.author, f"{one.at:%Y-%m-%d %H:%M} UTC"]
        facts += [f"about {self._titles.get(one.panel, one.panel)}"] if one.panel else []
        facts += [f"version {one.template_version}"] if one.template_version else []
        facts += [f"run {one.dashboard_run[:8]}"] if one.dashboard_run else []
        return {
            "id": one.id,
            "text": one.text,
            "panel": one.panel,
            "who": " · ".join(facts),
            "status": one.status.capitalize(),
            "mark": _STATUS[one.status],
            "answer": one.answer,
            "elsewhere": [_elsewhere(there) for there in one.receipts],
        }

    def _try(self, work: Callable[[], None], *, key: str = "") -> None:
        try:
            work()
        except BosError as error:
            self._fail(told(error), key)
        except Exception as error:  # noqa: BLE001 - a person gets a sentence whatever fails; the log has the cause
            self._fail(f"Something went wrong. {incident(_log, error).hint}", key)

    def _fail(self, words: str, key: str) -> None:
        # A text that was kept is not told as lost where only the list could not be read again.
        self._set(error=words, failed="" if key == self.state["kept"] else key)

    def _set(self, **changes: Any) -> None:
        self.state = {**self.state, **changes, "turn": self.state["turn"] + 1}
        self._show(self.state)


def _elsewhere(there: FeedbackReceipt) -> list[str]:
    """Return where feedback is in another system: words, address, and as of when they are."""
    asked = f"as of {there.asked_at:%Y-%m-%d %H:%M} UTC" if there.state and there.asked_at else ""
    return [there.words, there.link, asked]
