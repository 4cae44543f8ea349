"""Write the reference pages under ``docs/reference`` from the code: ``make docs``."""

from __future__ import annotations

import argparse
import inspect
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
    """Return the page of the HTTP interface: a heading per route."""
    paths = create_app(Settings.load(env={})).openapi()["paths"]
    return "\n\n".join(
        f"## `{method.upper()} {path}`\n\n{_route(entry[method])}"
        for path, entry in sorted(paths.items())
        for method in METHODS
        if method in entry
    )


def _route(operation: dict[str, Any]) -> str:
    rows = [(f"`{p['name']}`", p["in"], p.get("description", "")) for p in operation.get("parameters", [])]
    told = (operation.get("description") or operation.get("summary", "")).replace("``", "`")
    return "\n\n".join(part for part in (told, rows and table(("parameter", "in", "meaning"), rows)) if part)


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
