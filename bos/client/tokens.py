"""Tokens by which programs call as a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bos.client.documents import quoted
from bos.client.listing import Listing
from bos.model.answers.page import Page
from bos.model.answers.tokens import ApiToken, NewToken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.client.transport import Calls


class Tokens:
    """Your tokens, for programs that call as you."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, everybody: bool = False, ended: bool = False) -> Listing[ApiToken]:
        """Return your tokens, the newest first; as administrator with ``everybody``, those of all people."""
        params = {"everybody": everybody, "ended": ended}
        return Listing(self._calls.pages(Page[ApiToken], "/api/v1/tokens", params=params))

    def make(
        self,
        title: str,
        *,
        rights: Iterable[str],
        days: int = 30,
        kind: Literal["personal", "service"] = "personal",
        scope: Literal["all", "flow", "tag"] = "all",
        value: str = "",
        rationale: str,
    ) -> NewToken:
        """Make a token and return it with its ``secret``, which is told this once.

        ``rights`` are rows of ``wb.people.rights()``, or ``read`` or ``write`` for many of them; ``scope`` and
        ``value`` keep it to a flow or to the flows with a tag. It is good for ``days``: at most 90, of a service 366.
        """
        until = datetime.now(UTC) + timedelta(days=days)
        body = {"title": title, "kind": kind, "rights": [*rights], "scope": scope, "value": value}
        more = {"expires_at": until.isoformat(), "rationale": rationale}
        return self._calls.ask(NewToken, "POST", "/api/v1/tokens", json={**body, **more})

    def end(self, token: str, *, rationale: str) -> ApiToken:
        """Let a token be good no more, from now on; ``token`` is its id."""
        return self._calls.ask(ApiToken, "POST", f"/api/v1/tokens/{quoted(token)}/end", json={"rationale": rationale})
