"""A connector of another package: installed, listed, looked at, and left out where it is broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "example"


@pytest.fixture(scope="module")
def bos(tmp_path_factory, make_store):
    """Return a function that runs the command line beside the example package, on a database of its own."""
    folder = tmp_path_factory.mktemp("site")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([*install, folder, EXAMPLE], check=True, capture_output=True, timeout=120)
    url = make_store()
    home = tmp_path_factory.mktemp("home") / "home"

    def run(*arguments, **env):
        asked = [sys.executable, "-m", "bos.cli.main", *map(str, arguments), "--home", str(home)]
        env = {**os.environ, "PYTHONPATH": str(folder), "BOS_DATABASE_URL": url, **env}
        return subprocess.run(asked, env=env, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.mark.full
def test_a_connector_of_another_package_works_as_ours_do(bos, answering, tmp_path):
    listed = bos("connector", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    found = {one["name"]: one for one in json.loads(listed.stdout)}
    assert found["tickertape"]["unproven"] == "It met nothing but the server of a test."
    assert (found["tickertape"]["reads"], found["tickertape"]["tells"]) == (True, False)
    assert (found["tickertape"]["ways"], found["tickertape"]["purpose"]) == (["pull"], "Pulls prices of a market.")
    (market, pace) = found["tickertape"]["settings"]
    assert (market["label"], market["needed"], market["choices"]) == ("Market", True, [])
    assert (pace["label"], pace["default"], pace["choices"]) == ("Pace of prices", "slow", ["slow", "fast"])
    assert found["broken"]["problem"] == "It lacks title, schemes, settings, secrets, unproven, doctor, close."
    assert found["missing"]["problem"] == "It cannot be loaded: ModuleNotFoundError: No module named 'bos_nowhere'"
    assert {found[name]["problem"] for name in ("tickertape", "prometheus")} == {""}
    shown = bos("connector", "list")
    assert "broken (bos_tickertape:Broken) is left out. It lacks title," in shown.stderr
    assert "bos_nowhere" not in shown.stdout
    with answering((200, {}, b"ASML,712.5\nING,13.1\n")) as system:
        file = tmp_path / "tape.yaml"
        content = f"id: tape\ntitle: Tape\nconnector: tickertape\naddress: {system.url}\n"
        file.write_text(content + "settings: {market: XAMS}\n", encoding="utf-8")
        checked = bos("connection", "check", file)
        assert "Whoever operates BOS adds localhost:" in checked.stdout, checked.stderr
        done = bos("connection", "apply", file, "--rationale", "Prices.")
        assert done.returncode == 0, done.stderr
        refused = bos("connector", "doctor", "tape")
        assert refused.returncode == 1
        assert "BOS may not connect to localhost" in refused.stdout
        open_ = {"BOS_OUTGOING_HOSTS": "localhost", "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128"}
        well = bos("connector", "doctor", "tape", **open_)
        assert well.returncode == 0, well.stdout + well.stderr
        assert "2 prices." in well.stdout
        assert "Unproven: It met nothing but the server of a test." in well.stderr
    assert [one.path for one in system.asked] == ["/prices?market=XAMS"]
