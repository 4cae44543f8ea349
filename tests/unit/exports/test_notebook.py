"""The notebook of a dashboard: run by a real kernel against a real server, it finds the same numbers."""

from __future__ import annotations

import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import bos
from bos.dashboards.exports.notebook import notebook
from bos.reports.kernel import SocketKernelManager
from bos.resources import share
from tests.unit.conftest import FLOW
from tests.unit.exports.made import run_of, tile


@pytest.fixture(scope="module")
def kept(served):
    """Return settings, address and the export of a dashboard of the sample."""
    settings, url = served
    with bos.connect(settings.home, url=url) as wb:
        wb.flow(FLOW).import_events(share("data") / "samples" / "loan-payments.csv")
        run = wb.flow(FLOW).dashboard(by="week")
        yield settings, url, run, wb.export_dashboard(run.run, "notebook")


def executed(kept, content):
    settings, url, *_ = kept
    book = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(book)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_HOME", str(settings.home))
        patch.setenv("BOS_URL", url)
        NotebookClient(book, timeout=120, kernel_name="python3", kernel_manager_class=SocketKernelManager).execute()
    return [out.get("text", "") for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]


@pytest.mark.full
def test_it_runs_from_top_to_bottom_and_finds_the_same_numbers(kept):
    _, _, run, export = kept
    counted = [p for p in run.panels if p.kind == "kpi" and not p.withheld_reason and p.status != "no_data"]
    assert len(counted) > 5
    assert export.notes.carried == tuple(panel.id for panel in counted)
    told = "".join(executed(kept, export.content))
    assert f"{len(counted)} numbers are the same as in the dashboard." in told


@pytest.mark.full
def test_a_number_that_comes_out_otherwise_stops_it(kept):
    _, _, run, export = kept
    rate = next(panel for panel in run.panels if panel.id == "overall_return_rate")
    changed = export.content.decode().replace(f"'overall_return_rate': {rate.value!r}", "'overall_return_rate': 0.5")
    assert changed != export.content.decode()
    with pytest.raises(CellExecutionError, match="not the one this notebook was made of"):
        executed(kept, changed.encode())


def test_there_is_no_address_and_no_token_in_it(kept):
    settings, url, _, export = kept
    token = (settings.home / "token").read_text().strip() if (settings.home / "token").exists() else "none"
    for secret in (url, token, str(settings.home)):
        assert secret not in export.content.decode()


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_becomes_code_or_markup(text):
    run = run_of(tile("rate", text, value=text), title=text, approval_words=text)
    book = nbformat.reads(notebook(run).content.decode(), as_version=4)
    nbformat.validate(book)
    assert re.search(r"(?<!\\)[<`$]", book.cells[0].source) is None
    names = {}
    exec(compile(book.cells[1].source, "facts", "exec"), {}, names)  # noqa: S102 - what is tested is that it is data
    assert names["EXPECTED"] == {"rate": text}
    assert set(names) == {"RUN", "FLOW", "START", "END", "BY", "SNAPSHOT", "EXPECTED"}


def test_the_library_gives_the_template_as_openslo_with_its_notes(kept, tmp_path):
    settings, url, *_ = kept
    with bos.connect(settings.home, url=url) as wb:
        done = wb.flow(FLOW).openslo()
        assert done.write(tmp_path).read_bytes() == done.content
    assert (done.notes.target, done.notes.media_type) == ("openslo", "application/yaml")
    assert done.notes.size_bytes == len(done.content)
    assert "gateway_uptime" in done.notes.carried
