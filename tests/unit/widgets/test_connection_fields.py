"""The fields of the form of a connection: what cannot be is told at its field, and no secret is in any text."""

from __future__ import annotations

import json

import pytest

from bos.model.answers.connections import ConnectorAnswer, SecretRow, Want
from widgets.connections.form import NUMBERS, TEXTS, filled
from widgets.connections.messages import TEXT, say

HUSH = "hush-4711-hush"
GOOD = {"title": "Metrics", "address": "https://localhost:9090", "why": "New."}
STRANGE = {
    "<b onmouseover=alert(1)>x</b>": "",
    "x" * 10_001: "characters long",
    "two\nlines": "in one line",
    "left\u202etfel": "turns the direction",
}


def want(name, **more):
    return Want.model_validate({"name": name, "help": "What it is.", "needed": False, "label": name.title()} | more)


TAPE = ConnectorAnswer(
    name="tape", title="Tape", schemes=("https", "http"), unproven="It met a double.", reads=True, tells=True,
    ways=("pull", "tell"), purpose="Prices.", example="https://tape.bank.example",
    settings=(
        want("market", needed=True, example="XAMS"), want("step", kind="number", default="60"),
        want("mode", choices=("fast", "slow"), default="fast"),
    ),
    secrets=(want("key", needed=True), want("spare")),
)  # fmt: skip


def typed(**change):
    form = filled(None, TAPE)
    form.values |= {**GOOD, "settings.market": "XAMS"} | change
    form.secrets = {"key": HUSH}
    return form


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", TEXT["title_missing"]),
        ({"why": ""}, "why", TEXT["why_missing"]),
        ({"id": "Not So"}, "id", TEXT["id_wrong"]),
        ({"address": ""}, "address", say("address_missing", begin="https:// or http://")),
        ({"address": "ftp://x"}, "address", say("address_scheme", begin="https:// or http://")),
        ({"address": "localhost"}, "address", say("address_scheme", begin="https:// or http://")),
        ({"address": "https://me:word@x"}, "address", TEXT["address_user"]),
        ({"address": "https://a b"}, "address", TEXT["address_wrong"]),
        ({"address": "https://"}, "address", TEXT["address_wrong"]),
        ({"address": "https://x:99999"}, "address", TEXT["address_wrong"]),
        ({"settings.market": ""}, "settings.market", say("setting_missing", what="market")),
        ({"settings.step": "1.5"}, "settings.step", say("digits", example="60")),
        ({"settings.mode": "warp"}, "settings.mode", say("choose", choices="fast, slow")),
        ({"pull_every": "often"}, "pull_every", TEXT["span_wrong"]),
        ({"at_once": "21"}, "at_once", say("number_wrong", least=1, most="20")),
        ({"timeout_seconds": ""}, "timeout_seconds", say("number_wrong", least=1, most="600")),
        ({"delay_seconds": "-1"}, "delay_seconds", say("number_wrong", least=0, most="86,400")),
    ],
)
def test_what_cannot_be_is_told_at_its_field(change, field, words):
    form = typed(**change)
    assert not form.check()
    assert form.errors == {field: words}


@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.parametrize("field", [*TEXTS, *NUMBERS, "pull_every", "settings.market", "settings.step", "settings.mode"])
def test_a_strange_text_is_kept_as_text_or_refused_at_its_field(field, text):
    form = typed(**{field: text})
    good, words = form.check(), STRANGE[text]
    if good:
        assert not words or (field in {"description", "why"} and "\n" in text) or field == "owner"
        assert form.value(field) == text
    else:
        assert list(form.errors) == [field]
        assert words in form.errors[field] or field in {
            *NUMBERS,
            "address",
            "pull_every",
            "settings.step",
            "settings.mode",
        }


def test_a_secret_is_one_line_and_missing_only_where_the_system_is_used():
    form = typed()
    form.secrets = {"key": "two\nlines"}
    assert not form.check()
    assert form.errors == {"secrets.key": TEXT["secret_wrong"]}
    form.secrets = {}
    assert not form.check()
    assert form.errors == {"secrets.key": say("secret_missing", what="key")}
    form.take("enabled", [])
    assert form.check()


def test_what_was_typed_as_a_secret_is_in_no_text_of_the_form_nor_in_its_document():
    form = typed()
    assert form.take("secrets.key", HUSH)
    assert not form.take("secrets.other", HUSH)
    assert HUSH not in repr(form) + json.dumps(form.document()) + json.dumps(form.values)


def test_a_flow_is_told_of_by_kinds_and_may_be_taken_out_again():
    form = typed()
    form.flows = {"loans": "Loans"}
    form.tell("nowhere")
    form.tell("loans")
    form.take("tells.loans", ["pack", "kpi.state", "gossip"])
    assert form.document()["tells"] == {"loans": ["kpi.state", "pack"]}
    form.take("tells.loans", [])
    assert not form.check()
    assert form.errors == {"tells.loans": TEXT["told_nothing"]}
    form.untell("loans")
    assert form.check()
    assert form.document()["tells"] == {}


def test_a_secret_that_is_good_no_more_is_none():
    form = filled(None, TAPE)
    row = {"connection": "tape", "name": "key", "origin": "https://a:443", "by": "sam", "at": "2026-03-02T09:30:00Z"}
    form.given = {"key": SecretRow.model_validate({**row, "good": False})}
    assert form.good("key") is None
    form.given = {"key": SecretRow.model_validate({**row, "good": True})}
    assert form.good("key") is not None
