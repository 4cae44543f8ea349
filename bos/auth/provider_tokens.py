"""What a provider of sign-on signs: identity tokens and logout tokens, believed only when they are what they should be.

Sources: OpenID Connect Core 1.0 (section 3.1.3.7) and Back-Channel Logout 1.0 (section 2.6).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""How a token may be signed: with a private key that only the provider has. Never ``none``, never a shared secret."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
METADATA_KEPT = 3600.0
"""Seconds for which the provider's description of itself and its keys are kept."""
KEYS_AGAIN = 30.0
"""Seconds between two looks for a key that is not known, where anybody may have sent the token."""
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class Refused(Unauthenticated):
    """The provider does not vouch for somebody, or what it sent cannot be trusted."""

    default_code = "sign-on"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whom the provider has signed out at a moment (UTC): everywhere, or in one session (``sid``)."""

    issuer: str
    subject: str | None
    sid: str | None
    at: datetime


@dataclass(slots=True)
class Kept:
    """Something that was fetched, and when by the clock that never goes back."""

    value: Any = None
    at: float = field(default=float("-inf"))

    def good(self, seconds: float) -> bool:
        """Return whether it is younger than so many seconds."""
        return time.monotonic() - self.at < seconds


class Tokens:
    """Checks tokens that are for a client of an issuer; ``fetch`` returns the provider's keys. Safe for threads."""

    def __init__(self, issuer: str, client_id: str, fetch: Callable[[], dict[str, Any]]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._fetch = fetch
        self._keys = Kept()
        self._lock = threading.Lock()

    def identity(
        self, text: str, *, nonce: str | None = None, access: str = "", client_id: str | None = None
    ) -> dict[str, Any]:
        """Return the claims of an identity token, each of which has been checked.

        Without ``client_id`` it has to be for BOS, and the provider itself sent it; one for another client may come
        from anybody.

        Raises:
            Refused: it is for somebody else, not of this sign-in, over, or not the provider's.
        """
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - only where there is a sign-on
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        found, header = self._decoded(text, patient=client_id is None)
        mine = client_id or self._client_id
        params = {"client_id": mine, "nonce": nonce, "access_token": access}
        try:
            claims = CodeIDToken(found, header, self._rules(mine) | {"sub": {"essential": True}}, params)
            claims.validate(leeway=LEEWAY)
        except JoseError as error:
            raise _untrusted(error) from error
        return found

    def logout(self, text: str) -> SignedOut:
        """Return whom a logout token names.

        Raises:
            Refused: it is none, or not for BOS.
        """
        from joserfc.errors import JoseError  # noqa: PLC0415 - only where there is a sign-on
        from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415 - as above

        claims, _ = self._decoded(text, patient=False)
        try:
            JWTClaimsRegistry(leeway=LEEWAY, **self._rules(self._client_id), jti={"essential": True}).validate(claims)
        except JoseError as error:
            raise _untrusted(error) from error
        events = claims.get("events")
        says_so = isinstance(events, dict) and isinstance(events.get(_LOGOUT), dict)
        subject, sid = claims.get("sub"), claims.get("sid")
        if not says_so or "nonce" in claims or not (subject or sid):
            raise Refused("This is no logout token.")
        at = datetime.fromtimestamp(float(claims["iat"]), UTC)
        return SignedOut(self._issuer, subject and str(subject), sid and str(sid), at)

    def _rules(self, client_id: str) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": client_id},
            "iat": {"essential": True},
            "exp": {"essential": True},
        }

    def _decoded(self, text: str, *, patient: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the claims and the head of a token that the provider signed.

        A key that is not known is looked for again, since providers change theirs; not ``patient``, seldom.
        """
        from joserfc import jwt  # noqa: PLC0415 - only where there is a sign-on
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        fetched = False
        while True:
            keys = self._key_set(again=fetched)
            try:
                token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError) as error:
                if fetched or not (patient or not self._keys.good(KEYS_AGAIN)):
                    raise _untrusted(error) from error
                fetched = True
            else:
                return dict(token.claims), dict(token.header)

    def _key_set(self, *, again: bool) -> Any:
        from joserfc.jwk import KeySet  # noqa: PLC0415 - only where there is a sign-on

        with self._lock:
            if again or not self._keys.good(METADATA_KEPT):
                found = self._fetch().get("keys", [])
                usable = [one for one in found if one.get("kty") in {"RSA", "EC", "OKP"} and one.get("use") != "enc"]
                self._keys = Kept(KeySet.import_key_set({"keys": usable}), time.monotonic())
            return self._keys.value


def _untrusted(error: Exception) -> Refused:
    return Refused("What the provider sent cannot be trusted.", hint="Sign in again.", details={"fault": str(error)})
