"""Whether a connection is as its connector wants it: its address, and its settings. The system is asked nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.validation import Validator
from bos.errors import Invalid, Problem, UsageError
from bos.model.answers.connections import Want
from bos.model.document import is_zone
from bos.model.kinds import read
from bos.outgoing.connectors import installed
from bos.telemetry.mapping import check_keys, mapping_of
from bos.telemetry.values import check_currency
from bos.validate.rest import rest_of, untouched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from bos.ports import Connector, Wanted
    from bos.store.documents import Version

KIND = "connection"
_UNFIT = "connection.settings"


_STAND_INS = {"id": "x", "title": "x", "connector": "x", "address": "https://x.invalid"}
"""What a connection cannot be without, as it stands while that is missing or wrong, so that the rest is looked at."""


def faults_of(session: Connection, document: Mapping[str, Any]) -> tuple[list[Problem], dict[str, Any] | None]:
    """Return all that is wrong with a connection by its shape, by what is live, and by its connector.

    What follows from something that is wrong is left for later. Beside it stands the document with all its fields,
    those that are wrongly shaped taken out or stood in for; nothing where so much is wrong that none is left.
    """
    shape, rest = _rest(document)
    problems = list(shape)
    if rest is None:
        return problems, None
    content, gone = rest
    found = [*Validator(session, KIND, content["id"], None)(content), *_wrong(content)]
    problems += (one for one in found if untouched(one, gone))
    return problems, content


def with_the_rest(session: Connection, document: Mapping[str, Any], live: Version | None, error: Invalid) -> Invalid:
    """Return an error over a connection that cannot be saved with all that keeps it from that."""
    before = list(_wrong(live.doc)) if live is not None else []
    more = (one for one in faults_of(session, document)[0] if one.severity == "error")
    rest = tuple(one for one in more if one not in before and one not in error.problems)
    error.problems = (*error.problems, *rest)
    return error


def _rest(document: Mapping[str, Any]) -> tuple[Iterable[Problem], tuple[dict[str, Any], set[str]] | None]:
    """Return what is wrong with the shape, and the document with all its fields once that is taken out or stood in for.

    The document comes with the paths of what is not its own; it is nothing where so much is wrong that none is left.
    """
    found, shape = read(KIND, document)
    if found is not None:
        return (), (found.data(), set())
    stood = _STAND_INS.keys() & {one.path for one in shape}
    filled = {**document, **{name: _STAND_INS[name] for name in stood}}
    found, left = read(KIND, filled)
    rest = (found.data(), set[str]()) if found is not None else rest_of(KIND, filled, left)
    return shape, None if rest is None else (rest[0], rest[1] | stood)


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


def wants(wanted: Iterable[Wanted]) -> tuple[Want, ...]:
    """Return what a connector asks of a connection, as it is answered."""
    return tuple(
        Want(
            name=one.name, help=one.help, needed=one.needed, example=one.example, label=one.called,
            default=one.default, choices=tuple(one.choices), kind=one.kind,
            needed_where=one.needed_where, instead=one.instead,
        )
        for one in wanted
    )  # fmt: skip


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
    usual = {wanted.name: wanted.default for wanted in connector.settings} | given
    for wanted, want in zip(connector.settings, wants(connector.settings), strict=True):
        there = wanted.name in given if wanted.needed else given.get(wanted.name)
        if not there and want.asked(usual, ()):
            example = wanted.example or "a value"
            words = f"The setting {wanted.name} is missing: {wanted.help}"
            yield Problem(f"settings.{wanted.name}", words, f"Add it, such as {example}.", _UNFIT)


def unreadable(connector: type[Connector], given: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the settings that say nothing their connector could read, or BOS where it reads them itself."""
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
        elif value or wanted.needed:
            try:
                _read(wanted, value, given)
            except (Invalid, UsageError) as error:
                yield Problem(path, error.message, error.hint, _UNFIT)
            except ValueError as error:
                yield Problem(path, str(error) or f"{value!r} cannot be read.", _such(wanted), _UNFIT)


def _read(wanted: Wanted, value: str, given: Mapping[str, str]) -> None:
    """Read a setting as its connector, or an import, does. Raises what these raise."""
    if wanted.reads is not None:
        wanted.reads(value)
    if wanted.kind == "zone" and not is_zone(value):
        raise Invalid(f"There is no time zone {value!r}.", hint="Write it as in Europe/Amsterdam or UTC.")
    if wanted.kind == "currency":
        check_currency(value)
    if wanted.kind == "mapping":
        check_keys(mapping_of(value), metrics=given.get("what") == "metrics")


def _such(wanted: Wanted) -> str:
    return f"Write something such as {wanted.example or wanted.default}." if wanted.example or wanted.default else ""
