"""``bos up`` as people start it: all real processes, one address line, a check, and an end without a trace."""

from __future__ import annotations

import signal
import subprocess
import time

import httpx
import pytest

from bos.home import Home

UP = (
    "import sys; from bos.serve.supervisor import up; from bos.settings import Settings;"
    "sys.exit(up(Settings.load(home=sys.argv[1], state_dir=sys.argv[2], port=0), {options}))"
)
START_SECONDS = 60


def start(person, home, options="open_browser=False"):
    return person.popen("-c", UP.format(options=options), home, person.state_dir, stdout=subprocess.PIPE)


def test_one_line_tells_the_address_and_ctrl_c_ends_it(person, processes_left):
    home = person.folder / "my home"
    begun = time.monotonic()
    process = start(person, home)
    line = process.stdout.readline()
    assert time.monotonic() - begun < START_SECONDS
    assert line.startswith("BOS is running at http://127.0.0.1:")
    assert line.endswith("Ctrl-C stops it\n")
    address = line.split()[4]
    assert address.endswith(f"/?key={Home(home).start_key()}")
    url = address.partition("/?")[0]
    assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    assert Home(home).running().url == url
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert Home(home).running() is None
    assert Home(home).start_key() is None
    assert processes_left(person, seconds=0.5) == []


@pytest.mark.full
def test_the_check_asks_every_endpoint_and_stops_and_every_process_wrote_a_log_of_its_own(person, processes_left):
    home = person.folder / "home"
    process = start(person, home, "check=True")
    text, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0, text
    assert "GET /readyz" in text
    assert "(without a token)" in text
    assert "FAIL" not in text
    assert processes_left(person, seconds=0.5) == []
    for name in ("api", "worker", "apps", "postgres"):
        log = home / "logs" / f"{name}.log"
        assert log.exists(), name
        assert log.stat().st_mode & 0o007 == 0 or log.parent.stat().st_mode & 0o077 == 0, name


@pytest.mark.full
def test_what_is_prepared_is_prepared_before_people_are_told(ordinary):
    options = "open_browser=False, prepare=lambda url: print('prepared', url, flush=True)"
    process = start(ordinary, ordinary.folder / "home", options)
    assert process.stdout.readline().startswith("prepared http://127.0.0.1:")
    assert process.stdout.readline().startswith("BOS is running at ")
    process.terminate()
    process.communicate(timeout=20)


@pytest.mark.full
def test_a_preparation_that_fails_stops_everything(ordinary, processes_left):
    options = "open_browser=False, prepare=lambda url: sys.exit('no')"
    process = start(ordinary, ordinary.folder / "home", options)
    process.communicate(timeout=START_SECONDS)
    assert process.returncode == 1
    assert processes_left(ordinary, seconds=0.5) == []
