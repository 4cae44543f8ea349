"""The draft of a visit: kept as it is typed, and brought together with what other tabs and people kept meanwhile."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bos.errors import Stale
from bos.model.diff import diff
from widgets.wizard.merge import merge, settle
from widgets.wizard.messages import TEXT
from widgets.wizard.state import whole

if TYPE_CHECKING:
    from bos.client.workbench import Workbench
    from bos.model.answers.documents import Draft
    from widgets.wizard.state import State

_TRIES = 5


class DraftDesk:
    """Keeps the draft of one visit. Errors are those of ``bos.errors``; what was typed stays where one is raised."""

    def __init__(self, wb: Workbench, state: State) -> None:
        self.wb, self.state = wb, state

    def took(self, draft: Draft) -> None:
        """Take over a draft as it is kept."""
        state = self.state
        state.document = whole(draft.document)
        state.saved = copy.deepcopy(state.document)
        state.revision, state.base_version = draft.revision, draft.base_version
        state.proposals = draft.proposals
        state.saved_at = draft.at.isoformat() if draft.revision else ""
        state.unsaved = False

    def save(self) -> None:
        """Keep the draft. What another tab saved meanwhile is taken in; a field that both changed becomes a clash.

        What is typed while the person is asked for one waits with it: nothing is kept before they have chosen.

        Raises:
            Stale: another tab saved something between each reading and keeping; nothing is kept.
        """
        if self.state.clashes:
            with suppress(Stale):
                self.together(*self.state.sides)
                return
        for left in reversed(range(_TRIES)):
            try:
                self._keep()
            except Stale:
                if not left:
                    raise
            else:
                return

    def _keep(self) -> None:
        state = self.state
        try:
            done = self.wb.templates.save_draft(state.flow, state.document, revision=state.revision)
        except Stale:
            there = self.wb.templates.draft(state.flow)
            base, mine = state.saved, state.document
            self._met(base, mine, there, None)
        else:
            self._kept(done)

    def _met(self, base: dict[str, Any], mine: dict[str, Any], there: Draft, version: int | None) -> None:
        """Bring together what was made of ``base`` and the draft that another tab saved meanwhile."""
        self.took(there)
        self.state.document, self.state.unsaved = mine, True
        self.together(base, whole(there.document), version)

    def _kept(self, done: Draft) -> None:
        state = self.state
        state.revision, state.base_version = done.revision, done.base_version
        state.saved, state.saved_at, state.unsaved = copy.deepcopy(state.document), done.at.isoformat(), False

    def together(self, base: dict[str, Any], theirs: dict[str, Any], version: int | None) -> None:
        """Bring the draft and another content together: at once where nothing clashes, else the person chooses."""
        state = self.state
        merged, clashes = merge(base, state.document, theirs)
        if clashes:
            if not state.clashes:
                state.look_at()
            state.clashes, state.theirs, state.sides = clashes, merged, (base, theirs, version)
            state.unsaved = False  # nothing is kept before the person has chosen
            return
        state.document, state.clashes, state.theirs = merged, (), {}
        self._kept(self.wb.templates.save_draft(state.flow, merged, revision=state.revision, base_version=version))
        if diff("template", base, theirs):
            state.tell("warning", TEXT["merged"])

    def rejoin(self, base: dict[str, Any], mine: dict[str, Any]) -> None:
        """Take over what was typed on ``base`` into the draft as it is now; where both changed a field, it is asked."""
        state = self.state
        theirs, state.document, state.unsaved = state.document, mine, True
        self.together(base, theirs, None)

    def settle(self) -> None:
        """Make of the clashes what the person chose, and keep it."""
        state = self.state
        document = state.theirs
        for clash in state.clashes:
            settle(document, clash.path, clash.mine if state.new[f"choice.{clash.path}"] == "mine" else clash.other)
        version = state.sides[-1]
        try:
            done = self.wb.templates.save_draft(state.flow, document, revision=state.revision, base_version=version)
        except Stale:
            there = self.wb.templates.draft(state.flow)
            state.clashes = ()
            self._met(state.saved, document, there, version)
        else:
            state.document, state.clashes, state.theirs = document, (), {}
            self._kept(done)
        state.took("choice.")
