"""A message as blocks of Slack, made by the vendor's own models, which know the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile

if TYPE_CHECKING:
    from bos.ports import Message

BLOCKS, HEADER, SECTION, FIELD, FIELDS, ALT = 50, 150, 3000, 2000, 10, 2000
_TEXT = 4000
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def blocks(message: Message, *notes: str, picture: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the blocks, with a picture (the id of its file, and what it shows in words) before the links.

    What people wrote is plain text in them, which calls nobody (``<!channel>``).
    """
    parts: list[Block] = [HeaderBlock(text=_words(message.title, HEADER))]
    parts += [SectionBlock(text=_words(text, SECTION)) for text in message.paragraphs if text.strip()]
    facts = [_words(f"{label}\n{value}", FIELD) for label, value in message.facts]
    parts += [SectionBlock(fields=facts[first : first + FIELDS]) for first in range(0, len(facts), FIELDS)]
    last: list[Block] = []
    if picture is not None:
        file, alt = picture
        last.append(ImageBlock(slack_file=SlackFile(id=file), alt_text=_cut(alt.strip() or "Chart", ALT)))
    if message.links:
        # A link that is longer than a section may be is left out as a whole: half an address leads nowhere.
        links = [f"<{_address(address)}|{escaped(label) or 'BOS'}>" for label, address in message.links]
        last += [SectionBlock(text=MarkdownTextObject(text=link)) for link in links if len(link) <= SECTION]
    last += [ContextBlock(elements=[_words(note, FIELD)]) for note in notes]
    room = BLOCKS - len(last)
    if len(parts) > room:
        parts = [*parts[: room - 1], ContextBlock(elements=[_words("The rest is in BOS.", FIELD)])]
    return [part.to_dict() for part in [*parts, *last]]


def fallback(message: Message) -> str:
    """Return the text that notifications show, and readers of screens read."""
    return escaped(" — ".join([message.title, *message.paragraphs])[:_TEXT])


def escaped(text: str) -> str:
    """Return a text in which nothing is markup of Slack for people, channels and links."""
    return "".join(_ESCAPED.get(one, one) for one in " ".join(text.split()))


def _words(text: str, most: int) -> PlainTextObject:
    return PlainTextObject(text=_cut(text.strip() or "BOS", most), emoji=False)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _address(address: str) -> str:
    return "".join(one if one not in "<>|\\ \n" else f"%{ord(one):02X}" for one in address)
