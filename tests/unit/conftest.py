"""A served home with the pilot flow, and a workbench on it, for the tests of a module that want one."""

from __future__ import annotations

import pytest

import bos
from bos.settings import Settings

FLOW = "loan-payment-processing"


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
