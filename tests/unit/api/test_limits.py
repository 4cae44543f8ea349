"""How much a caller may ask: requests a minute, and bytes of a body."""

import httpx
import pytest

from bos.actions.context import open_context
from bos.errors import TooMany
from bos.home import Home
from bos.settings import Settings

MOST = 12
TURN = 3
"""Requests more that may be answered where a minute turns meanwhile: the window is weighed, not exact."""
WHY = {"rationale": "Because."}


@pytest.fixture(scope="module")
def settings(make_store, tmp_path_factory):
    home = tmp_path_factory.mktemp("limits") / "home"
    return Settings.load(home=home, env={}, database_url=make_store(), rate_limit=MOST, upload_mib=1)


@pytest.fixture(scope="module")
def url(settings, serving):
    with serving(settings) as address:
        yield address


@pytest.fixture(scope="module")
def operator(url, settings):
    headers = {"Authorization": f"Bearer {Home(settings.home).token()}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        yield client


def test_who_asks_too_often_is_told_when_to_ask_again_and_others_are_answered(url, settings, operator, sign_in):
    for person in ("bea", "carl"):
        operator.post("/api/v1/people", json={"person": person, "display": person, **WHY}).raise_for_status()
    ctx = open_context(settings)
    with sign_in(ctx, url, "bea") as bea, sign_in(ctx, url, "bea") as again, sign_in(ctx, url, "carl") as carl:
        assert {bea.get("/api/v1/me").status_code for _ in range(MOST)} == {200}
        refused = next(found for _ in range(TURN) if (found := again.get("/api/v1/me")).status_code != 200)
        assert refused.status_code == 429, "two sessions of a person count together"
        told = refused.json()
        assert (told["type"], told["details"]["limit"]) == ("urn:bos:problem:too-many", MOST)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert told["details"]["retry_after"] == int(refused.headers["retry-after"])
        assert carl.get("/api/v1/me").status_code == 200
    ctx.close()
    assert all(operator.get("/api/v1/me").status_code == 200 for _ in range(MOST + 5)), (
        "who has the home is not held up"
    )


def test_who_tries_secrets_is_stopped_and_who_is_known_at_that_address_is_not(url, operator):
    wrong = [httpx.get(f"{url}/api/v1/me", headers={"Authorization": f"Bearer bos_{n}"}) for n in range(MOST + TURN)]
    told = [answer.status_code for answer in wrong]
    assert told[:MOST] == [401] * MOST
    assert told[-1] == 429
    assert operator.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("in_pieces", [False, True], ids=["with its length", "in pieces"])
def test_a_file_that_is_too_large_is_refused_and_nothing_is_kept(settings, operator, in_pieces):
    log = b"x" * (1024 * 1024 + 1)
    body = (piece for piece in (log[:1000], log[1000:])) if in_pieces else log
    answer = operator.post("/api/v1/flows/any/imports?name=log.csv", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert "1 MiB" in answer.json()["detail"]
    assert list((settings.home / "staging").glob("*/*")) == []


def test_deep_and_broken_json_is_refused_in_words(operator):
    for body in (b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b'{"rationale": "\xc3"}', b"NaN"):
        answer = operator.put("/api/v1/calendars/x", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, (body[:10], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert operator.get("/api/v1/calendars/x").status_code == 404


def test_the_error_says_what_class_it_is():
    assert TooMany("Too many requests.").status == 429
