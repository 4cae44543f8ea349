"""One write, one transaction: keys that make a repeat safe, messages that leave with the deed, hostile texts."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from bos.actions import changes, documents, outbox
from bos.errors import BosError, Conflict, Invalid, NotFound, UsageError
from bos.model.diff import Change
from bos.model.document import LONGEST_REASON, unstorable

TARGET = "outcomes[returns].target"


def calendar(bank, **over):
    return {"id": bank.fresh("c"), "title": "Bank", **over}


def put(ctx, by, content, rationale="Begin."):
    return documents.put(ctx, by, "calendar", content["id"], content, rationale=rationale)


def test_a_write_repeated_under_its_key_is_done_once_and_answered_the_same(bank):
    ctx, content = bank.keyed(bank.fresh("key")), calendar(bank)
    first = put(ctx, bank.anna, content)
    entries = bank.rows("SELECT count(*) FROM journal")
    assert put(ctx, bank.anna, content) == first
    assert bank.versions(content["id"], "calendar") == [1]
    assert bank.rows("SELECT count(*) FROM journal") == entries


def test_a_key_that_stood_for_another_request_is_refused(bank, loose):
    ctx, content = bank.keyed(bank.fresh("key")), calendar(bank)
    put(ctx, bank.anna, content)
    for act in (
        lambda: put(ctx, bank.anna, {**content, "title": "Other"}),
        lambda: put(ctx, bank.anna, content, "Other reason."),
        lambda: documents.delete(ctx, bank.anna, "template", loose, rationale="x"),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert (caught.value.status, caught.value.code) == (409, "idempotency-key")


def test_a_key_belongs_to_the_person_who_used_it(bank):
    ctx = bank.keyed(bank.fresh("key"))
    put(ctx, bank.anna, calendar(bank))
    assert put(ctx, bank.cara, calendar(bank)).version == 1


def test_a_refused_write_does_not_use_up_its_key(bank):
    ctx, content = bank.keyed(bank.fresh("key")), calendar(bank)
    with pytest.raises(Invalid):
        put(ctx, bank.anna, {**content, "title": ""})
    assert put(ctx, bank.anna, content).version == 1


def test_two_requests_with_one_key_at_once_are_one_deed(bank, loose):
    ctx, barrier = bank.keyed(bank.fresh("key")), threading.Barrier(3)

    def act(_):
        barrier.wait(10)
        return changes.submit(
            ctx, bank.anna, "template", loose, base_version=1, rationale="x",
            changes=[Change(op="add", path="notes[n]", new={"id": "n", "text": "Once."})],
        )  # fmt: skip

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(act, range(3)))
    assert found[0] == found[1] == found[2]
    assert bank.versions(loose) == [2, 1]


@pytest.mark.parametrize("key", ["", "x" * 201, "nul\x00"])
def test_a_key_that_cannot_be_kept_is_refused(bank, key):
    with pytest.raises(UsageError):
        put(bank.keyed(key), bank.anna, calendar(bank))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "\ud800", "nul\x00"])
@pytest.mark.parametrize("keyed", [False, True])
def test_a_value_json_cannot_hold_is_refused_and_never_a_fault(bank, loose, bad, keyed):
    ctx = bank.keyed(bank.fresh("key")) if keyed else bank.ctx
    for act in (
        lambda: put(ctx, bank.anna, calendar(bank, description=bad)),
        lambda: put(ctx, bank.anna, calendar(bank, clock={"opens": bad})),
        lambda: bank.submit(bank.anna, loose, ("title", "x"), origin={"git": {"authors": ["gina"], "note": bad}}),
        lambda: bank.submit(bank.anna, loose, (TARGET, {"value": bad, "direction": "at_most"})),
    ):
        with pytest.raises(BosError) as caught:
            act()
        assert 400 <= caught.value.status < 500
    assert bank.versions(loose) == [1]


def test_a_message_leaves_with_its_deed_and_not_without_it(own_bank):
    id_ = own_bank.template(approved=[TARGET])
    group = own_bank.submit(own_bank.anna, id_, (TARGET, None), ("outcomes[returns].thresholds", [])).held[0].group
    value = {"value": 0.07, "direction": "at_most"}
    with pytest.raises(Invalid):
        own_bank.submit(own_bank.cara, id_, (TARGET, value), ("flow.calendar", "nowhere"), saw=[group])
    sent = []
    outbox.relay(own_bank.ctx, lambda *_: None)
    assert own_bank.rows("SELECT count(*) FROM outbox") == [(0,)]
    own_bank.submit(own_bank.cara, id_, (TARGET, value), saw=[group])

    def fail(topic, _payload):
        raise ConnectionError(topic)

    with pytest.raises(ConnectionError):
        outbox.relay(own_bank.ctx, fail)
    assert outbox.relay(own_bank.ctx, lambda topic, payload: sent.append((topic, payload))) == 2
    assert outbox.relay(own_bank.ctx, lambda topic, payload: sent.append((topic, payload))) == 0
    told = [(topic, payload["people"]) for topic, payload in sent]
    assert told == [("proposal.replaced", ["anna"]), ("signature.nobody", [])]


def test_a_group_that_is_not_there_is_not_found(bank):
    for name in ("nowhere", "nul\x00"):
        for act in (
            lambda name=name: bank.sign(name),
            lambda name=name: bank.withdraw(bank.anna, name),
            lambda name=name: bank.group(name),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_submission_gives_either_changes_or_a_document(bank, loose):
    for options in ({}, {"changes": [], "document": {}}):
        with pytest.raises(UsageError):
            changes.submit(bank.ctx, bank.anna, "template", loose, base_version=1, rationale="x", **options)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE journal; --", "<script>alert(1)</script>", "مرحبا بالعالم", "שלום \u200fabc",
        "👩\u200d👩\u200d👧 \U0001f600", "a\nb\tc", "%s %(x)s {0} {{}}", "\\x00 \\u0000 \\", "é e\u0301",
        "\u2028\u2029\ufeff", "\U0010ffff", "null",
    ],
)  # fmt: skip
def test_every_other_text_comes_back_byte_for_byte_wherever_it_is_put(bank, text):
    content = {
        **bank.content(title=text, description=text, tags=[text]),
        "scope": {"region": [text]},
        "notes": [{"id": "n", "text": text}],
        "binding": {"mapping": {"case": text or "x"}},
    }
    content["flow"]["steps"][0] |= {"title": text, "description": text, "correlation_key": [text]}
    content["flow"]["edges"][0]["label"] = text
    content["outcomes"][0] |= {"title": text, "description": text, "regulation": text, "source": text, "tags": [text]}
    documents.put(bank.ctx, bank.anna, "template", content["id"], content, rationale=text)
    shown = bank.show(content["id"])
    assert json.dumps(shown.document, sort_keys=True) == json.dumps(
        {**content, "binding": shown.document["binding"]}, sort_keys=True
    )
    assert shown.document["binding"]["mapping"]["case"] == text
    row = documents.history(bank.ctx, bank.adam, "template", content["id"]).items[0]
    assert row.rationale == text.strip()
    group = bank.show(content["id"]).open_groups[0].group
    bank.sign(group, decision="reject", comment=text)
    assert bank.group(group).reason == text.strip()


@budget(max_examples=40)
@given(st.text(alphabet=st.characters(), min_size=1, max_size=40))
def test_a_text_is_stored_as_it_is_or_refused_with_its_path(bank, text):
    content = calendar(bank, description=text)
    if unstorable(text):
        with pytest.raises(Invalid) as caught:
            put(bank.ctx, bank.anna, content)
        assert [problem.path for problem in caught.value.problems] == ["description"]
    else:
        put(bank.ctx, bank.anna, content)
        assert bank.live(content["id"], "calendar")["description"] == text


@pytest.mark.parametrize("letter", ["x ", "é ", "漢字 ", "a.b/c ", "\U0001f600", "a-b-c "])
def test_very_long_texts_are_kept_and_found(bank, letter):
    text = (letter * 10_000)[:10_000].strip()
    notes = [{"id": f"n{n}", "text": f"{n} {letter * 200}"[:200]} for n in range(300)]
    content = bank.content(description=text, notes=notes)
    assert bank.make("template", content).version == 1
    assert bank.live(content["id"])["description"] == text


def test_a_text_that_is_too_long_is_refused_with_its_path(bank):
    with pytest.raises(Invalid) as caught:
        put(bank.ctx, bank.anna, calendar(bank, description="x" * 10_001, title="y" * 201))
    assert {problem.path for problem in caught.value.problems} == {"description", "title"}
    with pytest.raises(Invalid) as caught:
        put(bank.ctx, bank.anna, calendar(bank), "z" * 10_001)
    assert caught.value.problems[0].path == "rationale"


def test_a_rationale_has_a_few_thousand_characters_at_most(bank):
    assert put(bank.ctx, bank.anna, calendar(bank), f" {'z' * LONGEST_REASON} ").version == 1
    with pytest.raises(Invalid, match="The rationale has 4,001 characters") as caught:
        put(bank.ctx, bank.anna, calendar(bank), "z" * (LONGEST_REASON + 1))
    (problem,) = caught.value.problems
    assert (problem.path, problem.hint.split(";")[0]) == ("rationale", "Use at most 4,000")


def test_of_two_people_who_make_the_same_document_at_once_one_is_told(bank):
    content, barrier = calendar(bank), threading.Barrier(2)

    def make(by):
        barrier.wait(10)
        try:
            return put(bank.ctx, by, content).version
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(make, [bank.anna, bank.cara]))) == ["1", "exists"]
    assert bank.versions(content["id"], "calendar") == [1]


def test_many_people_who_save_on_one_version_lose_nothing(bank, loose):
    def note(n):
        change = Change(op="add", path=f"notes[n{n}]", new={"id": f"n{n}", "text": str(n)})
        return bank.submit(bank.anna, loose, change, base=1).version

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(note, range(8))) == list(range(2, 10))
    assert {one["id"] for one in bank.live(loose)["notes"]} == {f"n{n}" for n in range(8)}
