"""E-mail as a sink: a message as text and HTML by SMTP, over TLS, with a Message-ID that its key makes."""

from __future__ import annotations

import hashlib
import html
import smtplib
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, Wanted
from bos.wire import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.ports import Attachment, Message, Target

LONGEST_HTML = 90_000
"""Bytes of HTML, and of a message with its picture; above 102 kB Gmail clips, 90 leave room for servers."""
_PORTS = {"smtp": 587, "smtps": 465}
_AGAIN = "Try again later."
_LATER_FROM, _NEVER_FROM = 400, 500
_PATIENCE = 4
"""A delivery ends after this many times the timeout, however slowly something still comes."""
_PICTURE = "chart@bos"
_FRAME = '<!doctype html><html><body style="font-family:sans-serif">\n{}\n</body></html>'
_REST = "<p>The rest is in BOS.</p>"
_REFUSED = frozenset({530, 534, 535, 538})


def _address(where: str, text: str) -> Address:
    try:
        made = Address(addr_spec=text)
        made.addr_spec.encode("ascii")
    except (MessageError, ValueError, IndexError):
        made = None
    if made is None or not made.domain or not made.username or set(text) & set(" \t\r\n<>"):
        raise Invalid(f"{text!r} is no address of e-mail.", where=where, hint="Write name@bank.example.")
    return made


def _sender(text: str) -> Address:
    return _address("sender", text)


def _recipients(text: str) -> list[Address]:
    return [_address("recipients", one) for one in dict.fromkeys(one.strip() for one in text.split(","))]


