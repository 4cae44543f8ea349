"""Validate: a role for every part, every problem with a way to it, and what submitting would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard.fields import described, roles
from widgets.wizard.frame import frame
from widgets.wizard.messages import SECTIONS, role, tally
from widgets.wizard.places import place_of
from widgets.wizard.views import trust
from widgets.wizard.views.define import onward

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.model.answers.changes import Group, GroupMark, Submitted
    from bos.model.answers.documents import ProblemAnswer
    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Validate the flow",
        lede="Every part has one role that answers for it. BOS checks the whole, and says what submitting it would do.",
        body=[
            _roles(state),
            trust.of_flow(state),
            _problems(state),
            effect(state),
            _help(),
            onward(state, back="populate"),
        ],
    )


def _roles(state: State) -> Element:
    covered = {row["covers"]: row["accountable"] for row in state.document["ownership"]}
    fields = [
        parts.field("select", f"role.{section}", words, covered.get(section, ""), options=roles(),
                    error=state.error_of(f"role.{section}"))
        for section, words in SECTIONS.items()
    ]  # fmt: skip
    rest = [row for row in state.document["ownership"] if row["covers"] not in SECTIONS]
    more = []
    if rest:
        rows = [(described(state.document, row["covers"]), role(row["accountable"])) for row in rest]
        table = parts.table("Fields with a role of their own", ("Field", "Role"), rows)
        more.append(parts.details(f"{tally(len(rest), 'field')} with a role of their own", table, key="own-roles"))
    hint = "The role answers for every field of its part that names no other."
    return parts.group(
        "Who answers for what", parts.box(*fields, look="bos-grid bos-grid--two"), *more, hint=hint, key="roles"
    )


def _problems(state: State) -> Element:
    found = state.validation
    if found is None:
        return parts.box(parts.heading("Problems"), parts.text("The flow could not be checked. Open this page again."))
    errors = [problem for problem in found.problems if problem.severity == "error"]
    seen = [problem for problem in found.problems if problem.severity != "error"]
    body = [parts.heading(f"Problems ({len(errors)})")]
    if errors:
        body.append(parts.listing("Problems", _rows(state, errors), empty=""))
    else:
        body.append(parts.banner("ok", parts.text("BOS has checked every field and found no problem.")))
    if seen:
        body.append(parts.heading(f"Worth a look ({len(seen)})", 3))
        body.append(parts.listing("Worth a look", _rows(state, seen), empty=""))
    return parts.box(*body)


def _rows(state: State, problems: Iterable[ProblemAnswer]) -> list[Element]:
    return [_row(state, n, problem) for n, problem in enumerate(problems)]


def _row(state: State, number: int, problem: ProblemAnswer) -> Element:
    place = place_of(problem.path) if problem.path else None
    label = described(state.document, problem.path) if problem.path else "The whole flow"
    ends = []
    if place is not None and (place.stage != "validate" or place.field != f"role.{problem.path}"):
        ends = [parts.button("Change", "change", list(place), look="quiet", small=True, about=label)]
    words = problem.message.replace(problem.path, label) if problem.path else problem.message
    return parts.row(label, f"{words} {problem.hint}".strip(), key=f"{number}-{problem.path}-{problem.code}", ends=ends)


def effect(state: State) -> Element:
    """Return what submitting the draft would do."""
    would = state.validation.would if state.validation else None
    body = [parts.heading("What submitting does")]
    if would is None:
        body.append(parts.text("Nothing can be submitted before the problems are settled."))
    elif state.live is not None and not (would.live or would.held):
        body.append(parts.text("Nothing: the flow is live as it stands here."))
    else:
        body += told(state, would)
    for group in state.proposals:
        body.append(waiting(group))
    return parts.box(*body)


def told(state: State, would: Submitted) -> list[Element]:
    """Return in words what goes live, what is held, and who has to sign."""
    live = [described(state.document, path) for path in would.live]
    body = [parts.text(f"{tally(len(live), 'field')} {'goes' if len(live) == 1 else 'go'} live at once.")]
    if live:
        body.append(parts.details("Show what goes live", parts.plain(live), key="would-live"))
    if would.provisional:
        words = "live at once, and marked as not approved until somebody signs:"
        body += _marks(state, would.provisional, words, key="would-provisional")
    if would.held:
        body += _marks(
            state, would.held, "held: the approved value stays in force until somebody signs:", key="would-held"
        )
    return body


def _marks(state: State, marks: Iterable[GroupMark], words: str, *, key: str) -> list[Element]:
    rows = [
        (described(state.document, path), ", ".join(role(one.role) for one in mark.waiting_for))
        for mark in marks
        for path in mark.paths
    ]
    count = tally(len(rows), "value") + (" is " if len(rows) == 1 else " are ")
    table = parts.table("Who would sign", ("Value", "Signed by"), rows)
    who = parts.details("Show the values and who signs", table, key=key, open=len(rows) <= _FEW)
    return [parts.text(f"{count}{words}"), who]


_FEW = 8


def waiting(group: Group) -> Element:
    """Return what waits for signatures, and whose."""
    who = ", ".join(f"{tally(one.count, 'person', 'people')} as {role(one.role)}" for one in group.waiting_for)
    words = f"An earlier change waits for {who or 'a signature'}:"
    return parts.banner("warning", parts.text(words), parts.plain(list(group.text)))


def _help() -> Element:
    return parts.details(
        "Help with this page",
        parts.plain(
            [
                "A role is accountable: it answers for the field, whoever edits it.",
                "Critical values such as formulas and targets need a signature of another person.",
                "The first values of a flow are live at once, marked as not approved.",
                "A change of an approved value is held: the old value stays in force until the new one is signed.",
            ]
        ),
        key="help-validate",
    )
