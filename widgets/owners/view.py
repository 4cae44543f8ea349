"""Who owns what as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.model.roles import ROLES, SIGNING_ROLES
from widgets.owners.messages import TEXT, say
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.model.answers.owners import Owned, OwnedPart
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

CHOICES = ("flow", "role", "person")
"""Fields to narrow by, in their order on the page."""


_NAMED = 6  # items that are named of those that are alike


@dataclass
class State:
    """All that the page is made of; ``chosen`` has the values narrowed by, ``names`` what people are called."""

    chosen: dict[str, str] = field(default_factory=dict)
    flows: tuple[Owned, ...] = ()
    found: tuple[Owned, ...] = ()
    parts: tuple[OwnedPart, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    session: SessionAnswer | None = None
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def flow(self) -> str:
        """Return the flow that is looked at field by field, or nothing."""
        return self.chosen.get("flow", "")


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return page(
        title=TEXT["title"],
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(
            state.session, parts.link(TEXT["home"], "home.ipynb"), parts.link(TEXT["people"], "people.ipynb")
        ),
        banners=_banners(state),
        body=[_choices(state), _parts(state) if state.flow else _flows(state)],
        focus=state.focus,
        ack=state.ack,
        buffer="owners",
    )


def _banners(state: State) -> list[Element]:
    n = len({(one.id, held.role) for one in state.flows for held in one.holders if not held.people})
    if state.wrong or not n:
        return parts.outcome(state.wrong)
    return [parts.banner("warning", parts.text(TEXT["unowned_one"] if n == 1 else say("unowned", n=n)))]


def _choices(state: State) -> Element:
    options = {
        "flow": [("", TEXT["all_flows"]), *((one.id, one.title) for one in state.flows)],
        "role": [("", TEXT["any"]), *((role, title) for role, title in ROLES.items() if role in SIGNING_ROLES)],
        "person": [("", TEXT["any"]), *sorted(state.names.items(), key=lambda one: one[1].casefold())],
    }
    fields = [
        parts.field("select", name, TEXT[name], state.chosen.get(name, ""), options=options[name], look="wz-short")
        for name in CHOICES
    ]
    return parts.box(parts.card(parts.box(*fields, look="wz-line")))


def _flows(state: State) -> Element:
    rows = [
        (one.title, held.role_title, _people(state, held.people), parts.act(TEXT["show"], "flow", one.id))
        for one in state.found
        for held in one.holders
    ]
    if not rows:
        return parts.box(parts.text(TEXT["none"] if state.flows else TEXT["no_flows"]))
    return parts.box(parts.table(TEXT["flows"], (TEXT["flow"], TEXT["role"], TEXT["held"], TEXT["fields"]), rows))


def _parts(state: State) -> Element:
    role, person = state.chosen.get("role", ""), state.chosen.get("person", "")
    wanted = [one for one in state.parts if role in {"", one.role} and (not person or person in one.people)]
    rows = [
        (what, ", ".join(one.fields), _signed(one), one.role_title, _people(state, one.people))
        for what, one in _joined(wanted)
    ]
    if not rows:
        return parts.box(parts.text(TEXT["none"]))
    title = next((one.title for one in state.flows if one.id == state.flow), state.flow)
    columns = (TEXT["part"], TEXT["fields"], TEXT["critical"], TEXT["role"], TEXT["held"])
    return parts.box(parts.table(say("parts", title=title), columns, rows))


def _joined(found: Sequence[OwnedPart]) -> Iterator[tuple[str, OwnedPart]]:
    """Yield parts in words, those of one noun with the same fields and role together: thirteen steps are one row."""
    alike: dict[tuple[str, tuple[str, ...], int, str, tuple[str, ...]], list[OwnedPart]] = {}
    for one in found:
        noun = one.what.partition(" “")[0]
        alike.setdefault((noun, one.fields, len(one.critical), one.role, one.people), []).append(one)
    for (noun, *_), same in alike.items():
        names = [one.what.removeprefix(f"{noun} ") for one in same[:_NAMED]]
        more = say("more", n=len(same) - _NAMED) if len(same) > _NAMED else ""
        yield (same[0].what if len(same) == 1 else f"{noun} {', '.join(names)}{more}"), same[0]


def _signed(one: OwnedPart) -> str:
    called = dict(zip(one.paths, one.fields, strict=True))
    return ", ".join(called[path] for path in one.critical)


def _people(state: State, people: Sequence[str]) -> str | Element:
    if not people:
        return parts.status(TEXT["nobody"], "warning")
    return ", ".join(state.names.get(person, person) for person in people)
