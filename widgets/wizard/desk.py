"""What the wizard asks of BOS: drafts, signals, validation, submission. It fills the state and shows nothing."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bos.errors import Conflict, Invalid, NotFound, Stale
from widgets.surface.words import told
from widgets.wizard import edits
from widgets.wizard import state as drafts
from widgets.wizard.keeping import DraftDesk
from widgets.wizard.messages import TEXT, say, wrong
from widgets.wizard.signals import SignalDesk
from widgets.wizard.state import Wrong, whole

if TYPE_CHECKING:
    from bos.client.workbench import Workbench
    from widgets.wizard.state import State

_WHY_SIGNAL = "(written by BOS) The signal was described in the wizard."
_MOST_HITS = 20
_OWN = ("title", "type", "unit", "pii", "retention_days")


class Desk:
    """Works for one visit. Errors are those of ``bos.errors``; the state is as before where one is raised."""

    def __init__(self, wb: Workbench, state: State) -> None:
        self.wb, self.state = wb, state
        self.shared, self.draft = SignalDesk(wb, state), DraftDesk(wb, state)

    def choose(self) -> None:
        """Read what the first page lists."""
        state, wb = self.state, self.wb
        state.flows = tuple(wb.templates.list())
        state.drafts = tuple(draft for draft in wb.drafts() if draft.kind == "template")
        state.blueprints = tuple(wb.blueprints())

    def open(self, flow: str) -> None:
        """Open a flow: the draft of the person, else what is live. What others submitted since is taken in.

        Raises:
            NotFound: there is neither.
        """
        state = self.state
        draft = self.wb.templates.draft(flow)
        live = None
        with suppress(NotFound):
            live = self.wb.templates.get(flow)
        if live is None and draft.revision == 0:
            raise NotFound(say("no_id", id=flow))
        if flow != state.flow:
            state.begin(flow)
        state.live, state.live_state = (whole(live.document), live.state) if live else (None, "draft")
        self.draft.took(draft)
        state.feedback = tuple(self.wb.flow(flow).feedback()) if live else ()
        state.built = bool(live) and next(self.wb.flow(flow).dashboard_runs(), None) is not None
        if live and draft.revision and draft.base_version != live.version:
            base = self.wb.templates.get(flow, version=draft.base_version).document if draft.base_version else {}
            self.draft.together(whole(base), whole(live.document), live.version)

    def create(self, blueprint: str, title: str) -> str:
        """Make a flow: from a blueprint (it is live at once), or an empty one that is a draft; return its id."""
        taken = {row.id for row in self.state.flows} | {draft.id for draft in self.state.drafts}
        taken |= {row.id for row in self.wb.templates.list(retired=True)}
        id_ = drafts.name_of(title, taken, word="flow", joint="-") if title else None
        if blueprint != "empty":
            return self.wb.templates.create(blueprint, id=id_, title=title or None).template.id
        name = id_ or ""
        self.wb.templates.save_draft(name, drafts.fresh(name, title), revision=0)
        return name

    def calendars(self) -> None:
        """Read the calendars a flow or a step can have."""
        self.state.calendars = tuple(self.wb.calendars.list())

    def cost_rules(self) -> None:
        """Read the cost rules a KPI can have; one that is read already is not read again."""
        known = {rule.id: rule for rule in self.state.cost_rules}
        self.state.cost_rules = tuple(
            known[row.id]
            if row.id in known and known[row.id].version == row.version
            else self.wb.cost_rules.get(row.id)
            for row in self.wb.cost_rules.list()
        )

    def signals(self) -> None:
        """Read the signals the draft uses, each once."""
        state = self.state
        for section in ("process_signals", "system_signals"):
            for use in state.document[section]:
                id_ = use.get("signal")
                if id_ and id_ not in state.signals:
                    with suppress(NotFound):
                        state.signals[id_] = self.wb.signals.get(id_).document

    def find(self, words: str, section: str) -> None:
        """Look for signals of a kind that have some words."""
        wanted = "process" if section == "process_signals" else "system"
        found = self.wb.search(words, kinds=("signal",), limit=_MOST_HITS)
        rows = []
        for hit in found:
            known = self.state.signals.setdefault(hit.id, self.wb.signals.get(hit.id).document)
            if known["type"] == wanted:
                rows.append(hit)
        self.state.hits = tuple(rows)

    def add_use(self, section: str) -> str:
        """Add the signal that the form describes, and make its document first where it is new; return its path."""
        state = self.state
        if state.new.get("new.how", "new") != "new":
            return edits.add_use(state, section, str(state.new["new.signal"]))
        document = edits.signal_of(state, section, "")
        name, number = str(state.new["new.name"]).strip().replace("_", "-")[:44], 1
        while not self._made(document, id_ := drafts.signal_id(state.flow, name, number)):
            number += 1
        return edits.add_use(state, section, id_)

    def _made(self, document: dict[str, Any], id_: str) -> bool:
        """Make a signal, or find that it was made just so before; return whether the id is that of this signal."""
        wanted = {**document, "id": id_}
        try:
            self.wb.signals.put(id_, wanted, rationale=_WHY_SIGNAL)
        except Conflict:
            there = self.wb.signals.get(id_)
            alike = there.state != "retired" and all(there.document.get(key) == wanted[key] for key in _OWN)
            if not alike or there.document["binding"]["event"] != wanted["binding"].get("event", ""):
                return False
        self.state.signals[id_] = self.wb.signals.get(id_).document
        return True

    def validate(self) -> None:
        """Ask for every problem, and for what submitting would do."""
        state = self.state
        state.validation = self.wb.templates.validate(edits.ready(state.document), id=state.flow)

    def submit(self) -> bool:
        """Submit the draft, once; return whether it was. Where it is refused, the state says why."""
        state = self.state
        if not state.changed():
            self.open(state.flow)  # another tab may have saved something
        if not state.changed():
            state.errors = [Wrong("submit.rationale", wrong("nothing"))]
            return False
        try:
            done = self.wb.templates.put(
                state.flow,
                edits.ready(state.document),
                rationale=str(state.new["submit.rationale"]).strip(),
                base_version=state.base_version or None,
                saw=[group.group for group in state.proposals],
                draft=state.revision or None,
                key=state.submission,
            )
        except (Stale, Conflict) as error:
            state.submission = uuid.uuid4().hex
            self.open(state.flow)
            self.validate()
            state.tell("warning", f"{error.message} {TEXT['look_again']}")
            return False
        except Invalid as error:
            state.submission = uuid.uuid4().hex
            self.validate()
            state.tell("breach", say("refused", reason=told(error)))
            return False
        state.submission = uuid.uuid4().hex
        state.took("submit.")
        self.open(state.flow)
        state.submitted = done
        return True

    def discard(self) -> None:
        """Throw the draft away; the flow is shown as it is live."""
        state = self.state
        if state.revision:
            self.wb.templates.discard_draft(state.flow, revision=state.revision)
        self.open(state.flow)

    def give(self) -> None:
        """Give the feedback of the form, once."""
        state = self.state
        flow = self.wb.flow(state.flow)
        live = self.wb.templates.get(state.flow)
        flow.give_feedback(
            str(state.new["feedback.text"]).strip(),
            type=str(state.new.get("feedback.kind") or "question"),
            panel=str(state.new.get("feedback.panel") or ""),
            run=state.run.run if state.run else "",
            template_version=live.version,
            key=state.submission,
        )
        state.submission = uuid.uuid4().hex
        state.took("feedback.text")
        state.feedback = tuple(flow.feedback())
