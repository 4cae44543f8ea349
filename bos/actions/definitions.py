"""What a flow's KPIs are defined by: template and signals of one moment, and how far they are approved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bos.actions import present
from bos.actions.submission import missing
from bos.errors import FormulaError
from bos.kpi import parse, refs
from bos.kpi.check import ANCHORS
from bos.kpi.definitions import (
    bound_series,
    bound_signals,
    calendar_of,
    calendars_of,
    cost_rules_of,
    flow_clock,
    specs,
    systems_of,
)
from bos.model.answers.changes import Approval
from bos.model.paths import within
from bos.model.ways import WAYS
from bos.store import books, documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bos.kpi import BoundSeries, BoundSignal, KpiSpec
    from bos.kpi.binding import BusinessClock
    from bos.store.documents import Version

Approvals = dict[str, Approval]

_WORST = ("provisional", "held", "waived", "approved")
_OF_TEMPLATE = ("time_zone", "currency", "binding")
"""Critical values of the template that every number of the flow rests on."""


@dataclass(frozen=True, slots=True)
class _Used:
    """What a KPI stands on.

    The signals, the system signals, the other KPIs, the signals from which on it counts working time, the KPIs whose
    failures are charged, and the signals that are held against the ways of the flow.
    """

    signals: set[str] = field(default_factory=set)
    systems: set[str] = field(default_factory=set)
    kpis: set[str] = field(default_factory=set)
    clocks: set[str] = field(default_factory=set)
    charged: set[str] = field(default_factory=set)
    along: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Definitions:
    """A template and the signals it refers to, each in the version that was read.

    Attributes:
        template: the template.
        signals: id of a signal document → its version; those that are not there are left out.
        systems: id of a system signal's document → its version: those that KPIs read, or all where they were asked for.
        calendars: id of a calendar → its version.
        cost_rules: id of a cost rule → its version.
        approvals: (kind, id) → approval of each critical value, as it is now; empty for versions of the past.
    """

    template: Version
    signals: Mapping[str, Version]
    systems: Mapping[str, Version] = field(default_factory=dict)
    calendars: Mapping[str, Version] = field(default_factory=dict)
    cost_rules: Mapping[str, Version] = field(default_factory=dict)
    approvals: Mapping[tuple[str, str], Approvals] = field(default_factory=dict)

    @property
    def doc(self) -> dict[str, Any]:
        """The content of the template."""
        return self.template.doc

    @property
    def versions(self) -> dict[str, int]:
        """Every document that was read, as kind/id, with its version."""
        return {f"{version.kind}/{version.id}": version.version for version in self.documents}

    @property
    def documents(self) -> tuple[Version, ...]:
        """Every document that was read, the template first."""
        beside = (self.signals, self.systems, self.calendars, self.cost_rules)
        return (self.template, *(version for found in beside for version in found.values()))

    def bound(self) -> dict[str, BoundSignal]:
        """Return the process signals by the names that formulas use."""
        return bound_signals(self.doc, self._resolve)

    def series(self) -> dict[str, BoundSeries]:
        """Return the system signals by the names that formulas use."""
        return bound_series(self.doc, self._resolve)

    def flow_clock(self) -> BusinessClock | None:
        """Return the working time of the flow's own calendar; nothing where it has none."""
        return flow_clock(self.doc, self._resolve)

    def specs(self) -> tuple[KpiSpec, ...]:
        """Return the KPIs, in the order of the template."""
        return specs(self.doc, self._resolve)

    def own_approvals(self, kpi: str) -> Approvals:
        """Return the approvals of a KPI's own critical values, by path."""
        return {path: found for path, found in self._own().items() if within(path, f"outcomes[{kpi}]")}

    def approval(self, kpi: str) -> Approval | None:
        """Return how far a number is approved: the worst of all it rests on; nothing for definitions of the past.

        It rests on the KPI's own values, those of the KPIs it is derived from, the signals they read and their
        sources, the calendars they count working time by, the rules and targets of the failures they charge, the ways
        they hold cases against, and the flow's time zone, currency and event log.
        """
        return _worst(self._rests_on(kpi))

    def journey_approval(self) -> Approval | None:
        """Return how far the way of the cases is approved: the flow's log and key, and every process signal."""
        own = self._own()
        ground = [own.get(path) for path in (*_OF_TEMPLATE, "flow.correlation_key")]
        return _worst([*ground, *(one for use in self.doc["process_signals"] for one in self._of_use(use, "process"))])

    def system_approval(self, use: Mapping[str, Any]) -> Approval | None:
        """Return how far a system signal of the template is approved: which it is, and its source."""
        return _worst(self._of_use(use, "system"))

    def _own(self) -> Approvals:
        return self.approvals.get(("template", self.template.id), {})

    def _of_use(self, use: Mapping[str, Any], what: str) -> Iterator[Approval | None]:
        yield self._own().get(f"{what}_signals[{use['id']}].signal")
        yield self.approvals.get(("signal", use["signal"]), {}).get("binding")

    def _rests_on(self, kpi: str) -> Iterator[Approval | None]:
        own = self._own()
        for path in _OF_TEMPLATE:
            yield own.get(path)
        used = self._used(kpi)
        read = {f"outcomes[{other}].measure" for other in used.kpis}
        read |= {f"outcomes[{other}].{part}" for other in used.charged for part in ("target", "cost_rule")}
        read |= {WAYS, *(f"process_signals[{name}].step" for name in used.along)} if used.along else set()
        for path, approval in own.items():
            if within(path, f"outcomes[{kpi}]") or path in read:
                yield approval
        yield from self._of_rules(used.charged)
        for use in self.doc["process_signals"]:
            if use["id"] in used.signals:
                yield from self._of_use(use, "process")
            if use["id"] in used.clocks:
                yield from self._of_clock(use)
        for use in self.doc["system_signals"]:
            if use["id"] in used.systems:
                yield from self._of_use(use, "system")

    def _of_rules(self, charged: set[str]) -> Iterator[Approval | None]:
        for outcome in self.doc["outcomes"]:
            if outcome["id"] in charged:
                yield self.approvals.get(("cost_rule", outcome.get("cost_rule") or ""), {}).get("charge")

    def _of_clock(self, use: Mapping[str, Any]) -> Iterator[Approval | None]:
        yield self._own().get(f"process_signals[{use['id']}].step")
        for path in ("flow.calendar", f"flow.steps[{use['step']}].calendar"):
            yield self._own().get(path)
        yield self.approvals.get(("calendar", calendar_of(self.doc, use["id"])), {}).get("clock")

    def _used(self, kpi: str) -> _Used:
        """Return what a KPI stands on, through every KPI in between."""
        measures = {outcome["id"]: outcome["measure"] for outcome in self.doc["outcomes"]}
        found = _Used()
        seen: set[str] = set()
        ahead = [kpi]
        while ahead:
            name = ahead.pop()
            if name in seen or name not in measures:
                continue
            seen.add(name)
            anchor = measures[name]["anchor"]
            found.signals.update({anchor} - set(ANCHORS))
            try:
                used = refs(parse(measures[name]["formula"]))
            except FormulaError:
                continue
            found.signals.update(used.signals)
            found.systems.update(used.systems)
            found.clocks.update(used.clocks)
            found.charged.update(used.charged)
            found.along.update(used.along)
            ahead += used.kpis
        found.kpis.update(seen - {kpi})
        return found

    def _resolve(self, kind: str, id_: str) -> dict[str, Any] | None:
        shelves = {"calendar": (self.calendars,), "cost_rule": (self.cost_rules,)}
        found = (shelf.get(id_) for shelf in shelves.get(kind, (self.signals, self.systems)))
        return next((version.doc for version in found if version is not None), None)


