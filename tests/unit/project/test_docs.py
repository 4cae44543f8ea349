"""What exists is documented: a heading or the first cell of a table row names it, in code type."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bos.api import bodies, bodies_connections
from bos.api.app import create_app
from bos.settings import Settings

ROOT = Path(__file__).parents[3]
METHODS = {"get", "post", "put", "patch", "delete"}
NAMED = re.compile(r"^(?:#+ .*?|\| *)`([^`\n]+)`", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")


def pages():
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert len(found) > 3
    return found


def documented():
    return {name for page in pages() for name in NAMED.findall(page.read_text(encoding="utf-8"))}


def settings():
    return {f"BOS_{field.name.upper()}" for field in fields(importlib.import_module("bos.settings").Settings)}


def cli_commands():
    typer, main = importlib.import_module("typer.main"), importlib.import_module("bos.cli.main")
    return set(leaves("bos", typer.get_command(main.app)))


def leaves(path, command):
    children = getattr(command, "commands", {})
    if not children:
        yield path
    for name, child in children.items():
        yield from leaves(f"{path} {name}", child)


def api_routes():
    app = importlib.import_module("bos.api.app")
    settings = importlib.import_module("bos.settings")
    schema = app.create_app(settings.Settings.load(env={})).openapi()
    return {f"{method.upper()} {path}" for path, entry in schema["paths"].items() for method in METHODS & set(entry)}


def audit_tags():
    return {str(tag.value) for tag in importlib.import_module("bos.store.tags").Tag}


def error_codes():
    tree = importlib.import_module("bos.errors")
    kinds = [kind for kind in vars(tree).values() if isinstance(kind, type) and issubclass(kind, tree.BosError)]
    return {kind.default_code for kind in kinds}


def field_patterns():
    return {pattern for table in importlib.import_module("bos.model.fields").FIELDS.values() for pattern in table}


def kpi_functions():
    return set(importlib.import_module("bos.kpi").FUNCTIONS)


def libraries():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {Requirement(text).name for text in project["dependencies"]}


SOURCES = {
    settings: 5,
    cli_commands: 20,
    api_routes: 20,
    audit_tags: 5,
    error_codes: 10,
    field_patterns: 30,
    kpi_functions: 10,
    libraries: 20,
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_everything_of_a_kind_has_a_heading_or_a_row_in_the_docs(source):
    names = source()
    assert len(names) >= SOURCES[source]
    assert names - documented() == set()


def test_the_reference_pages_are_what_make_docs_writes(tmp_path):
    subprocess.run([sys.executable, ROOT / "docs" / "build.py", "--folder", tmp_path], check=True)
    written = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.iterdir()}
    kept = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").iterdir()}
    assert len(written) > 3
    assert sorted(name for name in written | kept if written.get(name) != kept.get(name)) == [], "run `make docs`"


def test_the_reference_has_every_field_of_every_body():
    """The oracle is the classes of the bodies; the page is written from the OpenAPI document."""
    sections = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8").split("\n## ")
    known = {name: found for part in (bodies, bodies_connections) for name, found in vars(part).items()}
    asked = 0
    for path, entry in create_app(Settings.load(env={})).openapi()["paths"].items():
        for method, operation in entry.items():
            said = re.search(r'schemas/(\w+)"', json.dumps(operation.get("requestBody", {}).get("content", {})))
            if said is None:
                continue
            asked += 1
            (told,) = [one for one in sections if one.startswith(f"`{method.upper()} {path}`\n")]
            for name, field in known[said[1]].model_fields.items():
                (needed,) = re.findall(rf"^\| `{field.alias or name}` \| .+? \| (yes|no)", told, re.MULTILINE)
                assert needed == ("yes" if field.is_required() else "no"), (path, name)
    assert asked > 40


def test_every_link_between_the_pages_leads_to_a_file():
    links = [(page, link) for page in pages() for link in LINK.findall(page.read_text(encoding="utf-8"))]
    assert len(links) > 2
    broken = [f"{page.name}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


def test_only_a_heading_or_the_first_cell_of_a_row_counts_as_documented():
    text = "# Title `heading`\n\n| `row` | `other` |\nA sentence with `words`.\n"
    assert NAMED.findall(text) == ["heading", "row"]
