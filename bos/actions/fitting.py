"""Whether a connection is as its connector wants it: its address, and its settings. The system is asked nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, Problem
from bos.outgoing.connectors import installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.ports import Connector

_UNFIT = "connection.settings"


def refuse_worse(document: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Return where a connection that is to be saved is as its connector wants it, or no worse than the ``live`` one.

    What its connector does not take any more, since that was changed, keeps nobody from changing something else; of a
    connector that is not installed here nothing is known.

    Raises:
        Invalid: a setting is unknown, missing or cannot be read, or the address is of another kind; with all of it.
    """
    before = list(_wrong(live)) if live is not None else []
    found = tuple(one for one in _wrong(document) if one not in before)
    if found:
        raise Invalid(found[0].message, where=found[0].path, hint=found[0].hint, problems=found)


def refuse_unfit(connector: type[Connector], document: Mapping[str, Any]) -> None:
    """Return where a connector has all settings it wants. Raises Invalid for the first that is missing or unknown."""
    for wrong in unfit(connector, document):
        raise Invalid(wrong.message, where=str(document["id"]), hint=wrong.hint, code=wrong.code)


def _wrong(document: Mapping[str, Any]) -> Iterator[Problem]:
    connector = installed().get(document["connector"])
    if connector is not None:
        yield from unfit(connector, document)
        yield from unreadable(connector, document["settings"])


def unfit(connector: type[Connector], document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the connector wants of the document and does not find there, or does not know."""
    scheme = str(document["address"]).partition("://")[0]  # whatever is wrong with the rest of it
    if scheme not in connector.schemes:
        hint = f"Write one that begins with {' or '.join(f'{name}://' for name in connector.schemes)}."
        yield Problem("address", f"{connector.title} has no address {scheme}://…", hint, _UNFIT)
    given = document["settings"]
    names = {wanted.name for wanted in connector.settings}
    for name in sorted(set(given) - names):
        hint = f"Settings: {', '.join(sorted(names)) or 'none'}."
        yield Problem(f"settings.{name}", f"{connector.title} has no setting {name!r}.", hint, _UNFIT)
    for wanted in connector.settings:
        if wanted.needed and wanted.name not in given:
            example = wanted.example or "a value"
            words = f"The setting {wanted.name} is missing: {wanted.help}"
            yield Problem(f"settings.{wanted.name}", words, f"Add it, such as {example}.", _UNFIT)


def unreadable(connector: type[Connector], given: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the settings that say nothing their connector could read."""
    for wanted in connector.settings:
        value, path = given.get(wanted.name), f"settings.{wanted.name}"
        if value is None:
            continue
        if wanted.choices and value not in wanted.choices:
            hint = f"Choose one of: {', '.join(wanted.choices)}."
            yield Problem(path, f"{connector.title} knows no {wanted.name} {value!r}.", hint, _UNFIT)
        elif wanted.kind == "number" and not (value.isascii() and value.isdigit()):
            hint = f"Write digits alone, such as {wanted.example or wanted.default or '60'}."
            yield Problem(path, f"{value!r} is no whole number.", hint, _UNFIT)
