"""One anywidget: the browser keeps what is typed until BOS has it; Python hands it over and lists what was said."""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from bos.errors import BosError
from bos.logs import incident
from bos.look import css

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.client.workbench import Workbench
    from bos.model.answers.feedback import FeedbackAnswer

_log = logging.getLogger("widgets.feedback")
_SHOWN = 50
_STATUS = {"open": "none", "planned": "warning", "done": "ok", "declined": "none"}


class Feedback(anywidget.AnyWidget):
    """The feedback of a flow. A failure is a sentence, and the text stays in the browser.

    Attributes:
        state: what the browser shows: panels to choose from, what was said, the error, the key of the last text kept.
    """

    state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        wb: Workbench,
        flow: str,
        *,
        panels: Iterable[tuple[str, str]] = (),
        run: str = "",
        version: int | None = None,
    ) -> None:
        """``panels`` are ids and titles to choose from; ``run`` and ``version`` say what is being looked at."""
        self._esm = (files("widgets.feedback") / "feedback.js").read_text(encoding="utf-8")
        self._css = css()
        super().__init__()
        self._wb, self._flow = wb, flow
        self._run, self._version = run, version
        self.state = {"flow": flow, "panels": [list(one) for one in panels], "rows": [], "error": "", "kept": ""}
        self.on_msg(self._on_message)
        self._try(self._list)

    def look_at(self, *, run: str, version: int | None, panels: Iterable[tuple[str, str]]) -> None:
        """Say what is being looked at now; what is typed stays."""
        self._run, self._version = run, version
        self.state = {**self.state, "panels": [list(one) for one in panels]}

    def _on_message(self, _: object, message: object, __: object) -> None:
        said = message.get("give") if isinstance(message, dict) else None
        if isinstance(said, dict):
            self._try(lambda: self._give(said))

    def _give(self, said: dict[str, Any]) -> None:
        key = str(said.get("key", ""))[:100]
        self._wb.flow(self._flow).give_feedback(
            str(said.get("text", "")),
            type=str(said.get("type", "question")),
            panel=str(said.get("panel", "")),
            run=self._run,
            template_version=self._version,
            key=key or None,
        )
        self.state = {**self.state, "kept": key, "error": ""}
        self._list()

    def _list(self) -> None:
        found = self._wb.flow(self._flow).feedback()
        self.state = {**self.state, "rows": [_row(one) for one in found[:_SHOWN]]}

    def _try(self, work: Any) -> None:
        try:
            work()
        except BosError as error:
            self._fail(f"{error.message} {error.hint}".strip())
        except Exception as error:  # noqa: BLE001 - a person gets a sentence whatever fails; the log has the cause
            self._fail(f"The feedback was not kept. {incident(_log, error).hint}")

    def _fail(self, words: str) -> None:
        self.state = {**self.state, "error": words, "turn": self.state.get("turn", 0) + 1}


def _row(one: FeedbackAnswer) -> dict[str, str]:
    about = f" · {one.panel}" if one.panel else ""
    version = f" · version {one.template_version}" if one.template_version else ""
    return {
        "id": one.id,
        "text": one.text,
        "who": f"{one.type.capitalize()} · {one.author} · {one.at:%Y-%m-%d %H:%M} UTC{about}{version}",
        "status": one.status.capitalize(),
        "mark": _STATUS[one.status],
        "answer": one.answer,
    }
