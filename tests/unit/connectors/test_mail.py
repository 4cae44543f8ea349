"""The connector to e-mail, on a real SMTP server (aiosmtpd), and on sockets that are none."""

import re
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from bos.errors import Forbidden, Invalid, Unavailable
from bos.outgoing.allowed import Allowed
from bos.outgoing.connectors import connector_of
from bos.ports import Attachment, Message
from connectors.mail import LONGEST_HTML, html_of

Mail = connector_of("mail")
KEY = "7d1c0b6e-0000-4000-8000-000000000001"
USER, PASSWORD = "bos@bank.example", "planted-password"
PEOPLE = {"sender": "bos@bank.example", "recipients": "payments@bank.example, fx@bank.example"}


class Taking:
    """What a server does with messages; ``says`` is what it answers instead, ``lost``: it answers no more."""

    def __init__(self):
        self.taken, self.says, self.lost, self.signed = [], {}, False, []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - as aiosmtpd calls it
        del server, session, options
        if "MAIL" not in self.says:
            envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        del server, session, options
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.says:
            return self.says["DATA"]
        self.taken.append(SimpleNamespace(tls=session.ssl, to=list(envelope.rcpt_tos), content=envelope.content))
        if self.lost:
            server.transport.abort()
        return "250 OK"

    def sign_in(self, server, session, envelope, mechanism, data):
        del server, envelope, mechanism
        self.signed.append((session.ssl is not None, data.login.decode(), data.password.decode()))
        return AuthResult(success=self.signed[-1][2] == PASSWORD, handled=False)


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def listening(handler, port, **options):
    server = Server(handler, hostname="127.0.0.1", port=port, authenticator=handler.sign_in, **options)
    server.start()
    try:
        yield f"localhost:{port}"
    finally:
        server.stop()


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def system(server_tls, free_port):
    """Return a server that speaks TLS after STARTTLS, and asks for an account by then."""
    handler = Taking()
    with listening(handler, free_port(), tls_context=server_tls, require_starttls=True) as where:
        handler.url = f"smtp://{where}"
        yield handler


@pytest.fixture
def target(reach, certificate):
    def make(url, *, password=PASSWORD, timeout=5.0, ca_file=certificate[0], allowed=None, **settings):
        more = {} if allowed is None else {"allowed": allowed}
        settings = {"user": USER, **PEOPLE, **settings}
        settings = {name: value for name, value in settings.items() if value is not None}
        return reach(url, secrets={"password": password}, settings=settings, timeout=timeout, ca_file=ca_file, **more)

    return make


@pytest.fixture
def sending(target):
    def send(url, message, **more):
        with closing(Mail(target(url, **more))) as mail:
            return mail.send(message, key=KEY)

    return send


def read(taken):
    return message_from_bytes(taken.content, policy=default)


def test_a_message_comes_as_text_and_html_with_its_chart_in_it_over_tls(system, sending, message):
    told = sending(system.url, message)
    (taken,) = system.taken
    assert system.signed == [(True, USER, PASSWORD)]
    assert taken.tls is not None
    assert taken.to == ["payments@bank.example", "fx@bank.example"]
    mail = read(taken)
    assert (mail["Subject"], mail["Message-ID"]) == (message.title, told.reference)
    assert told.reference == f"<bos.{KEY}@bank.example>"
    assert re.fullmatch(r"<bos\.thread\.[0-9a-f]{24}@bank\.example>", mail["References"])
    text, page = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    for words in (*message.paragraphs, *(value for fact in message.facts for value in fact)):
        assert words in text.replace("\r\n", "\n")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'href="https://bos.bank.example/flows/loan-payments?a=1&amp;b=2"' in page
    parts = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert {name: part.get_payload(decode=True) for name, part in parts.items()} == {
        file.name: file.content for file in message.attachments
    }
    assert f'src="cid:{parts["chart.png"]["Content-ID"].strip("<>")}"' in page
    assert parts["chart.png"].get_content_disposition() == "inline"
    assert max(map(len, taken.content.split(b"\r\n"))) < 998
    assert taken.content.isascii()


def test_a_key_has_one_message_id_and_a_thread_one_reference(system, sending, message):
    told = [sending(system.url, one) for one in (message, message, replace(message, thread="other"))]
    mails = [read(taken) for taken in system.taken]
    assert len({one.reference for one in told}) == len({mail["Message-ID"] for mail in mails}) == 1
    assert [mail["References"] == mails[0]["References"] for mail in mails] == [True, True, False]


