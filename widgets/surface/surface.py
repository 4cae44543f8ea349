"""The one widget: its script joined from small modules, and the messages between the browser and Python."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from bos.look import css
from widgets.surface.href import safe_href
from widgets.surface.parts import outcome
from widgets.surface.pulse import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MODULES = ("dom", "fields", "elements", "typed", "pulse", "lost", "held", "page", "main")
"""In the order they need one another."""
_IMPORT = re.compile(r"^import [^;]*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|class|const)", re.MULTILINE)


@cache
def script() -> str:
    """Return the modules as one: what they import of one another stands above them."""
    folder = files("widgets.surface") / "js"
    texts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in _MODULES]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


@cache
def style() -> str:
    """Return the look, and what only forms need."""
    return f"{css()}\n{(files('widgets.surface') / 'surface.css').read_text(encoding='utf-8')}"


class Surface(anywidget.AnyWidget):
    """A page of HTML that Python describes.

    ``view`` is the page as JSON data (``widgets.surface.parts`` makes its elements). ``receive`` is told each message
    of the browser but the pulse, which is answered here.
    """

    _esm = script()
    _css = style()
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, view: Mapping[str, Any], receive: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(view=dict(view))
        self._receive = receive
        self.on_msg(self._heard)

    def go(self, address: str) -> None:
        """Send the browser to another page of this host."""
        self.send({"type": "go", "href": safe_href(address)})

    def kept(self, ack: int) -> None:
        """Tell the browser that what it sent up to ``ack`` is saved, ahead of the page that follows from it."""
        self.send({"type": "kept", "ack": ack})

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        answer(content, self.send, self._receive, self._fail)

    def _fail(self, words: str) -> None:
        self.view = {**self.view, "banners": outcome(words)}
