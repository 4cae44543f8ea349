"""The page of a history as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.moments import instant
from widgets.history.messages import CAUSES, TEXT, say
from widgets.surface import parts
from widgets.surface.page import page
from widgets.surface.words import STATES

if TYPE_CHECKING:
    from bos.model.answers.documents import Difference, DocumentAnswer, VersionRow
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

WHY = "why"


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``back_to`` is the version that a person is about to roll back to, ``back`` what that would change.
    """

    flow: str
    live: DocumentAnswer | None = None
    versions: tuple[VersionRow, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    old: int = 0
    new: int = 0
    difference: Difference | None = None
    back_to: int = 0
    back: Difference | None = None
    why: str = ""
    wrong_why: str = ""
    session: SessionAnswer | None = None
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def title(self) -> str:
        """Return what the document is called."""
        return str(self.live.document.get("title") or self.flow) if self.live else self.flow


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    session = state.session
    return page(
        title=f"{TEXT['error'] if state.wrong_why else ''}{say('title', title=state.title)}",
        heading=say("heading", title=state.title),
        lede=TEXT["lede"],
        bar=parts.bar(session, parts.link(TEXT["home"], "home.ipynb"), *_ways(state)),
        errors={WHY: state.wrong_why} if state.wrong_why else {},
        banners=parts.outcome(state.wrong, state.told),
        body=_body(state),
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer=f"history.{state.flow}",
    )


def _ways(state: State) -> list[Element]:
    """Return the links to the other pages of the flow; one made from no blueprint has no upgrade."""
    query = urlencode({"flow": state.flow})
    pages = ["wizard", *(["upgrade"] if state.live and state.live.document.get("blueprint") else [])]
    return [parts.link(TEXT[page], f"{page}.ipynb?{query}") for page in pages]


def _body(state: State) -> list[Element]:
    if state.live is None:
        return []
    return [*_back(state), _compare(state), _versions(state)]


def _back(state: State) -> list[Element]:
    """Return the question that comes before rolling back: what it changes, and why."""
    if not state.back_to or state.back is None or state.live is None:
        return []
    version = state.back_to
    words = [parts.text(say("back_words", version=version))]
    if not state.back.fields:
        return [_asked(version, parts.text(say("nothing", version=version)), parts.actions(_cancel()))]
    waiting = sorted({text for group in state.live.open_groups if group.state != "unsigned" for text in group.text})
    if waiting:
        words += [parts.text(TEXT["waits"]), parts.plain(waiting)]
    table = _table(TEXT["back_table"], state.back)
    why = parts.field("area", WHY, TEXT["why"], state.why, hint=TEXT["why_hint"], error=state.wrong_why or None)
    confirm = parts.button(say("confirm", version=version), "confirm", version)
    return [_asked(version, *words, table, why, parts.actions(confirm, _cancel()))]


def _asked(version: int, *inside: Element) -> Element:
    heading = parts.heading(say("back_heading", version=version), id="back")
    return parts.box(parts.card(heading, *inside, key=f"back-{version}"))


def _cancel() -> Element:
    return parts.button(TEXT["cancel"], "cancel", look="quiet")


def _compare(state: State) -> Element:
    options = [(str(row.version), _option(row)) for row in state.versions]
    chosen = [
        parts.field("select", name, TEXT[label], str(version), options=options)
        for name, label, version in (("old", "from", state.old), ("new", "until", state.new))
    ]
    found = state.difference
    inside = [parts.box(*chosen, look="bos-grid bos-grid--two")]
    if found is not None and found.fields:
        inside.append(_table(say("difference", old=found.old, new=found.new), found))
    elif found is not None:
        inside.append(parts.text(TEXT["same"]))
    return parts.box(parts.heading(TEXT["compare"]), *inside, key="compare")


def _option(row: VersionRow) -> str:
    return f"{row.version} · {instant(row.at, 'UTC')} UTC"


def _table(caption: str, found: Difference) -> Element:
    columns = (TEXT["what"], say("before", version=found.old), say("before", version=found.new))
    return parts.table(caption, columns, [(one.what, one.before, one.after) for one in found.fields])


def _versions(state: State) -> Element:
    rows = [_version(state, row) for row in state.versions]
    return parts.box(parts.heading(TEXT["versions"]), *rows, key="versions")


def _version(state: State, row: VersionRow) -> Element:
    live = state.live is not None and row.version == state.live.version
    heading = parts.heading(say("version", version=row.version), 3)
    marks = [parts.box(parts.status(*STATES[state.live.state]), look="wz-marks")] if live and state.live else []
    author = state.names.get(row.author, row.author)
    about = say("about", cause=CAUSES[row.cause], author=author, at=row.at, why=row.rationale)
    shown = [heading, *marks, parts.text(about)]
    if row.text:
        count = say("changes", n=len(row.text)) if len(row.text) > 1 else TEXT["change"]
        shown.append(parts.details(count, parts.plain(row.text), key=f"text-{row.version}"))
    if not live and state.session is not None and state.session.may_edit:
        about_it = say("to", version=row.version)
        shown.append(parts.actions(parts.button(TEXT["back"], "back", row.version, look="quiet", about=about_it)))
    return parts.card(*shown, key=f"version-{row.version}")
