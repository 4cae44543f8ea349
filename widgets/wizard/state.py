"""The state of a visit: one draft, where the person is in it, and what is typed but not yet part of it."""

from __future__ import annotations

import copy
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from bos.model.diff import diff
from bos.model.paths import get, split
from bos.model.template import Template
from widgets.surface import parts

if TYPE_CHECKING:
    from bos.model.answers.changes import Group, Submitted
    from bos.model.answers.dashboards import DashboardRun
    from bos.model.answers.documents import Blueprint, DocumentAnswer, DocumentRow, Draft, Hit, Validation
    from bos.model.answers.feedback import FeedbackAnswer
    from bos.model.answers.kpis import KpiPreview
    from bos.model.answers.people import SessionAnswer
    from widgets.wizard.merge import Clash
    from widgets.wizard.signals import Sheet, Tried

OWNERS = {
    "identity": "process_owner",
    "flow": "process_owner",
    "process_signals": "data_steward",
    "system_signals": "sre",
    "outcomes": "business_owner",
    "ownership": "coe",
}
"""Who answers for a section of a flow that begins empty; the person can change each."""

_EMPTY = Template(id="new", title="new").data()


class Wrong(NamedTuple):
    """What is wrong with a field: said in the summary and beside it in the same words."""

    field: str
    text: str


@dataclass(frozen=True)
class Preview:
    """The number of the KPI being edited: of which definition (``of``), what it came to or why there is none."""

    of: str = ""
    found: KpiPreview | None = None
    problem: str = ""


@dataclass
class State:
    """All that a view is made of.

    ``item`` is the path of the entry being edited (``outcomes[+]``: of a new one), ``new`` holds what is typed into
    forms that are no part of the draft. ``saved`` is the draft as BOS has it, ``live`` what is in force, ``busy`` what
    is going on in words. ``formulas`` keeps the last formula of each kind, so that one can go back to it. ``seen`` is
    the last message of the browser, ``ack`` the last whose values are kept. ``submission`` names the next submission,
    so that it is done once. ``sheet`` is what the form of a shared signal was filled from, ``tried`` what trying it
    came to. ``built`` is whether a
    dashboard of the flow is there already, ``run`` the one that was built here.
    """

    flow: str = ""
    stage: str = "choose"
    item: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    live: dict[str, Any] | None = None
    live_state: str = "draft"
    revision: int = 0
    base_version: int = 0
    saved_at: str = ""
    unsaved: bool = False
    proposals: tuple[Group, ...] = ()
    new: dict[str, Any] = field(default_factory=dict)
    errors: list[Wrong] = field(default_factory=list)
    banners: list[dict[str, Any]] = field(default_factory=list)
    clashes: tuple[Clash, ...] = ()
    theirs: dict[str, Any] = field(default_factory=dict)
    sides: tuple[dict[str, Any], dict[str, Any], int | None] = field(default_factory=lambda: ({}, {}, None))
    validation: Validation | None = None
    check: bool = False
    preview: Preview = field(default_factory=Preview)
    busy: str = ""
    submitted: Submitted | None = None
    submission: str = field(default_factory=lambda: uuid.uuid4().hex)
    run: DashboardRun | None = None
    built: bool = False
    feedback: tuple[FeedbackAnswer, ...] = ()
    signals: dict[str, dict[str, Any]] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    sheet: Sheet | None = None
    tried: Tried | None = None
    flows: tuple[DocumentRow, ...] = ()
    calendars: tuple[DocumentRow, ...] = ()
    cost_rules: tuple[DocumentAnswer, ...] = ()
    drafts: tuple[Draft, ...] = ()
    blueprints: tuple[Blueprint, ...] = ()
    session: SessionAnswer | None = None
    formulas: dict[tuple[str, str], str] = field(default_factory=dict)
    ack: int = 0
    seen: int = 0
    push: bool = False
    forget: dict[str, Any] = field(default_factory=lambda: {"n": 0, "names": []})
    focus: dict[str, Any] = field(default_factory=lambda: {"id": "heading", "field": None, "n": 0})

    def begin(self, flow: str) -> None:
        """Turn to another flow: nothing computed, checked or typed for the one before holds for it."""
        fresh_ = State()
        gone = ("run", "submitted", "validation", "preview", "feedback", "formulas", "clashes", "new", "busy", "sheet",
                "tried", "built")  # fmt: skip
        for name in gone:
            setattr(self, name, getattr(fresh_, name))
        self.flow, self.submission = flow, fresh_.submission

    def look_at(self, *, id_: str = "heading", of: str | None = None) -> None:
        """Put the focus on a part of the page, or on a field."""
        self.focus = {"id": id_, "field": of, "n": self.focus["n"] + 1}

    def go(self, stage: str, item: str = "") -> None:
        """Move to another page."""
        self.stage, self.item, self.errors, self.push = stage, item, [], True
        self.look_at()

    def tell(self, tone: str, words: str, *, alert: bool = False) -> None:
        """Put a message across the page, once; it goes with the next thing the person does."""
        told = parts.banner(tone, parts.text(words), **({"role": "alert"} if alert else {}))
        self.banners = [*(one for one in self.banners if one != told), told]

    def took(self, *names: str) -> None:
        """Let go of what was typed into fields whose names begin so: it has become part of something kept."""
        self.new = {name: value for name, value in self.new.items() if not name.startswith(names)}
        self.forget = {"n": self.forget["n"] + 1, "names": list(names)}

    def may_edit(self) -> bool:
        """Return whether the person may change anything: viewers and internal audit only look."""
        return self.session is None or self.session.may_edit

    def changed(self) -> bool:
        """Return whether the draft differs from what is live."""
        return self.live is None or bool(diff("template", self.live, self.document))

    def error_of(self, name: str) -> str | None:
        """Return what is wrong with a field, where it is to be shown."""
        return next((wrong.text for wrong in self.errors if wrong.field == name), None)


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """Return a draft with every field present, as the model has them."""
    flow = {**_EMPTY["flow"], **(document.get("flow") or {})}
    return copy.deepcopy({**_EMPTY, "title": "", **document, "flow": flow})


