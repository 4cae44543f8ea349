"""The sink that the page on writing a connector shows runs as it stands there, and delivers exactly once."""

import re
from contextlib import closing, suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing import connectors
from bos.ports import Attachment, Receipt
from tests.unit.connectors.double import DRIP, FAULTS, Double
from tests.unit.connectors.test_written import PAGE

KEY = "7d1c0b6e-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def sink():
    """Return the class of the page."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    names = {}
    exec(compile(next(text for text in blocks if "class Noticeboard" in text), str(PAGE), "exec"), names)  # noqa: S102 - our own page
    return names["Noticeboard"]


class Board(Double):
    """Has notices with files, and knows of no key but that it can be looked for."""

    def __init__(self):
        super().__init__()
        self.notices = []

    def answer(self, asked):
        if asked.headers.get("authorization") != "Bearer t0":
            return 401, b""
        if asked.method == "GET":
            return 200, [{"id": one["id"]} for one in self.notices if one["key"] in asked.query["key"]]
        if asked.method == "POST":
            self.notices.append({**asked.json, "id": f"N {len(self.notices)}", "files": []})
            return 201, {"id": self.notices[-1]["id"]}
        name = asked.path.rpartition("/")[2]
        (notice,) = (one for one in self.notices if asked.path.startswith(f"/notices/{one['id'].replace(' ', '%20')}/"))
        notice["files"] = [one for one in notice["files"] if one[0] != name] + [(name, asked.kind, asked.body)]
        return 204, b""


@pytest.fixture
def board():
    with Board().running() as double:
        yield double


@pytest.fixture
def send(sink, reach, message):
    def send(board, sent=message, key=KEY, timeout=5.0):
        target = reach(board.url, secrets={"token": "t0"}, settings={"board": "payments"}, timeout=timeout)
        with closing(sink(target)) as one:
            return one.send(sent, key=key)

    return send


def test_it_is_a_connector_that_would_not_be_left_out(sink):
    entry = SimpleNamespace(name="noticeboard", value="bos_noticeboard:Noticeboard", load=lambda: sink)
    assert connectors._loaded(entry) == (sink, "")


def test_a_message_is_pinned_once_with_all_it_has(board, send, message):
    receipt = send(board)
    assert receipt == Receipt("N 0", f"{board.url}/notices/N%200")
    assert send(board) == receipt
    (notice,) = board.notices
    assert [(name, kind) for name, kind, _ in notice["files"]] == [
        ("chart.png", "image/png"),
        ("cases.csv", "text/csv"),
    ]
    assert (notice["title"], notice["topic"], notice["board"]) == (message.title, message.thread, "payments")
    for text in (*message.paragraphs, "Target: below 2 %", message.links[0][1]):
        assert text in notice["text"]
    send(board, key=KEY.replace("1", "2"))
    assert len(board.notices) == 2


def test_a_file_that_is_too_large_is_left_out_and_told(board, send, message):
    big = Attachment("big.png", "image/png", bytes(1_000_001), "A line that falls.")
    receipt = send(board, replace(message, attachments=(big, *message.attachments)))
    assert receipt.left_out == "big.png has more than 1,000,000 bytes. A line that falls."
    assert [name for name, *_ in board.notices[0]["files"]] == ["chart.png", "cases.csv"]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_whatever_fails_a_retry_with_the_same_key_leaves_exactly_one(board, send, number, fault):
    board.faults = {number: fault}
    with suppress(Unavailable):
        send(board, timeout=0.3 if fault == DRIP else 5.0)
    assert send(board).reference == "N 0"
    assert [sorted(name for name, *_ in one["files"]) for one in board.notices] == [["cases.csv", "chart.png"]]


def test_what_it_never_takes_is_final_and_the_doctor_pins_nothing(board, send, sink, reach):
    board.faults = {1: (413, {}, "too much")}
    with pytest.raises(Invalid) as told:
        send(board)
    assert (told.value.code, told.value.hint) == ("system.message", "It says: too much")
    for token, ok in (("t0", True), ("t1", False)):
        with closing(sink(reach(board.url, secrets={"token": token}, settings={"board": "b"}))) as one:
            assert [finding.ok for finding in one.doctor()] == [ok]
    assert board.notices == []
