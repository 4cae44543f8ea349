"""Such a page as data: the frame, and the list of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.roles import ROLES
from widgets.surface import parts
from widgets.surface.page import page
from widgets.surface.words import STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bos.model.answers.documents import DocumentAnswer
    from widgets.shelf.state import FormT, State
    from widgets.surface.parts import Element


def framed(
    state: State[FormT], texts: Mapping[str, str], says: Callable[[Mapping[str, Any]], str], form: Sequence[Element]
) -> dict[str, Any]:
    """Return the page: the ``form`` where one is open, else the list; ``says`` tells in words what a document says."""
    open_ = state.form
    errors = {f"{open_.prefix}{name}": text for name, text in open_.errors.items()} if open_ else {}
    heading = texts["heading"]
    if open_ is not None:
        heading = texts["change"].format(title=open_.base.document["title"]) if open_.base else texts["new"]
    return page(
        title=texts["title"].format(error=texts["error"] if errors else ""),
        heading=heading,
        lede=texts["lede"],
        bar=parts.bar(
            state.session, parts.link(texts["home"], "home.ipynb"), parts.link(texts["approvals"], "approvals.ipynb")
        ),
        errors=errors,
        banners=_banners(state, texts),
        body=form if open_ else _every(state, texts, says),
        status=open_.said if open_ else " ".join(state.told),
        focus=state.focus,
        ack=state.ack,
        buffer=state.kind,
    )


def _banners(state: State[FormT], texts: Mapping[str, str]) -> list[Element]:
    banners = parts.outcome(state.wrong)
    if state.moved:
        banners.append(parts.banner("warning", parts.text(texts["moved"].format(says=state.moved)), role="alert"))
    if state.told:
        first, *rest = state.told
        banners.append(parts.banner("ok", parts.text(first), *([parts.plain(rest)] if rest else [])))
    return banners


def users(state: State[FormT], texts: Mapping[str, str]) -> list[Element]:
    """Return who else is concerned by a change of the document at hand."""
    used = state.used.get(state.form.base.id, []) if state.form and state.form.base else []
    if not used:
        return []
    words = texts["shared_one"] if len(used) == 1 else texts["shared"].format(n=len(used))
    return [parts.banner("warning", parts.text(words), parts.plain(used))]


def _every(state: State[FormT], texts: Mapping[str, str], says: Callable[[Mapping[str, Any]], str]) -> list[Element]:
    rows = [_row(state, texts, one, says(one.document)) for one in state.documents]
    body: list[Element] = [parts.box(parts.listing(texts["every"], rows, empty=texts["none"]))]
    if not state.may_edit:
        return [*body, parts.text(texts["look_only"])]
    return [*body, parts.actions(parts.button(texts["new"], "new"))]


def _row(state: State[FormT], texts: Mapping[str, str], one: DocumentAnswer, words: str) -> Element:
    used = state.used.get(one.id, [])
    said = [words, texts["used"].format(used="; ".join(used)) if used else texts["used_none"]]
    waits = [mark.role for group in one.open_groups if group.state == "waiting" for mark in group.waiting_for]
    if waits:
        said.append(texts["waits"].format(roles=", ".join(ROLES.get(role, role) for role in dict.fromkeys(waits))))
    title = one.document["title"]
    change = parts.button(texts["change_short"], "change", one.id, look="quiet", small=True, about=title)
    told, tone = STATES[one.state]
    ends = [parts.status(told, tone), *([change] if state.may_edit else [])]
    return parts.row(title, " ".join(said), key=one.id, ends=ends)


def typed(state: State[FormT], name: str, label: str, hint: str = "", *, kind: str = "text", **more: Any) -> Element:
    """Return a field of the form at hand."""
    form = state.form
    if form is None:
        raise LookupError(name)
    more.setdefault("value", form.values.get(name, ""))
    value = more.pop("value")
    return parts.field(kind, f"{form.prefix}{name}", label, value, hint=hint, error=form.errors.get(name), **more)
