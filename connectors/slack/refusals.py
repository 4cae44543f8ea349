"""What Slack says against a call, as the errors of BOS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from bos.errors import Invalid, Unavailable
from bos.wire import answered

if TYPE_CHECKING:
    from bos.errors import BosError

NO_RIGHT = "system.scope"
"""Code of the error that a token lacks a scope."""
_REFUSED = {
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "missing_scope",
    "no_permission",
}
_ABSENT = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "channel_is_archived",
    "no_service",
    "action_prohibited",
}
_CONTENT = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_payload",
    "metadata_too_large",
}
_BUSY = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout"}


def answer_of(status: int, headers: Any) -> httpx.Response:
    """Return an answer as ``bos.wire`` reads one."""
    # Slack's client tells some headers twice, in two spellings.
    return httpx.Response(status, headers={name.lower(): str(value) for name, value in headers.items()})


def refusal(words: str, response: httpx.Response) -> BosError:
    """Return the error of what Slack says, which may come with a status that all is well."""
    name = words.partition(" ")[0]
    if name in _CONTENT:
        return Invalid("Slack does not take this message.", hint=f"It says: {words}", code="system.content")
    if name in _REFUSED:
        return Unavailable(
            "Slack does not let BOS in.",
            hint=f"It says: {words}. Give a token with the scopes its page lists.",
            code=NO_RIGHT if name == "missing_scope" else "system.refused",
        )
    if name in _ABSENT:
        return Unavailable(
            "Slack has no such channel for BOS.",
            hint=f"It says: {words}. Invite the bot to the channel.",
            code="system.absent",
        )
    try:
        answered(response, "Slack")
    except Unavailable as error:
        return error
    if name in _BUSY:
        return Unavailable("Slack is busy.", hint="Try again later.", code="system.busy", details={"retry_after": None})
    return Unavailable("Slack did not do it.", hint=f"It says: {words}", code="system.failed")


def broken(error: BaseException) -> Unavailable:
    """Return the error of a call that had no answer."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return Unavailable("Slack does not answer in time.", hint="Try again later.", code="system.slow")
    if reason.__class__.__name__ == "SSLCertVerificationError":
        return Unavailable(
            f"The certificate of Slack is not trusted: {getattr(reason, 'verify_message', '')}.",
            hint="Check the address, and the authorities that sign certificates here.",
            code="system.certificate",
        )
    return Unavailable("Slack does not answer.", hint="Try again later.", code="system.silent")
