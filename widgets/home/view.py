"""The home page as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.roles import ROLES
from widgets.home.messages import TEXT, say
from widgets.surface import parts
from widgets.surface.page import page
from widgets.surface.words import STATES

if TYPE_CHECKING:
    from bos.model.answers.documents import Blueprint, DocumentRow, Draft
    from bos.model.answers.people import SessionAnswer
    from bos.model.answers.telemetry import TelemetryStatus
    from widgets.surface.parts import Element

SAMPLE = "loan-payment-processing"


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading."""

    flows: tuple[DocumentRow, ...] = ()
    drafts: tuple[Draft, ...] = ()
    telemetry: dict[str, TelemetryStatus] = field(default_factory=dict)
    blueprints: tuple[Blueprint, ...] = ()
    behind: frozenset[str] = frozenset()
    session: SessionAnswer | None = None
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def may_look(self) -> bool:
        """Return whether the person may see any flow; the server decides, this only says it in other words."""
        return self.session is None or "template.read" in self.session.may


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return page(
        title=TEXT["title"],
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(state.session, *_links(state.session)),
        banners=parts.outcome(state.wrong, state.told),
        body=[_flows(state), *([_beginnings(state)] if _may_edit(state) else []), *_people(state.session)],
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer="home",
    )


def _links(session: SessionAnswer | None) -> list[Element]:
    may = session.may if session is not None else ()
    ways = (
        ("search.read", "search", "search.ipynb"),
        ("change.sign", "approvals", "approvals.ipynb"),
        ("kpi.read", "watch", "watch.ipynb"),
        ("connection.test", "connections", "connections.ipynb"),
        ("calendar.read", "calendars", "calendars.ipynb"),
        ("cost_rule.read", "costs", "costs.ipynb"),
        ("people.read", "owners", "owners.ipynb"),
        ("people.read", "people", "people.ipynb"),
    )
    return [parts.link(TEXT[name], page) for right, name, page in ways if right in may]


def _flows(state: State) -> Element:
    if state.session is not None and not state.may_look:
        return parts.box(
            parts.banner("none", parts.text(TEXT["no_role"]), parts.text(say("ask", person=state.session.person)))
        )
    begun = {draft.id: draft for draft in state.drafts if draft.kind == "template"}
    live = {row.id for row in state.flows}
    rows = [_begun(draft) for name, draft in begun.items() if name not in live]
    names = {one.person: one.display for one in (state.session.sample_people if state.session else ())}
    rows += [
        _flow(
            row,
            state.telemetry.get(row.id),
            author=names.get(row.author, row.author),
            draft=row.id in begun,
            behind=row.id in state.behind,
        )
        for row in state.flows
    ]
    if not _may_edit(state):
        return parts.box(parts.listing(TEXT["flows"], rows, empty=TEXT["empty_look"]))
    new = parts.link(TEXT["new"], "wizard.ipynb", look="bos-button bos-button--quiet")
    return parts.box(parts.listing(TEXT["flows"], rows, empty=TEXT["empty"]), parts.actions(new))


def _may_edit(state: State) -> bool:
    return state.session is None or state.session.may_edit


def _begun(draft: Draft) -> Element:
    title = str(draft.document.get("title") or draft.id)
    address = f"wizard.ipynb?{urlencode({'flow': draft.id})}"
    edit = parts.link(TEXT["edit"], address, look="bos-button", about=say("about", title=title))
    return parts.row(
        title, TEXT["drafts"], key=draft.id, level=2, marks=[parts.status(*STATES["draft"])], ends=[edit]
    )  # fmt: skip


def _flow(row: DocumentRow, telemetry: TelemetryStatus | None, *, author: str, draft: bool, behind: bool) -> Element:
    words, shape = STATES[row.state]
    marks = [parts.status(words, shape)]
    if row.unowned:
        marks.append(parts.badge(say("unowned", roles=", ".join(ROLES[role] for role in row.unowned)), mark=True))
    if draft:
        marks.append(parts.badge(TEXT["drafts"], mark=True))
    if behind:
        marks.append(parts.badge(TEXT["behind"], mark=True))
    if telemetry and telemetry.generated:
        marks.append(parts.badge(TEXT["generated_part" if telemetry.recorded else "generated"]))
    if telemetry and telemetry.damaged:
        marks.append(parts.badge(TEXT["damaged"], mark=True))
    changed = say("version", version=row.version, at=f"{row.at:%d %b %Y}", author=author)
    about, query = say("about", title=row.title), urlencode({"flow": row.id})
    pages = [
        ("edit", "wizard"),
        ("history", "history"),
        ("published", "published"),
        *([("upgrade", "upgrade")] if behind else []),
    ]
    quiet = [
        parts.link(TEXT[name], f"{page}.ipynb?{query}", look="bos-button bos-button--quiet", about=about)
        for name, page in pages
    ]
    return parts.row(
        row.title, f"{changed}. {freshness(telemetry)}.", key=row.id, level=2, marks=marks,
        ends=[parts.link(TEXT["dashboard"], f"dashboard.ipynb?{query}", look="bos-button", about=about), *quiet],
    )  # fmt: skip


def freshness(telemetry: TelemetryStatus | None) -> str:
    """Return how many events there are, when the newest one happened (UTC), and whether some lie in the future."""
    if telemetry is None or telemetry.last is None:
        return TEXT["no_telemetry"]
    newest = telemetry.newest or telemetry.last
    words = say("telemetry", events=f"{telemetry.events:,}", last=f"{newest:%d %b %Y %H:%M} UTC")
    return f"{words}{say('ahead', last=f'{telemetry.last:%d %b %Y}') if newest < telemetry.last else ''}"


def _beginnings(state: State) -> Element:
    there = {row.id for row in state.flows}
    rows = [_blueprint(blueprint, there=blueprint.name in there) for blueprint in state.blueprints]
    listed = parts.listing(TEXT["begin"], rows, empty="")
    return parts.box(parts.heading(TEXT["begin"]), parts.text(TEXT["begin_lede"], "bos-lede"), listed)


def _blueprint(blueprint: Blueprint, *, there: bool) -> Element:
    template = blueprint.template
    signals = len(template.get("process_signals", ())) + len(template.get("system_signals", ()))
    brings = say(
        "brings", steps=len(template["flow"]["steps"]), signals=signals, kpis=len(template.get("outcomes", ()))
    )
    more = {"ends": []} if there else {"ends": [_make(blueprint)]}
    return parts.row(
        blueprint.title, f"{brings} {TEXT['there'] if there else blueprint.description}", key=blueprint.name, level=3,
        marks=[parts.badge(TEXT["sample"])] if blueprint.name == SAMPLE else [], **more,
    )  # fmt: skip


def _make(blueprint: Blueprint) -> Element:
    about = say("about", title=blueprint.title)
    return parts.button(TEXT["make"], "make", blueprint.name, look="quiet", about=about)


def _people(session: SessionAnswer | None) -> list[Element]:
    if session is None or not session.sample_people:
        return []
    options = [("", say("yourself", name=session.signed_in))]
    options += [(one.person, f"{one.display}, {one.role_title}") for one in session.sample_people]
    chosen = session.acting_as.person if session.acting_as else ""
    control = parts.field(
        "select", "acting", TEXT["acting"], chosen, hint=TEXT["acting_hint"], options=options, look="wz-short"
    )
    return [parts.box(parts.heading(TEXT["sample_person"]), parts.card(control))]
