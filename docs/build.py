"""Write the reference pages under ``docs/reference`` from the code: ``make docs``."""

from __future__ import annotations

import argparse
import inspect
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from bos import errors
from bos.api.app import create_app
from bos.auth.policy import KNOWN, MEANING, RIGHTS, roles_in_order
from bos.cli.main import app as cli
from bos.kpi.queries.support import support_table
from bos.model.fields import FIELDS, Field, signed_fields
from bos.settings import Settings
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REFERENCE = Path(__file__).parent / "reference"
METHODS = ("get", "post", "put", "patch", "delete")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; bars and line ends in cells are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(str(text).replace("``", "`").replace("|", "\\|").split())


def settings_page() -> str:
    """Return the page of settings: a row per field of ``Settings``."""
    docs = inspect.getdoc(Settings) or ""
    told = dict(re.findall(r"^    (\w+): (.*)$", docs, re.MULTILINE))
    rows = [
        (f"`BOS_{f.name.upper()}`", "" if f.name == "home" else f"`{f.name}`", _default(f), told[f.name])
        for f in fields(Settings)
    ]
    return table(("environment", "`bos.toml`", "default", "meaning"), rows)


def _default(field: Any) -> str:
    known = isinstance(field.default, str | int | Path)
    return f"`{field.default}`" if known else ""


def fields_page() -> str:
    """Return the page of document fields: a table per kind from the field registry."""
    parts = []
    for kind in FIELDS:
        rows = [
            (f"`{f.pattern}`", f.label, f.help, f"`{f.example}`" if f.example else "", f.owner, _signer(f))
            for f in signed_fields(kind).values()
        ]
        head = ("field", "label", "meaning", "example", "owner", "signed by")
        parts.append(f"## {kind}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _signer(field: Field) -> str:
    return f"{field.approver}, where a KPI uses `along_flow`" if field.along else field.approver or ""


def errors_page() -> str:
    """Return the page of errors: a row per class of the tree."""
    tree = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, errors.BosError)]
    rows = [(f"`{c.default_code}`", str(c.status), c.__name__, (inspect.getdoc(c) or "").split("\n")[0]) for c in tree]
    return table(("code", "status", "class", "meaning"), rows)


def cli_page() -> str:
    """Return the page of the command line: a heading per command."""
    return "\n\n".join(_command(path, command) for path, command in _commands("bos", get_command(cli)))


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in sorted(children.items()):
        yield from _commands(f"{path} {name}", child)


def _command(path: str, command: Any) -> str:
    rows = [(f"`{_spelling(parameter)}`", getattr(parameter, "help", "") or "") for parameter in command.params]
    told = inspect.cleandoc(command.help or "").replace("``", "`")
    return "\n\n".join(part for part in (f"## `{path}`", told, rows and table(("option", "meaning"), rows)) if part)


def _spelling(parameter: Any) -> str:
    option = parameter.param_type_name == "option"
    return ", ".join([*parameter.opts, *parameter.secondary_opts]) if option else parameter.name.upper()


def http_page() -> str:
    """Return the page of the HTTP interface: a heading per route, then what bodies are made of."""
    told = create_app(Settings.load(env={})).openapi()
    known = told["components"]["schemas"]
    routes = [
        (f"{method.upper()} {path}", entry[method])
        for path, entry in sorted(told["paths"].items())
        for method in METHODS
        if method in entry
    ]
    parts = [f"## `{name}`\n\n{_route(operation, known)}" for name, operation in routes]
    inner = [f"### {name}\n\n{_schema(known[name])}" for name in _inner(known, [one for _, one in routes])]
    return "\n\n".join([*parts, "## Parts of bodies", *inner])


def _route(operation: dict[str, Any], known: dict[str, Any]) -> str:
    rows = [(f"`{p['name']}`", p["in"], p.get("description", "")) for p in operation.get("parameters", [])]
    told = (operation.get("description") or operation.get("summary", "")).replace("``", "`")
    parts = [told, rows and table(("parameter", "in", "meaning"), rows), *_body(operation, known)]
    return "\n\n".join(part for part in parts if part)


