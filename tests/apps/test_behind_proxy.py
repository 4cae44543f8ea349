"""BOS under a path behind a real nginx that ends TLS, set up as the docs say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from bos.auth import cookie

pytestmark = pytest.mark.full

REPOSITORY = Path(__file__).parents[2]
MOST = 400  # requests a minute
WHY = {"rationale": "For the test."}
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


@pytest.fixture(scope="module")
def nginx():
    """Return the program; without it the test skips, or fails where it must."""
    found = shutil.which("nginx") or shutil.which("nginx", path=str(REPOSITORY / ".venv" / "nginx" / "usr" / "sbin"))
    if found is None and os.environ.get("BOS_REQUIRE_BROWSER"):
        pytest.fail("there is no nginx on this machine")
    if found is None:
        pytest.skip("there is no nginx on this machine")
    return found


@pytest.fixture(scope="module")
def bank(signing_on, start_up, certificate, free_port, nginx, tmp_path_factory):
    folder, ports = tmp_path_factory.mktemp("nginx"), {"port": free_port(), "apps_port": free_port()}
    with signing_on("https://localhost", "/bos") as provider:
        public = provider.callback_origin
        server = (REPOSITORY / "docs" / "examples" / "nginx.conf").read_text()
        for shown, used in {
            "listen 443": f"listen 127.0.0.1:{provider.port}", "bos.bank.example": "localhost",
            "/etc/bos/bos.pem": str(certificate.file), "/etc/bos/bos.key": str(certificate.key),
            "127.0.0.1:8766": f"127.0.0.1:{ports['apps_port']}", "127.0.0.1:8765": f"127.0.0.1:{ports['port']}",
        }.items():  # fmt: skip
            assert shown in server
            server = server.replace(shown, used)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, server=server))
        process = subprocess.Popen([nginx, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
        more = {"public_url": public, "apps_url": f"{public}/apps", "trusted_proxies": "127.0.0.1", "rate_limit": MOST}
        try:
            with start_up(provider, **ports, **more) as running:
                yield running
        finally:
            process.terminate()
            process.wait(30)


def test_a_person_signs_in_works_and_signs_out_under_the_path(bank, new_page, log_in):
    bank.provider.account("ida")
    with bank.admin() as admin:
        admin.post("/api/v1/people", json={"person": "ida", "display": "Ida Falk", **WHY})
        admin.post("/api/v1/bindings", json={"person": "ida", "role": "process_owner", **WHY})
    page = new_page(bank, signed_in=False, ignore_https_errors=True)
    page.goto(f"{bank.address}/")
    log_in(page, "ida")
    page.wait_for_url(f"{bank.apps_url}/voila/render/home.ipynb")
    page.seen.errors.clear()  # of the provider's own page
    page.get_by_role("button", name="Make this flow").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Make this flow").first.click()
    page.get_by_role("link", name="Open in the wizard").wait_for(timeout=60_000)
    page.get_by_role("link", name="Open in the wizard").click()
    page.wait_for_url(f"{bank.apps_url}/voila/render/wizard.ipynb**")
    page.locator("h1").first.wait_for(timeout=60_000)
    assert page.seen.errors == []
    page.goto(f"{bank.apps_url}/voila/render/nothing.ipynb")
    page.get_by_role("link", name="Go to the home page").click()
    page.wait_for_url(f"{bank.apps_url}/voila/render/home.ipynb")
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.locator('button[value="yes"]').click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    assert page.url.startswith(f"{bank.address}/sign-out")
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_selector('input[name="login"]')


def test_cookies_and_links_fit_the_path_and_what_runs_here_needs_none(bank):
    bank.provider.account("jo")
    with httpx.Client(trust_env=False, verify=bank.certificate.trust, timeout=60) as client:
        begun = client.get(f"{bank.address}/sign-in")
        way = begun.headers["set-cookie"]
        assert ("Path=/bos/sign-on" in way, "Secure" in way) == (True, True)
        assert begun.headers["strict-transport-security"] == "max-age=31536000"
        _, answer = bank.provider.sign_in("jo", client=client)
        assert answer.url == f"{bank.apps_url}/voila/render/home.ipynb"
        mine = next(one for one in client.cookies.jar if one.name == cookie.NAME)
        assert (mine.secure, mine.path) == (True, "/")
        docs = client.get(f"{bank.address}/api/docs")
        assert "/bos/api/openapi.json" in docs.text
        static = re.search(r'src="([^"]+swagger-ui-bundle\.js)"', docs.text)[1]
        assert client.get(docs.url.join(static)).status_code == 200
        write = client.post(f"{bank.address}/api/v1/tickets", headers={"Origin": bank.address.removesuffix("/bos")})
        assert write.status_code == 201
        elsewhere = client.post(f"{bank.address}/api/v1/tickets", headers={"Origin": "https://evil.example"})
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "origin")
    with bank.admin() as own:
        assert own.get("/api/v1/session").json()["roles"] == ["admin"]
        assert own.get("/").headers["location"] == "/sign-in"


def test_the_proxy_says_whom_a_request_comes_from_and_a_browser_cannot(bank):
    def tries(url, count):
        with httpx.Client(trust_env=False, verify=bank.certificate.trust) as client:
            wrong = {"Authorization": "Bearer wrong"}
            each = [wrong | {"X-Forwarded-For": f"192.0.2.{at % 250}"} for at in range(count)]
            return {client.get(f"{url}/api/v1/session", headers=headers).status_code for headers in each}

    assert tries(bank.address, MOST + 5) == {401, 429}, "a browser that names other addresses is counted all the same"
    assert tries(bank.own_url, MOST + 5) == {401}, "what a proxy says is believed"
