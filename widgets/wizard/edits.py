"""What a person does to a draft: a field written, an entry added, moved or taken out. Pure: nothing is asked of BOS."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from bos.errors import NotFound, UsageError
from bos.model.fields import field_of
from widgets.wizard import formula, trust, watch
from widgets.wizard import state as drafts
from widgets.wizard.fields import number, read
from widgets.wizard.messages import SECTIONS, TEXT
from widgets.wizard.places import MEASURES
from widgets.wizard.state import find, put

if TYPE_CHECKING:
    from widgets.wizard.state import State

LOOSE = ("new.", "submit.", "feedback.", "choice.")
"""Fields of forms that are no part of the draft."""
_PART = re.compile(r"^(outcomes\[[^\]]+\])\.form\.([a-z_]+)$")
_LEVEL = re.compile(r"^outcomes\[([^\]]+)\]\.(warning|breach)$")
_TARGET = re.compile(r"^(outcomes\[[^\]]+\])\.target\.(value|direction)$")
_MEASURE = re.compile(rf"^outcomes\[[^\]]+\]\.measure({'|'.join(re.escape(name) for name in MEASURES)})$")
_SIDES = ("at_most", "at_least")


def write(state: State, name: str, typed: Any) -> bool:
    """Take over what was typed into a field; return whether the draft is another one now.

    Raises:
        UsageError: no page has such a field, or it does not hold such a value.
    """
    if name.startswith(LOOSE):
        state.new[name] = typed
        return False
    before = copy.deepcopy(state.document)
    _write(state, name, typed)
    return bool(before != state.document)


def typed_into(state: State, document: dict[str, Any], name: str, typed: Any) -> dict[str, Any]:
    """Return a copy of a draft with something typed into a field; the draft of the state stays as it is.

    Raises as :func:`write`.
    """
    own = state.document
    state.document = copy.deepcopy(document)
    try:
        return state.document if write(state, name, typed) else document
    finally:
        state.document = own


def _write(state: State, name: str, typed: Any) -> None:
    document = state.document
    part, level, target = _PART.match(name), _LEVEL.match(name), _TARGET.match(name)
    bound, watched = trust.field_of(name), watch.field_of(name)
    if name.startswith("role."):
        if name.removeprefix("role.") not in SECTIONS:
            raise _unknown()
        drafts.set_role(document, name.removeprefix("role."), str(typed))
    elif part:
        _set_part(state, part.group(1), part.group(2), str(typed))
    elif level:
        if find(document, f"outcomes[{level.group(1)}]") is None:
            raise _unknown()
        drafts.set_level(document, level.group(1), level.group(2), read(name, typed))
    elif target:
        _set_target(document, target.group(1), target.group(2), read(name, typed))
    elif bound or watched:
        took = trust.write(document, *bound, typed) if bound else watch.write(document, *(watched or ("", "")), typed)
        if not took:
            raise _unknown()
    elif not _known(name) or not put(document, name, _shaped(name, read(name, typed))):
        raise _unknown()


def _unknown() -> UsageError:
    return UsageError(TEXT["gone"])


def _known(name: str) -> bool:
    if _MEASURE.match(name):
        return True
    try:
        return not name.endswith("]") and field_of("template", name).label != ""
    except NotFound:
        return False


def _shaped(name: str, value: Any) -> Any:
    """Return the value if a field of such a name can hold it; a browser sends texts and lists of texts."""
    many = name.endswith((".affects", "correlation_key", "tags", ".dimensions"))
    right = (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
        if many
        else not isinstance(value, list | dict)
    )
    if not right:
        raise _unknown()
    return value


def _set_part(state: State, path: str, part: str, value: str) -> None:
    document, outcome = state.document, find(state.document, path)
    if outcome is None:
        raise _unknown()
    measure = outcome["measure"]
    before = formula.form_of(measure["formula"])
    known = state.formulas.get((path, value)) if part == "kind" and value != before["kind"] else None
    state.formulas[path, before["kind"]] = measure["formula"]
    measure["formula"] = known or formula.change(measure["formula"], part, value, _names(document, outcome))
    units = [formula.unit_of(form) for form in (before, formula.form_of(measure["formula"]))]
    if units[0] != units[1] and measure["unit"] in {"", units[0]}:
        measure["unit"] = units[1] or measure["unit"]


def _names(document: dict[str, Any], outcome: dict[str, Any]) -> formula.Names:
    """Return what the formula of a KPI may name."""
    others = [one for one in document["outcomes"] if one["id"] != outcome["id"]]
    others.sort(key=lambda one: not one.get("cost_rule"))
    signals, systems = (tuple(use["id"] for use in document[part]) for part in ("process_signals", "system_signals"))
    return formula.Names(signals, systems, tuple(one["id"] for one in others))


def _set_target(document: dict[str, Any], path: str, part: str, value: Any) -> None:
    outcome = find(document, path)
    if outcome is None or (part == "direction" and value not in _SIDES) or isinstance(value, list | dict):
        raise _unknown()
    if outcome.get("target") is None and value is None:
        return  # nothing stands where nothing stood
    target = outcome.get("target") or {"value": None, "direction": "at_most", "source": ""}
    outcome["target"] = {**target, part: value}


def reads(outcome: dict[str, Any], name: str) -> bool:
    """Return whether the formula of a KPI names a signal."""
    return bool(re.search(rf"\b{re.escape(name)}\b", str(outcome["measure"].get("formula") or "")))


def ready(document: dict[str, Any]) -> dict[str, Any]:
    """Return a draft as it is submitted: a target without a value is none."""
    result = copy.deepcopy(document)
    for outcome in result["outcomes"]:
        if outcome.get("target") and outcome["target"].get("value") is None:
            outcome["target"] = None
    return result


def add_outcome(document: dict[str, Any], title: str) -> str:
    """Add a KPI that has a name and nothing else yet; return its path."""
    taken = {outcome["id"] for outcome in document["outcomes"]}
    name = drafts.name_of(title, taken, word="kpi")
    measure: dict[str, Any] = {
        "formula": "",
        "unit": "",
        "anchor": "event",
        "window": None,
        "dimensions": [],
        "time_zone": None,
    }
    outcome: dict[str, Any] = {
        "id": name,
        "title": title.strip(),
        "description": "",
        "tags": [],
        "measure": measure,
        "target": None,
    }
    document["outcomes"].append({**outcome, "thresholds": [], "regulation": "", "source": ""})
    return f"outcomes[{name}]"


def add_use(state: State, section: str, signal: str) -> str:
    """Add the signal that the form describes to the flow; return its path."""
    name = str(state.new["new.name"]).strip()
    process = section == "process_signals"
    step = str(state.new.get("new.step_of") or "") or None
    affects = list(state.new.get("new.affects") or ())
    use = {"id": name, "signal": signal, "step": step if process else None, "affects": [] if process else affects}
    state.document[section].append(use)
    return f"{section}[{name}]"


def signal_of(state: State, section: str, id_: str) -> dict[str, Any]:
    """Return the document of the new signal that the form describes."""
    new = state.new
    process = section == "process_signals"
    days = number(str(new.get("new.days", "2555"))) or 0
    return {
        "id": id_,
        "title": str(new["new.title"]).strip(),
        "type": "process" if process else "system",
        "unit": "" if process else str(new.get("new.unit", "")).strip(),
        "pii": str(new.get("new.pii", "none")),
        "retention_days": int(days),
        "binding": {"event": str(new.get("new.event", "")).strip()} if process else {},
    }
