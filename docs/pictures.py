"""Take the pictures of ``docs/pictures`` from a demo that is started for it: part of ``make docs``."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parent / "pictures"
FLOW = "loan-payment-processing"
WIDTH, HEIGHT = 1280, 860
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
LOADED = 60_000
SHOTS = {
    "home": ("home.ipynb", "h1", "light"),
    "define": (f"wizard.ipynb?flow={FLOW}&stage=define", ".wz-picture svg", "light"),
    "kpi": (f"wizard.ipynb?flow={FLOW}&stage=populate&item=outcomes[overall_return_rate]", ".wz-sum", "light"),
    "validate": (f"wizard.ipynb?flow={FLOW}&stage=validate", ".wz-steps", "light"),
    "dashboard": (f"dashboard.ipynb?flow={FLOW}", ".bos-tile", "light"),
    "published": (f"published.ipynb?flow={FLOW}", "h1", "light"),
    "dashboard-dark": (f"dashboard.ipynb?flow={FLOW}", ".bos-tile", "dark"),
}
"""Name of a picture → page, what must be there before it is taken, and the colours."""


def chromium() -> str | None:
    """Return the path of a Chromium, or nothing."""
    names = (os.environ.get("BOS_CHROMIUM", "chromium"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def opened(browser: Browser, address: str, scheme: str) -> Page:
    """Return a page that is signed in, on the home page."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("h1", timeout=LOADED)
    return page


def take(browser: Browser, address: str, folder: Path) -> None:
    """Take every picture."""
    for name, (where, wanted, scheme) in SHOTS.items():
        page = opened(browser, address, scheme)
        page.goto(f"{page.url.rsplit('/', 1)[0]}/{where}")
        page.wait_for_selector(wanted, timeout=LOADED)
        page.locator(wanted).first.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}.png")
        page.context.close()


def pack(browser: Browser, home: str, folder: Path) -> None:
    """Take a picture of the weekly pack of the week with the planted incident."""
    out = Path(home) / "packs"
    command = [sys.executable, "-m", "bos.cli.main", "report", "run", "weekly", "--flow", FLOW, "--as-of", "2026-W05"]
    subprocess.run([*command, "--out", out, "--home", home], check=True, stdout=subprocess.DEVNULL)
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(next(out.glob("*/report.html")).as_uri())
    page.screenshot(path=folder / "pack.png")
    page.close()


def main() -> None:
    """Start a demo, take the pictures, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=PICTURES)
    folder = parser.parse_args().folder
    program = chromium()
    if program is None:
        print("There is no Chromium here, so the pictures stay as they are (BOS_CHROMIUM names its program).")
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bos-pictures-") as home:
        command = [sys.executable, "-m", "bos.cli.main", "demo", "--home", home, "--port", "0", "--no-browser"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
            try:
                lines = iter(demo.stdout or ())
                address = next(found.group(0) for line in lines if (found := re.search(r"http://\S+key=\S+", line)))
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
                    take(browser, address, folder)
                    pack(browser, home, folder)
                    browser.close()
            finally:
                demo.terminate()


if __name__ == "__main__":
    main()
