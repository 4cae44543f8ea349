"""BOS for others: `bos up` with a certificate and a real provider, and a real browser that comes by TLS."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bos.auth import cookie

WHY = {"rationale": "For the test."}


@pytest.fixture(scope="module")
def bank(signing_on, start_up, certificate, free_port):
    with signing_on("https://localhost") as provider:
        tls = {"tls_certificate": certificate.file, "tls_key": certificate.key}
        given = {"host": "0.0.0.0", "port": provider.port, "apps_port": free_port(), "first_admin": "ada", **tls}  # noqa: S104
        with start_up(provider, **given) as running:
            yield running


def signed_in(bank, subject):
    client = httpx.Client(verify=bank.certificate.trust, trust_env=False, timeout=60)
    return bank.provider.sign_in(subject, client=client)


@pytest.mark.full
def test_a_browser_of_another_machine_comes_by_tls_alone_and_its_cookie_goes_no_other_way(bank):
    bank.provider.account("nina")
    client, answer = signed_in(bank, "nina")
    with httpx.Client(trust_env=False, verify=bank.certificate.trust) as other:
        assert answer.headers["location"] == f"{bank.apps_url}/"
        mine = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(cookie.NAME))
        assert "Secure" in mine
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        page = client.get(f"{bank.apps_url}/voila/render/home.ipynb")
        assert (page.status_code, page.headers["strict-transport-security"]) == (200, "max-age=31536000")
        for url in (bank.address, bank.apps_url):
            with pytest.raises(httpx.HTTPError):
                other.get(url.replace("https://", "http://"))
            with pytest.raises(httpx.ConnectError):
                httpx.get(url, trust_env=False)  # by an authority that nobody knows
        evil = other.get(f"{bank.address}/healthz", headers={"Host": "evil.example"})
        assert (evil.status_code, evil.json()["code"]) == (400, "host")
        assert other.get(f"{bank.apps_url}/healthz", headers={"Host": "evil.example"}).status_code == 400
    client.close()


def test_who_is_not_signed_in_is_led_from_a_page_to_the_provider_and_back_to_that_page(bank):
    with httpx.Client(trust_env=False, verify=bank.certificate.trust) as client:
        wanted = f"{bank.apps_url}/voila/render/wizard.ipynb?flow=x"
        led = client.get(wanted)
        assert led.status_code == 302
        assert led.headers["location"] == (f"{bank.address}/sign-in?next=%2Fvoila%2Frender%2Fwizard.ipynb%3Fflow%3Dx")
        kernel = client.get(f"{bank.apps_url}/api/kernels/0-0-0-0-0")
        assert kernel.status_code == 401, "what a script asks for leads nowhere"
        bank.provider.account("otto")
        client.base_url = bank.address
        _, answer = bank.provider.sign_in("otto", client=client, path=led.headers["location"][len(bank.address) :])
        assert answer.headers["location"] == wanted


def test_no_process_but_the_api_knows_the_secret_that_bos_has_at_the_provider(bank):
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            name = re.search(rf"bos\.serve\.child \d+ (\S+).*{re.escape(str(bank.home))}", line)
            if name:
                found[name[1]] = bank.provider.secret.encode() in (entry / "environ").read_bytes()
    assert found == {"bos.serve.api": True, "bos.worker": False, "bos.serve.apps": False}
    logs = b"".join(path.read_bytes() for path in (bank.home / "logs").iterdir())
    assert bank.provider.secret.encode() not in logs


def test_an_owner_signs_in_sees_their_page_alive_and_signs_out_of_both(bank, new_page, log_in):
    bank.provider.account("ada", groups=["owners"])
    with bank.admin() as admin:
        admin.put("/api/v1/groups/owners", json={"title": "Owners", "follows": "owners", **WHY})
        admin.post("/api/v1/bindings", json={"group": "owners", "role": "process_owner", **WHY})
    page = new_page(bank, signed_in=False, ignore_https_errors=True)
    page.goto(f"{bank.apps_url}/voila/render/home.ipynb")
    log_in(page, "ada")
    page.wait_for_url(f"{bank.apps_url}/**")
    page.seen.errors.clear()  # of the provider's own page
    page.get_by_role("button", name="Make this flow").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Make this flow").first.click()
    page.get_by_role("link", name="Open dashboard").wait_for(timeout=60_000)
    assert page.seen.errors == []
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Yes").or_(page.locator('button[value="yes"]')).first.click()
    page.wait_for_url(f"{bank.address}/sign-out*")
    assert page.get_by_role("heading").inner_text() == "You are signed out"
    page.goto(f"{bank.apps_url}/voila/render/home.ipynb")
    page.wait_for_selector('input[name="login"]')


@pytest.mark.full
def test_who_holds_no_role_is_told_so_in_words(bank, new_page, log_in):
    bank.provider.account("zoe")
    page = new_page(bank, signed_in=False, ignore_https_errors=True)
    page.goto(f"{bank.apps_url}/voila/render/home.ipynb")
    log_in(page, "zoe")
    page.wait_for_url(f"{bank.apps_url}/**")
    page.seen.errors.clear()  # of the provider's own page
    page.get_by_text("hold no role yet").wait_for(timeout=60_000)
    assert page.get_by_text("They know you here as zoe.").is_visible()
    assert page.seen.errors == []
    assert page.violations() == []