def fresh(id_: str, title: str) -> dict[str, Any]:
    """Return the draft of a new, empty flow."""
    ownership = [{"id": name, "covers": name, "accountable": role} for name, role in OWNERS.items()]
    return whole({"id": id_, "title": title, "time_zone": "UTC", "ownership": ownership})


def find(document: dict[str, Any], path: str) -> Any:
    """Return the value at a path, or ``None``."""
    try:
        return get(document, path)
    except (KeyError, TypeError, AttributeError):
        return None


def put(document: dict[str, Any], path: str, value: Any) -> bool:
    """Set the value at a path; return whether there was such a place. Parts that are empty are made on the way."""
    parts = split(path)
    here: Any = document
    for name, is_id in parts[:-1]:
        if is_id:
            here = next((item for item in here or () if item.get("id") == name), None)
        else:
            if here.get(name) is None:
                here[name] = {}
            here = here[name]
        if here is None:
            return False
    here[parts[-1][0]] = value
    return True


def name_of(title: str, taken: set[str], *, word: str = "item", joint: str = "_") -> str:
    """Return an id made of a title, not taken yet."""
    base = re.sub(r"[^a-z0-9]+", joint, title.lower()).strip(joint)[:50]
    base = base if base[:1].isalpha() else f"{word}{joint}{base}".rstrip(joint)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{joint}{number}", number + 1
    return name


def signal_id(flow: str, name: str, number: int) -> str:
    """Return an id for a signal of a flow, of at most 63 characters; different for each ``number``."""
    tail = f".{name}" if number == 1 else f".{name}-{number}"
    return f"{flow[: 63 - len(tail)].rstrip('.-')}{tail}".rstrip(".-")


def add_step(document: dict[str, Any], title: str) -> str:
    """Add a step at the end, and a way to it from the one before; return its id."""
    steps = document["flow"]["steps"]
    before = steps[-1]["id"] if steps else None
    name = name_of(title, {step["id"] for step in steps}, word="step")
    steps.append({"id": name, "title": title.strip(), "description": "", "correlation_key": [], "calendar": None})
    if before:
        add_edge(document, before, name, "")
    return name


def remove_step(document: dict[str, Any], name: str) -> None:
    """Take a step out, with its ways and what signals say about it; one way in and one way out become one way."""
    flow = document["flow"]
    into = [edge["source"] for edge in flow["edges"] if edge["target"] == name and edge["source"] != name]
    out = [edge["target"] for edge in flow["edges"] if edge["source"] == name and edge["target"] != name]
    if len(into) == len(out) == 1 and into != out:
        add_edge(document, into[0], out[0], "")
    flow["steps"] = [step for step in flow["steps"] if step["id"] != name]
    flow["edges"] = [edge for edge in flow["edges"] if name not in {edge["source"], edge["target"]}]
    for use in (*document["process_signals"], *document["system_signals"]):
        use["step"] = None if use.get("step") == name else use.get("step")
        use["affects"] = [step for step in use.get("affects") or () if step != name]
    document["ownership"] = [row for row in document["ownership"] if f"flow.steps[{name}]" not in row["covers"]]


def add_edge(document: dict[str, Any], source: str, target: str, label: str) -> bool:
    """Add a way between two steps; return whether it was not there yet."""
    edges = document["flow"]["edges"]
    if any((edge["source"], edge["target"]) == (source, target) for edge in edges):
        return False
    taken = {edge["id"] for edge in edges}
    name = name_of(f"{source}.{target}"[:50], taken, word="way", joint=".")
    edges.append({"id": name, "source": source, "target": target, "label": label.strip()})
    return True


def remove(document: dict[str, Any], path: str) -> None:
    """Take an item out of its list, with the role that was named for it alone."""
    section, _, rest = path.rpartition("[")
    items = find(document, section) or []
    put(document, section, [item for item in items if item["id"] != rest.rstrip("]")])
    document["ownership"] = [row for row in document["ownership"] if not row["covers"].startswith(path)]


def move(document: dict[str, Any], path: str, by: int) -> None:
    """Move an item up or down in its list."""
    section, _, rest = path.rpartition("[")
    items = find(document, section) or []
    at = next((n for n, item in enumerate(items) if item["id"] == rest.rstrip("]")), None)
    if at is not None and 0 <= at + by < len(items):
        items.insert(at + by, items.pop(at))


def set_level(document: dict[str, Any], kpi: str, level: str, value: Any) -> None:
    """Set or take away the warning or breach of a KPI."""
    outcome = find(document, f"outcomes[{kpi}]")
    kept = [row for row in outcome.get("thresholds") or () if row["level"] != level]
    if value is not None:
        kept.append({"id": level, "level": level, "value": value})
    outcome["thresholds"] = sorted(kept, key=lambda row: str(row["level"]), reverse=True)


def set_role(document: dict[str, Any], section: str, role: str) -> None:
    """Make a role accountable for a section."""
    row = next((row for row in document["ownership"] if row["covers"] == section), None)
    if row is not None:
        row["accountable"] = role
    else:
        taken = {row["id"] for row in document["ownership"]}
        row = {"id": name_of(section, taken), "covers": section, "accountable": role}
        document["ownership"].append(row)
