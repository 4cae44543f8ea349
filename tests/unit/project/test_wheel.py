"""The wheel, built from a copy of the checkout and installed in a folder with a space outside it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHIPPED = ("data", "notebooks", "voila_apps")
SOURCES = ("bos", "widgets", "connectors", *SHIPPED, "pyproject.toml", "README.md", "LICENSE")

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network by the locked hatchling."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=source, check=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder of programs of an environment that has the wheel, and this environment's packages behind it."""
    folder = tmp_path_factory.mktemp("else where") / "environment"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(pip, check=True)
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    # a plain line of a .pth adds the packages but not the .pth files among them, so not the checkout either
    Path(where.stdout.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


@pytest.fixture
def run(tmp_path):
    """Run a program outside the checkout, on a fresh home whose path has a space."""
    state = Path(tempfile.mkdtemp(prefix="bos-state-"))
    state.chmod(0o711)  # a service account keeps the database of root's homes there
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "BOS_"))}
    env |= {"BOS_HOME": str(tmp_path / "ho me"), "BOS_STATE_DIR": str(state)}

    def start(*command):
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180, env=env)

    yield start
    shutil.rmtree(state)


def shipped_files():
    return {
        f"bos/_share/{path.relative_to(ROOT).as_posix()}"
        for name in SHIPPED
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def test_the_wheel_holds_blueprints_notebooks_and_every_module(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = shipped_files()
    assert any(name.startswith("bos/_share/data/blueprints/") and name.endswith(".yaml") for name in shipped)
    assert any(name.startswith("bos/_share/notebooks/") and name.endswith(".ipynb") for name in shipped)
    assert shipped - names == set()
    tops = ("bos", "widgets", "connectors")
    modules = {path.relative_to(ROOT).as_posix() for top in tops for path in (ROOT / top).rglob("*.py")}
    assert len(modules) > 30
    assert modules - names == set()


def test_the_installed_wheel_is_what_is_imported_outside_the_checkout(installed, run):
    code = "import bos, widgets, connectors; print(*(m.__file__ for m in (bos, widgets, connectors)), sep='\\n')"
    done = run(installed / "python", "-c", code)
    places = done.stdout.splitlines()
    assert len(places) == 3, done.stderr
    assert [place for place in places if not place.startswith(str(installed.parent))] == []


def test_the_installed_wheel_finds_what_it_ships(installed, run):
    code = f"from bos.resources import share; print(*(share(name) for name in {SHIPPED}), sep='\\n')"
    done = run(installed / "python", "-c", code)
    places = done.stdout.splitlines()
    assert [Path(place).name for place in places] == list(SHIPPED), done.stderr
    assert [place for place in places if not place.startswith(str(installed.parent))] == []


def test_the_installed_command_creates_a_template_from_a_shipped_blueprint(installed, run):
    bos = installed / "bos"
    assert "Usage" in run(bos, "--help").stdout
    created = run(bos, "template", "create", "--blueprint", "loan-application", "--json")
    assert created.returncode == 0, created.stderr
    shown = run(bos, "template", "show", "loan-application", "--format", "json")
    assert json.loads(shown.stdout)["id"] == "loan-application", shown.stderr


def test_the_demo_of_the_installed_wheel_passes_its_own_check(installed, run):
    done = run(installed / "bos", "demo", "--check", "--no-browser", "--port", "0")
    assert done.returncode == 0, done.stdout + done.stderr
