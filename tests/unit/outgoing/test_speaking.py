"""What a connector breaks down over is told under a number, and without what is secret."""

import re

import pytest

from bos.errors import Unavailable
from bos.outgoing.speaking import speaking


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


def test_a_connector_that_breaks_down_over_a_secret_is_told_with_the_incident_that_the_log_has(caplog):
    with pytest.raises(Unavailable) as caught, speaking(Broken, Target()):
        pass
    number = re.fullmatch(r"The connector broke down \(incident (\w{8})\)\.", caught.value.message)[1]
    assert caught.value.details == {"incident": number}
    assert number in caught.value.hint
    assert f"incident {number}: the connector of broken broke down: Traceback" in caplog.text
    assert "KeyError" in caplog.text
    assert "swordfish" not in caplog.text