def _worst(approvals: Iterable[Approval | None]) -> Approval | None:
    """Return how far something is approved that rests on several values: the worst of all of them."""
    found = [approval for approval in approvals if approval is not None]
    if not found:
        return None
    state = min((approval.state for approval in found), key=_WORST.index)
    worst = [approval for approval in found if approval.state == state]
    held = [approval for approval in found if approval.state == "held"] if state == "provisional" else []
    since = [approval.since for approval in worst if approval.since]
    if state == "approved":
        people = dict.fromkeys(person for approval in worst for person in approval.signed_by)
        return Approval(state=state, since=max(since, default=None), signed_by=tuple(people))
    if state == "waived":
        return min(worst, key=lambda approval: (approval.until is None, approval.until))
    roles = dict.fromkeys(role for approval in (*worst, *held) for role in approval.waiting_for)
    groups = {approval.group for approval in (*worst, *held)}
    group = groups.pop() if len(groups) == 1 else None
    return Approval(state=state, waiting_for=tuple(roles), since=min(since, default=None), group=group, held=bool(held))


def live_definitions(connection: Connection, flow: str, *, systems: bool = False) -> Definitions:
    """Return the live definitions of a flow, with their approvals; with ``systems`` all its system signals, too.

    Raises:
        NotFound: there is no template of this id.
    """
    template = _head(connection, flow)
    signals = documents.heads(connection, "signal", _signals_of(template.doc))
    named = _signals_of(template.doc, "system_signals") if systems else systems_of(template.doc)
    beside = documents.heads(connection, "signal", named)
    read = Definitions(template, signals, beside, *rules_at_head(connection, template.doc))
    stand = books.standings(connection, {(one.kind, one.id): one.doc for one in read.documents})
    return replace(
        read, approvals={name: present.approvals(one.book, one.signed, one.groups) for name, one in stand.items()}
    )


