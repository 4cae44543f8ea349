"""A message in the words of Jira: the Atlassian Document Format of the cloud, the wiki text of Data Center."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bos.ports import Message

_SUMMARY, _WORDS = 255, 30_000
_MARKUP = re.compile(r"[\\{}\[\]*_\-+^~?!|#@&<>():;]|(?<=\bbq)\.|(?<=\bh[1-6])\.")


def document(message: Message, *, heading: bool = False) -> dict[str, Any]:
    """Return a message in the Atlassian Document Format; a comment has its title as a ``heading``."""
    content: list[dict[str, Any]] = []
    if heading:
        content.append({"type": "heading", "attrs": {"level": 3}, "content": _inline(line_of(message.title))})
    content += [{"type": "paragraph", "content": _inline(text)} for text in _shortened(message)]
    strong = [{"type": "strong"}]
    if message.facts:
        rows = [
            [{"type": "text", "text": f"{label or 'Fact'}: ", "marks": strong}, *_inline(value)]
            for label, value in message.facts
        ]
        items = [{"type": "listItem", "content": [{"type": "paragraph", "content": row}]} for row in rows]
        content.append({"type": "bulletList", "content": items})
    for label, address in message.links:
        mark = {"type": "link", "attrs": {"href": address}}
        content.append({"type": "paragraph", "content": [{"type": "text", "text": label or address, "marks": [mark]}]})
    return {"type": "doc", "version": 1, "content": content or [{"type": "paragraph", "content": []}]}


def wiki(message: Message, *, heading: bool = False) -> str:
    """Return a message in the wiki text of Data Center; no character of it is taken for markup."""
    parts = [f"h3. {_plain(line_of(message.title))}"] if heading else []
    parts += [_plain(text) for text in _shortened(message)]
    parts.append("\n".join(f"* *{_plain(label) or 'Fact'}*: {_plain(value)}" for label, value in message.facts))
    parts += [f"[{_plain(label) or 'BOS'}|{_address(address)}]" for label, address in message.links]
    return "\n\n".join(part for part in parts if part)


def _inline(text: str) -> list[dict[str, Any]]:
    """Return nodes of a text; a node without text is not allowed, and a line break is a node of its own."""
    nodes: list[dict[str, Any]] = []
    for index, line in enumerate(text.splitlines()):
        nodes += [{"type": "hardBreak"}] if index else []
        nodes += [{"type": "text", "text": line}] if line else []
    return nodes


def _shortened(message: Message) -> list[str]:
    """Return the paragraphs as far as Jira takes a text (32,767 characters), and say so where some are left out."""
    room, kept = _WORDS, list[str]()
    for text in message.paragraphs:
        if len(text) > room:
            return [*kept, text[:room], "The rest is in BOS."]
        kept.append(text)
        room -= len(text)
    return kept


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", text)


def _address(address: str) -> str:
    return "".join(one if one not in "|[]{}\\ \n" else f"%{ord(one):02X}" for one in address)


def line_of(text: str) -> str:
    """Return a title as Jira takes one: one line of at most 255 characters, never empty."""
    line = " ".join(text.split()) or "BOS"
    return line if len(line) <= _SUMMARY else f"{line[: _SUMMARY - 1]}…"
