"""The approvals inbox as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.paths import get
from bos.model.roles import ROLES
from bos.model.ways import as_one
from bos.model.wording import before_and_after, compared
from widgets.approvals import waivers
from widgets.approvals.messages import KINDS, TEXT, say, tally
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.model.answers.changes import Group, Waiver
    from bos.model.answers.people import SessionAnswer
    from bos.model.diff import Change
    from widgets.surface.parts import Element

COMMENT, INCIDENTS = "comment", "incidents"
_CAPTIONS = {"held": "proposed", "unsigned": "value"}
_MOST = 200  # rows of a table; those that are left come when these are decided


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``flow`` is the one that stands first, as a link to the page names it.

    ``documents`` has the live content of each document by kind and id, ``chosen`` the groups that are being decided,
    ``waiver`` the waiver that is. ``past`` is what proposed thresholds would have done, ``incidents`` what was typed
    of known incidents that they should have caught.
    """

    flow: str = ""
    groups: tuple[Group, ...] = ()
    documents: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    waiver: str = ""
    past: str = ""
    incidents: str = ""
    wrong_incidents: str = ""
    comment: str = ""
    wrong_comment: str = ""
    names: dict[str, str] = field(default_factory=dict)
    session: SessionAnswer | None = None
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    def title(self, group: Group) -> str:
        """Return what the document of a group is called."""
        return str(self.documents.get((group.kind, group.id), {}).get("title") or group.id)

    @property
    def left(self) -> int:
        """Return how much waits."""
        return len(self.groups) + len(self.waivers)

    def deciding(self) -> tuple[Group, ...]:
        """Return the groups that are being decided."""
        return tuple(group for group in self.groups if group.group in self.chosen)


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    session = state.session
    return page(
        title=f"{TEXT['error'] if state.wrong_comment else ''}{TEXT['title']}",
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(
            session, parts.link(TEXT["home"], "home.ipynb"), parts.link(TEXT["approvals"], "approvals.ipynb")
        ),
        errors={
            name: words for name, words in ((COMMENT, state.wrong_comment), (INCIDENTS, state.wrong_incidents)) if words
        },
        banners=parts.outcome(state.wrong, state.told),
        body=[*_decision(state), *waivers.asked(state.waivers, state.documents, state.names), *_documents(state)],
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer="approvals",
    )


def _decision(state: State) -> list[Element]:
    """Return the card in which a person decides: what changes, on what it rests, and the ways to answer."""
    for waiver in state.waivers:
        if waiver.waiver == state.waiver:
            return [waivers.deciding(waiver, state.documents, state.names, _comment(state))]
    groups = state.deciding()
    if not groups:
        return []
    one = len(groups) == 1
    heading = TEXT["deciding"] if one else say("deciding_many", n=len(groups), title=state.title(groups[0]))
    inside = [parts.heading(heading), _table(state, groups, caption=say("of", **_named(state, groups[0])), act=False)]
    if one:
        inside += [parts.facts(_facts(state, groups[0])), *(_incidents(state) if state.past else ())]
    sign = TEXT["approve"] if one else say("approve_many", n=len(groups))
    answers = parts.actions(
        parts.button(sign, "decide", "approve"),
        parts.button(TEXT["rework"], "decide", "rework", look="quiet"),
        parts.button(TEXT["reject"], "decide", "reject", look="quiet"),
        parts.button(TEXT["cancel"], "cancel", look="quiet"),
    )
    return [parts.box(parts.card(*inside, _comment(state), answers, key=f"deciding-{groups[0].group}-{len(groups)}"))]


def _comment(state: State) -> Element:
    return parts.field(
        "area", COMMENT, TEXT["comment"], state.comment, hint=TEXT["comment_hint"],
        error=state.wrong_comment or None, optional=True,
    )  # fmt: skip


def _incidents(state: State) -> list[Element]:
    """Return the way to hold thresholds against incidents that are known."""
    typed = parts.field(
        "area", INCIDENTS, TEXT["incidents"], state.incidents, hint=TEXT["incidents_hint"],
        error=state.wrong_incidents or None, optional=True,
    )  # fmt: skip
    return [typed, parts.actions(parts.button(TEXT["try"], "try", look="quiet"))]


