"""BOS for others: `bos up` with a certificate and a real provider, and a real browser that comes by TLS."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bos.auth import cookie
from bos.home import Home

WHY = {"rationale": "For the test."}


@dataclass
class Bank:
    """A running BOS: its provider, its home, its printed address, and what checks its certificate."""

    provider: object
    home: Path
    address: str
    own_url: str
    trust: ssl.SSLContext
    apps_url: str
    process: subprocess.Popen

    @property
    def api_url(self):
        return self.address

    def admin(self):
        headers = {"Authorization": f"Bearer {Home(self.home).token()}"}
        return httpx.Client(base_url=self.own_url, headers=headers, trust_env=False)


def _certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    made = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    files = (folder / "bos.pem", folder / "bos.key")
    files[0].write_bytes(made.sign(key, SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return files


def _free():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture(scope="module")
def bank(signing_on):
    folder = Path(tempfile.mkdtemp(prefix="bos-others-"))
    folder.chmod(0o711)
    certificate, key = _certificate(folder)
    with signing_on("https://localhost") as provider:
        ports = {"port": provider.port, "apps_port": _free()}
        given = {**provider.settings, **ports, "host": "0.0.0.0", "tls_certificate": certificate, "tls_key": key}  # noqa: S104
        env = {**os.environ, **{f"BOS_{name.upper()}": str(value) for name, value in given.items()}}
        home = folder / "home"
        env |= {"BOS_HOME": str(home), "BOS_STATE_DIR": str(folder / "state"), "BOS_FIRST_ADMIN": "ada"}
        command = [sys.executable, "-m", "bos.cli.main", "up", "--no-browser"]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            address = re.match(r"BOS is running at (https://localhost:\d+) —", line)[1]
            trust = ssl.create_default_context(cafile=str(certificate))
            apps_url = f"https://localhost:{ports['apps_port']}"
            yield Bank(provider, home, address, Home(home).running().url, trust, apps_url, process)
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


def signed_in(bank, subject):
    client = httpx.Client(verify=bank.trust, trust_env=False, timeout=60)
    return bank.provider.sign_in(subject, client=client)


def test_a_browser_of_another_machine_comes_by_tls_alone_and_its_cookie_goes_no_other_way(bank):
    bank.provider.account("nina")
    client, answer = signed_in(bank, "nina")
    with httpx.Client(trust_env=False, verify=bank.trust) as other:
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
    with httpx.Client(trust_env=False, verify=bank.trust) as client:
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


def test_an_owner_signs_in_sees_their_page_alive_and_signs_out_of_both(bank, new_page):
    bank.provider.account("ada", groups=["owners"])
    with bank.admin() as admin:
        admin.put("/api/v1/groups/owners", json={"title": "Owners", "follows": "owners", **WHY})
        admin.post("/api/v1/bindings", json={"group": "owners", "role": "process_owner", **WHY})
    page = new_page(bank, signed_in=False, ignore_https_errors=True)
    page.goto(f"{bank.apps_url}/voila/render/home.ipynb")
    page.fill('input[name="login"]', "ada")
    page.fill('input[name="password"]', "x")
    page.click('button[type="submit"]')
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


def test_who_holds_no_role_is_told_so_in_words(bank, new_page):
    bank.provider.account("zoe")
    page = new_page(bank, signed_in=False, ignore_https_errors=True)
    page.goto(f"{bank.apps_url}/voila/render/home.ipynb")
    page.fill('input[name="login"]', "zoe")
    page.fill('input[name="password"]', "x")
    page.click('button[type="submit"]')
    page.wait_for_url(f"{bank.apps_url}/**")
    page.seen.errors.clear()  # of the provider's own page
    page.get_by_text("hold no role yet").wait_for(timeout=60_000)
    assert page.get_by_text("They know you here as zoe.").is_visible()
    assert page.seen.errors == []
    assert page.violations() == []
