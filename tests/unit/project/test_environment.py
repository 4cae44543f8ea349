import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]


def read_environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def read_project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_environment_yml_lists_exactly_the_dependencies_of_the_project():
    (listed,) = [entry["pip"] for entry in read_environment()["dependencies"] if isinstance(entry, dict)]
    assert len(listed) > 10
    assert listed == read_project()["dependencies"]


def test_environment_yml_allows_exactly_the_python_versions_of_the_project():
    (python,) = [entry for entry in read_environment()["dependencies"] if str(entry).startswith("python")]
    assert python.removeprefix("python") == read_project()["requires-python"]


def test_environment_yml_says_that_it_is_not_built_here():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8").startswith("# Not built here")