def _body(operation: dict[str, Any], known: dict[str, Any]) -> Iterator[str]:
    """Yield what the body of a request is: its fields, or that it is bytes."""
    for media, said in operation.get("requestBody", {}).get("content", {}).items():
        found = [known[name] for name in _named(said.get("schema", {}))]
        yield f"Body: {_schema(found[0])}" if found else f"Body: `{media}`, as it comes."


def _schema(schema: dict[str, Any]) -> str:
    """Return what an object means, and its fields: each with its type, whether it is needed, what holds without it."""
    needed = schema.get("required", ())
    rows = [
        (f"`{name}`", _type(one), "yes" if name in needed else _without(one), one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]
    told = schema.get("description", "").replace("``", "`")
    head = ("field", "type", "needed", "meaning")
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    words = f"One of: {_type(schema)}." if "enum" in schema else ""
    return "\n\n".join(part for part in (told, words, rows and table(head, rows)) if part)


def _without(field: dict[str, Any]) -> str:
    given = field.get("default")
    return "no" if given in (None, "", [], {}) else f"no: `{json.dumps(given, ensure_ascii=False)}`"


def _type(field: dict[str, Any]) -> str:
    """Return the type of a field in words; what may be nothing is said by its not being needed."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one) for one in field["anyOf"] if one.get("type") != "null"))
    if "$ref" in field:
        (name,) = _named(field)
        return f"[{name}](#{name.lower()})"
    if "enum" in field or "const" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of: {_type(field.get('items', {}))}"
    inner = field.get("additionalProperties")
    if field.get("type") == "object":
        return f"object of: {_type(inner)}" if isinstance(inner, dict) and inner else "object"
    return _TYPES.get(field.get("format", ""), _TYPES.get(field.get("type", ""), "anything"))


_TYPES = {
    "date-time": "time (ISO 8601)",
    "date": "date (ISO 8601)",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true`, `false`",
}


def _named(schema: dict[str, Any]) -> list[str]:
    """Return the names of the objects that a schema refers to, anywhere in it."""
    return list(dict.fromkeys(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema))))


def _inner(known: dict[str, Any], operations: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of the objects inside of bodies, and inside of those."""
    bodies = [known[name] for one in operations for name in _named(one.get("requestBody", {}))]
    found: list[str] = []
    waiting = [name for body in bodies for name in _named(body)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += _named(known[name])
    return sorted(found)


def audit_page() -> str:
    """Return the page of audit tags: a row per tag of the journal."""
    return table(("tag", "meaning"), [(f"`{tag.value}`", tag.meaning) for tag in Tag])


def rights_page() -> str:
    """Return the page of rights: a row per action, a column per role; a dot where the role allows it."""
    roles = roles_in_order()
    rows = [
        (f"`{right}`", MEANING[right], *("•" if role in allowing or KNOWN in allowing else "" for role in roles))
        for right, allowing in RIGHTS.items()
    ]
    return table(("right", "to", *(f"`{role}`" for role in roles)), rows)


def queries_page() -> str:
    """Return the page of query languages: a row per part of the language of KPIs, a column per engine."""
    return table(*support_table())


PAGES = {
    "settings": ("Settings", settings_page),
    "fields": ("Fields of documents", fields_page),
    "errors": ("Errors", errors_page),
    "cli": ("Command line", cli_page),
    "http": ("HTTP interface", http_page),
    "audit": ("Audit tags", audit_page),
    "rights": ("Rights", rights_page),
    "queries": ("What each engine can say of a KPI", queries_page),
}


def build(folder: Path) -> None:
    """Write every page into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, page) in PAGES.items():
        text = f"# {title}\n\nWritten from the code by `make docs`.\n\n{page()}\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Write the reference pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=REFERENCE)
    build(parser.parse_args().folder)


if __name__ == "__main__":
    main()
