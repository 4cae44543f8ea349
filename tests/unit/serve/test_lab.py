"""``bos lab``: the notebooks arrive, a person's changes stay, and Jupyter is told where BOS is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from bos.home import Home
from bos.serve.lab import environment, place_notebooks
from bos.settings import Settings


@pytest.fixture
def shipped(tmp_path):
    folder = tmp_path / "shipped"
    (folder / "guides").mkdir(parents=True)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "a.ipynb").write_text("hidden")
    (folder / "a.ipynb").write_text("one")
    (folder / "guides" / "b.ipynb").write_text("two")
    return folder


def placed(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_the_notebooks_are_copied_on_first_use(shipped, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    assert placed(place_notebooks(shipped, target)) == {"a.ipynb": "one", "guides/b.ipynb": "two"}


def test_a_changed_notebook_stays_and_an_untouched_one_is_renewed(shipped, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    place_notebooks(shipped, target)
    (target / "a.ipynb").write_text("my own")
    (target / "new.ipynb").write_text("mine")
    (shipped / "a.ipynb").write_text("one, newer")
    (shipped / "guides" / "b.ipynb").write_text("two, newer")
    for _ in range(2):
        assert placed(place_notebooks(shipped, target)) == {
            "a.ipynb": "my own",
            "guides/b.ipynb": "two, newer",
            "new.ipynb": "mine",
        }


def test_a_notebook_of_the_same_name_that_was_there_before_stays(shipped, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "a.ipynb").write_text("mine from the beginning")
    assert placed(place_notebooks(shipped, target))["a.ipynb"] == "mine from the beginning"


def test_a_damaged_record_costs_no_work_of_a_person(shipped, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    place_notebooks(shipped, target)
    (target / "a.ipynb").write_text("my own")
    (target / ".shipped.json").write_text("{")
    assert placed(place_notebooks(shipped, target))["a.ipynb"] == "my own"


def test_jupyter_is_told_the_home_and_the_server_that_runs_there(tmp_path):
    home = Home(tmp_path / "home").make()
    settings = Settings.load(home=home.path, env={})
    assert environment(settings)["BOS_HOME"] == str(home.path)
    lock = home.serve()
    home.note_running("http://127.0.0.1:1234")
    assert environment(settings)["BOS_URL"] == "http://127.0.0.1:1234"
    os.close(lock)


@pytest.mark.full
def test_jupyterlab_starts_on_the_notebooks_and_listens_on_this_machine_only(tmp_path, state_dir):
    home = tmp_path / "a home"
    code = (
        "from bos.serve.lab import lab; from bos.settings import Settings; import sys;"
        "lab(Settings.load(home=sys.argv[1]), open_browser=False)"
    )
    own = {name: str(state_dir / name) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, home], env={**os.environ, **own, "HOME": str(tmp_path)}, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        note = _server_note(state_dir / "JUPYTER_RUNTIME_DIR")
        assert note["hostname"] == "127.0.0.1"
        assert note["root_dir"] == str(home / "notebooks")
        headers = {"Authorization": f"token {note['token']}"}
        assert httpx.get(f"{note['url']}api/status", headers=headers, trust_env=False).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=30)
    assert ("--allow-root" in text) == (os.geteuid() == 0)


def _server_note(folder):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in folder.glob("jpserver-*.json") if folder.is_dir() else ():
            note = json.loads(path.read_text() or "{}")
            if note and _answers(note["url"]):
                return note
        time.sleep(0.1)
    raise AssertionError("JupyterLab did not start")


def _answers(url):
    try:
        return httpx.get(f"{url}api", trust_env=False).status_code < 500
    except httpx.TransportError:
        return False
