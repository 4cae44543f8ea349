"""The way to the provider and back: for the browser that went, to where it wanted, once."""

from __future__ import annotations

import getpass
import re
from contextlib import closing
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bos.auth import cookie
from bos.home import Home

WHY = {"rationale": "For the test."}
PAST = timedelta(seconds=1)


def test_the_cookies_are_closed_to_scripts_and_other_sites_and_the_one_of_the_way_is_gone(provider, url):
    provider.account("cleo")
    with httpx.Client(trust_env=False) as client:
        begun = client.get(f"{url}/sign-in")
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == (
            ["S256"], ["code"], ["openid profile email offline_access"],
        )  # fmt: skip
        assert asked["nonce"] != asked["state"]
        way = begun.headers["set-cookie"]
        assert way.startswith(cookie.STARTED)
        assert all(part in way for part in ("HttpOnly", "SameSite=lax", "Path=/sign-on", "Max-Age=900"))
    client, answer = provider.sign_in("cleo")
    set_ = answer.headers.get_list("set-cookie")
    mine = next(one for one in set_ if one.startswith(cookie.NAME))
    assert all(part in mine for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"))
    assert any(one.startswith(f"{cookie.STARTED}") and "Max-Age=0" in one for one in set_)
    client.close()


def test_what_comes_back_in_another_browser_or_a_second_time_lets_nobody_in(provider, url, told):
    provider.account("sara")
    client = httpx.Client(trust_env=False)
    answer = provider.follow(client, client.get(f"{url}/sign-in"))
    form = re.search(r'action="([^"]+/interaction/[^"]+)"', answer.text)[1]
    typed = client.post(form, data={"prompt": "login", "login": "sara", "password": "x"})
    back = provider.follow(client, typed, until="/sign-on/callback").headers["location"]
    with closing(client), httpx.Client(trust_env=False) as other:
        refused = other.get(back)
        assert (refused.status_code, "begun in another browser" in told.words(refused)) == (401, True)
        jar = dict(client.cookies)
        altered = client.get(re.sub(r"state=[^&]+", "state=other", back))
        assert altered.status_code == 401
        elsewhere = client.get(re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back))
        assert (elsewhere.status_code, "another provider" in told.words(elsewhere)) == (401, True)
        for name, value in jar.items():
            if name.startswith(cookie.STARTED):
                client.cookies.set(name, value, domain="127.0.0.1", path="/sign-on")
        assert client.get(back).status_code == 303
        for name, value in jar.items():
            if name.startswith(cookie.STARTED):
                client.cookies.set(name, value, domain="127.0.0.1", path="/sign-on")
        again = client.get(back)
        assert (again.status_code, "does not vouch" in told.words(again)) == (401, True)


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/evil", ""]
)
def test_the_way_back_leads_to_the_apps_only(provider, wanted):
    provider.account("tess")
    client, answer = provider.sign_in("tess", path=f"/sign-in?{httpx.QueryParams({'next': wanted})}")
    with closing(client):
        assert answer.headers["location"] == "http://127.0.0.1:8766/"


def test_whoever_refuses_at_the_provider_is_told_so(url, told):
    client = httpx.Client(trust_env=False)
    with closing(client):
        begun = client.get(f"{url}/sign-in")
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        answer = client.get(f"{url}/sign-on/callback", params={"error": "access_denied", "state": state})
        assert (answer.status_code, "let you go" in told.words(answer)) == (401, True)


def test_the_key_of_the_terminal_lets_nobody_in_and_the_token_of_the_home_signs_nothing(settings, url, admin):
    key = Home(settings.home).new_start_key()
    answer = httpx.get(f"{url}/", params={"key": key}, trust_env=False)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
    assert httpx.get(f"{url}/", trust_env=False).headers["location"] == "/sign-in"
    assert admin.get("/api/v1/session").json()["roles"] == ["admin"]
    assert "change.sign" not in admin.get("/api/v1/session").json()["may"]
    held = admin.get("/api/v1/bindings", params={"person": getpass.getuser()}).json()["items"]
    assert [one["role"] for one in held] == ["admin"]
