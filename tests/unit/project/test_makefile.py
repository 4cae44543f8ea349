import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TARGETS = ["install", "demo", "test", "test-full", "lint", "bench", "docs", "lock"]


@pytest.fixture
def checkout(tmp_path):
    """A folder with a space in its path that holds the Makefile and empty locks."""
    folder = tmp_path / "a space"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("pyproject.toml", "requirements/runtime.txt", "requirements/dev.txt"):
        (folder / name).touch()
    return folder


def make(folder, *arguments):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", "-C", folder, *arguments], capture_output=True, text=True, env=env, check=False)


def interpreter(folder, name, *, answer):
    """A program that stands for a Python: it answers the question that make asks, and notes what it is asked to do."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit {answer}\necho "{name} $*" >> "$0.asked"\nexit 3\n')
    program.chmod(0o755)
    return program


def test_make_alone_lists_every_target_with_one_line_of_help(checkout):
    done = make(checkout, "--no-print-directory")
    assert done.returncode == 0
    assert re.findall(r"^  make (\S+) +\S.*$", done.stdout, re.MULTILINE) == TARGETS


def test_an_interpreter_that_does_not_exist_is_refused_and_no_other_is_taken(checkout):
    done = make(checkout, "install", "PYTHON=no such/python")
    assert done.returncode != 0
    assert "at no such/python" in done.stderr
    assert "make install PYTHON=" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_interpreter_that_fails_or_is_out_of_range_is_passed_over(checkout, tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    interpreter(programs, "python3.13", answer=127)
    interpreter(programs, "python3.12", answer=1)
    taken = interpreter(programs, "python3.11", answer=0)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    make(checkout, "install")
    assert Path(f"{taken}.asked").read_text() == "python3.11 -m venv --clear .venv\n"
    assert [path.name for path in programs.glob("*.asked")] == ["python3.11.asked"]


def test_the_range_that_make_asks_for_is_the_range_of_the_project(checkout):
    dry = make(checkout, "-n", "install", f"PYTHON={sys.executable}").stdout
    question = re.search(r"-c '(import ensurepip[^']*)'", dry)[1]
    for version, refused in {(3, 10): True, (3, 11): False, (3, 13): False, (3, 14): True}.items():
        code = question.replace("sys.version_info[:2]", repr(version))
        assert bool(subprocess.run([sys.executable, "-c", code], check=False).returncode) is refused
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()


def test_an_interpreter_in_a_folder_with_a_space_can_be_named(checkout, tmp_path):
    program = interpreter(tmp_path / "my pythons", "python", answer=0)
    make(checkout, "install", f"PYTHON={program}")
    assert Path(f"{program}.asked").read_text() == "python -m venv --clear .venv\n"


def test_a_second_install_does_nothing_when_the_locks_are_unchanged(checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (checkout / ".venv" / ".dev-installed").touch()
    done = make(checkout, "install")
    assert done.returncode == 0
    assert "Installing" not in done.stdout
    os.utime(checkout / "requirements" / "dev.txt", (4e9, 4e9))
    assert "pip install" in make(checkout, "-n", "install").stdout
