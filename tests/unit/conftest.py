"""A served home with the pilot flow, and a workbench on it; real servers of metrics: for the modules that want one."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

import bos
from bos.settings import Settings
from tests.ports import free_port

DEBIAN = Path(__file__).parents[2] / ".venv" / "prometheus" / "usr" / "bin"
FLOW = "loan-payment-processing"
HOLIDAYS = ["2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-09-07", "2026-10-12"]
"""Days on which the bank of the pilot is closed, of the months its events lie in."""


@pytest.fixture(scope="session")
def bank_hours():
    """Return a function from when cases began and ended (series of instants) to seconds of bank hours between them.

    Worked out with numpy's business days: 8 to 18 in New York; what begins after 17:00 has no more of that day.
    """

    def until(moments, cut_off=None):
        local = moments.dt.tz_convert("America/New_York").dt.tz_localize(None)
        days = local.to_numpy().astype("datetime64[D]")
        since = (local - local.dt.normalize()).dt.total_seconds()
        today = (since - 8 * 3600).clip(0, 36_000)
        if cut_off is not None:
            today = today.where(since <= cut_off * 3600, 36_000)
        past = np.busday_count("1970-01-01", days, holidays=HOLIDAYS) * 36_000
        return past + today * np.is_busday(days, holidays=HOLIDAYS)

    return lambda began, ended: (until(ended) - until(began, cut_off=17)).clip(lower=0)


@pytest.fixture(scope="module")
def served(serving, module_store_url, tmp_path_factory):
    """Return settings and address of a served home with the pilot flow, which may reach doubles on this machine."""
    reached = {"BOS_OUTGOING_HOSTS": "localhost", "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128"}
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), env=reached, database_url=module_store_url)
    with serving(settings) as url:
        with bos.connect(settings.home, url=url) as wb:
            wb.templates.create(FLOW)
        yield settings, url


@pytest.fixture
def wb(served):
    """Return a workbench on the served home."""
    settings, url = served
    with bos.connect(settings.home, url=url) as workbench:
        yield workbench


def _program(name):
    """Return where a program is, or skip."""
    found = shutil.which(name) or (str(DEBIAN / name) if (DEBIAN / name).is_file() else None)
    if found is None:
        pytest.skip(f"{name} is not installed: tests/prometheus.sh fetches it from the packages of Debian.")
    return found


def _answers(url):
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def _running_server(command, url, log):
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            for _ in range(300):
                if _answers(url):
                    break
                time.sleep(0.1)
            else:
                pytest.fail(f"{command[0]} does not answer: {log.read_text()[-500:]}")
            yield
        finally:
            process.terminate()
            process.wait(20)


def _prometheus(folder, samples):
    server, tool = _program("prometheus"), _program("promtool")
    text, data = folder / "metrics.om", folder / "data"
    _write_openmetrics(text, samples)
    subprocess.run([tool, "tsdb", "create-blocks-from", "openmetrics", text, data], check=True, capture_output=True)
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n", encoding="utf-8")
    base = f"127.0.0.1:{free_port()}"
    command = [
        server, f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address={base}",
        "--storage.tsdb.retention.time=100y",
    ]  # fmt: skip
    return command, f"http://{base}", "/-/ready"


def _write_openmetrics(path, samples):
    """Write samples as OpenMetrics: those of one metric together."""
    by_metric = {}
    for series, at, value in samples():
        by_metric.setdefault(series.partition("{")[0], []).append(f"{series} {value} {at:.3f}\n")
    with path.open("w", encoding="utf-8") as out:
        for name, lines in by_metric.items():
            out.write(f"# TYPE {name} unknown\n")
            out.writelines(lines)
        out.write("# EOF\n")


def _victoria(folder, samples):
    del samples
    server = _program("victoria-metrics")
    base = f"127.0.0.1:{free_port()}"
    command = [
        server, f"-storageDataPath={folder / 'vm'}", f"-httpListenAddr={base}", "-retentionPeriod=100y",
        "-search.disableCache", "-search.latencyOffset=0s",
    ]  # fmt: skip
    return command, f"http://{base}", "/health"


@pytest.fixture(scope="module", params=["prometheus", "victoria-metrics"])
def server(request, tmp_path_factory):
    """Start a server that holds what the module's ``samples`` yields (series, time, value); give kind and address."""
    folder = tmp_path_factory.mktemp(request.param)
    command, url, ready = (_prometheus if request.param == "prometheus" else _victoria)(folder, request.module.samples)
    with _running_server(command, url + ready, folder / "log"):
        if request.param != "prometheus":
            lines = [f"{series} {value} {round(at * 1_000)}\n" for series, at, value in request.module.samples()]
            for i in range(0, len(lines), 100_000):
                body = "".join(lines[i : i + 100_000])
                httpx.post(f"{url}/api/v1/import/prometheus", content=body, timeout=60).raise_for_status()
            httpx.get(f"{url}/internal/force_flush", timeout=60).raise_for_status()
        yield request.param, url


_IN_PLACE = (
    "unshare", "-rm", "sh", "-c",
    """mount -t tmpfs none /usr/share && mkdir /usr/share/prometheus &&
    cp -r "$0/usr/share/prometheus/alertmanager" /usr/share/prometheus/ && exec "$@" """,
)  # fmt: skip
"""Runs a program that reads its templates where its package would be installed, and shows them to it alone."""


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory):
    """Return a context manager from a configuration to the address of a real Alertmanager."""

    @contextmanager
    def run(config):
        folder, base = tmp_path_factory.mktemp("alertmanager"), f"127.0.0.1:{free_port()}"
        file = folder / "alertmanager.yml"
        file.write_text(config, encoding="utf-8")
        command = [
            *_IN_PLACE, str(DEBIAN.parents[1]), _program("prometheus-alertmanager"), f"--config.file={file}",
            f"--storage.path={folder / 'data'}", f"--web.listen-address={base}", "--cluster.listen-address=",
        ]  # fmt: skip
        with _running_server(command, f"http://{base}/-/ready", folder / "log"):
            yield f"http://{base}"

    return run
