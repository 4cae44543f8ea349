"""Texts that every page has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import Unauthenticated

if TYPE_CHECKING:
    from bos.errors import BosError

WORDS = {
    "problem": "There is a problem",
    "steps": "Stages",
    "pages": "Pages",
    "skip": "Skip to main content",
    "lost": "BOS does not answer",
    "lost_more": "Reload the page to go on; nothing shown as saved is lost.",
    "reload": "Reload",
    "sign_out": "Sign out",
}

STATES = {
    "draft": ("Draft, not submitted yet", "none"),
    "in review": ("In review: some values are not approved yet", "warning"),
    "approved with changes held": ("Approved, with changes held", "warning"),
    "approved": ("Approved", "ok"),
    "retired": ("Retired, read only", "none"),
}
"""State of a document → what people read, and the shape it is shown with."""

SIGNED_OUT = "You are signed out of BOS. Reload this page to sign in again; what you typed is kept in this browser."


def told(error: BosError) -> str:
    """Return what a page says of a failure; the hints for programs are not for a person whose session has ended."""
    return SIGNED_OUT if isinstance(error, Unauthenticated) else f"{error.message} {error.hint}".strip()
