"""What a provider sends is believed only when it is what it should be: tokens with one fault each, over a socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry

from bos.auth.provider import Provider, Registration
from bos.auth.provider_tokens import KEYS_AGAIN, LEEWAY, Refused
from bos.errors import Unavailable

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
ACCESS = "an access token"
NONCE = "the nonce"
AT_HASH = base64.urlsafe_b64encode(hashlib.sha256(ACCESS.encode()).digest()[:16]).rstrip(b"=").decode()
LOGOUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


class Double:
    """A provider that says what a test tells it to."""

    def __init__(self):
        self.keys, self.token, self.more = [KEY], {}, {}
        self.userinfo, self.asked = {"sub": "s-1", "preferred_username": "ada"}, []
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                double.asked.append(self.path)
                answers = {
                    "/.well-known/openid-configuration": double.metadata(),
                    "/jwks": {"keys": [key.as_dict(private=False) for key in double.keys]},
                    "/me": double.userinfo,
                }
                self.send(200, answers[self.path])

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                double.asked.append((self.path, parse_qs(self.rfile.read(length).decode()), dict(self.headers)))
                self.send(400 if "error" in double.token else 200, double.token)

            def send(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def metadata(self):
        places = {
            "authorization_endpoint": "auth",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "userinfo_endpoint": "me",
        }
        found = {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in places.items()}}
        return {name: value for name, value in {**found, **self.more}.items() if value is not None}

    def claims(self, **other):
        now = int(time.time())
        good = {"iss": self.url, "aud": "bos", "sub": "s-1", "iat": now, "exp": now + 600, "nonce": NONCE}
        return {name: value for name, value in {**good, "at_hash": AT_HASH, **other}.items() if value is not None}

    def answers(self, claims=None, *, key=KEY, head=None, **token):
        text = signed(self.claims() if claims is None else claims, key=key, head=head)
        self.token = {"access_token": ACCESS, "token_type": "Bearer", "id_token": text, **token}


def signed(claims, *, key=KEY, head=None):
    head = {"alg": "RS256", "kid": "one", **(head or {})}
    return jwt.encode(head, claims, key, registry=JWSRegistry(algorithms=["RS256", "HS256"]))


@pytest.fixture
def double():
    made = Double()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.01])
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def provider_of(double, **other):
    own = {"client_id": "bos", "client_secret": "hush", "scopes": "openid", "redirect_uri": "http://127.0.0.1/back"}
    return Provider(Registration(issuer=double.url, **{**own, **other}))


@pytest.fixture
def provider(double):
    return provider_of(double)


def again(secret):
    return {"refresh_token": secret}


def finish(provider):
    return provider.finish("a code", NONCE, "the verifier")


def test_a_token_that_is_right_says_who_it_is_with_what_the_provider_adds(double, provider):
    double.answers(double.claims(name="Ada", sid="x"), **again("again"))
    told = finish(provider)
    assert (told.subject, told.sid, told.refresh) == ("s-1", "x", "again")
    assert told.claims["preferred_username"] == "ada"
    _, sent, headers = next(one for one in double.asked if isinstance(one, tuple))
    assert (sent["code"], sent["code_verifier"], sent["grant_type"]) == (
        ["a code"], ["the verifier"], ["authorization_code"],
    )  # fmt: skip
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'bos:hush').decode()}"
    assert "hush" not in str(sent)


def test_the_address_for_the_browser_carries_the_hash_of_the_verifier_and_no_secret(provider):
    begun = provider.start()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    digest = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked == {
        "response_type": "code", "client_id": "bos", "redirect_uri": "http://127.0.0.1/back", "scope": "openid",
        "state": begun.state, "nonce": begun.nonce, "code_challenge": digest, "code_challenge_method": "S256",
    }  # fmt: skip
    other = provider.start()
    assert len({begun.state, begun.nonce, begun.verifier, other.state, other.nonce, other.verifier}) == 6


WRONG = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "for another": {"aud": "another"},
    "for several, among them us, for nobody named": {"aud": ["bos", "another"]},
    "for several, authorised for another": {"aud": ["bos", "another"], "azp": "another"},
    "for nobody": {"aud": None},
    "over": {"exp": -LEEWAY - 5},
    "without an end": {"exp": None},
    "not yet": {"nbf": LEEWAY + 5},
    "from the future": {"iat": LEEWAY + 5},
    "without a beginning": {"iat": None},
    "of another sign-in": {"nonce": "another"},
    "of no sign-in": {"nonce": None},
    "of another access token": {"at_hash": "x" * 22},
    "of nobody": {"sub": None},
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_token_with_one_fault_is_refused(double, provider, fault):
    now = time.time()
    wrong = {
        name: int(now + at) if name in {"exp", "nbf", "iat"} and at is not None else at
        for name, at in WRONG[fault].items()
    }
    double.answers(double.claims(**wrong))
    with pytest.raises(Refused):
        finish(provider)


@pytest.mark.parametrize("skew", [-LEEWAY + 5, LEEWAY - 5])
def test_a_clock_that_is_a_minute_off_keeps_nobody_out(double, provider, skew):
    now = int(time.time()) + skew
    double.answers(double.claims(iat=now, nbf=now, exp=now + (0 if skew < 0 else 600)))
    assert finish(provider).subject == "s-1"


def test_a_token_for_several_that_is_authorised_for_us_is_good(double, provider):
    double.answers(double.claims(aud=["bos", "another"], azp="bos"))
    assert finish(provider).subject == "s-1"


@pytest.mark.parametrize("how", ["none", "shared secret", "public key as secret", "another key", "cut", "altered"])
def test_a_token_that_the_provider_did_not_sign_is_refused(double, provider, how):
    claims = double.claims()
    forged = {
        "none": lambda: _by_hand(claims, b"", alg="none").rpartition(".")[0] + ".",
        "shared secret": lambda: signed(claims, key=OctKey.import_key("hush" * 8), head={"alg": "HS256"}),
        "public key as secret": lambda: _by_hand(claims, KEY.as_pem(private=False)),
        "another key": lambda: signed(claims, key=OTHER),
        "cut": lambda: signed(claims).rpartition(".")[0] + ".",
        "altered": lambda: _altered(signed(claims), claims),
    }
    double.answers()
    double.token["id_token"] = forged[how]()
    with pytest.raises(Refused):
        finish(provider)


def _by_hand(claims, secret, *, alg="HS256"):
    parts = [json.dumps(one).encode() for one in ({"alg": alg, "kid": "one"}, claims)]
    said = b".".join(base64.urlsafe_b64encode(one).rstrip(b"=") for one in parts)
    mac = base64.urlsafe_b64encode(hmac.digest(secret, said, "sha256")).rstrip(b"=")
    return f"{said.decode()}.{mac.decode()}"


def _altered(token, claims):
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "s-2"}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize("token", [{}, {"error": "invalid_grant"}, {"access_token": "x", "token_type": "Bearer"}])
def test_an_answer_without_a_token_is_refused(double, provider, token):
    double.token = token
    with pytest.raises(Refused):
        finish(provider)


def test_what_is_added_about_somebody_else_is_refused(double, provider):
    double.answers()
    double.userinfo = {"sub": "s-2", "preferred_username": "root"}
    with pytest.raises(Refused, match="somebody else"):
        finish(provider)


def test_a_new_key_is_looked_for_at_once_where_the_provider_sent_the_token_and_seldom_where_anybody_may(
    double, provider
):
    double.answers()
    finish(provider)
    fresh = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
    double.keys = [fresh]
    double.answers(key=fresh, head={"kid": "two"})
    finish(provider)
    fetched = double.asked.count("/jwks")
    assert fetched == 2
    third = RSAKey.generate_key(2048, {"kid": "three", "use": "sig", "alg": "RS256"})
    for _ in range(5):
        with pytest.raises(Refused):
            provider.signed_out(
                signed(double.claims(nonce=None, events=LOGOUT, jti="1"), key=third, head={"kid": "three"})
            )
        with pytest.raises(Refused):
            provider.vouched(signed(double.claims(aud="hub"), key=third, head={"kid": "three"}), "hub")
        with pytest.raises(Refused):
            provider.vouched("x.y.z", "hub")
    assert double.asked.count("/jwks") == fetched
    assert KEYS_AGAIN >= 10


@pytest.mark.parametrize(
    "fault",
    [{"events": None}, {"events": {"x": {}}}, {"nonce": NONCE}, {"sub": None}, {"jti": None}, {"aud": "another"}],
)
def test_a_logout_token_with_one_fault_is_refused(double, provider, fault):
    good = {"nonce": None, "at_hash": None, "events": LOGOUT, "jti": "1"}
    assert provider.signed_out(signed(double.claims(**good))).subject == "s-1"
    with pytest.raises(Refused):
        provider.signed_out(signed(double.claims(**good | fault)))


def test_a_renewal_that_answers_for_somebody_else_is_refused(double, provider):
    double.answers(**again("first"))
    told = finish(provider)
    double.answers(double.claims(nonce=None), **again("second"))
    renewed = provider.renew(told)
    assert (renewed.subject, renewed.refresh) == ("s-1", "second")
    double.token = {"access_token": ACCESS, "token_type": "Bearer"}  # a provider need not send the rest again
    kept = provider.renew(renewed)
    assert (kept.subject, kept.refresh, kept.id_token) == ("s-1", "second", renewed.id_token)
    double.userinfo = {"sub": "s-2"}
    double.answers(double.claims(sub="s-2", nonce=None))
    with pytest.raises(Refused, match="somebody else"):
        provider.renew(told)


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "http://evil.example/auth"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(double, provider, more):
    double.more = more
    with pytest.raises(Unavailable):
        provider.start()
    asked = len(double.asked)
    for _ in range(3):
        with pytest.raises(Unavailable):
            provider.start()
    assert len(double.asked) == asked, "it is not asked again at once"


def test_a_provider_that_is_away_is_an_error_in_words():
    double = Double()
    double.server.server_close()
    with pytest.raises(Unavailable, match="does not answer"):
        provider_of(double).start()
