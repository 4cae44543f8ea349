import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[3]
LOCKS = ("runtime", "dev", "spark")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? *\\?$")


def read_lock(name):
    """Every pin of a lock as (name, version, marker or None), and the number of hashes that follow it."""
    pins = []
    for line in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if match := PIN.match(line):
            pins.append([canonicalize_name(match[1]), Version(match[2]), match[3], 0])
        elif line.strip().startswith("--hash=sha256:"):
            pins[-1][3] += 1
        else:
            assert line.strip().startswith("#"), f"a line of {name}.txt is neither a pin, a hash nor a comment: {line}"
    assert len(pins) > 50
    return pins


def direct(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    extras = {"runtime": [], "dev": groups["dev"], "spark": project["project"]["optional-dependencies"]["spark"]}
    lists = [project["project"]["dependencies"], groups["build"], extras[lock]]
    return [Requirement(text) for entries in lists for text in entries if isinstance(text, str)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_dependency_is_locked_to_versions_that_the_project_allows(lock):
    pins = read_lock(lock)
    wanted = direct(lock)
    assert len(wanted) > 20
    for requirement in wanted:
        versions = [version for name, version, _, _ in pins if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement.name} is not in requirements/{lock}.txt: run `make lock`"
        for version in versions:
            assert version in requirement.specifier, f"{requirement} is locked to {version}: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_a_lock_gives_each_package_one_version_on_every_python(lock, python):
    environment = {"python_version": python, "python_full_version": f"{python}.9"}
    chosen = [n for n, _, marker, _ in read_lock(lock) if marker is None or Marker(marker).evaluate(environment)]
    assert sorted(chosen) == sorted(set(chosen))
    assert {canonicalize_name(r.name) for r in direct(lock)} <= set(chosen)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_hashed(lock):
    assert [name for name, _, _, hashes in read_lock(lock) if hashes == 0] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index_host(lock):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert re.findall(r"\S*://\S*|--(?:extra-)?index-url.*|--find-links.*", text) == []


@pytest.mark.parametrize("lock", ["dev", "spark"])
def test_a_larger_lock_holds_the_run_time_lock(lock):
    runtime, larger = ({tuple(pin[:3]) for pin in read_lock(name)} for name in ("runtime", lock))
    assert runtime - larger == set()