def test_a_server_of_tls_from_the_start_is_spoken_to(server_tls, free_port, sending, message):
    handler, port = Taking(), free_port()
    listener = socket.create_server(("127.0.0.1", port))
    listener.close()
    with tunnelled(handler, port, server_tls, free_port()):
        sending(f"smtps://localhost:{port}", message, user=None)
        with pytest.raises(Unavailable) as told:
            sending(f"smtps://localhost:{port}", message, user=None, ca_file=None)
    assert told.value.code == "system.certificate"
    assert len(handler.taken) == 1


@contextmanager
def tunnelled(handler, port, tls, inner):
    """A server of TLS from the start: aiosmtpd behind a socket that ends the TLS."""
    with listening(handler, inner), socket.create_server(("127.0.0.1", port)) as server:

        def hand_on(near, far):
            try:
                while piece := near.recv(65_536):
                    far.sendall(piece)
            except OSError:
                pass
            finally:
                far.close()

        def serve():
            while True:
                try:
                    near, _ = server.accept()
                except OSError:
                    return
                try:
                    near = tls.wrap_socket(near, server_side=True)
                except OSError:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", inner))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=hand_on, args=pair, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield


def test_no_password_and_no_message_goes_to_a_server_without_tls(free_port, sending, message):
    handler = Taking()
    with listening(handler, free_port(), auth_require_tls=False) as where:
        for user in (USER, None):
            with pytest.raises(Unavailable, match="offers no TLS") as told:
                sending(f"smtp://{where}", message, user=user)
            assert told.value.code == "system.clear"
    assert handler.taken == handler.signed == []


def test_a_certificate_that_is_not_trusted_ends_it_before_the_password(system, sending, message):
    with pytest.raises(Unavailable) as told:
        sending(system.url, message, ca_file=None)
    assert told.value.code == "system.certificate"
    with pytest.raises(Forbidden):
        sending(system.url, message, allowed=Allowed())
    assert system.taken == system.signed == []


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        ({"MAIL": "421 4.3.2 Too busy"}, Unavailable, "system.busy"),
        ({"MAIL": "530 5.7.0 Authentication required"}, Unavailable, "system.refused"),
        ({"fx@bank.example": "550 5.1.1 No such user"}, Invalid, "system.content"),
        ({"fx@bank.example": "451 4.2.1 Greylisted"}, Unavailable, "system.busy"),
        ({"DATA": "554 5.7.1 Looks like spam"}, Invalid, "system.content"),
        ({"DATA": f"452 4.3.1 Disk full {PASSWORD}"}, Unavailable, "system.busy"),
    ],
)
def test_what_the_server_does_not_take_is_told_in_its_words_and_nobody_gets_it(
    system, sending, message, says, kind, code
):
    system.says = says
    with pytest.raises(kind) as told:
        sending(system.url, message)
    assert told.value.code == code
    ((_, words),) = says.items()
    assert words.split()[0] in told.value.hint
    assert PASSWORD not in str(told.value)
    assert system.taken == []
    if "fx@bank.example" in says and kind is Invalid:
        assert "fx@bank.example" in told.value.message


def test_an_answer_that_is_lost_is_an_error_and_the_next_has_the_same_name(system, sending, message):
    system.lost = True
    with pytest.raises(Unavailable) as told:
        sending(system.url, message)
    assert told.value.code == "system.silent"
    system.lost = False
    sending(system.url, message)
    assert len({read(taken)["Message-ID"] for taken in system.taken}) == 1


def test_a_wrong_password_and_one_that_smtp_cannot_say_are_told_without_it(system, sending, message, caplog):
    caplog.set_level("DEBUG")
    with pytest.raises(Unavailable) as told:
        sending(system.url, message, password="planted-wrong")  # noqa: S106 - of nobody
    assert told.value.code == "system.refused"
    with pytest.raises(Invalid, match="characters") as other:
        sending(system.url, message, password="planted-ü")  # noqa: S106 - of nobody
    assert "planted" not in caplog.text + str(told.value) + str(other.value) + repr(told.value) + repr(other.value)
    assert system.taken == []


