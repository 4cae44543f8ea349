"""Whatever people do in whatever order: what must always hold, holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bos.actions import audit, documents
from bos.actions.validation import Validator
from bos.errors import BosError
from bos.model.diff import Change, apply, diff
from bos.model.fields import field_of
from bos.model.paths import flatten
from bos.model.version import digest
from bos.store.approval.critical import critical_values
from bos.store.approval.need import Approvers

KPI = "outcomes[returns]"
TARGET, MEASURE, THRESHOLDS = f"{KPI}.target", f"{KPI}.measure", f"{KPI}.thresholds"
APPROVED = [TARGET, MEASURE, THRESHOLDS, "owner", "flow.correlation_key", "process_signals[returned].signal",
            "process_signals[reversed].signal", "outcomes[posted_count].measure", "ownership[flow].covers"]  # fmt: skip


def formula(text):
    return Change(op="set", path=MEASURE, new={"formula": text, "unit": "ratio"})


def extra(text, target):
    return {"id": "extra", "title": "Extra", "measure": {"formula": text, "unit": "x"}, "target": target}


def goal(value):
    return {"value": value, "direction": "at_most"}


def empty(value):
    return value in (None, "", [], {})


def guarded(path, signed, document):
    """Return whether a signed value keeps an empty one from being filled in unseen."""
    extra = next((one for one in document["outcomes"] if one["id"] == "extra"), None)
    derived = extra is not None and extra["measure"]["formula"] == "derived(returns * 2)"
    inside = path.startswith(("outcomes[", "ownership[", "process_signals[", "system_signals["))
    items = [path[: path.index("]") + 1] if inside else ""]
    items += ["outcomes[extra]"] if items == [KPI] and derived else []
    return any(one.startswith(item) for one in signed for item in items)


def use(name):
    return {"id": name, "signal": f"payment.{name}", "step": "posted"}


CHANGES = [
    *(Change(op="set", path=TARGET, new=value) for value in (None, goal(0.04), goal(0.05), goal(0.03))),
    *(Change(op="set", path=THRESHOLDS, new=new) for new in ([], [{"id": "far", "level": "breach", "value": 0.04}])),
    formula("ratio(count(returned), count(received))"),
    formula("ratio(count(reversed), count(received))"),
    *(Change(op="remove", path=f"process_signals[{name}]") for name in ("returned", "reversed", "posted")),
    *(Change(op="add", path=f"process_signals[{name}]", new=use(name)) for name in ("returned", "reversed", "posted")),
    Change(op="set", path="process_signals[reversed].signal", new="payment.returned"),
    Change(op="set", path="process_signals[reversed].step", new="received"),
    Change(op="add", path="outcomes[extra]", new=extra("count(reversed)", None)),
    Change(op="add", path="outcomes[extra]", new=extra("derived(returns * 2)", goal(1))),
    Change(op="set", path="outcomes[extra].target", new=goal(2)),
    *(Change(op="remove", path=f"outcomes[{name}]") for name in ("extra", "returns", "posted_count")),
    Change(op="set", path="outcomes[]", new=["extra", "posted_count", "returns"]),
    Change(op="set", path="outcomes[]", new=["returns", "extra", "posted_count"]),
    *(Change(op="set", path=path, new=text) for path in ("title", f"{KPI}.title") for text in ("One", "Two")),
    *(Change(op="set", path="owner", new=role) for role in ("business_owner", "process_owner", "nobody")),
    *(Change(op="set", path="flow.correlation_key", new=key) for key in (["a"], ["b"], [])),
    *(Change(op="set", path="flow.calendar", new=new) for new in (None, "bank")),
    Change(op="remove", path="ownership[flow]"),
    Change(op="set", path="ownership[flow].accountable", new="coe"),
    Change(op="remove", path="flow.steps[posted]"),
    Change(op="remove", path="flow.edges[forward]"),
]

FILLS = [
    *(Change(op="set", path="flow.steps[posted].calendar", new=new) for new in (None, "bank")),
    *(Change(op="set", path=f"{KPI}.regulation", new=text) for text in ("", "Reg Z", "Reg E")),
    *(Change(op="set", path="outcomes[extra].regulation", new=text) for text in ("", "Reg Z")),
    Change(op="set", path="outcomes[posted_count].target", new=goal(7)),
    Change(op="set", path="currency", new="USD"),
]


class Office(RuleBasedStateMachine):
    """A template, and people who propose, sign, refuse, withdraw, retire, restore and roll back."""

    def __init__(self, bank):
        super().__init__()
        self.bank, self.ctx = bank, bank.ctx
        self.people = {who.person: who for who in (bank.anna, bank.ben, bank.cara, bank.dora, bank.sam)}
        self.id = bank.template(approved=APPROVED)
        self.shown = bank.show(self.id)
        self.signed = set(APPROVED)
        self.proposed = {}  # path → who proposed a value for it since it was last signed
        for path, value in critical_values(Approvers("template"), self.shown.document).items():
            if path not in APPROVED and not empty(value):
                self.proposed[path] = {"mary"}

    def attempt(self, act, *, decides=False):
        """Do something, or be refused with a reason; a submission never changes an approved value."""
        approved = {path for path, mark in self.shown.approvals.items() if mark.state != "provisional"} & self.signed
        before = critical_values(Approvers("template"), self.shown.document)
        refused, done = None, None
        try:
            done = act()
        except BosError as error:
            refused = error
        if refused is not None:
            assert 400 <= refused.status < 500
            assert refused.message
            return None
        if not decides:
            after = critical_values(Approvers("template"), self.bank.live(self.id))
            for path in approved:
                gone = path not in after and field_of("template", path).removable
                assert gone or after[path] == before[path]
            for path, value in before.items():
                if empty(value) and path not in self.signed and not empty(after.get(path)):
                    assert not guarded(path, self.signed, self.shown.document)
        return done

    @rule(
        who=st.sampled_from(["anna", "ben", "cara", "dora"]),
        made=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4, unique_by=lambda change: change.path),
        back=st.integers(0, 2),
        reads=st.booleans(),
    )
    def submit(self, who, made, back, reads):
        base = max(1, self.shown.version - back)
        values = critical_values(Approvers("template"), self.shown.document)
        saw = [group.group for group in self.shown.open_groups] if reads else []
        done = self.attempt(lambda: self.bank.submit(self.people[who], self.id, *made, base=base, saw=saw))
        if done is None:
            return
        held = {path for mark in done.held for path in mark.paths}
        assert not held & set(done.live)
        for change in made:
            if change.op == "set" and change.path in {*held, *done.live}:
                self.proposed.setdefault(change.path, set()).add(who)
            fills = change.path in values and change.path not in self.signed and empty(values[change.path])
            if fills and change.path in done.live:
                assert not guarded(change.path, self.signed, self.shown.document)
            if fills and change.path in held and not guarded(change.path, self.signed, self.shown.document):
                assert any(change.path in mark.paths and len(mark.paths) > 1 for mark in done.held)

    @rule(who=st.sampled_from(["anna", "ben"]), made=st.sampled_from(FILLS))
    def fill(self, who, made):
        self.submit(who, [made], 0, reads=True)

    @precondition(lambda self: self.shown.open_groups)
    @rule(
        who=st.sampled_from(["anna", "ben", "cara", "dora", "sam", "sam"]),
        which=st.integers(0, 40),
        decision=st.sampled_from(["approve", "approve", "approve", "reject", "rework"]),
        waiting=st.booleans(),
    )
    def sign(self, who, which, decision, waiting):
        groups = [g for g in self.shown.open_groups if g.state == "waiting" or not waiting] or self.shown.open_groups
        group = groups[which % len(groups)]
        done = self.attempt(
            lambda: self.bank.sign(group.group, self.people[who], decision, "Because."), decides=decision == "approve"
        )
        if done is None:
            return
        assert who not in group.authors
        for change in group.changes:
            assert who not in self.proposed.get(change.path, ())
            if change.op == "set" and (decision, done.state) == ("approve", "live"):
                self.proposed.pop(change.path, None)

    @precondition(lambda self: self.shown.open_groups)
    @rule(who=st.sampled_from(["anna", "ben", "cara", "dora"]), which=st.integers(0, 40))
    def withdraw(self, who, which):
        groups = [g for g in self.shown.open_groups if g.state != "unsigned"] or self.shown.open_groups
        self.attempt(lambda: self.bank.withdraw(self.people[who], groups[which % len(groups)].group))

    @rule(who=st.sampled_from(["anna", "ben"]), signed=st.booleans())
    def retire(self, who, signed):
        done = self.attempt(
            lambda: documents.delete(self.ctx, self.people[who], "template", self.id, rationale="Over.")
        )
        if done is not None and done.held and signed:
            assert self.bank.sign(done.held[0].group).state == "live"

    @precondition(lambda self: self.shown.state == "retired")
    @rule(who=st.sampled_from(["anna", "cara"]))
    def restore(self, who):
        self.attempt(lambda: documents.restore(self.ctx, self.people[who], "template", self.id, rationale="Back."))

    @rule(who=st.sampled_from(["anna", "cara"]), to=st.integers(1, 6), reads=st.booleans())
    def roll_back(self, who, to, reads):
        saw = [group.group for group in self.shown.open_groups] if reads else []
        self.attempt(
            lambda: documents.rollback(
                self.ctx, self.people[who], "template", self.id, to, rationale="Back.", saw=saw
            )
        )  # fmt: skip

    @invariant()
    def what_must_hold_holds(self):
        before, self.shown = self.shown, self.bank.show(self.id)
        shown = self.shown
        self.bank.sound(self.id)
        if shown.version == before.version:
            assert shown.document == before.document
        assert shown.version - before.version in {0, 1}
        with self.ctx.engine.connect() as connection:
            problems = Validator(connection, "template", self.id, shown.document)(shown.document)
        assert [one for one in problems if one.severity == "error"] == []
        values = critical_values(Approvers("template"), shown.document)
        rows = self.bank.rows("SELECT path, value_hash FROM approval WHERE id = %s", (self.id,))
        assert {path: digest(values[path]) for path, _ in rows} == dict(rows)
        self.signed = set(dict(rows))
        if shown.state != "retired":
            unsigned = {path for path, value in values.items() if not empty(value)} - self.signed
            assert (shown.state == "in review") is bool(unsigned)
        for group in shown.open_groups:
            if group.state == "waiting":
                assert group.waiting_for
            assert group.authors

    def teardown(self):
        """Check the whole history once."""
        history = documents.history(self.ctx, self.bank.adam, "template", self.id, limit=1000).items
        assert [row.version for row in history] == list(range(len(history), 0, -1))
        contents = [self.bank.show(self.id, version=row.version).document for row in reversed(history)]
        for old, new in pairwise(contents):
            assert apply("template", old, diff("template", old, new)) == new
        for row, content in zip(reversed(history), contents, strict=True):
            assert row.sha256 == digest(content)
        assert flatten("template", contents[-1])


def run(bank, **options):
    run_state_machine_as_test(lambda: Office(bank), settings=budget(deadline=None, **options))
    assert audit.verify(bank.ctx, bank.adam).ok


@pytest.mark.full
def test_any_sequence_of_deeds_keeps_every_promise(bank):
    run(bank, max_examples=5, stateful_step_count=14, derandomize=True)


@pytest.mark.full
def test_any_long_sequence_of_deeds_keeps_every_promise(bank):
    deeds = {"change.held", "change.replaced", "change.withdrawn", "document.retired", "document.restored",
             "signature.approved", "signature.rejected", "value.approved"}  # fmt: skip
    for _ in range(3):
        run(bank, max_examples=20, stateful_step_count=40, derandomize=False)  # other sequences each time
        missing = deeds - {row[0] for row in bank.rows("SELECT DISTINCT tag FROM journal")}
        if not missing:
            break
    assert not missing
