"""A Chromium for tests that look at a page."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def chromium_program():
    """Return the path of a Chromium; without one the test skips, or fails where it must."""
    for name in (os.environ.get("BOS_CHROMIUM", "chromium"), "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    reason = "there is no Chromium on this machine (BOS_CHROMIUM names its program)"
    if os.environ.get("BOS_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium(chromium_program):
    """Return a running browser; it ends with the module, since its loop must not run beside other tests."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - most tests have no browser

    expect.set_options(timeout=30_000)  # a page asks a kernel, and that BOS, on machines that have other work

    quiet = ["background-networking", "component-update", "sync", "dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_program,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
        )
        yield browser
        browser.close()
