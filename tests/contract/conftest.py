"""One workbench over each transport: BOS in this process, and a server on a real socket."""

from __future__ import annotations

import pytest

import bos
from bos.settings import Settings


@pytest.fixture(scope="module", params=["in the process", "over HTTP"])
def wb(request, make_store, serving, tmp_path_factory):
    """Return a workbench on a home of its own, with its content shared by the tests of a file."""
    home = tmp_path_factory.mktemp("contract") / "my home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOS_DATABASE_URL", make_store())
        if request.param == "in the process":
            with bos.connect(home) as workbench:
                assert workbench.url is None
                yield workbench
        else:
            with serving(Settings.load(home=home)) as url, bos.connect(home, url=url) as workbench:
                yield workbench


@pytest.fixture
def remote(wb):
    return wb.url is not None


@pytest.fixture(scope="module")
def flow(wb):
    """Return a flow with one signal and two KPIs, without events."""
    binding = {"event": "posted", "fields": [{"id": "note", "native": "note", "type": "text"}]}
    signal = {"title": "Posted", "type": "process", "binding": binding}
    wb.signals.put("flow.posted", signal, rationale="First.")
    sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
    template = {
        "title": "Contract",
        "currency": "EUR",
        "binding": {
            "mapping": {"case": "case", "step": "step", "time": "time", "amount": "amount", "attr.note": "note"}
        },
        "flow": {"correlation_key": ["case"], "steps": [{"id": "post", "title": "Post"}]},
        "process_signals": [{"id": "posted", "signal": "flow.posted", "step": "post"}],
        "outcomes": [
            {"id": "posts", "title": "Posts", "measure": {"formula": "count(posted)", "unit": "posts"}},
            {"id": "money", "title": "Money", "measure": {"formula": "sum(posted.amount)", "unit": "EUR"}},
        ],
        "ownership": [
            {"id": name.replace("_", "-"), "covers": name, "accountable": "process_owner"} for name in sections
        ],
    }
    wb.templates.put("contract", template, rationale="First.")
    return wb.flow("contract")