class Mail:
    """A server that takes e-mail (SMTP submission, RFC 6409)."""

    name = "mail"
    title = "E-mail"
    purpose = "Tells people by e-mail what happened, with the weekly pack attached."
    schemes = ("smtp", "smtps")
    ports = _PORTS
    example = "smtp://mail.bank.example:587"
    settings = (
        Wanted(
            "sender", "The address that messages come from.", needed=True, example="bos@bank.example", reads=_sender
        ),
        Wanted(
            "recipients",
            "Whom they go to: addresses with commas between.",
            needed=True,
            example="fx@bank.example",
            reads=_recipients,
        ),
        Wanted("user", "The account, where the server asks for one.", example="bos@bank.example"),
    )
    secrets = (Wanted("password", "The password of the account.", needed_where=(("user", "*"),)),)
    unproven = (
        "It met a real server, aiosmtpd, but no Exchange, Postfix or Gmail; how mailboxes show the message, and which "
        "of them leave out a second one of the same Message-ID, is untried."
    )

    def __init__(self, target: Target) -> None:
        self._target = target

    def close(self) -> None:
        """Do nothing: each delivery has a connection of its own."""

    def doctor(self) -> Iterator[Finding]:
        """Look whether the server answers, speaks TLS, and takes the account; no message is sent."""
        try:
            sender, _ = self._people()
            with self._session(sender):
                yield Finding("Answer", ok=True, words="The server answers, over TLS.")
                signed = self._target.settings.get("user")
                words = "It takes the account." if signed else "The connection has no account; it was asked for none."
                yield Finding("Account", ok=True, words=words)
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)

    def send(self, message: Message, *, key: str) -> Receipt:
        """Send a message to everybody, or to nobody; the receipt is its Message-ID.

        SMTP cannot be asked what it took before, so a message whose answer was lost is sent again, with the same
        Message-ID, by which mailboxes can tell that it is the same.

        Raises:
            Invalid: the server never takes it like this, or one of the recipients.
            Unavailable: it was not taken, or nobody can say.
        """
        sender, recipients = self._people()
        mail, left_out = composed(message, key, sender, recipients)
        content = mail.as_bytes()
        with self._session(sender) as session:
            most = session.esmtp_features.get("size", "")
            if most.isdigit() and 0 < int(most) < len(content):
                raise Invalid(
                    f"The message has {len(content):,} bytes, and the server takes {int(most):,}.",
                    hint="Send smaller files.",
                    code="system.too-large",
                )
            # What the server took for some alone would come to them again with every retry.
            self._expect(session.mail(sender.addr_spec), f"mail of {sender.addr_spec}")
            for one in recipients:
                self._expect(session.rcpt(one.addr_spec), f"mail for {one.addr_spec}")
            self._expect(session.data(content), "the message")
        return Receipt(str(mail["Message-ID"]), left_out=left_out)

    def _people(self) -> tuple[Address, list[Address]]:
        settings = self._target.settings
        return _sender(settings.get("sender", "")), _recipients(settings.get("recipients", ""))

    @contextmanager
    def _session(self, sender: Address) -> Iterator[smtplib.SMTP]:
        """Return a session over TLS, signed in where there is an account; what goes wrong in it is told in words."""
        over = threading.Event()
        user = self._target.settings.get("user")
        account = (user, self._target.secret("password") or "") if user else None
        parts = urlsplit(self._target.address)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        number = self._target.numeric(host, port)
        tls = cast("ssl.SSLContext", _Named(self._target.tls(), host))
        session = smtplib.SMTP(timeout=self._target.timeout, local_hostname=sender.domain)
        if parts.scheme == "smtps":
            session = smtplib.SMTP_SSL(timeout=self._target.timeout, local_hostname=sender.domain, context=tls)
        watch = threading.Timer(self._target.timeout * _PATIENCE, _cut, (session, over))
        watch.daemon = True
        watch.start()
        try:
            session.connect(number, port)
            self._sign_in(session, tls, account)
            yield session
        except BosError:
            raise
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._told(error, slow=over.is_set()) from None
        finally:
            with suppress(smtplib.SMTPException, OSError):
                session.quit()
            watch.cancel()
            session.close()

    def _sign_in(self, session: smtplib.SMTP, tls: ssl.SSLContext, account: tuple[str, str] | None) -> None:
        session.ehlo_or_helo_if_needed()
        if not isinstance(session, smtplib.SMTP_SSL):
            if not session.has_extn("starttls"):
                raise Unavailable(
                    "The server offers no TLS, so BOS tells it nothing.",
                    hint="Check the address; whoever runs the server, or is on the way to it, has to offer STARTTLS.",
                    code="system.clear",
                )
            self._expect(session.starttls(context=tls), "STARTTLS")
            session.ehlo_or_helo_if_needed()
        if account is not None:
            session.login(*account)

    def _expect(self, answer: tuple[int, bytes], what: str) -> None:
        code, words = answer
        if code >= _LATER_FROM:
            raise self._refusal(code, words, what)

    def _refusal(self, code: int, words: bytes | str, what: str) -> BosError:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        hint = f"It says: {code} {quoted(text, self._target.secret('password', needed=False))}"
        if code in _REFUSED:
            return Unavailable("The server does not let BOS in.", hint=hint, code="system.refused")
        if code < _NEVER_FROM:
            details = {"retry_after": None}
            return Unavailable("The server takes nothing now.", hint=hint, code="system.busy", details=details)
        return Invalid(f"The server does not take {what}.", hint=hint, code="system.content")

    def _told(self, error: Exception, *, slow: bool) -> BosError:
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
            return self._refusal(error.smtp_code, error.smtp_error, "this")
        if isinstance(error, ssl.SSLCertVerificationError):
            return Unavailable(
                f"The certificate of the server is not trusted: {error.verify_message}.",
                hint="Check the address, and the authorities that sign certificates here.",
                code="system.certificate",
            )
        if slow or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return Unavailable("The server does not answer in time.", hint=_AGAIN, code="system.slow")
        if type(error) in {smtplib.SMTPNotSupportedError, smtplib.SMTPException}:  # what smtplib's login says of it
            return Unavailable(
                "The server takes no account.", hint="Leave the user out of the settings.", code="system.refused"
            )
        if isinstance(error, UnicodeError):
            return Invalid("The account has characters that SMTP cannot say.", where="password", hint="Use ASCII.")
        return Unavailable("The server does not answer.", hint=_AGAIN, code="system.silent")


