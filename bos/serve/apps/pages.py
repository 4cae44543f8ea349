"""What a person sees when something is wrong: what it is, and what to do next. Never a traceback."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bos.look import page

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "data-bos-incident"
"""The attribute that marks what stands where a page failed."""

_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("BOS does not answer under this name", "<p>Use the address that the terminal shows.</p>"),
    401: (
        "You are not signed in",
        (
            "<p>Open the address that the terminal shows where BOS was started. It ends in <code>?key=…</code>; the "
            "key changes with every start.</p>"
        ),
    ),
    403: (
        "This is not yours to open",
        "<p>It belongs to somebody else's session, or asks for something pages may not do.</p>",
    ),
    404: ("There is no such page", "<p>The address may have changed.</p>"),
    503: ("BOS is busy", "<p>Try again in a minute. Drafts are kept.</p>"),
}
_FULL: Mapping[str, tuple[str, str]] = {
    "yours": (
        "You have too many pages open",
        "<p>Close some of them, and load this page again. Drafts are kept.</p>",
    ),
    "busy": (
        "Too many pages are open",
        "<p>BOS runs as many pages as this machine is set up for. Try again in a few minutes. Drafts are kept.</p>",
    ),
    "slow": (
        "The page could not start",
        "<p>This machine has too much to do. Load the page again in a minute. Drafts are kept.</p>",
    ),
}


def leads_home(home: str) -> str:
    """Return what leads on from a page that cannot be shown, to the address of the home page."""
    return f'<p><a class="bos-button" href="{escape(home)}">Go to the home page</a></p>'


def wrong(status: int, *, home: str, reason: str = "", incident: str = "") -> str:
    """Return the page for a status; ``reason`` tells two of a kind apart, ``incident`` is a number in the log."""
    if incident:
        return _page("Something went wrong in BOS", failure(incident) + leads_home(home))
    title, words = _FULL.get(reason) or _WORDS.get(status) or ("This cannot be shown", "<p>Load the page again.</p>")
    return _page(title, words + (leads_home(home) if status not in {400, 401} else ""))


def failure(incident: str) -> str:
    """Return what stands where a part of a page failed, under the number that the log has the cause under."""
    return (
        f'<div class="bos-banner" data-tone="breach" role="alert" {MARK}="{escape(incident)}">'
        f"<p><strong>This page could not be shown.</strong> Load it again. If that does not help, quote incident "
        f"{escape(incident)} to whoever runs BOS: the log has the cause.</p></div>"
    )


def broken_off(incident: str, home: str) -> str:
    """Return the end of a page that failed after its head was sent: words come first, "Loading" goes."""
    words = f'<main class="bos-page bos-page--narrow" id="broken-off">{failure(incident)}{leads_home(home)}</main>'
    code = 'document.getElementById("loading")?.remove(); document.body.prepend(document.getElementById("broken-off"));'
    return f"{words}<script>{code}</script></body></html>"


def _page(title: str, body: str) -> str:
    content = f'<div class="bos-head"><h1>{escape(title)}</h1></div>{body}'
    main = f'<main class="bos-page bos-page--narrow">{content}</main>'
    return page(title=f"{title} · BOS", body=main, head='<link rel="icon" href="data:,">\n')
