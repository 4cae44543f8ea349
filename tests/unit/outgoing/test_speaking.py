"""What a connector breaks down over is told under a number, and without what is secret."""

import json
import re

import httpx
import pyarrow as pa
import pytest

from bos.errors import Invalid, Unavailable
from bos.outgoing.speaking import speaking
from bos.wire import json_of, texts, words_of


class Target:
    """A target whose one secret is *swordfish*."""

    def without(self, text):
        return text.replace("swordfish", "***")


class Broken:
    """A connector that cannot be closed without an error."""

    name = "broken"

    def __init__(self, target):
        self.target = target

    def close(self):
        raise KeyError("swordfish")


class Well(Broken):
    """A connector that can be closed."""

    def close(self):
        pass


def test_half_a_character_of_an_answer_is_not_taken_for_one_of_what_is_sent():
    with pytest.raises(Unavailable, match="half a character") as caught, speaking(Well, Target()):
        pa.array(["\ud800"])
    assert caught.value.code == "system.strange"
    with pytest.raises(Invalid, match="cannot be sent") as refused, speaking(Well, Target()):
        "Bearer \u20ac".encode("latin-1")
    assert refused.value.code == "connection.characters"


def test_an_answer_deeper_than_can_be_read_is_told_as_one():
    with pytest.raises(Unavailable, match="deeper than BOS reads") as caught, speaking(Well, Target()):
        json.loads("[" * 100_000)
    assert caught.value.code == "system.strange"
    with pytest.raises(Unavailable) as caught:
        json_of(httpx.Response(200, text="[" * 100_000), "It")
    assert caught.value.code == "system.strange"
    assert words_of(httpx.Response(400, text="[" * 100_000)) == ""


@pytest.mark.parametrize("values", [["a", None, "\ud83d", "\N{SNOWMAN}"], ["a", None], []])
def test_texts_are_a_column_and_half_a_character_is_no_utf_8(values):
    column = texts(values)
    wanted = [None if value is None else value.encode("utf-8", "surrogatepass") for value in values]
    assert (column.type, column.cast(pa.binary()).to_pylist()) == (pa.string(), wanted)


def test_a_connector_that_breaks_down_over_a_secret_is_told_with_the_incident_that_the_log_has(caplog):
    with pytest.raises(Unavailable) as caught, speaking(Broken, Target()):
        pass
    number = re.fullmatch(r"The connector broke down \(incident (\w{8})\)\.", caught.value.message)[1]
    assert caught.value.details == {"incident": number}
    assert number in caught.value.hint
    assert f"incident {number}: the connector of broken broke down: Traceback" in caplog.text
    assert "KeyError" in caplog.text
    assert "swordfish" not in caplog.text
