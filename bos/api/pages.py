"""The few pages a person may see of the API itself: sign in, sign out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse

from bos.look import page

if TYPE_CHECKING:
    from fastapi import Response

    from bos.errors import BosError

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # under no-referrer a browser sends the form with no origin, which is refused
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
_UNAVAILABLE = 503
_ICON = '<link rel="icon" href="data:,">\n'
_OPEN = """
<p>Open the address that the terminal shows where BOS was started. It ends in <code>?key=…</code>; the key changes
with every start.</p>
<p>Programs need no session: <a href="{at}/api/docs">the interface for programs</a>.</p>
"""
_AGAIN = '<p><a class="bos-button" href="{at}/sign-in">Sign in</a></p>'
_FORM = """
<p>You stay signed in on other browsers. Drafts are kept.</p>
<form method="post" action="{at}/sign-out"><button class="bos-button" type="submit">Sign out</button></form>
"""


def sign_in(*, wrong_key: bool, at: str) -> Response:
    """Return the page that says how to sign in. ``at`` is what paths of the API begin with, here and below."""
    title = "This key is not good any more" if wrong_key else "You are not signed in"
    return _page(title, _OPEN.format(at=escape(at)), status=403 if wrong_key else 401)


def ask_sign_out(display: str, *, at: str, leads_to: str = "") -> Response:
    """Return the page that asks whether to sign out; its form may lead on to an address of the provider's."""
    return _page(f"Sign out of BOS, {display}?", _FORM.format(at=escape(at)), form=_origin_of(leads_to))


def signed_out(*, by_provider: bool, at: str) -> Response:
    """Return the page that says that nobody is signed in any more, and how to be again."""
    return _page("You are signed out", (_AGAIN if by_provider else _OPEN).format(at=escape(at)))


def refused(error: BosError, *, at: str) -> Response:
    """Return the page that says why a sign-in did not come about."""
    title = "The sign-on cannot be reached" if error.status == _UNAVAILABLE else "You are not signed in"
    body = f"<p>{escape(error.message)}</p><p>{escape(error.hint)}</p>{_AGAIN.format(at=escape(at))}"
    return _page(title, body, status=error.status)


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _page(title: str, body: str, *, status: int = 200, form: str = "") -> Response:
    content = (
        f'<main class="bos-page bos-page--narrow"><div class="bos-head"><h1>{escape(title)}</h1></div>{body}</main>'
    )
    policy = {"Content-Security-Policy": f"{_POLICY}; form-action 'self'{form}"}
    return HTMLResponse(page(title=f"{title} · BOS", body=content, head=_ICON), status, {**_HEADERS, **policy})
