"""The frame of every page: bar, stepper, title, status, banners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from widgets.surface import parts
from widgets.wizard import checks
from widgets.wizard.messages import STAGES, TEXT, WORDS, say

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

HOME, WIZARD, DASHBOARD = "home.ipynb", "wizard.ipynb", "dashboard.ipynb"


def page_of(name: str, **query: str) -> str:
    """Return the address of a page, beside the one that is open."""
    asked = {key: value for key, value in query.items() if value}
    return f"{name}?{urlencode(asked)}" if asked else name


def frame(state: State, *, heading: str, body: list[Element], **more: Any) -> dict[str, Any]:
    """Return a whole view around a page's elements."""
    session = state.session
    name = str(state.document.get("title") or TEXT["new_flow"]) if state.flow else TEXT["new_flow"]
    stage = "validate" if state.stage == "check" else state.stage
    step = STAGES.get(stage, TEXT["wizard"])
    number = list(STAGES).index(stage) + 1 if stage in STAGES else 0
    page = heading if state.item or stage != state.stage else step
    query = {"flow": state.flow, "stage": state.stage if state.flow else "", "item": state.item}
    query["check"] = "1" if state.check and state.flow else ""
    caption = f"{say('step_of', n=number, all=len(STAGES))} · {name}" if number else None
    return {
        "title": say("title", error=TEXT["error"] if state.errors else "", page=page, flow=name),
        "heading": heading,
        "caption": caption,
        "bar": parts.bar(session, parts.link(TEXT["home"], HOME), parts.link(TEXT["wizard"], WIZARD)),
        "steps": steps(state) if state.flow else None,
        "summary": [{"text": wrong.text, "field": wrong.field} for wrong in state.errors],
        "banners": [*looking(state), *state.banners],
        "body": body,
        "status": state.busy or status(state),
        "status_at": state.saved_at,
        "foot": [],
        "words": WORDS,
        "location": page_of("", **query) or "?",
        "push": state.push,
        "focus": state.focus,
        "ack": state.ack,
        "rev": state.revision,
        "forget": state.forget,
        "buffer": f"wizard.{session.person if session else ''}.{state.flow or 'new'}",
        "readonly": not state.may_edit(),
        **more,
    }


def looking(state: State) -> list[Element]:
    """Return what is said to somebody who may only look."""
    return [] if state.may_edit() else [parts.banner("warning", parts.text(TEXT["look_only"]))]


def status(state: State) -> str:
    """Return what the page says about saving."""
    if not state.flow:
        return ""
    if state.clashes:
        return TEXT["undecided"]
    if state.unsaved:
        return TEXT["not_saved"]
    return TEXT["saved"] if state.saved_at else TEXT["nothing_typed"]


def steps(state: State) -> list[dict[str, Any]]:
    """Return the stages with their state in words; one that cannot start yet says why."""
    done = {stage: not checks.stage_problems(state, stage) for stage in ("define", "populate")}
    has = {
        "define": done["define"],
        "populate": done["populate"],
        "validate": not state.changed(),
        "dashboard": state.built or state.run is not None,
        "feedback": bool(state.feedback),
    }
    return [_step(state, stage, done=has[stage]) for stage in STAGES]


def _step(state: State, stage: str, *, done: bool) -> dict[str, Any]:
    current = stage == ("validate" if state.stage == "check" else state.stage)
    why = TEXT["later_submit"] if stage in {"dashboard", "feedback"} and state.live is None else None
    if why and not current:
        words, kind = TEXT["later"], "later"
    elif current and state.errors:
        words, kind = TEXT["trouble"], "problem"
    elif done:
        words, kind = TEXT["done"], "done"
    else:
        words, kind = (TEXT["progress"], "open") if current else (TEXT["open"], "open")
    return {
        "stage": stage, "label": STAGES[stage], "state": kind, "words": words, "current": current,
        "why": None if current else why,
    }  # fmt: skip
