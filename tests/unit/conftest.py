"""A served home with the pilot flow, and a workbench on it, for the tests of a module that want one."""

from __future__ import annotations

import numpy as np
import pytest

import bos
from bos.settings import Settings

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
    """Return settings and address of a served home with the pilot flow."""
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), env={}, database_url=module_store_url)
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
