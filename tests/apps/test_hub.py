"""A real JupyterHub, set up as the docs say: analysts are connected as themselves, the apps are a service."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websocket

from bos.home import Home
from bos.settings import Settings

pytestmark = pytest.mark.full

REPOSITORY = Path(__file__).parents[2]
WHY = {"rationale": "For the test."}
CONFIG = """
load_subconfig({shown!r})
c.JupyterHub.bind_url = {hub_url!r}
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/{{username}}"
c.Spawner.args = ["--allow-root"]
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.JupyterHub.services[0]["command"] = [{python!r}, "-m", "bos.cli.main", "apps"]
c.ConfigurableHTTPProxy.command = [{node!r}, {proxy!r}]
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
"""


@dataclass
class Hub:
    """A running Hub beside BOS, whose people sign in at one provider."""

    provider: object
    api_url: str
    apps_url: str
    settings: Settings
    log: Path

    @property
    def url(self):
        return self.provider.hub_url

    def admin(self):
        headers = {"Authorization": f"Bearer {Home(self.settings.home).token()}"}
        return httpx.Client(base_url=self.api_url, headers=headers, trust_env=False)


@pytest.fixture(scope="module")
def hub(signing_on, serving, make_store, tmp_path_factory, free_port, node):
    folder = tmp_path_factory.mktemp("hub")
    proxy = REPOSITORY / "tests" / "sign_on" / "hub" / "node_modules" / ".bin" / "configurable-http-proxy"
    with signing_on() as provider:
        home, apps_port = folder / "home", free_port()
        given = {
            **provider.settings,
            "oidc_hub_client_id": "jupyterhub",
            "apps_url": f"{provider.hub_url}/services/bos",
        }
        settings = Settings.load(home=home, env={}, database_url=make_store(), **given)
        config = folder / "config.py"
        shown = str(REPOSITORY / "docs" / "examples" / "jupyterhub_config.py")
        values = {"hub_url": provider.hub_url, "folder": str(folder), "python": sys.executable, "node": node}
        config.write_text(
            CONFIG.format(shown=shown, proxy=str(proxy), hub_port=free_port(), api_port=free_port(), **values)
        )
        with serving(settings, port=provider.port) as api_url:
            env = {**os.environ, "BOS_HOME": str(home), "BOS_URL": api_url, "BOS_PUBLIC_URL": api_url}
            env |= {"BOS_OIDC_ISSUER": provider.url, "HUB_URL": provider.hub_url, "HUB_CLIENT_SECRET": provider.secret}
            env |= {"JUPYTERHUB_CRYPT_KEY": "0" * 64, "BOS_APPS_PORT": str(apps_port), "BOS_APPS_WARM": "0"}
            env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
            log = folder / "hub.log"
            with log.open("wb") as out:
                command = [sys.executable, "-m", "jupyterhub", "-f", config]
                process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)
            try:
                wait_for(f"{provider.hub_url}/hub/api", process, log)
                wait_for(f"{provider.hub_url}/services/bos/healthz", process, log)
                yield Hub(provider, api_url, f"{provider.hub_url}/services/bos", settings, log)
            finally:
                process.terminate()
                process.wait(60)


def wait_for(url, process, log):
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer: {log.read_text()[-3000:]}")


def walk(client, answer, stop):
    """Follow redirections, and the login of the provider, until an address has ``stop`` in it."""
    for _ in range(150):
        if stop in str(answer.url) and not answer.has_redirect_location:
            return answer
        if answer.has_redirect_location:
            answer = client.get(answer.url.join(answer.headers["location"]))
        elif form := re.search(r'action="([^"]+/interaction/[^"]+)"', answer.text):
            answer = client.post(form[1], data={"prompt": "login", "login": client.subject, "password": "x"})
        else:
            time.sleep(0.5)
            answer = client.get(answer.url)
    raise AssertionError(f"{stop} is not reached: {answer.url} {re.sub('<[^>]+>', '', answer.text)[-3000:]}")


def run(hub, client, user, code):
    """Run code in a new kernel of somebody's server; return what it printed."""
    base = f"{hub.url}/user/{user}"
    xsrf = {"X-XSRFToken": client.cookies.get("_xsrf", path=f"/user/{user}/")}
    kernel = client.post(f"{base}/api/kernels", headers=xsrf, json={}).json()["id"]
    cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    address = f"{base.replace('http', 'ws')}/api/kernels/{kernel}/channels"
    with closing(websocket.create_connection(address, cookie=cookies, origin=hub.url, timeout=60)) as line:
        head = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": "s",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False, "user_expressions": {}}
        line.send(
            json.dumps({"header": head, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
        )
        printed = ""
        while True:
            told = json.loads(line.recv())
            if told["parent_header"].get("msg_id") != head["msg_id"]:
                continue
            if told["msg_type"] == "stream":
                printed += told["content"]["text"]
            elif told["msg_type"] == "error":
                raise AssertionError(told["content"]["evalue"])
            elif told["msg_type"] == "execute_reply":
                return printed


def client_of(subject):
    made = httpx.Client(trust_env=False, timeout=60)
    made.subject = subject
    return made


def test_a_notebook_of_the_hub_acts_in_bos_as_its_analyst_with_less_than_they_may(hub):
    hub.provider.account("ana")
    with hub.admin() as admin:
        admin.post("/api/v1/people", json={"person": "ana", "display": "Ana", **WHY})
        admin.post("/api/v1/bindings", json={"person": "ana", "role": "finance_control", **WHY})
    with client_of("ana") as client:
        walk(client, client.get(f"{hub.url}/hub/spawn"), "/user/ana/")
        code = "import bos; me = bos.connect().session(); print(me.person, *me.may)"
        first, second = run(hub, client, "ana", code).split(), run(hub, client, "ana", code).split()
    assert first == second, "every kernel of the server is connected"
    assert first[0] == "ana"
    assert {"template.write", "kpi.evaluate"} <= set(first)
    assert not {"change.sign", "token.make", "people.manage"} & set(first)
    with hub.admin() as admin:
        held = admin.get("/api/v1/tokens", params={"everybody": True}).json()["items"]
        assert [(one["person"], one["title"], one["kind"]) for one in held] == [("ana", "JupyterHub", "personal")]


def test_the_apps_are_a_service_of_the_hub_and_alive_behind_its_proxy(hub, new_page, log_in):
    hub.provider.account("bo")
    with hub.admin() as admin:
        admin.post("/api/v1/people", json={"person": "bo", "display": "Bo Berg", **WHY})
        admin.post("/api/v1/bindings", json={"person": "bo", "role": "process_owner", **WHY})
    page = new_page(hub, signed_in=False)
    page.goto(f"{hub.apps_url}/")
    log_in(page, "bo")
    page.wait_for_url(f"{hub.apps_url}/voila/render/home.ipynb")
    page.seen.errors.clear()
    page.get_by_role("button", name="Make this flow").first.wait_for(timeout=60_000)
    page.get_by_role("link", name="Describe a new flow").click()
    page.wait_for_url(f"{hub.apps_url}/voila/render/wizard.ipynb**")
    page.locator("h1").first.wait_for(timeout=60_000)
    assert page.seen.errors == []
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").wait_for()
    assert page.url == f"{hub.api_url}/sign-out"


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000])
def test_what_is_no_sign_in_at_the_hub_gets_no_token(hub, token):
    answer = httpx.post(f"{hub.api_url}/api/v1/tokens/sign-on", json={"id_token": token}, trust_env=False)
    assert answer.status_code == 401


def test_a_sign_in_at_bos_itself_is_none_at_the_hub(hub):
    hub.provider.account("cy")
    client, _ = hub.provider.sign_in("cy")
    with closing(client):
        client.base_url = hub.api_url
        out = client.post("/sign-out").headers["location"]
    own = httpx.URL(out).params["id_token_hint"]
    answer = httpx.post(f"{hub.api_url}/api/v1/tokens/sign-on", json={"id_token": own}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-on")
