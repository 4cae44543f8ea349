"""Through the wizard: what each button does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Conflict, Stale, UsageError
from widgets.surface import parts
from widgets.wizard import checks, edits, signals
from widgets.wizard import state as drafts
from widgets.wizard.messages import TEXT, say, wrong
from widgets.wizard.state import Wrong, find
from widgets.wizard.views import signal
from widgets.wizard.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

_NEXT = {"define": "populate", "populate": "validate", "validate": "check"}


class Journey(Visit):
    """Does what a person asks for."""

    def do(self, action: str, value: Any) -> None:
        """Do what a button stands for.

        Raises:
            UsageError: there is no such button.
        """
        name = f"_do_{action}"
        if not action.isidentifier() or not hasattr(self, name):
            raise UsageError(TEXT["gone"])
        getattr(self, name)(value)

    def enter(self, stage: str, item: str = "") -> None:
        """Show a page, with what it needs; who may only look finds the signal where its form would be."""
        form = signals.form_at(item)
        super().enter(stage, form.use if form and not self._state.may_edit() else item)
        self._fill()

    def _there(self, item: str) -> bool:
        form = signals.form_at(item)
        return super()._there(form.use if form else item)

    def _wrong(self) -> list[Wrong]:
        return signals.problems(self._state) if signals.form_at(self._state.item) else super()._wrong()

    def _do_stage(self, value: Any) -> None:
        self._state.check = False
        self.enter(str(value))

    def _do_continue(self, _: Any) -> None:
        state = self._state
        if self._refused(checks.problems(state)):
            return
        if state.check:
            state.check = False
            self.enter("check")
        elif state.item:
            self.enter("populate")
        else:
            self.enter(_NEXT.get(state.stage, state.stage))

    def _do_open(self, value: Any) -> None:
        self._state.took("new.")
        self._state.hits = ()
        self.enter("populate", str(value))

    def _do_close(self, _: Any) -> None:
        self._state.took("new.")
        self.enter("check" if self._state.check else "populate")

    def _do_change(self, value: Any) -> None:
        stage, item, name = value
        self._state.check = self._state.stage == "check"
        self.enter(str(stage), str(item))
        self._state.look_at(of=str(name))

    def _do_create(self, _: Any) -> None:
        state = self._state
        title, source = str(state.new.get("new.flow", "")).strip(), str(state.new.get("new.from", "empty"))
        if self._refused(checks.new_flow(state)):
            return
        try:
            made = self._desk.create(source, title)
        except Conflict:
            self._refused([Wrong("new.flow", wrong("id_taken", name=title or source))])
            return
        state.took("new.")
        self._desk.open(made)
        self.enter("define")

    def _do_add_step(self, _: Any) -> None:
        state = self._state
        title = str(state.new.get("new.step", "")).strip()
        if self._refused(checks.new_step(title)):
            return
        drafts.add_step(state.document, title)
        state.took("new.step")
        self._changed()
        state.look_at(of="new.step")

    def _do_remove_step(self, value: Any) -> None:
        title = (find(self._state.document, f"flow.steps[{value}]") or {}).get("title") or str(value)
        drafts.remove_step(self._state.document, str(value))
        self._changed()
        self._state.tell("ok", say("removed", title=title))
        self._state.look_at()

    def _do_move(self, value: Any) -> None:
        path, by = value
        drafts.move(self._state.document, str(path), 1 if int(by) > 0 else -1)
        self._changed()
        self._state.look_at(of=f"{path}.title")

    def _do_add_edge(self, _: Any) -> None:
        state = self._state
        source, target = (str(state.new.get(f"new.{end}", "")) for end in ("source", "target"))
        missing = [Wrong(f"new.{end}", wrong("edge_end", n=len(state.document["flow"]["edges"]) + 1))
                   for end, name in (("source", source), ("target", target)) if not name]  # fmt: skip
        if self._refused(missing):
            return
        if not drafts.add_edge(state.document, source, target, str(state.new.get("new.label", ""))):
            titles = {step["id"]: step["title"] for step in state.document["flow"]["steps"]}
            words = wrong("edge_same", source=titles.get(source, source), target=titles.get(target, target))
            self._refused([Wrong("new.source", words)])
            return
        state.took("new.source", "new.target", "new.label")
        self._changed()
        state.look_at(of="new.source")

    def _do_remove(self, value: Any) -> None:
        state, path = self._state, str(value)
        gone = find(state.document, path) or {}
        drafts.remove(state.document, path)
        self._changed()
        if state.item == path:
            self.enter("populate")
        known = state.signals.get(gone.get("signal") or "", {})
        title = gone.get("title") or known.get("title") or gone.get("signal") or gone.get("id", "")
        readers = [
            one["title"] or one["id"] for one in state.document["outcomes"] if edits.reads(one, gone.get("id", ""))
        ]
        state.tell("ok", say("removed", title=title))
        if path.startswith("process_signals[") and readers:
            state.tell("warning", say("used_by", kpis=", ".join(readers)))
        state.look_at()

    def _do_find(self, _: Any) -> None:
        state = self._state
        words = str(state.new.get("new.find", "")).strip()
        if self._refused([] if words else [Wrong("new.find", wrong("find"))]):
            return
        self._desk.find(words, state.item.partition("[")[0])
        state.new["new.found"] = True

    def _do_add(self, _: Any) -> None:
        state = self._state
        if self._refused(checks.problems(state)):
            return
        section = state.item.partition("[")[0]
        if section == "outcomes":
            path = edits.add_outcome(state.document, str(state.new["new.kpi"]))
        else:
            path = self._desk.add_use(section)
        state.took("new.")
        self._changed()
        self.enter("populate", path if section == "outcomes" else "")

    def _do_save_signal(self, _: Any) -> None:
        if self._save_signal():
            self._save_signal(again=True)

    def _save_signal(self, *, again: bool = False) -> bool:
        """Save the signal; return whether it is to be saved again, with what somebody else saved meanwhile."""
        state = self._state
        sheet = signals.sheet_of(state)
        if sheet is None or self._refused(signals.problems(state) or signals.unchanged(state)):
            return False  # the second click of two finds the page moved on
        try:
            done = self._desk.shared.save(sheet)
        except Stale:
            return not self._fill()
        except Conflict as error:
            if error.code != "proposal":
                raise
            self._fill()
            state.tell("warning", f"{error.message} {TEXT['signal_again']}", alert=True)
        else:
            self.enter(state.stage, sheet.use)
            if again:
                state.banners = []
                state.tell("ok", TEXT["merged"])
            state.banners = [*state.banners, signal.told(done)]
            state.look_at(id_="signal-told")
        return False

    def _do_try_signal(self, _: Any) -> None:
        self._attempt()

    def _do_preview(self, _: Any) -> None:
        self._preview()

    def _do_settle(self, _: Any) -> None:
        state = self._state
        open_ = [f"choice.{clash.path}" for clash in state.clashes]
        if self._refused(
            [Wrong(name, wrong("choose")) for name in open_ if state.new.get(name) not in {"mine", "other"}]
        ):
            return
        self._desk.draft.settle()
        self.enter(state.stage, state.item)

    def _do_submit(self, _: Any) -> None:
        state = self._state
        if state.stage != "check" or self._refused(checks.submit(state)):
            return  # the second click of two finds the page moved on
        if self._desk.submit():
            self.enter("dashboard")
            state.look_at(id_="submitted")
        elif state.errors:
            state.look_at(id_="summary")

    def _do_discard(self, value: Any) -> None:
        state = self._state
        if value == "yes":
            self._desk.discard()
            self.enter("define")
            state.tell("ok", TEXT["discarded"])
        elif value is None:
            choices = parts.actions(
                parts.button(TEXT["discard_yes"], "discard", "yes"),
                parts.button(TEXT["discard_no"], "discard", "no", look="quiet"),
            )
            words = parts.text(say("discard_sure", version=state.base_version))
            state.banners = [parts.banner("warning", words, choices, id="discard", role="alert")]
            state.look_at(id_="discard")

    def _do_build(self, _: Any) -> None:
        state = self._state
        if state.busy:
            return
        state.busy = TEXT["building"]
        flow = self._desk.wb.flow(state.flow)

        def work() -> Callable[[], None]:
            run = flow.dashboard()

            def finish() -> None:
                if run.flow != state.flow:
                    return
                state.run, state.busy, state.submitted = run, "", None
                if state.stage == "dashboard":
                    state.look_at(id_="built")

            return finish

        self._behind(work)

    def _do_give(self, _: Any) -> None:
        state = self._state
        if self._refused(checks.feedback(state)):
            return
        self._desk.give()
        state.tell("ok", TEXT["thanks"])
        state.look_at()
