"""The provider of the sign-on, as it is spoken to: OpenID Connect with discovery, code, PKCE (S256) and nonce.

Sources: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0 and Back-Channel Logout 1.0; RFC 7636 (PKCE),
RFC 9207 (issuer in the answer). Tokens are checked by Authlib and joserfc.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from bos.auth.provider_tokens import METADATA_KEPT, Kept, Refused, SignedOut, Tokens
from bos.auth.secret import fresh
from bos.errors import BosError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from authlib.integrations.requests_client import OAuth2Session

    from bos.settings import Settings

AWAY_SECONDS = 5.0
"""Seconds for which a provider that did not answer is not asked who it is again: whoever comes is told at once."""
_SECONDS = 10.0
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Registration:
    """How BOS is known at the provider. ``ca_file`` holds the authorities that sign its certificate; empty: the usual.

    Attributes:
        issuer: the provider's address.
        client_id: the name of BOS there.
        client_secret: the secret that goes with it, or empty.
        scopes: what is asked for, separated by spaces.
        redirect_uri: where the provider sends browsers back to.
    """

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    redirect_uri: str
    ca_file: str = ""


def registration(settings: Settings) -> Registration:
    """Return how the settings of a home say that BOS is known."""
    return Registration(
        issuer=settings.oidc_issuer or "",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or "",
        scopes=settings.oidc_scopes,
        redirect_uri=f"{settings.address}/sign-on/callback",
        ca_file=str(settings.oidc_ca_file or ""),
    )


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that has begun: where the browser goes, and what its return is checked with."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of somebody: its claims, and what goes on with their session there."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    sid: str | None = None
    refresh: str | None = None
    id_token: str | None = None


class Provider:
    """Speaks to the provider; safe for threads. What it says of itself is kept for an hour."""

    def __init__(self, registration: Registration) -> None:
        self._own = registration
        self._metadata = Kept()
        self._away = Kept()
        self._lock = threading.Lock()
        self._tokens = Tokens(registration.issuer, registration.client_id, self._fetched_keys)

    @property
    def issuer(self) -> str:
        """The provider's address."""
        return self._own.issuer

    def start(self) -> Started:
        """Return a sign-in that begins now.

        Raises:
            Unavailable: the provider does not answer, or describes itself wrongly.
        """
        state, nonce, verifier = fresh(), fresh(), fresh()
        with self._session() as session:
            endpoint = self._endpoint("authorization_endpoint")
            url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return Started(url, state, nonce, verifier)

    def finish(self, code: str, nonce: str, verifier: str, *, issuer: str | None = None) -> Told:
        """Return whom the provider vouches for, given the code that the browser brought back.

        ``issuer`` is the one named beside the code, if any.

        Raises:
            Refused: the code is not good, or the token is not what it should be.
            Unavailable: the provider does not answer.
        """
        named = self._described().get("authorization_response_iss_parameter_supported", False)
        if issuer != self.issuer and (issuer is not None or named):
            raise Refused("The answer comes from another provider.", hint="Sign in again.")
        with self._session() as session:
            token = self._asked(
                lambda: session.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
            )
            return self._told(session, token, nonce=nonce)

    def renew(self, told: Told) -> Told:
        """Return what the provider says now of somebody it vouched for before.

        Raises:
            Refused: it vouches for them no more.
            Unavailable: it does not answer.
        """
        with self._session() as session:
            session.scope = None  # the scope of before, which may be less than was asked for
            token = self._asked(
                lambda: session.refresh_token(self._endpoint("token_endpoint"), refresh_token=told.refresh)
            )
            token.setdefault("refresh_token", told.refresh)
            return self._told(session, token, before=told)

    def end_url(self, id_token: str | None, back_to: str) -> str | None:
        """Return where a browser signs out of the provider too, or nothing where it offers none."""
        try:
            endpoint = self._described().get("end_session_endpoint")
        except Unavailable:
            return None
        if not endpoint:
            return None
        asked = {"client_id": self._own.client_id, "post_logout_redirect_uri": back_to}
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def vouched(self, id_token: str, client_id: str, *, access: str = "") -> Told:
        """Return whom the provider signed in for another of its clients; with ``access``, what it says of them besides.

        Raises:
            Refused: the token is not for that client, is over, or is not the provider's.
            Unavailable: the provider does not answer.
        """
        claims = self._tokens.identity(id_token, client_id=client_id, access=access)
        subject = str(claims["sub"])
        if access:
            with self._session() as session:
                claims = {**self._userinfo(session, access, subject), **claims}
        return Told(self.issuer, subject, claims)

    def signed_out(self, token: str) -> SignedOut:
        """Return whom a logout token names.

        Raises:
            Refused: it is none, or not for BOS.
            Unavailable: the provider does not answer.
        """
        return self._tokens.logout(token)

    def _told(
        self, session: OAuth2Session, token: Mapping[str, Any], *, nonce: str | None = None, before: Told | None = None
    ) -> Told:
        text = token.get("id_token")
        if text is None and before is None:
            raise Refused("The provider sent no identity.", hint="BOS must ask it for the scope openid.")
        access = str(token.get("access_token", ""))
        claims = self._tokens.identity(str(text), nonce=nonce, access=access) if text is not None else {}
        subject = str(claims.get("sub", before.subject if before else ""))
        if before is not None and subject != before.subject:
            raise Refused("The provider answers for somebody else.")
        claims = {**self._userinfo(session, access, subject), **claims}
        return Told(
            issuer=self.issuer,
            subject=subject,
            claims=claims,
            sid=str(claims["sid"]) if claims.get("sid") else before.sid if before else None,
            refresh=token.get("refresh_token"),
            id_token=str(text) if text is not None else before.id_token if before else None,
        )

    def _userinfo(self, session: OAuth2Session, access: str, subject: str) -> dict[str, Any]:
        """Return what the provider says besides of whom it gave an access token for; nothing where it has no more."""
        url, headers = self._described().get("userinfo_endpoint"), {"Authorization": f"Bearer {access}"}
        if not url:
            return {}
        answer = self._asked(lambda: session.get(_safe(url), withhold_token=True, headers=headers))
        told = _json(answer)
        if told.get("sub") != subject:
            raise Refused("The provider answers for somebody else.")
        return told

    def _described(self) -> dict[str, Any]:
        """Return what the provider says of itself.

        Raises:
            Unavailable: it does not answer, or says it is another one.
        """
        with self._lock:
            if not self._metadata.good(METADATA_KEPT):
                if self._away.good(AWAY_SECONDS):
                    raise _silent(self.issuer)
                try:
                    self._metadata = Kept(self._description(), time.monotonic())
                except Unavailable:
                    self._away = Kept(None, time.monotonic())
                    raise
        described: dict[str, Any] = self._metadata.value
        return described

    def _description(self) -> dict[str, Any]:
        """Return what the provider says of itself, asked anew."""
        found = self._fetched(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise Unavailable(
                "The provider of the sign-on calls itself otherwise.",
                where="BOS_OIDC_ISSUER",
                hint=f"It says {str(found.get('issuer'))[:200]!r}; write exactly that.",
            )
        missing = [name for name in _NEEDED if not found.get(name)]
        if missing:
            raise Unavailable(f"The provider of the sign-on names no {missing[0]}.", where="BOS_OIDC_ISSUER")
        return found

    def _fetched_keys(self) -> dict[str, Any]:
        return self._fetched(self._endpoint("jwks_uri"))

    def _endpoint(self, name: str) -> str:
        return _safe(str(self._described()[name]))

    def _fetched(self, url: str) -> dict[str, Any]:
        with self._session() as session:
            return _json(self._asked(lambda: session.get(_safe(url), withhold_token=True)))

    def _session(self) -> OAuth2Session:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - only where there is a sign-on

        own = self._own
        session = OAuth2Session(
            own.client_id,
            own.client_secret or None,
            scope=own.scopes,
            redirect_uri=own.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if own.client_secret else "none",
            default_timeout=_SECONDS,
        )
        if own.ca_file:
            session.verify = own.ca_file
        return session

    def _asked(self, call: Any) -> Any:
        """Return what a call of the provider gives.

        Raises:
            Refused: the provider says no.
            Unavailable: it does not answer.
        """
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - only where there is a sign-on
        from requests import RequestException  # noqa: PLC0415 - as above

        try:
            return call()
        except AuthlibBaseError as error:
            if error.error in {"server_error", "temporarily_unavailable"}:
                raise _silent(self.issuer) from error
            raise Refused(
                "The provider of the sign-on does not vouch for you.",
                hint="Sign in again.",
                details={"provider": str(error.error)[:100]},
            ) from error
        except (RequestException, ValueError) as error:
            raise _silent(self.issuer) from error


def _safe(url: str) -> str:
    """Return an address of the provider's when secrets may go there.

    Raises:
        Unavailable: it is not ``https``, but for this machine's own.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise Unavailable("The provider of the sign-on names an address that is not https.", where=url[:200])
    return url


def _json(answer: Any) -> dict[str, Any]:
    try:
        found = answer.json() if answer.ok else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable("The provider of the sign-on gave no answer that can be read.", where=str(answer.url)[:200])
    return found


def _silent(issuer: str) -> BosError:
    return Unavailable("The provider of the sign-on does not answer.", where=issuer, hint="Try again in a minute.")
