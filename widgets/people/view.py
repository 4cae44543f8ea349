"""People and roles as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.model.moments import day, instant
from widgets.people.forms import fields
from widgets.people.messages import DO, DUTIES, SOURCES, TEXT, say
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from bos.model.answers.people import Binding, Delegation, Departure, Duty, Person, SessionAnswer
    from widgets.people.forms import Form
    from widgets.surface.parts import Element


@dataclass
class State:
    """All that the page is made of; ``chosen`` is the id of who is looked at, ``departure`` what only they serve."""

    people: tuple[Person, ...] = ()
    flows: dict[str, str] = field(default_factory=dict)
    delegations: tuple[Delegation, ...] = ()
    chosen: str = ""
    departure: Departure | None = None
    form: Form | None = None
    session: SessionAnswer | None = None
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def person(self) -> Person | None:
        """Return who is looked at."""
        return next((one for one in self.people if one.person == self.chosen), None)

    def may(self, right: str) -> bool:
        """Return whether the person may do something; the server decides, this only leaves out what it refuses."""
        return self.session is not None and right in self.session.may

    def name(self, person: str) -> str:
        """Return what somebody is called."""
        return next((one.display for one in self.people if one.person == person), person)


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    errors = state.form.errors if state.form else {}
    return page(
        title=f"{TEXT['error'] if errors else ''}{TEXT['title']}",
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(
            state.session, parts.link(TEXT["home"], "home.ipynb"), parts.link(TEXT["owners"], "owners.ipynb")
        ),
        errors=errors,
        banners=parts.outcome(state.wrong, state.told),
        body=[*_form(state), *(_one(state, state.person) if state.person else _all(state))],
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer="people",
    )


def _form(state: State) -> list[Element]:
    form = state.form
    if form is None:
        return []
    name = state.name(state.chosen)
    headings = {
        "add": TEXT["add"],
        "give": say("give_to", name=name),
        "take": say("take_from", name=name),
        "disable": say("disable_of", name=name),
        "enable": say("enable_of", name=name),
        "erase": say("erase_of", name=name),
        "delegate": TEXT["delegate"],
        "end": TEXT["ending"],
    }
    inside = [parts.heading(headings[form.name])]
    if words := _form_words(state, form, name):
        inside.append(parts.text(words))
    people = [(one.person, one.display) for one in state.people if one.disabled_at is None]
    inside += fields(form, state.flows.items(), people)
    answers = parts.actions(parts.button(DO[form.name], "do"), parts.button(TEXT["cancel"], "cancel", look="quiet"))
    return [parts.box(parts.card(*inside, answers, key=f"form-{form.name}-{form.about}"))]


def _form_words(state: State, form: Form, name: str) -> str:
    if form.name == "take" and state.person:
        held = next((one for one in state.person.bindings if one.binding == form.about), None)
        return say("take_words", role=held.role_title, where=_where(state, held)) if held else ""
    words = {"add": "add_words", "disable": "disable_words", "erase": "erase_words", "delegate": "delegate_words"}
    return say(words[form.name], name=name, id=state.chosen) if form.name in words else ""


def _all(state: State) -> list[Element]:
    rows = [_row(state, one) for one in state.people]
    new = [parts.button(TEXT["add"], "form", "add", look="quiet")] if state.may("people.manage") else []
    return [
        parts.box(parts.listing(TEXT["people"], rows, empty=TEXT["nobody"]), *([parts.actions(*new)] if new else [])),
        _stand_ins(state),
    ]


def _row(state: State, one: Person) -> Element:
    there: dict[str, list[str]] = {}
    for binding in one.bindings:
        there.setdefault(_where(state, binding), []).append(binding.role_title)
    held = "; ".join(f"{', '.join(dict.fromkeys(roles))} {where}" for where, roles in there.items())
    return parts.row(
        one.display, say("holds", roles=held) if held else TEXT["nothing"], key=one.person, level=2,
        marks=_marks(state, one),
        ends=[parts.button(TEXT["look"], "look", one.person, look="quiet", about=say("about", name=one.display))],
    )  # fmt: skip


def _marks(state: State, one: Person) -> list[Element]:
    marks = [parts.badge(one.person)]
    if state.session is not None and one.person == state.session.person:
        marks.append(parts.badge(TEXT["you"]))
    if one.erased_at is not None:
        marks.append(parts.status(TEXT["erased"], "none"))
    elif one.disabled_at is not None:
        marks.append(parts.status(TEXT["disabled"], "none"))
    return marks


def _where(state: State, held: Binding) -> str:
    return say(held.scope, value=state.flows.get(held.value, held.value)) if held.scope != "all" else TEXT["all"]


def _one(state: State, one: Person) -> list[Element]:
    facts: list[tuple[str, str | Element]] = [
        (TEXT["id"], one.person),
        (TEXT["email"], one.email or TEXT["none"]),
        (TEXT["since"], day(one.at, "UTC")),
        (TEXT["source"], SOURCES[one.source]),
        (TEXT["groups"], ", ".join(one.groups) or TEXT["none"]),
    ]
    head = [parts.heading(one.display), parts.facts(facts), *_roles(state, one)]
    return [parts.box(parts.card(*head, _acts(state, one), key=f"person-{one.person}")), _only(state, one)]


def _roles(state: State, one: Person) -> list[Element]:
    if not one.bindings:
        return [parts.text(TEXT["nothing"])]
    manages = state.may("people.manage")
    columns = (TEXT["role"], TEXT["where"], TEXT["until"], TEXT["by"], TEXT["why"], *([TEXT["act"]] if manages else []))
    rows = [
        (
            held.role_title,
            _where(state, held),
            f"{instant(held.ends, 'UTC')} UTC" if held.ends else TEXT["for_good"],
            state.name(held.given_by),
            held.rationale,
            *([_take(held)] if manages else []),
        )
        for held in one.bindings
    ]
    return [parts.table(say("roles", name=one.display), columns, rows)]


def _take(held: Binding) -> str | Element:
    if held.group:
        return say("of_group", group=held.group)
    return parts.act(TEXT["take"], "form", f"take {held.binding}")


def _acts(state: State, one: Person) -> Element:
    acts = [parts.button(TEXT["back"], "look", "", look="quiet")]
    if one.erased_at is not None:
        return parts.actions(*acts)
    if state.may("people.manage"):
        acts.insert(0, parts.button(TEXT["give"], "form", "give"))
        name = "enable" if one.disabled_at else "disable"
        acts.append(parts.button(TEXT[name], "form", name, look="quiet"))
    if one.disabled_at is not None and state.may("subject.erase"):
        acts.append(parts.button(TEXT["erase"], "form", "erase", look="quiet"))
    return parts.actions(*acts)


def _only(state: State, one: Person) -> Element:
    duties = state.departure.duties if state.departure else ()
    if not duties:
        return parts.box(parts.text(say("only_none", name=one.display)))
    rows = [(DUTIES[duty.what], _of(state, duty), duty.words, duty.role_title) for duty in duties]
    columns = (TEXT["duty"], TEXT["of"], TEXT["which"], TEXT["role"])
    table = parts.table(say("only", name=one.display), columns, rows)
    return parts.box(parts.text(say("only_why", name=one.display), "bos-lede"), table)


def _of(state: State, duty: Duty) -> str:
    return duty.title or state.flows.get(duty.id, duty.id)


def _ends(state: State, one: Delegation) -> bool:
    own = state.session is not None and state.session.person == one.person
    return own or state.may("people.manage")


def _stand_ins(state: State) -> Element:
    rows = [
        (
            state.name(one.person),
            state.name(one.delegate),
            f"{instant(one.ends, 'UTC')} UTC",
            one.rationale,
            parts.act(TEXT["end_stand_in"], "form", f"end {one.delegation}") if _ends(state, one) else "",
        )
        for one in state.delegations
    ]
    columns = (TEXT["absent"], TEXT["delegate_name"], TEXT["until"], TEXT["why"], TEXT["act"])
    told = parts.table(TEXT["stand_in"], columns, rows) if rows else parts.text(TEXT["stand_in_none"])
    may = state.may("delegation.give")
    new = [parts.actions(parts.button(TEXT["delegate"], "form", "delegate", look="quiet"))] if may else []
    return parts.box(parts.heading(TEXT["stand_in"]), told, *new)
