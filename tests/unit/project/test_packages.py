import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bos
import connectors
import widgets

ROOT = Path(__file__).parents[3]
HEAVY = (
    "pandas",
    "duckdb",
    "ibis",
    "sqlalchemy",
    "fastapi",
    "uvicorn",
    "pyarrow",
    "deltalake",
    "procrastinate",
    "lxml",
)


def loaded_after(statement):
    """The heavy packages that a fresh interpreter has loaded after ``statement``."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in done.stdout.split()}
    assert "bos" in modules
    return sorted(modules & set(HEAVY))


@pytest.mark.parametrize("statement", ["import bos", "import bos; bos.connect", "import bos.client, bos.model"])
def test_an_analyst_pays_for_no_server_part_when_importing(statement):
    assert loaded_after(statement) == []


def test_a_server_part_that_is_loaded_is_noticed():
    assert loaded_after("import bos, sqlalchemy") == ["sqlalchemy"]


def test_the_three_packages_come_from_one_place():
    places = {Path(package.__file__).parents[1] for package in (bos, widgets, connectors)}
    assert places == {ROOT}


def test_every_package_of_bos_is_named_in_an_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = set()
    for contract in contracts:
        for entry in contract.get("layers", []) + contract.get("source_modules", []):
            named.update(module.strip(" ()") for module in entry.split("|"))
    parts = {f"bos.{module.name}" for module in pkgutil.iter_modules(bos.__path__) if not module.name.startswith("_")}
    assert len(parts) > 10
    assert parts - named == set()
