"""How long a provider vouches for somebody, and the ways out: theirs, its own, and time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, text

from bos.auth import seal
from bos.home import Home
from bos.store.tables import journal

WHY = {"rationale": "For the test."}
PAST = timedelta(seconds=1)


def test_a_session_is_renewed_while_the_provider_vouches_and_never_beyond_its_day(browser, engine, told):
    client = browser("jana")
    row = told.sessions(engine, "jana")[0]
    assert timedelta(minutes=58) < row.expires_at - row.created_at <= timedelta(minutes=60)
    for _ in range(2):  # the provider gives another means of renewal each time
        told.make_due(engine, "jana", expires_at=datetime.now(UTC) + timedelta(minutes=5))
        assert told.who(client)["person"] == "jana"
        now = told.sessions(engine, "jana")[0]
        assert now.expires_at - datetime.now(UTC) > timedelta(minutes=58)
        assert now.renew_at - datetime.now(UTC) > timedelta(minutes=13)
    told.make_due(engine, "jana", created_at=datetime.now(UTC) - timedelta(hours=11, minutes=50))
    assert told.who(client)["person"] == "jana"
    last = told.sessions(engine, "jana")[0]
    assert last.expires_at == last.created_at + timedelta(hours=12)
    told.change(engine, "jana", expires_at=datetime.now(UTC) - PAST)
    assert told.who(client) is None


def test_who_is_gone_at_the_provider_is_out_when_it_is_asked_and_their_kernels_with_them(
    provider, browser, engine, told
):
    client = browser("kira")
    ticket = client.post("/api/v1/tickets").json()["ticket"]
    token = client.post("/api/v1/tickets/exchange", json={"ticket": ticket}).json()["token"]
    kernel = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{client.base_url}/api/v1/session", headers=kernel).status_code == 200
    provider.account("kira", gone=True)
    told.make_due(engine, "kira")
    assert httpx.get(f"{client.base_url}/api/v1/session", headers=kernel).status_code == 401
    assert told.who(client) is None
    assert told.tags(engine, "kira")[-1] == "session.ended"


def test_a_provider_that_is_away_ends_nobodys_session_before_its_word_is_too_old(provider, browser, engine, told):
    client = browser("lena")
    told.make_due(engine, "lena")
    provider.tell(down=True)
    try:
        assert told.who(client)["person"] == "lena"
        row = told.sessions(engine, "lena")[0]
        assert timedelta(seconds=50) < row.renew_at - datetime.now(UTC) <= timedelta(seconds=60)
        with httpx.Client(trust_env=False) as other:
            answer = other.get(f"{provider.callback_origin}/sign-in")
            assert answer.status_code in {303, 503}
    finally:
        provider.tell(down=False)
    told.change(engine, "lena", expires_at=datetime.now(UTC) - PAST)
    assert told.who(client) is None


def test_without_a_means_of_renewal_a_session_ends_after_the_hour(browser, engine, told):
    client = browser("mona", no_refresh=True)
    row = told.sessions(engine, "mona")[0]
    assert (row.renew_at, row.expires_at - row.created_at <= timedelta(minutes=60)) == (None, True)
    assert told.who(client)["person"] == "mona"


def test_what_renews_a_session_is_encrypted_in_the_database(browser, engine, settings, told):
    browser("nora")
    row = told.sessions(engine, "nora")[0]
    key = Home(settings.home).session_key()
    opened = seal.opened(key, row.sealed, of=f"sign-on {row.issuer} {row.subject}")
    assert '"refresh": "' in opened
    assert seal.opened(key, row.sealed, of=f"sign-on {row.issuer} somebody else") is None
    assert seal.opened("another", row.sealed, of=f"sign-on {row.issuer} {row.subject}") is None
    refresh = re.search(r'"refresh": "([^"]+)"', opened)[1]
    with engine.connect() as connection:
        every = " ".join(str(one) for one in connection.execute(text("SELECT session::text FROM session")))
    assert refresh not in every


def test_signing_out_ends_the_session_and_goes_on_to_the_provider(provider, browser, engine, told):
    client = browser("olga")
    page = client.get("/sign-out")
    assert f"form-action 'self' {provider.url}" in page.headers["content-security-policy"]
    answer = client.post("/sign-out")
    assert answer.headers["location"].startswith(f"{provider.url}/session/end?")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["post_logout_redirect_uri"] == [f"{provider.callback_origin}/sign-out"]
    assert told.who(client) is None
    assert told.tags(engine, "olga")[-1] == "session.ended"
    confirm = client.get(answer.headers["location"])
    last = _confirmed(provider, client, confirm)
    assert "You are signed out" in told.words(last)
    assert 'href="/sign-in"' in last.text


def _confirmed(provider, client, page):
    form = re.search(r'action="([^"]+)"', page.text)[1]
    hidden = re.search(r'name="xsrf" value="([^"]+)"', page.text)[1]
    return provider.follow(client, client.post(form, data={"xsrf": hidden, "logout": "yes"}))


def test_signing_out_at_the_provider_ends_the_session_here(provider, browser, engine, told):
    client, other = browser("petra"), browser("petra")
    assert told.who(client)["person"] == told.who(other)["person"] == "petra"
    _confirmed(provider, client, client.get(f"{provider.url}/session/end"))
    assert told.who(client) is None
    assert told.who(other)["person"] == "petra", "another browser has another session there"
    with engine.connect() as connection:
        query = select(journal.c.rationale).where(journal.c.actor == "petra", journal.c.tag == "session.ended")
        assert "Signed out at the provider" in connection.execute(query).scalar_one()


def test_keys_that_the_provider_changes_are_looked_for_again(provider, browser, told):
    browser("quinn")
    before = provider.tell()["kids"]
    after = provider.tell(rotate=True)["kids"]
    assert before != after
    assert told.who(browser("rosa"))["person"] == "rosa"


@pytest.mark.parametrize(
    "body", ["", "logout_token=", "logout_token=a.b.c", "logout_token=" + "x" * 20000, "&" * 100, "logout_token=é"]
)
def test_a_logout_token_that_is_none_ends_nothing(browser, url, body, told):
    client = browser("vera")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(f"{url}/sign-on/ended", content=body.encode(), headers=headers, trust_env=False)
    assert answer.status_code in {400, 401}
    assert told.who(client)["person"] == "vera"
