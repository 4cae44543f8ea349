"""The forms of the page of people: their fields, what is missing in them, and what they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bos.model.roles import ROLES
from widgets.people.messages import MISSING, SCOPES, TEXT
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from widgets.surface.parts import Element

FIELDS: dict[str, tuple[str, ...]] = {
    "add": ("person", "display", "email", "why"),
    "give": ("role", "scope", "value", "until", "why"),
    "take": ("why",),
    "disable": ("why",),
    "enable": ("why",),
    "erase": ("why",),
    "delegate": ("delegate", "until", "why"),
    "end": ("why",),
}
"""Form → its fields, in their order."""

_OPTIONAL = {("add", "email"), ("give", "until")}
_LABELS = {"until": "until_day", "delegate": "delegate_name"}
_AREAS = frozenset({"why"})


@dataclass
class Form:
    """A form that is open; ``about`` is the id of what it ends, ``errors`` what is wrong by field."""

    name: str
    about: str = ""
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return what was typed, without what surrounds it."""
        return self.values.get(name, "all" if name == "scope" else "").strip()

    def until(self) -> datetime | None:
        """Return the moment after the last day (UTC), or nothing where none is named.

        Raises:
            ValueError: what was typed is no day.
        """
        text = self.value("until")
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1) if text else None

    def shown(self) -> list[str]:
        """Return the fields that are asked for now."""
        return [name for name in FIELDS[self.name] if name != "value" or self.value("scope") != "all"]

    def check(self) -> bool:
        """Note what is wrong; return whether nothing is."""
        self.errors = {
            name: MISSING[f"value_{self.value('scope')}" if name == "value" else name]
            for name in self.shown()
            if not self.value(name) and (self.name, name) not in _OPTIONAL
        }
        try:
            self.until()
        except ValueError:
            self.errors["until"] = TEXT["no_day"]
        return not self.errors


def label(form: Form, name: str) -> str:
    """Return what a field is called."""
    if name == "value":
        return TEXT[f"value_{form.value('scope')}"]
    return TEXT[_LABELS.get(name, name)]


def fields(form: Form, flows: Iterable[tuple[str, str]], people: Iterable[tuple[str, str]]) -> list[Element]:
    """Return the fields of a form; ``flows`` and ``people`` are ids with what they are called."""
    options = {
        "role": [("", TEXT["choose"]), *ROLES.items()],
        "scope": list(SCOPES.items()),
        "value": [("", TEXT["choose"]), *flows],
        "delegate": [("", TEXT["choose"]), *people],
    }
    found = []
    for name in form.shown():
        chosen = name in options and not (name == "value" and form.value("scope") == "tag")
        kind = "select" if chosen else "area" if name in _AREAS else "text"
        hint = TEXT.get("until_day_hint" if (form.name, name) == ("delegate", "until") else f"{name}_hint")
        more = {"options": options[name]} if chosen else {}
        optional = (form.name, name) in _OPTIONAL
        found.append(
            parts.field(
                kind, name, label(form, name), form.values.get(name, "all" if name == "scope" else ""),
                optional=optional, hint=hint, error=form.errors.get(name), **more,
            )
        )  # fmt: skip
    return found
