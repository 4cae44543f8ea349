"""Dashboards as views of Splunk (Dashboard Studio): made, changed, shared, and never laid over another's changes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from bos.errors import Conflict, Invalid, Unavailable
from bos.ports import Placed
from bos.reads import page_address, plain_name, setting
from bos.wire import strange
from connectors.splunk.way import TITLE, owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.ports import Board
    from connectors.splunk.way import Way

_MARK = re.compile(r"\s*\[bos:([^\]]*)\]")
_OTHER = re.compile(r"[^A-Za-z0-9]")
_PLAIN = re.compile(r"[a-z0-9-]{1,80}")


class Views:
    """The views of the app that a connection names."""

    def __init__(self, way: Way, settings: Mapping[str, str]) -> None:
        app = setting(settings, "app", plain_name)
        if app is None:
            raise Invalid(
                "The connection names no app, and a dashboard is kept in one.",
                where="app",
                hint="Give the connection the setting app, such as search.",
            )
        self._web = setting(settings, "web", page_address) or ""
        self._way, self._app, self._owner = way, app, owner_of(settings)
        self._base = f"/servicesNS/{self._owner}/{self._app}/data/ui/views"  # the SDK quotes it

    def place(self, board: Board, *, known: str, key: str, overwrite: bool) -> Placed:
        """Make or change a view; its version is a hash of all it says, but for a mark in its description.

        The mark is the key of the work that BOS wrote it by, so that the same work done again finds it done.

        Raises:
            Conflict: it does not say what it said in the version ``known`` (``drift``), and ``overwrite`` is not said.
            Invalid: Splunk refuses the view. Unavailable: it does not answer.
        """
        name = name_of(board.name)
        text = _view(board, key)
        version = _version(text)
        done = Placed(version, f"{self._web}/app/{quote(self._app, safe='')}/{name}" if self._web else "")
        there = self._read(name)
        if there is None and self._made(name, text):
            self._share(name)
            return done
        there = (self._read(name) or "") if there is None else there  # somebody else made it in between
        found, again = _version(there), _key(there) == key
        if not again and found != version:
            if found != known and not overwrite:
                raise self._drift(name, found, known, _key(there))
            self._way.json("POST", f"{self._base}/{name}", **{"eai:data": text})
        if again or not known:  # work that broke off may not have come to it
            self._share(name)
        return done

    def _drift(self, name: str, found: str, known: str, mark: str) -> Conflict:
        words = "was changed at Splunk" if known else "is there already, and BOS did not put it there"
        if mark and not known:
            words = "is there already, put there by BOS, but not by work that this home knows of"
        return Conflict(
            f"The view {name} of the app {self._app} {words}; it was left as it is.",
            hint="Look at it there; publish with overwrite to replace it.",
            code="drift",
            details={"version": found},
        )

    def _made(self, name: str, text: str) -> bool:
        """Make a view; return whether none of the name was there."""
        try:
            self._way.json("POST", self._base, **{"name": name, "eai:data": text})
        except Invalid as error:
            if error.code != "system.exists":
                raise
            return False
        return True

    def _share(self, name: str) -> None:
        """Let everybody of the app see a view."""
        self._way.json("POST", f"{self._base}/{name}/acl", sharing="app", owner=self._owner)

    def _read(self, name: str) -> str | None:
        """Return the text of a view, nothing where there is none."""
        try:
            answer = self._way.json("GET", f"{self._base}/{name}")
        except Unavailable as error:
            if error.code == "system.absent":
                return None
            raise
        try:
            return str(answer["entry"][0]["content"]["eai:data"])
        except (KeyError, IndexError, TypeError):
            raise strange(TITLE) from None


def name_of(name: str) -> str:
    """Return the name of a view, which has letters, digits and underscores alone; two names never become one."""
    plain = f"bos_{_OTHER.sub('_', name)[:80]}"
    return plain if _PLAIN.fullmatch(name) else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _view(board: Board, key: str) -> str:
    """Return the text of a view; nothing in its definition ends the CDATA it stands in."""
    inner = json.dumps(board.content, sort_keys=True).replace("<", "\\u003c").replace(">", "\\u003e")
    label = str(board.content.get("title", board.name)).replace("$$", "$")  # a label knows no tokens
    return (
        f'<dashboard version="2" theme="light"><label>{escape(label)}</label>'
        f"<description>{escape(f'{board.message} [bos:{key}]')}</description>"
        f"<definition><![CDATA[{inner}]]></definition></dashboard>"
    )


def _tree(text: str) -> ET.Element | None:
    try:
        return ET.fromstring(text)  # noqa: S314 - expat refuses entities that grow
    except ET.ParseError:
        return None


def _key(text: str) -> str:
    """Return the key in the mark of a view; empty where it has none."""
    root = _tree(text)
    found = _MARK.search(root.findtext("description") or "") if root is not None else None
    return found[1] if found else ""


def _version(text: str) -> str:
    """Return a hash of what a view says, however it is spaced: its attributes and parts, without the mark."""
    root = _tree(text)
    said = text if root is None else [root.tag, sorted(root.attrib.items()), [_said(part) for part in root]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _said(part: ET.Element) -> list[object]:
    words: object = (part.text or "").strip()
    if part.tag == "description":
        words = _MARK.sub("", part.text or "").strip()
    elif part.tag == "definition":
        try:
            words = json.loads(part.text or "")
        except ValueError:
            words = part.text
    return [part.tag, sorted(part.attrib.items()), words, [_said(one) for one in part]]
