"""The script of the page: its modules, those of feedback and those every page has in common, joined into one."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_MODULES = ("feedback/dom.js", "feedback/drafts.js", "feedback/feedback.js",
            "surface/js/dom.js", "surface/js/pulse.js", "surface/js/lost.js",
            "dashboard/finding.js", "dashboard/spans.js", "dashboard/arrange.js", "dashboard/waiting.js",
            "dashboard/dashboard.js")  # fmt: skip
"""In the order they need one another."""
_IMPORT = re.compile(r"^import [^;]*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|class|const)", re.MULTILINE)


@cache
def script() -> str:
    """Return the modules as one: what they import of one another stands above them."""
    texts = [(files("widgets") / name).read_text(encoding="utf-8") for name in _MODULES]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