def test_a_server_that_takes_no_account_is_told(server_tls, free_port, sending, message):
    handler = Taking()
    options = {"auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
    with listening(handler, free_port(), tls_context=server_tls, require_starttls=True, **options) as where:
        with pytest.raises(Unavailable) as told:
            sending(f"smtp://{where}", message)
        assert told.value.code == "system.refused"
        sending(f"smtp://{where}", message, user=None)
    assert len(handler.taken) == 1


def test_a_message_larger_than_the_server_takes_is_not_begun(server_tls, free_port, sending, message):
    handler = Taking()
    options = {"tls_context": server_tls, "require_starttls": True, "data_size_limit": 5000}
    with listening(handler, free_port(), **options) as where, pytest.raises(Invalid, match="takes 5,000"):
        sending(f"smtp://{where}", replace(message, attachments=(Attachment("a.bin", "x", b"y" * 5000),)))
    assert handler.taken == []


@pytest.mark.parametrize(
    ("greets", "code"), [(b"", "silent"), (b"HTTP/1.1 400 no\r\n", "busy"), (b"drip", "slow"), (None, "slow")]
)
def test_what_is_no_server_of_mail_is_told(sending, message, greets, code):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            peer, _ = server.accept()
            with peer, closing(peer):
                if greets is None:
                    time.sleep(0.5)
                for _ in range(100 if greets == b"drip" else 0):
                    try:
                        peer.sendall(b"2")
                    except OSError:
                        return
                    time.sleep(0.05)
                peer.sendall(greets or b"")

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises((Unavailable, Invalid)) as told:
            sending(f"smtp://localhost:{server.getsockname()[1]}", message, timeout=0.3)
        thread.join()
    assert told.value.code in {f"system.{code}", "system.silent"}
    assert code != "slow" or told.value.code == "system.slow"


@pytest.mark.parametrize("wrong", [{"sender": "bos"}, {"recipients": ""}, {"recipients": "a@b.example,\r\nBcc: c@d.e"}])
def test_what_is_no_address_is_refused(system, sending, message, wrong):
    with pytest.raises(Invalid, match="no address of e-mail"):
        sending(system.url, message, **wrong)
    assert system.taken == []


def test_no_text_makes_a_header_and_what_cannot_be_sent_is_left_out(system, sending, message):
    hostile = replace(
        message,
        title="Red\r\nBcc: x@y.example\x00 \ud800ü",
        paragraphs=(".", ".\r\n.\r\nQUIT", "a\x00b"),
        attachments=(Attachment('x"\r\nX-Evil: 1.csv', "text/csv", b"1"),),
    )
    sending(system.url, hostile)
    mail = read(system.taken[0])
    assert mail["Subject"].startswith("Red Bcc: x@y.example")
    assert mail["Bcc"] is None
    assert [name for part in mail.walk() for name in part.keys() if name == "X-Evil"] == []  # noqa: SIM118 - no dict
    assert "QUIT" in mail.get_body(("plain",)).get_content()
    assert len(system.taken) == 1


def test_html_that_is_too_long_ends_and_says_so(system, sending):
    long = Message(kind="pack", flow="f", title="t", paragraphs=tuple("ü" * 1000 for _ in range(100)))
    assert len(html_of(long, picture=None).encode()) <= LONGEST_HTML
    assert "The rest is in BOS." in html_of(long, picture=None)
    sending(system.url, long)
    assert "ü" * 1000 in read(system.taken[0]).get_body(("html",)).get_content()


@pytest.mark.parametrize(("size", "words"), [(60_000, 1), (70_000, 1), (60_000, 9000)])
def test_a_message_with_its_picture_has_90_kilobytes_at_most_or_goes_without_and_says_so(
    system, sending, message, size, words
):
    picture = Attachment("chart.png", "image/png", b"\x89PNG" * (size // 4), alt="Chart: <rate> by week")
    told = sending(system.url, replace(message, attachments=(picture,), paragraphs=("p" * words, "ü…")))
    (taken,) = system.taken
    page = read(taken).get_body(("html",)).get_content()
    assert len(taken.content) <= LONGEST_HTML + 200  # and what the server writes above it
    fits = (size, words) == (60_000, 1)
    assert ('alt="Chart: &lt;rate&gt; by week"' in page) == fits
    left_out = "The picture chart.png was left out, since the message is larger than 90 kB with it."
    assert told.left_out == ("" if fits else left_out)
    assert (left_out in page) == (left_out in read(taken).get_body(("plain",)).get_content()) == (not fits)
    assert [part.get_filename() for part in read(taken).walk() if part.get_filename()] == ["chart.png"] * fits


def test_the_doctor_looks_and_sends_nothing(system, target):
    def look(**more):
        with closing(Mail(target(system.url, **more))) as mail:
            return [(one.what, one.ok) for one in mail.doctor()]

    assert look() == [("Answer", True), ("Account", True)]
    assert look(password="wrong") == [("Answer", False)]  # noqa: S106 - of nobody
    assert look(sender="nobody") == [("Answer", False)]
    assert system.taken == []