def rules_at_head(connection: Connection, template: dict[str, Any]) -> tuple[dict[str, Version], dict[str, Version]]:
    """Return the live calendars and cost rules of a template by id; those that are not there are left out."""
    calendars = documents.heads(connection, "calendar", calendars_of(template))
    return calendars, documents.heads(connection, "cost_rule", cost_rules_of(template))


def definitions_at(connection: Connection, flow: str, moment: datetime) -> Definitions:
    """Return the definitions that were live at a moment.

    Raises:
        NotFound: there is no template of this id, or there was none yet.
    """
    _head(connection, flow)
    template = documents.at_moment(connection, "template", flow, moment)
    if template is None:
        raise missing("template", flow)

    def there(kind: str, names: Iterable[str]) -> dict[str, Version]:
        found = (documents.at_moment(connection, kind, name, moment) for name in names)
        return {version.id: version for version in found if version is not None}

    return Definitions(
        template,
        there("signal", _signals_of(template.doc)),
        there("signal", systems_of(template.doc)),
        there("calendar", calendars_of(template.doc)),
        there("cost_rule", cost_rules_of(template.doc)),
    )


def definitions_of(connection: Connection, flow: str, versions: Mapping[str, int]) -> tuple[Definitions, list[str]]:
    """Return the definitions in the versions that a run read (``kind/id`` → version), and which of them are gone.

    Raises:
        NotFound: the template is not there in its version.
    """
    read: dict[str, dict[str, Version]] = {"template": {}, "signal": {}, "calendar": {}, "cost_rule": {}}
    gone = []
    for name, number in versions.items():
        kind, _, id_ = name.partition("/")
        if kind in read:
            found = documents.numbered(connection, kind, id_, number)
            if found is None:
                gone.append(f"{name} version {number}")
            else:
                read[kind][id_] = found
    if flow not in read["template"]:
        raise missing("template", flow)
    template = read["template"][flow]
    systems = {use["signal"] for use in template.doc["system_signals"]}
    signals = {id_: version for id_, version in read["signal"].items() if id_ not in systems}
    beside = {id_: version for id_, version in read["signal"].items() if id_ in systems}
    return Definitions(template, signals, beside, read["calendar"], read["cost_rule"]), gone


def _head(connection: Connection, flow: str) -> Version:
    head = documents.head(connection, "template", flow) if "\x00" not in flow else None
    if head is None:  # whoever may see some flows alone was refused before
        raise missing("template", flow, documents.ids(connection, "template"))
    return head


def _signals_of(template: dict[str, Any], section: str = "process_signals") -> Iterable[str]:
    return dict.fromkeys(use["signal"] for use in template[section])