class _Named:
    """TLS of a context for a server by its name, whatever number was connected to."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._context = context
        self._host = host

    def wrap_socket(self, sock: socket.socket, *, server_hostname: str | None = None) -> ssl.SSLSocket:
        del server_hostname
        return self._context.wrap_socket(sock, server_hostname=self._host)


def _cut(session: smtplib.SMTP, over: threading.Event) -> None:
    over.set()
    if session.sock is not None:
        with suppress(OSError):
            session.sock.shutdown(socket.SHUT_RDWR)


def composed(message: Message, key: str, sender: Address, recipients: list[Address]) -> tuple[EmailMessage, str]:
    """Return a message as text and as HTML, the first picture in it, the other files beside it; and what is left out.

    A picture with which text and HTML would be larger than 90 kB as they are sent is left out, and the message says so.
    """
    picture, left_out = next((file for file in message.attachments if file.media_type.startswith("image/")), None), ""
    mail = _letter(message, key, sender, recipients, picture)
    if picture is not None and len(mail.as_bytes()) > LONGEST_HTML:
        left_out = f"The picture {picture.name} was left out, since the message is larger than 90 kB with it."
        message = replace(message, paragraphs=(*message.paragraphs, left_out))
        mail = _letter(message, key, sender, recipients, None)
    for file in message.attachments:
        if file is not picture:
            kind, _, sub = file.media_type.partition("/")
            mail.add_attachment(file.content, kind, sub or "octet-stream", filename=_line(file.name))
    return mail, left_out


def _letter(
    message: Message, key: str, sender: Address, recipients: list[Address], picture: Attachment | None
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _line(message.title)
    mail["From"], mail["To"] = sender, recipients
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = f"<bos.{key}@{sender.domain}>"
    if message.thread:
        name = hashlib.sha256(f"{message.flow}\n{message.thread}".encode()).hexdigest()[:24]
        mail["In-Reply-To"] = mail["References"] = f"<bos.thread.{name}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_clean(_text(message)), cte="quoted-printable")
    mail.add_alternative(_clean(html_of(message, picture=picture)), subtype="html", cte="quoted-printable")
    if picture is not None:
        part = cast("list[EmailMessage]", mail.get_payload())[1]
        kind = picture.media_type.partition("/")[2]
        name = _line(picture.name)
        part.add_related(picture.content, "image", kind, cid=f"<{_PICTURE}>", filename=name, disposition="inline")
    return mail


def html_of(message: Message, *, picture: Attachment | None) -> str:
    """Return the HTML of a message: at most 90 kB, and where that is too little it says so."""
    parts = [f"<h2>{html.escape(message.title)}</h2>"]
    parts += [f"<p>{'<br>'.join(html.escape(line) for line in text.splitlines())}</p>" for text in message.paragraphs]
    if picture is not None:
        alt = html.escape(picture.alt or "Chart")
        parts.append(f'<p><img src="cid:{_PICTURE}" alt="{alt}" width="720" style="max-width:100%"></p>')
    parts += [f"<table>{''.join(_row(*fact) for fact in message.facts)}</table>"] if message.facts else []
    parts += [
        f'<p><a href="{html.escape(address)}">{html.escape(label or address)}</a></p>'
        for label, address in message.links
    ]
    kept, room = [], LONGEST_HTML - len(_FRAME) - len(_REST)
    for part in parts:
        room -= len(part.encode("utf-8", "replace"))
        if room < 0:
            kept.append(_REST)
            break
        kept.append(part)
    return _FRAME.format("\n".join(kept))


def _text(message: Message) -> str:
    facts = "\n".join(f"{label}: {value}" for label, value in message.facts)
    links = "\n".join(f"{label}: {address}" for label, address in message.links)
    return "\n\n".join(part for part in (*message.paragraphs, facts, links) if part) + "\n"


def _row(label: str, value: str) -> str:
    return f'<tr><th align="left">{html.escape(label)}</th><td>{html.escape(value)}</td></tr>'


def _line(text: str) -> str:
    return " ".join(_clean(text).split()) or "BOS"


def _clean(text: str) -> str:
    """Return a text without what no message can carry."""
    kept = "".join(one for one in text if one in "\t\n" or one.isprintable() or one == "\u200d")
    return kept.encode("utf-8", "replace").decode()
