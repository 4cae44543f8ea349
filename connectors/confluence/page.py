"""A message in the storage format of Confluence: XHTML in which all that people wrote is text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from bos.errors import Invalid

if TYPE_CHECKING:
    from bos.ports import Message

TITLE = 255
_MARK = re.compile(r"bos-delivery-([A-Za-z0-9-]{1,64})")
_SPACE = re.compile("~?[A-Za-z0-9_.-]{1,255}")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say at all, escaped or not (section 2.2)."""


def space_key(text: str) -> str:
    """Return the key of a space; that of a personal one begins with ``~``. Raises Invalid where it is none."""
    if not _SPACE.fullmatch(text):
        hint = "Write letters, digits, underscores, hyphens and dots, such as PAY; ~ before that of a personal space."
        raise Invalid(f"{text!r} is no key of a space.", hint=hint)
    return text


def page_id(text: str) -> str:
    """Return the id of a page. Raises Invalid where it is no number."""
    if not text.isascii() or not text.isdigit():
        raise Invalid(f"{text!r} is no id of a page.", hint="Write the number in the page's address.")
    return text


def title_of(text: str) -> str:
    """Return a title as Confluence takes one: one line of at most 255 characters, never empty."""
    line = " ".join(_NO_XML.sub("", text).split()) or "BOS"
    return line if len(line) <= TITLE else f"{line[: TITLE - 1]}…"


def mark_of(key: str) -> str:
    """Return the name of the anchor, which nobody sees, of the delivery that wrote a page."""
    return f"bos-delivery-{key}"


def marks(body: str) -> list[str]:
    """Return the keys of the deliveries that a body has the anchor of."""
    return _MARK.findall(body)


def storage(message: Message, key: str) -> str:
    """Return the body of a page: its text, facts, links, pictures and the other files."""
    parts = [f"<p>{_lines(text)}</p>" for text in message.paragraphs]
    if message.facts:
        rows = "".join(f"<tr><th>{_lines(label)}</th><td>{_lines(value)}</td></tr>" for label, value in message.facts)
        parts.append(f"<table><tbody>{rows}</tbody></table>")
    parts += [
        f"<p><a href={quoteattr(_text(address))}>{_lines(label or address)}</a></p>" for label, address in message.links
    ]
    for file in message.attachments:
        name = f"<ri:attachment ri:filename={quoteattr(_text(file.name))} />"
        if file.media_type.startswith("image/"):
            parts.append(f"<p><ac:image{_alt(file.alt)}>{name}</ac:image></p>")
        else:
            parts.append(
                f"<p><ac:link>{name}<ac:plain-text-link-body>{_cdata(file.name)}</ac:plain-text-link-body></ac:link></p>"
            )
    anchor = f'<ac:parameter ac:name="">{escape(mark_of(key))}</ac:parameter>'
    parts.append(f'<p><ac:structured-macro ac:name="anchor">{anchor}</ac:structured-macro></p>')
    return "".join(parts)


def _alt(text: str) -> str:
    return f" ac:alt={quoteattr(_text(text))}" if text else ""


def _text(text: str) -> str:
    return _NO_XML.sub("", text)


def _lines(text: str) -> str:
    return "<br />".join(escape(line) for line in _text(text).splitlines())


def _cdata(text: str) -> str:
    return "<![CDATA[" + _text(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
