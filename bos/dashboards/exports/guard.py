"""Texts in files that a spreadsheet opens: none of them is run as a formula.

Source: OWASP, *CSV Injection*: cells that begin with ``=``, ``+``, ``-``, ``@``, a tab, a line break, or the fullwidth
forms of them, are formulas to a spreadsheet. One that takes ``;`` or a tab for what parts cells, as it does in many
languages, sees cells inside a text, whatever quotes are around it. Numbers are no texts and never come here.
"""

from __future__ import annotations

import re
import unicodedata

_STARTS = frozenset("=+-@")
_BREAKS = frozenset("\t\r\n")
_UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
"""Categories of characters that a spreadsheet may skip before it looks: spaces, controls, marks without a form."""
_CELLS = re.compile(r"(?<=[;\t\r\n])")
"""Where a cell may begin inside a text."""


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula."""
    return text[:1] in _BREAKS or _begins(text)


def _begins(text: str) -> bool:
    seen = next((char for char in text if unicodedata.category(char) not in _UNSEEN), "")
    return unicodedata.normalize("NFKC", seen)[:1] in _STARTS or seen in {"\u2212", "\u2795", "\u2796"}


def guarded(text: str) -> str:
    """Return a text as a cell of CSV: with an apostrophe before each thing in it that would be a formula."""
    first, *others = _CELLS.split(text)
    head = f"'{first}" if is_formula(text) else first
    return head + "".join(f"'{cell}" if _begins(cell) else cell for cell in others)