def _facts(state: State, group: Group) -> list[tuple[str, str | Element]]:
    by = ", ".join(state.names.get(person, person) for person in group.authors)
    need = ", ".join(
        f"{one.count} of {ROLES.get(one.role, one.role)}" if one.count > 1 else ROLES.get(one.role, one.role)
        for one in group.waiting_for
    )
    given = ", ".join(
        say("signed_by", person=state.names.get(one.person, one.person), role=ROLES.get(one.role, one.role))
        for one in group.signatures
        if one.decision == "approve"
    )
    found: list[tuple[str, str | Element]] = [
        (TEXT["by"], f"{by} · {say('on', at=group.at, version=group.base_version)}"),
        (TEXT["why"], group.rationale),
        (TEXT["needs"], need),
        (TEXT["signed"], given or TEXT["nobody_yet"]),
    ]
    found += [(TEXT["past"], state.past)] if state.past else []
    return [*found, (TEXT["batch"], TEXT["batch_words"])] if group.batch else found


def _documents(state: State) -> list[Element]:
    if not state.groups:
        if state.waivers:
            return []
        signs = state.session is None or "change.sign" in state.session.may
        return [parts.box(parts.listing(TEXT["heading"], [], empty=TEXT["empty"] if signs else TEXT["nobody"]))]
    found = dict.fromkeys((group.kind, group.id) for group in state.groups)
    names = sorted(found, key=lambda name: name != ("template", state.flow))
    return [_document(state, [one for one in state.groups if (one.kind, one.id) == name]) for name in names]


def _document(state: State, groups: Sequence[Group]) -> Element:
    first, title = groups[0], state.title(groups[0])
    inside = [parts.heading(say("of", **_named(state, first)))]
    about = say("all_about", title=title)
    unsigned = sorted((group for group in groups if group.state == "unsigned"), key=_place)
    kinds: tuple[tuple[str, list[Group]], ...] = (
        ("held", [group for group in groups if group.state == "waiting"]),
        ("unsigned", unsigned),
    )
    for text, some in kinds:
        if some:
            inside += [parts.text(tally(text, len(some))), _table(state, some[:_MOST], caption=_caption(title, text))]
    ends = []
    if len(groups) > 1:
        value = [first.kind, first.id]
        ends.append(parts.button(say("decide_all", n=len(groups)), "all", value, look="quiet", about=about))
    if first.kind == "template":
        query = urlencode({"flow": first.id})
        quiet = "bos-button bos-button--quiet"
        ends += [
            parts.link(TEXT["history"], f"history.ipynb?{query}", look=quiet, about=about),
            parts.link(TEXT["wizard"], f"wizard.ipynb?{query}", look=quiet, about=about),
        ]
    return parts.box(*inside, parts.actions(*ends), key=f"{first.kind}-{first.id}")


def _place(group: Group) -> list[str]:
    """Return what brings the values of one item together."""
    return [change.path for change in group.changes]


def _caption(title: str, text: str) -> str:
    return f"{title} · {TEXT[_CAPTIONS[text]]}"


def _named(state: State, group: Group) -> dict[str, str]:
    return {"title": state.title(group), "kind": KINDS.get(group.kind, group.kind)}


def _on(group: Group, change: Change, live: dict[str, Any]) -> Change:
    """Return a waiting change with the value that is live now as what it was."""
    if group.state != "waiting" or change.op != "set" or not change.path:
        return change
    try:
        return change.model_copy(update={"old": get(live, change.path)})
    except (KeyError, TypeError):
        return change


def _table(state: State, groups: Sequence[Group], *, caption: str, act: bool = True) -> Element:
    """Return what groups change, side by side; with ``act``, each with the way to decide."""
    unsigned = all(group.state == "unsigned" for group in groups)
    columns = [TEXT["what"], TEXT["before"] if unsigned else TEXT["live"], TEXT["value" if unsigned else "proposed"]]
    rows = []
    for group in groups:
        live = state.documents.get((group.kind, group.id), {})
        changes = as_one(group.kind, [_on(group, change, live) for change in group.changes], live)
        both = before_and_after(group.kind, group.changes, live)
        cells = [compared(group.kind, change, *both) for change in changes]
        cells = cells or [("; ".join(group.text), "", "")]
        for at, (what, before, after) in enumerate(cells):
            ends: list[str | Element] = []
            if act:
                look = parts.button(
                    TEXT["decide"], "one", group.group, look="quiet", small=True, about=say("about", what=what)
                )
                ends = [look if at == 0 else ""]
            rows.append([what, before, after, *ends])
    return parts.table(caption, [*columns, ""] if act else columns, rows)
