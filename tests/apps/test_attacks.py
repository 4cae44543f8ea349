"""What somebody might try against the apps, each hole with a test that tries it."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import create_engine, text
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import bos
from bos.auth import cookie
from bos.errors import Forbidden, Unauthenticated
from bos.home import Home

NOTEBOOKS = Path(__file__).parent / "notebooks"
KERNEL = "12345678-1234-1234-1234-123456789012"
SECRET = "planted-in-the-server"  # noqa: S105 - it must not reach a kernel


@contextmanager
def opened(servers, client, name="home"):
    """Open a page; yield the id of its kernel, which ends with the block."""
    answer = client.get(servers.page(name))
    assert answer.status_code == 200, answer.text
    config = re.search(r'<script id="jupyter-config-data" type="application/json">\s*(.*?)\s*</script>', answer.text)
    kernel = json.loads(config[1])["kernelId"]
    try:
        yield kernel
    finally:
        headers = {"X-XSRFToken": client.cookies["_xsrf"]}
        assert client.post(f"{servers.apps_url}/voila/api/shutdown/{kernel}", headers=headers).status_code == 204


def line(servers, kernel, client=None, **headers):
    """Open the line to a kernel, with the cookie of a client or without."""
    url = f"{servers.apps_url}/api/kernels/{kernel}/channels?session_id=x".replace("http://", "ws://")
    value = None if client is None else client.cookies[cookie.NAME]
    given = {**({} if value is None else {"Cookie": f"{cookie.NAME}={value}"}), **headers}
    origin = given.pop("Origin", None)
    return connect(url, additional_headers=given, origin=origin, proxy=None, open_timeout=20)


def refused(servers, kernel, client=None, **headers):
    with pytest.raises(InvalidStatus) as caught, line(servers, kernel, client, **headers):
        pass
    return caught.value.response.status_code


def message(kind, content):
    header = {"msg_id": secrets.token_hex(8), "msg_type": kind, "username": "", "session": "x", "version": "5.3"}
    whole = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    return json.dumps({**whole, "buffers": []})


@pytest.mark.full
def test_the_kernel_of_another_session_can_be_neither_watched_nor_asked_about_nor_ended(own):
    with own.client() as mine, own.client() as theirs, opened(own, mine) as kernel:
        assert refused(own, kernel, theirs) == 403
        assert theirs.get(f"{own.apps_url}/api/kernels/{kernel}").status_code == 403
        theirs.get(own.page("nothing"))
        xsrf = {"X-XSRFToken": theirs.cookies.get("_xsrf", "")}
        assert theirs.post(f"{own.apps_url}/voila/api/shutdown/{kernel}", headers=xsrf).status_code == 403
        assert mine.get(f"{own.apps_url}/api/kernels/{kernel}").status_code == 200


def test_nobody_gets_a_line_without_a_session(own):
    with own.client() as mine, opened(own, mine) as kernel:
        assert refused(own, kernel) == 403
        assert refused(own, KERNEL, mine) == 403
        assert httpx.get(f"{own.apps_url}/voila/query/{kernel}").status_code in {401, 404}
        assert mine.get(f"{own.apps_url}/voila/query/{kernel}").status_code == 404


def test_code_sent_on_the_line_is_dropped(own, tmp_path):
    proof = tmp_path / "proof"
    with own.client() as mine, opened(own, mine) as kernel, line(own, kernel, mine) as socket:
        socket.send(message("execute_request", {"code": f"open({str(proof)!r}, 'w').close()", "silent": False}))
        socket.send(message("kernel_info_request", {}))
        kinds = set()
        while "kernel_info_reply" not in kinds:
            kinds.add(json.loads(socket.recv(timeout=30))["header"]["msg_type"])
    assert "execute_reply" not in kinds
    assert not proof.exists()


def test_a_page_of_another_site_gets_no_line(own):
    with own.client() as mine, opened(own, mine) as kernel:
        for origin in ("https://evil.example", "null", own.api_url):
            assert refused(own, kernel, mine, Origin=origin) == 403
        with line(own, kernel, mine, Origin=own.apps_url) as socket:
            assert socket.response.status_code == 101


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "bos.local", "192.0.2.7"])
@pytest.mark.parametrize(
    "path", ["/", "/sign-out", "/voila/render/home.ipynb", "/healthz", "/voila/static/voila.js", "/nothing"]
)
def test_another_host_name_is_refused(own, host, path):
    with own.client() as mine:
        answer = mine.get(f"{own.apps_url}{path}", headers={"Host": host}, follow_redirects=False)
    assert answer.status_code == 400
    assert "does not answer under this name" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/home.ipynb",
        "/voila/files/../../../etc/passwd",
        "/voila/files/%2e%2e/%2e%2e/etc/passwd",
        "/voila/tree",
        "/voila/tree/",
        "/voila/api/contents",
        "/voila/api/contents/home.ipynb",
        "/voila/api/themes/x",
        "/voila/execution/" + KERNEL,
        "/api/kernels",
        "/api/contents",
        "/api/sessions",
        "/api/terminals",
        "/api/kernelspecs",
        "/api/me",
        "/login",
        "/logout",
        "/lab",
        "/voila/render/../conftest.ipynb",
        "/voila/render/..%2f..%2fconftest.ipynb",
        "/voila/render/sub/home.ipynb",
        "/voila/render/home.py",
        "/voila/render/.ipynb",
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_what_jupyter_and_voila_would_serve_beside_pages_is_not_there(own, path, signed_in):
    where = urlsplit(own.apps_url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    with own.client() as mine:
        headers = {"Cookie": f"{cookie.NAME}={mine.cookies[cookie.NAME]}"} if signed_in else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    connection.close()
    assert answer.status in {401, 404}
    assert b"root:" not in body
    assert b'"cells"' not in body


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT", "PATCH"])
def test_a_kernel_cannot_be_changed_over_its_address(own, method):
    with own.client() as mine, opened(own, mine) as kernel:
        headers = {"X-XSRFToken": mine.cookies["_xsrf"]}
        for path in (f"/api/kernels/{kernel}", "/api/kernels", f"/api/kernels/{kernel}/restart"):
            assert mine.request(method, f"{own.apps_url}{path}", headers=headers).status_code in {403, 404, 405}


@pytest.mark.parametrize(
    "path",
    [
        "/voila/static/../../../../../../../etc/passwd",
        "/voila/static/%2e%2e/%2e%2e/app.py",
        "/voila/static//etc/passwd",
        "/voila/templates/bos/static/../../../../../etc/passwd",
        "/voila/templates/bos/index.html.j2",
        "/voila/templates/../static/x",
        "/voila/templates/bos",
        "/voila/labextensions/jupyterlab_pygments/package.json",
        "/voila/labextensions/@voila-dashboards/jupyterlab-preview/package.json",
        "/voila/labextensions/anywidget/../jupyterlab_pygments/package.json",
    ],
)
def test_files_outside_the_folders_of_pages_are_not_served(own, path):
    where = urlsplit(own.apps_url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    with own.client() as mine:
        connection.request("GET", path, headers={"Cookie": f"{cookie.NAME}={mine.cookies[cookie.NAME]}"})
        answer = connection.getresponse()
        body = answer.read()
    connection.close()
    assert answer.status in {403, 404}
    assert b"root:" not in body


@pytest.mark.parametrize(
    "path",
    ["/voila/static/voila.js", "/voila/labextensions/anywidget/package.json", "/voila/templates/bos/static/voila.js"],
)
def test_files_of_pages_ask_for_a_session(own, path):
    assert httpx.get(f"{own.apps_url}{path}").status_code == 401


def test_neither_template_nor_theme_can_be_chosen_by_the_address(own):
    with own.client() as mine:
        plain = mine.get(own.page("home")).text
        other = mine.get(own.page("home", "template=reveal&theme=dark&voila-template=reveal")).text
    for page in (plain, other):
        assert 'data-jp-theme-name="JupyterLab Light"' in page
        assert "cdn" not in page.lower()
        assert "reveal.js" not in page


def test_no_secret_of_the_server_reaches_a_kernel_and_the_ticket_is_gone_once_it_is_traded(own, new_page):
    page = new_page(own)
    for _ in range(2):  # a kernel that waited, and one that was started for the page
        page.goto(own.page("environment"))
        page.locator("#told").wait_for()
        told = json.loads(page.locator("#told").text_content())
        assert (told["before"], told["after"]) == (True, False)
        assert not any(SECRET in value or own.token in value for value in told["values"])
        ours = {name for name in told["names"] if name.startswith("BOS_")}
        assert ours == {"BOS_URL", "BOS_HOME"}
        assert "BOS_DATABASE_URL" not in told["names"]


@pytest.mark.parametrize("value", [b"", b"x", b"x.y", b"a" * 5000, b"Zm9v.c2ln", "ä.ö".encode(), b"\xff.\xfe"])
def test_a_forged_cookie_is_nobody(own, value):
    for url in (own.page("home"), f"{own.api_url}/api/v1/me"):
        answer = httpx.get(url, headers={b"Cookie": cookie.NAME.encode() + b"=" + value})
        assert answer.status_code == 401


def test_a_cookie_signed_with_another_key_is_nobody(own):
    with own.client() as mine:
        secret = cookie.secret_of(Home(own.home).session_key(), mine.cookies[cookie.NAME])
    assert secret
    for value in (cookie.signed("another key", secret), cookie.signed(Home(own.home).session_key(), "another secret")):
        for url in (own.page("home"), f"{own.api_url}/api/v1/me"):
            assert httpx.get(url, headers={"Cookie": f"{cookie.NAME}={value}"}).status_code == 401


def test_an_expired_session_is_over_for_pages_and_for_the_interface(start_apps):
    servers = start_apps(NOTEBOOKS, apps_warm=0)
    with servers.client() as mine:
        assert mine.get(f"{servers.api_url}/api/v1/me").status_code == 200
        engine = create_engine(servers.database_url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE session SET expires_at = now() - interval '1 second'"))
        engine.dispose()
        assert mine.get(f"{servers.api_url}/api/v1/me").status_code == 401
        assert mine.get(servers.page("home")).status_code == 401


def test_signing_out_ends_the_session_its_tickets_and_its_tokens(own):
    with own.client() as mine:
        ticket = mine.post(f"{own.api_url}/api/v1/tickets").json()["ticket"]
        other = mine.post(f"{own.api_url}/api/v1/tickets").json()["ticket"]
        token = httpx.post(f"{own.api_url}/api/v1/tickets/exchange", json={"ticket": ticket}).json()["token"]
        value = mine.cookies[cookie.NAME]
        assert "You are signed out" in mine.post(f"{own.api_url}/sign-out").text
    mine = {"Cookie": f"{cookie.NAME}={value}"}
    assert httpx.get(f"{own.api_url}/api/v1/me", headers=mine).status_code == 401
    assert httpx.get(f"{own.api_url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert httpx.post(f"{own.api_url}/api/v1/tickets/exchange", json={"ticket": other}).status_code == 401
    assert httpx.post(f"{own.api_url}/api/v1/tickets/renew", json={"token": token}).status_code == 401
    time.sleep(3.2)  # as long as the apps take the API's word
    assert httpx.get(own.page("home"), headers=mine).status_code == 401


def test_a_ticket_is_good_once(own, monkeypatch):
    with own.client() as mine:
        ticket = mine.post(f"{own.api_url}/api/v1/tickets").json()["ticket"]
    monkeypatch.setenv("BOS_TICKET", ticket)
    with bos.connect(own.home, url=own.api_url) as wb:
        assert wb.session().expires_at is not None
    monkeypatch.setenv("BOS_TICKET", ticket)
    with pytest.raises(Unauthenticated, match="not good"):
        bos.connect(own.home, url=own.api_url)


def test_pages_lead_to_where_one_signs_out_under_the_name_that_was_asked(own):
    port = httpx.URL(own.api_url).port
    for host in ("127.0.0.1", "localhost"):
        apps = httpx.URL(own.apps_url).copy_with(host=host, path="/sign-out")
        answer = httpx.get(apps, params={"next": "https://evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (302, f"http://{host}:{port}/sign-out")
        assert "You are signed out" in httpx.get(answer.headers["location"]).text


def test_only_a_browser_gets_a_ticket(own):
    with own.client() as mine:
        ticket = mine.post(f"{own.api_url}/api/v1/tickets").json()["ticket"]
    token = httpx.post(f"{own.api_url}/api/v1/tickets/exchange", json={"ticket": ticket}).json()["token"]
    for bearer, status in ((token, 403), (own.token, 403), ("wrong", 401)):
        headers = {"Authorization": f"Bearer {bearer}"}
        assert httpx.post(f"{own.api_url}/api/v1/tickets", headers=headers).status_code == status
    assert httpx.post(f"{own.api_url}/api/v1/tickets").status_code == 401


def test_a_page_of_another_site_cannot_write_with_the_cookie(own):
    with own.client() as mine:
        for origin in ("https://evil.example", own.apps_url, "null"):
            for path in ("/api/v1/tickets", "/sign-out", "/api/v1/session/acting"):
                answer = mine.post(f"{own.api_url}{path}", headers={"Origin": origin}, json={"person": None})
                assert answer.status_code == 403
        assert mine.get(f"{own.api_url}/api/v1/me").status_code == 200


@pytest.mark.parametrize("key", ["", "x", "ä", "a" * 43])
def test_another_key_signs_nobody_in(own, key):
    with httpx.Client() as stranger:
        answer = stranger.get(f"{own.api_url}/", params={"key": key})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_only_a_demo_lets_one_person_act_as_another(start_apps, monkeypatch):
    servers = start_apps(NOTEBOOKS, demo=False, apps_warm=0)
    with servers.client() as mine:
        told = mine.get(f"{servers.api_url}/api/v1/session").json()
        assert (told["demo"], told["sample_people"]) == (False, [])
        answer = mine.post(f"{servers.api_url}/api/v1/session/acting", json={"person": "sample-finance-control"})
        assert (answer.status_code, answer.json()["code"]) == (403, "no-demo")
        ticket = mine.post(f"{servers.api_url}/api/v1/tickets").json()["ticket"]
    monkeypatch.setenv("BOS_TICKET", ticket)
    with bos.connect(servers.home, url=servers.api_url) as wb, pytest.raises(Forbidden):
        wb.act_as("sample-finance-control")
